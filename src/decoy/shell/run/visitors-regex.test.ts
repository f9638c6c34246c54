import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { nodeArguments } from '../../../runtime/decoys/isolation.ts';
import { visitorsRegex } from './visitors-regex.ts';

const here = (path: string): string => JSON.stringify(fileURLToPath(new URL(path, import.meta.url)));
const text = `${'a'.repeat(50)}!`;

/** Each backtracks for years in the engine that JavaScript usually has. */
const endless: readonly (readonly [string, string])[] = [
  ['(a+)+b', ''],
  ['^(a|a?)+$', 'g'],
  ['(a+)+b', 'i'],
  ['(a+)+\\1b', ''],
  ['(?!x)(a+)+b', ''],
  ['(?<!x)(a+)+b', ''],
  ['(a{1,500}){1,50}b', ''],
];

test('no pattern of a visitor holds the process up', { timeout: 60_000 }, () => {
  const program = `
    const { limitMatching, visitorsRegex } = await import(${here('./visitors-regex.ts')});
    const { inTime } = await import(${here('../../host/time-limit.ts')});
    limitMatching(inTime);
    for (const [source, flags] of ${JSON.stringify(endless)}) {
      try {
        console.log(visitorsRegex(source, flags).test(${JSON.stringify(text)}));
      } catch (error) {
        console.log(error.cap);
      }
    }`;
  const args = nodeArguments().filter((each) => each.startsWith('--enable-experimental'));
  const done = spawnSync(process.execPath, [...args, '--input-type=module', '-e', program], {
    timeout: 30_000,
    encoding: 'utf8',
  });
  expect(done.stderr.replace(/^\(node:.*\n?|^\(Use.*\n?/gm, '')).toBe('');
  expect(done.stdout.trim().split('\n')).toHaveLength(endless.length);
  for (const said of done.stdout.trim().split('\n')) expect(['false', 'runMs']).toContain(said);
});

test('one whose time is limited is a regular expression like others', () => {
  const limited = visitorsRegex('(a)+b?', 'gi');
  expect('xAabA'.replace(limited, '-')).toBe('x--');
  expect([...'xAab'.matchAll(limited)].map(([found]) => found)).toEqual(['Aab']);
  expect('1AB2ab3'.split(visitorsRegex('(?:a)(?:b)+', 'i'))).toEqual(['1', '2', '3']);
  expect(() => visitorsRegex('(', 'i')).toThrow(SyntaxError);
});
