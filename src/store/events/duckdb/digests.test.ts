import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { analyzerCases, analyzerCondition, type Event, type EventCondition, holds } from '../../../model/index.ts';
import type { EventFilter, EventStore, SearchPart } from '../../contract.ts';
import { event, start, writeSegment } from '../conformance.test-suite.ts';
import { cubeFor, needsOf } from './cubes.ts';
import { Shapes } from './shapes.ts';
import { openDuckdbStore } from './store.ts';
import { isNothing, Words } from './words.ts';

const hour = 3_600_000;

/** Events of three hours in several sealed slices, of which everything is counted, and some behind them. */
describe('what was counted when slices were sealed', () => {
  let folder = '';
  let store: EventStore;
  let sent: Event[] = [];
  // So few that rows of the newest slice are counted too, and some behind them are not.
  const open = () =>
    openDuckdbStore({
      folder: path.join(folder, 'events'),
      maxBytes: 6_000_000,
      isLimited: false,
      memoryLimitMb: 128,
      countedAfter: 500,
    });
  const files = (end: string) => fs.readdirSync(path.join(folder, 'events')).filter((name) => name.endsWith(end));
  const settled = async (): Promise<void> => {
    const slices = (await store.info()).slices;
    const counted = (): number => new Set(files('.words.digest').map((name) => name.slice(0, 6))).size;
    await expect.poll(counted, { timeout: 60_000 }).toBeGreaterThanOrEqual(slices - 1);
    await expect.poll(() => files('.new').length, { timeout: 60_000 }).toBe(0);
  };
  const load = async (): Promise<void> => {
    const types = ['auth.failure', 'auth.success', 'net.blocked', 'net.logged', 'message'] as const;
    sent = Array.from({ length: 30_000 }, (_, i) => {
      const port = [22, 80, 443, 3306, null][i % 5] ?? null;
      return event(Math.floor((i * 3 * 3600) / 30_000), {
        id: event(i, { time: start + Math.floor((i * 3 * hour) / 30_000) }).id,
        time: start + Math.floor((i * 3 * hour) / 30_000),
        raw: `line ${i} of word${i % 13} ${i === 777 ? 'zebra-crossing' : ''} ${(i < 16_000 ? `${i}` : i.toString(36)).repeat(30)}`,
        message: `line ${i}`,
        format: ['sshd', 'ufw', 'iptables'][i % 3] ?? 'raw',
        event_type: types[i % 5] ?? 'message',
        severity: i % 17 === 0 ? 'high' : 'low',
        src_ip: i % 4 === 0 ? null : `192.0.2.${i % 100}`,
        dst_port: port,
        user: i % 3 === 0 ? `user${i % 7}` : null,
        fields: i % 2 === 0 ? { tcp_flags: i % 4 === 0 ? 'SYN' : 'ACK SYN' } : {},
      });
    });
    // Late ones come too, and the last few do not wait to be counted.
    const late = sent.filter((_, i) => i % 500 === 0);
    const inTime = sent.filter((_, i) => i % 500 !== 0);
    const parts = [inTime.slice(0, 12_000), inTime.slice(12_000, 26_000), [...late, ...inTime.slice(26_000)]];
    let segment = 0;
    for (const part of parts) {
      for (let at = 0; at < part.length; at += 2000) {
        await store.load([writeSegment(folder, ++segment, part.slice(at, at + 2000))]);
      }
    }
    await settled();
    const last = sent.at(-1);
    if (last === undefined) return;
    const more = Array.from({ length: 40 }, (_, i) => ({
      ...last,
      id: event(i, { time: last.time + 1 + i }).id,
      time: last.time + 1 + i,
    }));
    sent.push(...more);
    await store.load([writeSegment(folder, ++segment, more)]);
  };
  beforeEach(async () => {
    folder = fs.mkdtempSync(path.join(os.tmpdir(), 'phosor-digests-'));
    store = await open();
    await load();
    await settled();
  }, 120_000);
  afterEach(async () => {
    await store.close();
    fs.rmSync(folder, { recursive: true, force: true });
  });

  const matching = ({ from, to, condition, text = '' }: EventFilter): Event[] =>
    sent.filter(
      (each) =>
        each.raw.toLowerCase().includes(text) &&
        (from === undefined || each.time >= from) &&
        (to === undefined || each.time < to) &&
        (condition === undefined || holds(condition, each)),
    );
  const filters: EventFilter[] = [
    {},
    { from: start + hour / 2, to: start + 2.3 * hour },
    { condition: analyzerCondition({ severity: ['HIGH'] }) },
    { condition: analyzerCondition({ event_type: ['CONNECTION_ATTEMPT'] }), from: start + hour },
    { condition: { op: 'equals', column: 'src_ip', values: ['192.0.2.7'], fold: false } },
    { condition: { op: 'number', column: 'dst_port', values: [443] } },
    { condition: { op: 'contains', column: 'raw', values: ['WORD7 '], fold: 'simple' } },
    { condition: { op: 'contains', column: 'raw', values: ['zebra'], fold: 'simple' } },
    { condition: { op: 'contains', column: 'raw', values: ['nowhere'], fold: 'simple' } },
    { condition: { op: 'contains', column: 'raw', values: ['Line 2'], fold: 'simple' }, from: start + 1.5 * hour },
    { condition: { op: 'not', of: { op: 'contains', column: 'raw', values: ['word7 '], fold: true } } },
    { condition: analyzerCondition({ severity: ['LOW'] }), from: start + 0.3 * hour, to: start + 2.9 * hour },
    { condition: { op: 'number', column: 'dst_port', values: [443] }, from: start + 2.9 * hour },
    // Texts that shapes of lines have.
    { condition: { op: 'contains', column: 'raw', values: ['OF word'], fold: 'simple' } },
    { text: 'zebra-' },
    { condition: { op: 'startswith', column: 'raw', values: ['line '], fold: false }, to: start + 1.2 * hour },
    {
      condition: {
        op: 'all',
        of: [
          { op: 'not', of: { op: 'wildcard', column: 'raw', values: ['*of*crossing*'], fold: true } },
          { op: 'equals', column: 'severity', values: ['high'], fold: false },
        ],
      },
    },
  ];

  test('gives the same answers as the events, also after a restart', async () => {
    expect((await store.info()).slices).toBeGreaterThan(2);
    // Lines repeat in some slices, and in others each has letters of its own.
    const sizes = files('.texts.digest').map((name) => fs.statSync(path.join(folder, 'events', name)).size);
    expect(Math.min(...sizes)).toBe(0);
    expect(Math.max(...sizes)).toBeGreaterThan(0);
    for (const isAgain of [false, true]) {
      if (isAgain) {
        await store.close();
        store = await open();
      }
      for (const filter of filters.filter((_, i) => !isAgain || i % 3 === 1)) {
        const expected = matching(filter);
        const label = JSON.stringify(filter);
        expect(await store.count(filter), label).toBe(expected.length);
        const tally = await store.tally(
          filter,
          analyzerCases.map(({ when }) => when),
        );
        const firsts = expected.map((each) => analyzerCases.findIndex(({ when }) => holds(when, each)));
        expect(tally, label).toEqual(
          analyzerCases.flatMap((_, i) => {
            const count = firsts.filter((first) => first === i).length;
            return count === 0 ? [] : [{ key: null, case: i, count }];
          }),
        );
        const byHour = await store.histogram(filter, hour, 'severity');
        expect(
          byHour.reduce((sum, { count }) => sum + count, 0),
          label,
        ).toBe(expected.length);
        for (const { time, key, count } of byHour) {
          const inside = expected.filter((each) => Math.floor(each.time / hour) * hour === time);
          expect(inside.filter(({ severity }) => severity === key).length, label).toBe(count);
        }
        for (const { value, count, last } of await store.top(filter, 'src_ip', 5)) {
          const of = expected.filter(({ src_ip }) => src_ip === value);
          expect([of.length, Math.max(...of.map(({ time }) => time))], label).toEqual([count, last]);
        }
        const inOrder = expected.toSorted((a, b) => a.time - b.time || (a.id < b.id ? -1 : 1));
        for (const order of isAgain ? (['oldest'] as const) : (['oldest', 'newest'] as const)) {
          const ids = (order === 'oldest' ? inOrder : inOrder.toReversed()).map(({ id }) => id);
          for (const [offset, limit] of [
            [0, 20],
            [Math.floor(ids.length / 2), 20],
            [Math.max(0, ids.length - 30), 300],
          ] as const) {
            const page = await store.pageAt(filter, { offset, limit, order });
            expect(page.total, label).toBe(ids.length);
            expect(page.events.map(({ id }) => id)).toEqual(ids.slice(offset, offset + limit));
          }
          const first = await store.page(filter, 40, null, order);
          const second = first.next === null ? [] : (await store.page(filter, 40, first.next, order)).events;
          expect([...first.events, ...second].map(({ id }) => id)).toEqual(ids.slice(0, 80));
        }
        const parts: SearchPart[] = [];
        const { matched } = await store.search(
          {
            filter,
            limit: 30,
            after: null,
            order: 'newest',
            histogram: { bucketMs: hour },
            facets: { fields: ['user', 'severity'], limit: 20 },
            count: true,
          },
          (part) => parts.push(part),
        );
        expect(matched, label).toBe(expected.length);
        const shown = parts.flatMap((part) => (part.type === 'page' ? part.events : []));
        expect(shown.map(({ id }) => id)).toEqual(
          inOrder
            .slice(-30)
            .toReversed()
            .map(({ id }) => id),
        );
        const counts = parts.findLast((part) => part.type === 'counts');
        const users = counts?.facets?.[0]?.values.reduce((sum, { count }) => sum + count, 0) ?? 0;
        expect(users, label).toBe(expected.length);
      }
    }
  }, 240_000);

  test('is kept once of each slice, however often it was brought up to date', async () => {
    const names = (): string[] => files('.words.digest').map((name) => name.slice(0, 6));
    // Files that were replaced go when nobody reads them any more.
    await expect.poll(() => names().length - new Set(names()).size, { timeout: 60_000 }).toBe(0);
    expect(names().length).toBeGreaterThanOrEqual((await store.info()).slices - 1);
  }, 120_000);

  test('goes with its slice', async () => {
    await store.retain(1_000_000, null);
    const kept = new Set(files('.duckdb').map((name) => name.slice(0, 6)));
    expect(files('.digest').filter((name) => !kept.has(name.slice(0, 6)))).toEqual([]);
  }, 60_000);
});

test.each<[string, EventCondition, string | undefined]>([
  ['a view’s words', analyzerCondition({ severity: ['HIGH'], log_source: ['auth.log'] }), 'time'],
  ['an address', { op: 'equals', column: 'src_ip', values: ['192.0.2.1'], fold: false }, 'address'],
  ['any port', { op: 'number', column: 'dst_port', values: [8080] }, 'dst_port'],
  ['a user', { op: 'contains', column: 'user', values: ['x'], fold: 'simple' }, 'user'],
  ['text', { op: 'contains', column: 'raw', values: ['x'], fold: 'simple' }, 'text_user'],
  ['text with numbers', { op: 'contains', column: 'raw', values: ['x', 'ssh2'], fold: 'simple' }, undefined],
  ['a pattern', { op: 'wildcard', column: 'raw', values: ['x*y'], fold: true }, 'text_user'],
  ['a pattern with any character', { op: 'wildcard', column: 'raw', values: ['x?y'], fold: true }, undefined],
  ['a field', { op: 'json', column: 'fields', key: 'method', test: { op: 'exists' } }, undefined],
])('%s is counted by the cube that has it', (_, condition, name) => {
  expect(cubeFor(needsOf({ condition }))?.name).toBe(name);
});

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
