import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { analyzerCases, analyzerCondition, type Event, type EventCondition, holds } from '../../../model/index.ts';
import type { EventFilter, EventStore, SearchPart } from '../../contract.ts';
import { event, start, writeSegment } from '../conformance.test-suite.ts';
import { cubeFor, needsOf } from './cubes.ts';
import { openDuckdbStore } from './store.ts';
import { isNothing, Words } from './words.ts';

const hour = 3_600_000;

/** Events of three hours in several sealed slices, of which everything is counted, and some behind them. */
describe('what was counted when slices were sealed', () => {
  let folder = '';
  let store: EventStore;
  let sent: Event[] = [];
  const open = () => openDuckdbStore({ folder: path.join(folder, 'events'), maxBytes: 6_000_000, memoryLimitMb: 128 });
  const files = (end: string) => fs.readdirSync(path.join(folder, 'events')).filter((name) => name.endsWith(end));
  const settled = async (): Promise<void> => {
    const slices = (await store.info()).slices;
    await expect.poll(() => files('.words.digest').length, { timeout: 60_000 }).toBeGreaterThanOrEqual(slices - 1);
    await expect.poll(() => files('.new').length, { timeout: 60_000 }).toBe(0);
  };
  const load = async (): Promise<void> => {
    const types = ['auth.failure', 'auth.success', 'net.blocked', 'net.logged', 'message'] as const;
    sent = Array.from({ length: 30_000 }, (_, i) => {
      const port = [22, 80, 443, 3306, null][i % 5] ?? null;
      return event(Math.floor((i * 3 * 3600) / 30_000), {
        id: event(i, { time: start + Math.floor((i * 3 * hour) / 30_000) }).id,
        time: start + Math.floor((i * 3 * hour) / 30_000),
        raw: `line ${i} of word${i % 13} ${i === 777 ? 'zebra-crossing' : ''} ${i.toString(36).repeat(30)}`,
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
    for (let at = 0; at < sent.length; at += 5000) {
      await store.load([writeSegment(folder, 1 + at / 5000, sent.slice(at, at + 5000))]);
    }
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

  const matching = ({ from, to, condition }: EventFilter): Event[] =>
    sent.filter(
      (each) =>
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
  ];

  test('gives the same answers as the events, also after a restart', async () => {
    expect((await store.info()).slices).toBeGreaterThan(2);
    for (const isAgain of [false, true]) {
      if (isAgain) {
        await store.close();
        store = await open();
      }
      for (const filter of filters) {
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
        const offset = Math.floor(expected.length / 2);
        const page = await store.pageAt(filter, { offset, limit: 20, order: 'oldest' });
        expect(page.total, label).toBe(expected.length);
        expect(page.events.map(({ time }) => time)).toEqual(
          expected.slice(offset, offset + 20).map(({ time }) => new Date(time).toISOString().replace('Z', '+00:00')),
        );
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
        expect(shown.length, label).toBe(Math.min(30, expected.length));
        const counts = parts.findLast((part) => part.type === 'counts');
        const users = counts?.facets?.[0]?.values.reduce((sum, { count }) => sum + count, 0) ?? 0;
        expect(users, label).toBe(expected.length);
      }
    }
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
  ['text', { op: 'contains', column: 'raw', values: ['x'], fold: 'simple' }, undefined],
  ['a field', { op: 'json', column: 'fields', key: 'method', test: { op: 'exists' } }, undefined],
])('%s is counted by the cube that has it', (_, condition, name) => {
  expect(cubeFor(needsOf({ condition }))?.name).toBe(name);
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
