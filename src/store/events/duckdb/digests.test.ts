import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { analyzerCases, analyzerCondition, type Event, type EventCondition, holds } from '../../../model/index.ts';
import type { EventFilter, EventStore, SearchPart } from '../../contract.ts';
import { event, start, writeSegment } from '../conformance.test-suite.ts';
import { cubeFor, needsOf } from './cubes.ts';
import { openDuckdbStore } from './store.ts';

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
    // Texts with digits that are left out: of everything, of others, of a span.
    { condition: { op: 'not', of: { op: 'contains', column: 'raw', values: ['line 77'], fold: 'simple' } } },
    {
      condition: {
        op: 'all',
        of: [
          { op: 'equals', column: 'severity', values: ['low'], fold: false },
          { op: 'not', of: { op: 'contains', column: 'raw', values: ['e 12'], fold: 'simple' } },
          { op: 'not', of: { op: 'contains', column: 'raw', values: ['word7 '], fold: 'simple' } },
        ],
      },
      from: start + 0.7 * hour,
    },
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
        for (const { field, values } of counts?.facets ?? []) {
          const of = (value: string | null) => expected.filter((each) => each[field as 'user'] === value).length;
          expect(values, label).toEqual(values.map(({ value }) => ({ value, count: of(value) })));
          expect(
            values.reduce((sum, { count }) => sum + count, 0),
            label,
          ).toBe(expected.length);
        }
      }
    }
  }, 240_000);

  test('what is asked again is read from where it was merged, and says the same', async () => {
    const cases = analyzerCases.map(({ when }) => when);
    const merged = (): number => fs.readdirSync(path.join(folder, 'events', 'kept')).length;
    const all = (filter: EventFilter) =>
      Promise.all([
        store.count(filter),
        store.pageAt(filter, { offset: 0, limit: 1, order: 'newest' }).then(({ total }) => total),
        store.tally(filter, cases),
        store.tally(filter, cases, 'src_ip'),
        store.histogram(filter, hour, 'severity'),
        store.top(filter, 'user', 5),
        store.variety(filter, 'user', ['severity']),
      ]);
    for (const filter of filters.slice(0, 4)) {
      const before = await all(filter);
      expect(before[0]).toBe(matching(filter).length);
      const known = fs.existsSync(path.join(folder, 'events', 'kept')) ? merged() : 0;
      await all(filter);
      await expect.poll(merged, { timeout: 60_000 }).toBeGreaterThan(known + 3);
      expect(await all(filter)).toEqual(before);
    }
    // What a slice has lost is not in what is merged of it any more.
    const { rows } = await store.info();
    await store.retain(null, start + 2.5 * hour);
    expect((await store.info()).rows).toBeLessThan(rows);
    for (const filter of filters.slice(0, 4))
      expect(await store.count(filter)).toBe((await store.page(filter, 30_000, null)).events.length);
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
