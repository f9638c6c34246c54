import { diceFrom } from '../../persona/random.ts';

/** The start of a program that tells which one it is: the "build id" that follows from its name. */
const signature = (name: string): string => {
  const dice = diceFrom(`elf:${name}`);
  return Array.from({ length: 20 }, () => String.fromCharCode(dice.between(0, 255))).join('');
};

const little = (value: number, width: number): string => {
  let bytes = '';
  for (let at = 0; at < width; at++) bytes += String.fromCharCode(Math.floor(value / 2 ** (8 * at)) & 0xff);
  return bytes;
};

/** The bytes of a 64-bit program of the given size, as far as anybody looks: real headers, then filling. */
export function programBytes(name: string, size: number): string {
  const sections = Math.max(size - 1984, 4096);
  const header = `\x7fELF\x02\x01\x01${'\0'.repeat(9)}${little(3, 2)}${little(62, 2)}${little(1, 4)}${little(0x6aa0, 8)}${little(64, 8)}${little(sections, 8)}${little(0, 4)}${little(64, 2)}${little(56, 2)}${little(13, 2)}${little(64, 2)}${little(31, 2)}${little(30, 2)}`;
  const segment = (type: number, flags: number, offset: number, length: number, align: number): string =>
    little(type, 4) + little(flags, 4) + little(offset, 8).repeat(3) + little(length, 8).repeat(2) + little(align, 8);
  const table =
    segment(6, 4, 64, 728, 8) +
    segment(3, 4, 792, 28, 1) +
    segment(1, 4, 0, 0x36f8, 4096) +
    segment(1, 5, 0x4000, 0x14db1, 4096) +
    segment(1, 4, 0x19000, 0x75b0, 4096) +
    segment(1, 6, 0x20fd0, 0x2558, 4096) +
    segment(2, 6, 0x21a58, 0x200, 8) +
    segment(4, 4, 824, 32, 8) +
    segment(4, 4, 856, 68, 4);
  const start = `${header}${table}`.padEnd(792, '\0');
  const notes = `/lib64/ld-linux-x86-64.so.2\0\0\0\0\0${little(4, 4)}${little(16, 4)}${little(5, 4)}GNU\0${'\0'.repeat(16)}${little(4, 4)}${little(20, 4)}${little(3, 4)}GNU\0${signature(name)}`;
  const dice = diceFrom(`body:${name}`);
  const block = Array.from({ length: 4096 }, () =>
    String.fromCharCode(dice.chance(0.35) ? 0 : dice.between(0, 255)),
  ).join('');
  const head = start + notes;
  if (head.length >= size) return head.slice(0, size);
  return (head + block.repeat(Math.ceil((size - head.length) / block.length))).slice(0, size);
}

const known = new Map<string, string>();

/** Tells the programs by what `programIn` finds them. */
export function registerPrograms(names: Iterable<string>): void {
  for (const name of names) known.set(signature(name), name);
}

/** The program whose bytes these are, wherever they were copied to; null for anything else. */
export function programIn(content: string): string | null {
  if (!content.startsWith('\x7fELF\x02')) return null;
  const at = content.indexOf('GNU\0', 844);
  return at < 0 || at > 900 ? null : (known.get(content.slice(at + 4, at + 24)) ?? null);
}
