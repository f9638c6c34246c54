import type { Call } from '../run/call.ts';

/** Contents of the named files, or of standard input without names; those that fail are told in `cat`'s words. */
export async function contents(
  call: Call,
  names: readonly string[],
  describe: (name: string, message: string) => string = (name, message) => `${name}: ${message}`,
): Promise<{ name: string; text: string }[] & { failed?: boolean }> {
  const found: { name: string; text: string }[] & { failed?: boolean } = [];
  for (const name of names.length > 0 ? names : ['-']) {
    const content = await call.read(name);
    if (content.ok) found.push({ name, text: content.value });
    else {
      call.fail(describe(name, content.error.message));
      found.failed = true;
    }
    await call.machine.step();
  }
  return found;
}

/** A count such as `10`, `4k` or `2M`; null where it is none. */
export function sized(text: string): number | null {
  const match = /^(\d+)([bkKMGcw]?)B?$/.exec(text);
  if (!match) return null;
  const unit: Record<string, number> = { '': 1, c: 1, w: 2, b: 512, k: 1024, K: 1024, M: 1 << 20, G: 1 << 30 };
  return Number(match[1]) * (unit[match[2] as string] as number);
}

/** A number in the largest of the units that leaves it at 1 or more. */
export function scaled(amount: number, base: number, units: readonly string[]): { value: number; unit: number } {
  let value = amount;
  let unit = 0;
  while (value >= base && unit < units.length - 1) {
    value /= base;
    unit += 1;
  }
  return { value, unit };
}

/** A size as `ls -h` and `df -h` round it: up. */
export function human(bytes: number, base = 1024, suffix = ''): string {
  const units = ['', 'K', 'M', 'G', 'T', 'P'];
  const { value, unit } = scaled(bytes, base, units);
  if (unit === 0) return `${Math.ceil(value)}`;
  const shown = value < 10 ? Math.ceil(value * 10) / 10 : Math.ceil(value);
  return `${value < 10 && shown < 10 ? shown.toFixed(1) : Math.ceil(shown)}${units[unit]}${suffix}`;
}
