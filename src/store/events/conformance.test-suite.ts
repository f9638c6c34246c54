import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type Event, eventId, newEvent } from '../../model/index.ts';
import type { EventStore } from '../contract.ts';
import { conditionConformance } from './condition.test-suite.ts';
import { historyConformance } from './history.test-suite.ts';
import { queryConformance } from './queries.test-suite.ts';
import { encodeRow } from './row.ts';

/** 2026-11-20T10:00:00Z */
export const start = Date.UTC(2026, 10, 20, 10);

/** An event of a second after {@link start}, with an id as the pipeline gives it. */
export function event(second: number, change: Partial<Event> = {}): Event {
  const origin = {
    source: 'syslog_192.0.2.1',
    source_type: 'syslog',
    peer: '192.0.2.1',
    hint: null,
    identity: '',
  } as const;
  const raw =
    change.raw ?? `Nov 20 10:00:00 web1 sshd[${second}]: Failed password for root from 203.0.113.66 port 40022 ssh2`;
  const made = { ...newEvent(origin, start + second * 1000, raw), ...change };
  made.id = change.id ?? eventId(made.time, second, second * 7919, 1);
  return made;
}

export function writeSegment(
  folder: string,
  id: number,
  events: readonly Event[],
  extra = '',
): { id: number; path: string } {
  const file = path.join(folder, `${String(id).padStart(9, '0')}.ndjson`);
  const marker = `{"_batch":${id},"rows":${events.length},"bytes":1,"crc":1,"positions":[]}\n`;
  fs.writeFileSync(file, events.map(encodeRow).join('') + extra + marker);
  return { id, path: file };
}

/** What every event store must do. `open` may be called again on the same folder: that is a restart. */
export function eventStoreConformance(open: (folder: string) => Promise<EventStore>): void {
  let folder = '';
  let store: EventStore;
  beforeEach(async () => {
    folder = fs.mkdtempSync(path.join(os.tmpdir(), 'phosor-events-'));
    store = await open(path.join(folder, 'events'));
  });
  afterEach(async () => {
    await store.close();
    fs.rmSync(folder, { recursive: true, force: true });
  });
  let lastSegment = 0;
  const load = (events: readonly Event[], extra = '') => {
    lastSegment += 1;
    return store.load([writeSegment(folder, lastSegment, events, extra)]);
  };
  const ids = async (filter = {}, limit = 1000) => (await store.page(filter, limit, null)).events.map(({ id }) => id);

  describe('loading', () => {
    test('an event comes back as it went in', async () => {
      const sent = event(1, {
        time: start - 0.5 + 0.5,
        host: 'web1',
        program: 'sshd',
        pid: 812,
        facility: 'auth',
        level: 'info',
        event_type: 'auth.failure',
        outcome: 'failure',
        severity: 'medium',
        format: 'sshd',
        src_ip: '2001:db8::7',
        src_port: 40022,
        dst_ip: '192.0.2.9',
        dst_port: 22,
        protocol: 'ssh',
        user: "o'brien; DROP TABLE events --",
        message: 'Failed password for root from 203.0.113.66 port 40022 ssh2',
        tags: ['first', 'zweites ü', '🙂'],
        fields: { method: 'password', nested: { list: [1, 2.5, null, true, 'x'] }, big: 9_007_199_254_740_991 },
        geo: { country: 'DE' },
        intel: { known: true },
        score: { model: 0.25 },
        redacted: ['ssn'],
      });
      await load([sent]);
      const { has_time, zone_minutes, time, received_at, ...rest } = sent;
      expect((await store.page({}, 10, null)).events).toEqual([
        { ...rest, time: '2026-11-20T10:00:00.000+00:00', received_at: '2026-11-20T10:00:01.000+00:00' },
      ]);
    });

    test.each([
      ['quotes and backslashes', 'a "b" \\c\\ \\u0041'],
      ['control characters and NUL', 'x\u0000y\u001b[31m\u0007\r\n\tz\u007f\u0085'],
      ['lone surrogates', 'bad \ud800 and \udfff end', 'bad \ufffd and \ufffd end'],
      ['a pair', '😀'],
      ['line separators', '\u2028\u2029'],
      ['empty', ''],
      ['spaces around', '  x  '],
      ['what looks like a marker', '{"_batch":1,"rows":0}'],
      ['64 KiB', 'é'.repeat(65_536)],
      ['1 MiB', `${'y"'.repeat(524_288)}`],
    ])('raw text with %s is kept', async (_, raw, stored = raw) => {
      const { quarantined } = await load([
        event(1, { raw, message: raw, fields: { [raw.slice(0, 100)]: raw.slice(0, 100) } }),
      ]);
      expect(quarantined).toBe(0);
      const [found] = (await store.page({}, 10, null, 'newest', true)).events;
      expect(found?.raw).toBe(stored);
      expect(found?.message).toBe(stored);
      expect(await store.byIds([found?.id ?? ''])).toEqual([found]);
      expect(Object.values(found?.fields ?? {})).toEqual([stored.slice(0, 100)]);
    });

    test('a message that is no part of the raw line is kept', async () => {
      await load([event(1, { raw: '{"msg":"a\\nb"}', message: 'a\nb' })]);
      expect((await store.page({}, 10, null)).events[0]?.message).toBe('a\nb');
    });

    test('a segment is loaded once, also after a restart', async () => {
      const segment = writeSegment(folder, 71, [event(1), event(2)]);
      expect(await store.load([segment])).toMatchObject({ loaded: [71], rows: 2 });
      expect(await store.load([segment])).toMatchObject({ loaded: [71], rows: 0 });
      await store.close();
      store = await open(path.join(folder, 'events'));
      expect(await store.load([segment])).toMatchObject({ loaded: [71], rows: 0 });
      expect((await store.info()).rows).toBe(2);
    });

    test('an event that arrives again, in the same segment or a later one, is stored once', async () => {
      await load([event(1), event(1), event(2)]);
      expect(await load([event(2), event(3)])).toMatchObject({ rows: 1 });
      expect((await store.info()).rows).toBe(3);
    });

    test('several segments in one call; an empty one is fine', async () => {
      const segments = [80, 81, 82].map((id) => writeSegment(folder, id, id === 81 ? [] : [event(id)]));
      expect(await store.load(segments)).toEqual({ loaded: [80, 81, 82], rows: 2, quarantined: 0 });
    });

    test('a line that cannot be stored costs itself, not its neighbours', async () => {
      const good = Array.from({ length: 100 }, (_, i) => event(i));
      const bad = [
        '{"id":"019b0000-0000-7000-8000-000000000001","time":1,"received_at":1,"raw":"lone \\ud800"}\n',
        '{"id":"no uuid","time":1,"received_at":1,"raw":"x"}\n',
        'garbage\n',
      ];
      expect(await load(good, bad.join(''))).toMatchObject({ rows: 100, quarantined: 3 });
      expect(await store.count({})).toBe(100);
    });
  });

  describe('reading', () => {
    test('an empty store answers everything', async () => {
      expect(await store.page({}, 10, null)).toEqual({ events: [], next: null });
      expect(await store.count({ text: 'x' })).toBe(0);
      expect(await store.histogram({}, 1000, 'severity')).toEqual([]);
      expect(await store.top({}, 'src_ip', 5)).toEqual([]);
      expect(await store.byIds(['019b0000-0000-7000-8000-000000000001', 'nonsense'])).toEqual([]);
      expect(await store.info()).toMatchObject({ rows: 0, oldest: null, newest: null });
    });

    test('pages are newest first, by time and then id, without gaps or repeats', async () => {
      const events = Array.from({ length: 50 }, (_, i) => event(i, { time: start + Math.floor(i / 7) * 1000 }));
      await load(events.filter((_, i) => i % 3 === 0));
      await load(events.filter((_, i) => i % 3 !== 0));
      const expected = [...events].sort((a, b) => b.time - a.time || (a.id < b.id ? 1 : -1)).map(({ id }) => id);
      const seen: string[] = [];
      let after: string | null = null;
      do {
        const page: Awaited<ReturnType<EventStore['page']>> = await store.page({}, 8, after);
        seen.push(...page.events.map(({ id }) => id));
        after = page.next;
      } while (after !== null);
      expect(seen).toEqual(expected);
    });

    test('a foreign cursor is refused with a sentence', async () => {
      await load([event(1)]);
      await expect(store.page({}, 5, "1'; DROP TABLE x")).rejects.toThrow('cursor');
    });

    test.each([
      ['a span, end excluded', { from: start + 1000, to: start + 3000 }, [2, 1]],
      ['text in any case', { text: 'FAILED PASSWORD' }, [1, 0]],
      ['text with wildcards of other languages', { text: '100%_' }, [2]],
      ['text with a quote', { text: "it's" }, [3]],
      ['text beyond ASCII in any case', { text: 'GRÜN' }, [3]],
      ['one value', { where: [{ field: 'src_ip', op: 'in', values: ['203.0.113.1'] }] }, [0]],
      ['any of the values', { where: [{ field: 'user', op: 'in', values: ['root', null] }] }, [3, 2, 0]],
      ['null', { where: [{ field: 'src_ip', op: 'in', values: [null] }] }, [3]],
      [
        'none of the values keeps rows without one',
        { where: [{ field: 'user', op: 'not', values: ['root'] }] },
        [3, 2, 1],
      ],
      ['not null', { where: [{ field: 'user', op: 'not', values: [null] }] }, [1, 0]],
      ['neither a value nor null', { where: [{ field: 'user', op: 'not', values: ['root', null] }] }, [1]],
      ['a number, given as a number', { where: [{ field: 'src_port', op: 'in', values: [22] }] }, [1]],
      ['a number, given as text', { where: [{ field: 'src_port', op: 'in', values: ['22'] }] }, [1]],
      ['no number where one is asked for', { where: [{ field: 'src_port', op: 'in', values: ["22' OR 1=1"] }] }, []],
      ['no values at all', { where: [{ field: 'user', op: 'in', values: [] }] }, []],
      ['everything but no values', { where: [{ field: 'user', op: 'not', values: [] }] }, [3, 2, 1, 0]],
      ['hostile text', { where: [{ field: 'user', op: 'in', values: ["' OR '1'='1"] }] }, []],
      [
        'all conditions together',
        {
          text: 'failed',
          where: [
            { field: 'user', op: 'in', values: ['root', 'admin'] },
            { field: 'src_port', op: 'in', values: [22] },
          ],
        },
        [1],
      ],
    ] as const)('filters: %s', async (_, filter, expected) => {
      const events = [
        event(0, { user: 'root', src_ip: '203.0.113.1' }),
        event(1, { user: 'admin', src_ip: '203.0.113.2', src_port: 22 }),
        event(2, { raw: 'disk at 100%_ full', message: 'disk', src_ip: '203.0.113.3' }),
        event(3, { raw: "it's grün", message: "it's grün" }),
      ];
      await load(events);
      const wanted = expected.map((index) => events[index]?.id);
      expect(await ids(structuredClone(filter) as object)).toEqual(wanted);
      expect(await store.count(structuredClone(filter) as object)).toBe(wanted.length);
    });

    test('a field that is none cannot be asked for', async () => {
      await load([event(1)]);
      await expect(store.top({}, 'raw" FROM x --' as never, 5)).rejects.toThrow('no field');
    });

    test('ids, in the order asked for; unknown ones are left out', async () => {
      const events = [event(1), event(50_000), event(2), event(3, { time: -86_400_000 })];
      await load(events);
      const before1970 = events[3]?.id ?? '';
      const asked = [events[2]?.id ?? '', '019b0000-0000-7000-8000-000000000001', events[1]?.id ?? '', before1970];
      expect((await store.byIds(asked)).map(({ id }) => id)).toEqual([asked[0], asked[2], before1970]);
    });

    test('counts per bucket and value, and the most frequent values', async () => {
      await load([
        event(0, { severity: 'low', src_ip: '203.0.113.1', dst_port: 22 }),
        event(1, { severity: 'low', src_ip: '203.0.113.1' }),
        event(9, { severity: 'high', src_ip: '203.0.113.2' }),
        event(10, { severity: 'low' }),
      ]);
      await load([
        event(11, { severity: 'low', src_ip: '203.0.113.2' }),
        event(12, { severity: 'low', src_ip: '203.0.113.2' }),
      ]);
      expect(await store.histogram({}, 10_000, 'severity')).toEqual([
        { time: start, key: 'high', count: 1 },
        { time: start, key: 'low', count: 2 },
        { time: start + 10_000, key: 'low', count: 3 },
      ]);
      expect(await store.histogram({ to: start + 1000 }, 10_000, 'dst_port')).toEqual([
        { time: start, key: '22', count: 1 },
      ]);
      expect(await store.top({}, 'src_ip', 1)).toEqual([{ value: '203.0.113.2', count: 3, last: start + 12_000 }]);
      expect(await store.info()).toMatchObject({ rows: 6, oldest: start, newest: start + 12_000 });
    });

    test('reads go on during loads and retention', async () => {
      await load(Array.from({ length: 500 }, (_, i) => event(i)));
      const work: Promise<unknown>[] = [];
      for (let i = 0; i < 5; i += 1) {
        work.push(load(Array.from({ length: 100 }, (_, k) => event(1000 + i * 100 + k))));
        work.push(store.page({ text: 'failed' }, 10, null), store.count({}), store.top({}, 'src_ip', 3));
        work.push(store.retain(i === 3 ? 1 : 1e9, null));
      }
      await Promise.all(work);
      expect(await store.count({})).toBe((await store.info()).rows);
    });
  });

  historyConformance(() => store, load);
  conditionConformance(() => ({ store, load }));
  queryConformance(() => ({ store, load }));

  describe('retention', () => {
    test('by size: what goes is really gone, and loading goes on', async () => {
      await load(Array.from({ length: 100 }, (_, i) => event(i)));
      const { droppedRows } = await store.retain(1, null);
      expect(droppedRows).toBe(100);
      expect(await store.count({})).toBe(0);
      expect(await load([event(200)])).toMatchObject({ rows: 1 });
      expect(await store.retain(1e9, null)).toEqual({ droppedSlices: 0, droppedRows: 0 });
    });

    test('by age', async () => {
      await load([event(0), event(7200), event(20_000)]);
      expect(await store.retain(1e9, start + 10_000_000)).toMatchObject({ droppedRows: 2 });
      expect(await ids()).toEqual([event(20_000).id]);
      expect(await store.retain(1e9, start + 30_000_000)).toMatchObject({ droppedRows: 1 });
      expect(await store.info()).toMatchObject({ rows: 0, oldest: null });
    });
  });
}
