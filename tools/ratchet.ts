/**
 * Counts what should become less: casts that switch the compiler off, disabled lint lines, long files.
 * The numbers in ratchet.json may only fall. `--update` writes lower ones; it never writes a higher one.
 */

import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const root = join(import.meta.dirname, '..');
const store = join(import.meta.dirname, 'ratchet.json');
const maxLines = 400;

/** What is counted, per source file. The words are put together here, so that this file does not count itself. */
const counters: Readonly<Record<string, (text: string) => number>> = {
  'as any': (text) => occurrences(text, /\bas any\b/g),
  'as unknown as': (text) => occurrences(text, /\bas unknown as\b/g),
  'biome-ignore': (text) => occurrences(text, /biome-ignore/g),
  [`files over ${maxLines} lines`]: (text) => (text.split('\n').length - 1 > maxLines ? 1 : 0),
};

const occurrences = (text: string, pattern: RegExp): number => text.match(pattern)?.length ?? 0;

/** Source files that git knows or would add. */
function sources(): string[] {
  const args = ['ls-files', '--cached', '--others', '--exclude-standard', '--', '*.ts', '*.tsx', '*.js'];
  return execFileSync('git', args, { cwd: root, encoding: 'utf8' })
    .split('\n')
    .filter((path) => path !== '' && path !== 'tools/ratchet.ts');
}

/** Counts per word, and the files in which each occurs. */
export function count(): { counts: Record<string, number>; where: Record<string, string[]> } {
  const counts: Record<string, number> = {};
  const where: Record<string, string[]> = {};
  for (const name of Object.keys(counters)) {
    counts[name] = 0;
    where[name] = [];
  }
  for (const path of sources()) {
    let text: string;
    try {
      text = readFileSync(join(root, path), 'utf8');
    } catch {
      continue; // deleted, but not yet in git
    }
    for (const [name, counter] of Object.entries(counters)) {
      const found = counter(text);
      counts[name] = (counts[name] ?? 0) + found;
      if (found > 0) where[name]?.push(`${path}${found > 1 ? ` (${found})` : ''}`);
    }
  }
  return { counts, where };
}

if (import.meta.main) {
  const before = JSON.parse(readFileSync(store, 'utf8')) as Record<string, number>;
  const { counts, where } = count();
  for (const [name, now] of Object.entries(counts)) {
    const limit = before[name] ?? 0;
    if (now > limit) {
      console.error(`${name}: ${now}, but at most ${limit} are allowed. They are in ${where[name]?.join(', ')}`);
      process.exitCode = 1;
    } else if (now < limit)
      console.log(`${name}: ${limit} → ${now}. Run node tools/ratchet.ts --update to keep it there.`);
  }
  if (process.argv.includes('--update')) {
    const next = Object.fromEntries(
      Object.entries(counts).map(([name, now]) => [name, Math.min(now, before[name] ?? now)]),
    );
    writeFileSync(store, `${JSON.stringify(next, null, 2)}\n`);
  }
}
