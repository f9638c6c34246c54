import { describe, expect, test } from 'vitest';
import { type EventCondition, holds } from '../../../model/index.ts';
import { event } from '../conformance.test-suite.ts';
import { Shapes } from './shapes.ts';
import { isNothing, Words } from './words.ts';

describe('shapes of lines', () => {
  const numberOf = (shapes: Shapes, line: string): number => {
    const bytes = Buffer.from(`8${line}9`);
    return shapes.numberOf(bytes, 1, bytes.length - 1);
  };

  test('lines that differ in their numbers have one, and each has its text', () => {
    const shapes = new Shapes();
    const lines = ['port 22', 'port 4711', 'port', 'port x', 'für 1٢ 23', '', '203.0.113.7:x', '0.0.0.0:x', '\0'];
    const numbers = lines.map((line) => numberOf(shapes, line));
    expect(numbers).toEqual([0, 0, 1, 2, 3, 4, 5, 5, 6]);
    expect(shapes.texts()).toEqual(['port 0', 'port', 'port x', 'für 0٢ 0', '', '0.0.0.0:x', '\0']);
    // Given their texts, others number them alike.
    const again = new Shapes();
    for (const text of shapes.texts()) numberOf(again, text);
    expect(lines.map((line) => numberOf(again, line))).toEqual(numbers);
  });

  test('a text without digits stands in a line where it stands in its shape', () => {
    const random = seeded(11);
    const letters = ['a', 'B', '0', '7', '12', ' ', '.', 'ü'];
    const text = (most: number, from: readonly string[]): string =>
      Array.from({ length: Math.floor(random() * most) }, () => from[Math.floor(random() * from.length)]).join('');
    for (let round = 0; round < 2000; round += 1) {
      const shapes = new Shapes();
      const line = text(12, letters);
      numberOf(shapes, line);
      const raw = shapes.texts()[0] ?? '';
      const values = [text(4, ['a', 'B', ' ', '.', 'ü'])];
      const more = [`${text(3, ['a', ' '])}*${text(3, ['B', ' '])}`];
      for (const op of ['contains', 'startswith', 'endswith', 'wildcard'] as const) {
        const condition: EventCondition = { op, column: 'raw', values: op === 'wildcard' ? more : values, fold: false };
        expect(holds(condition, event(1, { raw })), `${line} | ${JSON.stringify(condition)}`).toBe(
          holds(condition, event(1, { raw: line })),
        );
      }
    }
  });

  test('too many are said to be too many', () => {
    const shapes = new Shapes();
    const letters = (i: number): string =>
      i.toString(26).replaceAll(/[0-9]/g, (digit) => 'qrstuvwxyz'[Number(digit)] ?? '');
    for (let i = 0; i < 49_000; i += 1) numberOf(shapes, letters(i));
    expect([shapes.isFull, shapes.count]).toEqual([false, 49_000]);
    for (let i = 49_000; i < 51_000; i += 1) numberOf(shapes, letters(i));
    expect(shapes.isFull).toBe(true);
  });
});

describe('words of a slice', () => {
  const words = new Words();
  words.add(Buffer.from('Failed password web1 failed für Publickey publickey PUBLICKEY pUblickey'));
  const contains = (value: string, fold: boolean | 'simple' = 'simple'): EventCondition => {
    return { op: 'contains', column: 'raw', values: [value], fold };
  };
  const exactly = (...values: string[]): EventCondition => ({ op: 'contains', column: 'raw', values, fold: false });

  test.each<[string, EventCondition]>([
    ['FAILED password', exactly('failed password', 'Failed password')],
    ['ailed pass', exactly('ailed pass')],
    ['web1', exactly('web1')],
    ['für', contains('für')],
    // More ways of writing than are worth a look each.
    ['publickey', contains('publickey')],
    ['lickey', exactly('lickey', 'LICKEY')],
  ])('%s is looked for as it is written', (text, expected) => {
    expect(words.narrow(contains(text))).toEqual(expected);
  });

  test.each(['passkey', 'failed publickeys', 'web2', 'fürxyz', 'words'])('%s is nowhere', (text) => {
    expect(isNothing(words.narrow(contains(text)))).toBe(true);
  });

  test('what is not said of every line stays as it is', () => {
    const condition: EventCondition = {
      op: 'any',
      of: [
        contains('nowhere'),
        { op: 'all', of: [contains('web1', true), { op: 'not', of: contains('nowhere') }] },
        { op: 'equals', column: 'user', values: ['nowhere'], fold: false },
      ],
    };
    expect(words.narrow(condition)).toEqual({
      op: 'any',
      of: [
        { op: 'all', of: [exactly('web1'), { op: 'not', of: { op: 'any', of: [] } }] },
        { op: 'equals', column: 'user', values: ['nowhere'], fold: false },
      ],
    });
  });

  test('finds the same lines as before, whatever stands in them', () => {
    const random = seeded(7);
    const pick = (from: readonly string[]): string => from[Math.floor(random() * from.length)] ?? '';
    const letters = ['a', 'A', 'b', 'B', 's', 'S', 'k', '1', '-', '.', ' ', '\t', 'ß', 'ſ', '\u212a', 'É'];
    const text = (most: number): string =>
      Array.from({ length: 1 + Math.floor(random() * most) }, () => pick(letters)).join('');
    const lower = (line: string): string => line.toLowerCase();
    let narrowed = 0;
    for (let round = 0; round < 300; round += 1) {
      const few = round % 3 === 0 ? letters : letters.slice(0, 12);
      const lines = Array.from({ length: 6 }, () => [...text(30)].filter((each) => few.includes(each)).join(''));
      const known = new Words();
      for (const line of lines) {
        known.add(Buffer.from(line));
        for (const word of line.split(' ')) if (/[^\0-\x7f]/.test(word)) known.addForeign(word, lower(word));
      }
      const condition: EventCondition = {
        op: pick(['all', 'any']) === 'all' ? 'all' : 'any',
        of: Array.from({ length: 1 + (round % 3) }, (): EventCondition => {
          const fold = ([true, false, 'simple'] as const)[Math.floor(random() * 3)] ?? 'simple';
          const values = [text(6), text(4)].map((value) => (fold === true ? value.toLowerCase() : value));
          const op = (['contains', 'startswith', 'endswith'] as const)[Math.floor(random() * 3)] ?? 'contains';
          const test: EventCondition = { op, column: 'raw', values, fold };
          return random() < 0.3 ? { op: 'not', of: test } : test;
        }),
      };
      const other = known.narrow(condition);
      if (other !== condition) narrowed += 1;
      for (const raw of lines) {
        const each = event(1, { raw });
        expect(holds(other, each), `${raw} | ${JSON.stringify(condition)} | ${JSON.stringify(other)}`).toBe(
          holds(condition, each),
        );
      }
    }
    expect(narrowed).toBeGreaterThan(100);
  });

  test('a letter that folds into ASCII makes every way of writing possible', () => {
    const odd = new Words(new Uint8Array(words.bytes));
    odd.add(Buffer.from('\u212aelvin'));
    odd.addForeign('\u212aelvin', 'kelvin');
    expect(odd.narrow(contains('kelvin'))).toEqual(contains('kelvin'));
    expect(odd.narrow(contains('web1'))).toEqual(contains('web1'));
    expect(isNothing(odd.narrow(contains('web2')))).toBe(true);
    expect(odd.narrow(contains('web2', true))).toEqual(contains('web2', true));
  });
});

/** Numbers from 0 to 1, the same each time (mulberry32). */
function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}
