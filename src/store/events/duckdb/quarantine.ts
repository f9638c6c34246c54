import { appendFileSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';

/**
 * Splits a segment that the engine refused into what it takes and the lines it does not, by halving: about
 * `2 · bad · log2(rows)` trials. The bad lines go to `<folder>/<segment>.bad`, whole, for people to look at.
 *
 * @param accepts whether the engine can read a file.
 * @returns a file with the good lines (the caller removes it) and the number of bad ones.
 */
export async function putAsideRefused(
  path: string,
  folder: string,
  accepts: (path: string) => Promise<boolean>,
): Promise<{ good: string; bad: number }> {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const trial = join(folder, 'trial.ndjson');
  const lines = readFileSync(path, 'utf8')
    .split('\n')
    .filter((line) => line !== '');
  const good: string[] = [];
  const bad: string[] = [];
  const sort = async (some: string[]): Promise<void> => {
    writeFileSync(trial, `${some.join('\n')}\n`, { mode: 0o600 });
    if (await accepts(trial)) {
      for (const line of some) good.push(line);
      return;
    }
    if (some.length === 1) {
      bad.push(some[0] as string);
      return;
    }
    const middle = some.length >> 1;
    await sort(some.slice(0, middle));
    await sort(some.slice(middle));
  };
  if (lines.length > 0) await sort(lines);
  rmSync(trial, { force: true });
  if (bad.length > 0) appendFileSync(join(folder, `${basename(path)}.bad`), `${bad.join('\n')}\n`, { mode: 0o600 });
  const file = join(folder, `${basename(path)}.good`);
  writeFileSync(file, good.length === 0 ? '' : `${good.join('\n')}\n`, { mode: 0o600 });
  return { good: file, bad: bad.length };
}
