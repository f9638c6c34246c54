import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** One line of `commands.txt`. */
export interface ListedCommand {
  group: string;
  command: string;
  /** The output is data of the machine, compared by shape and not byte for byte. */
  isShape: boolean;
}

/** What the real Debian answered. Byte strings: one character per byte. */
export interface ExpectedOutput extends ListedCommand {
  stdout: string;
  stderr: string;
  exitCode: number;
}

/** The list of command lines, in order. */
export function listedCommands(): ListedCommand[] {
  const lines = readFileSync(join(import.meta.dirname, 'commands.txt'), 'utf8').split('\n');
  const listed: ListedCommand[] = [];
  let group = '';
  for (const line of lines) {
    const title = /^# ([a-z-]+)$/.exec(line);
    if (title) group = title[1] as string;
    if (group === '' || title || line === '') continue;
    const isShape = line.startsWith('~ ');
    listed.push({ group, isShape, command: (isShape ? line.slice(2) : line).replaceAll('␤', '\n') });
  }
  return listed;
}

/** The seed and the day of the persona that both the oracle and the test imitate. */
export const oraclePersona = { seed: 'oracle', madeAt: Date.UTC(2026, 9, 1) };

/** What is left of machine data when only its form counts: lines, words and kinds of numbers. */
export function shapeOf(text: string): string {
  return text
    .replace(/\b\d+\.\d+\.\d+-[\w+-]+/g, 'K')
    .replace(/#1 SMP[^\n]*?(?= x86_64|\n)/g, 'B')
    .replace(/up [^\n]*?, +(?=\d+ user)/g, 'up ')
    .replace(/\b[0-9a-f]{2}(?::[0-9a-f]{2}){5}\b/gi, 'M')
    .replace(/\b\d+(?:\.\d+)*[KMGTi]*\b/g, '0')
    .replace(/[ \t]+/g, ' ')
    .replace(/\b(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)\b/g, 'Mon')
    .replace(/\b(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)\b/g, 'Mon')
    .replace(/\b0:0\b/g, '0')
    .replace(/ +$/gm, '');
}
