import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { analyzerCases, type Event, type EventCondition, holds } from '../../model/index.ts';
import type { EventStore, SearchPart, SearchRequest } from '../contract.ts';
import { event } from './conformance.test-suite.ts';

/** What every event store must answer: pages by number, counts of cases, searches in parts. */
export function queryConformance(
  scene: () => { store: EventStore; load: (events: readonly Event[]) => Promise<unknown> },
): void {
  const types = ['auth.failure', 'auth.success', 'net.blocked', 'message'] as const;
  const samples = (): Event[] =>
    Array.from({ length: 41 }, (_, i) =>
      event(Math.floor(i / 3), {
        id: event(i).id,
        format: i % 2 === 0 ? 'sshd' : 'ufw',
        event_type: types[i % 4] ?? 'message',
        severity: i % 5 === 0 ? 'high' : 'low',
        src_ip: i % 7 === 0 ? null : `192.0.2.${i % 6}`,
        dst_port: i % 3 === 0 ? 22 : null,
        user: i % 11 === 0 ? 'rare' : 'root',
        fields: i % 4 === 0 ? { method: 'password' } : {},
      }),
    );
  const rare: EventCondition = { op: 'equals', column: 'user', values: ['rare'], fold: false };
  const newest = (events: readonly Event[]) => events.toSorted((a, b) => b.time - a.time || (a.id < b.id ? 1 : -1));

  describe('pages by number', () => {
    test.each(['newest', 'oldest'] as const)('follow each other, %s first', async (order) => {
      const sent = samples();
      await scene().load(sent);
      const expected = newest(sent).map(({ id }) => id);
      if (order === 'oldest') expected.reverse();
      const found: string[] = [];
      for (let offset = 0; offset < 50; offset += 7) {
        const page = await scene().store.pageAt({}, { offset, limit: 7, order });
        expect(page.total).toBe(41);
        found.push(...page.events.map(({ id }) => id));
      }
      expect(found).toEqual(expected);
    });

    test('of a filter, and none behind the last', async () => {
      await scene().load(samples());
      const at = { limit: 2, order: 'newest' } as const;
      const pages = await Promise.all(
        [0, 2, 4].map((offset) => scene().store.pageAt({ condition: rare }, { ...at, offset })),
      );
      expect(pages.map(({ events, total }) => [events.length, total])).toEqual([
        [2, 4],
        [2, 4],
        [0, 4],
      ]);
      expect(await scene().store.pageAt({ text: 'nowhere' }, { ...at, offset: 0 })).toEqual({ events: [], total: 0 });
    });

    test('sorted by a field, what lacks it last; not to any depth', async () => {
      await scene().load(samples());
      const sort = { field: 'dst_port', descending: false } as const;
      const { events } = await scene().store.pageAt({}, { offset: 12, limit: 4, order: 'newest', sort });
      expect(events.map(({ dst_port }) => dst_port)).toEqual([22, 22, null, null]);
      const { store } = scene();
      await store.load([]);
      const deep = store.pageAt({}, { offset: 1, limit: 20_000, order: 'newest', sort });
      await expect(deep).rejects.toThrow(/first 20000 events/);
    });
  });

  test('cases are counted as they hold, each event once', async () => {
    const sent = samples();
    await scene().load(sent);
    const cases = analyzerCases.map(({ when }) => when);
    const expected = cases
      .map((_, i) => sent.filter((each) => cases.findIndex((when) => holds(when, each)) === i).length)
      .flatMap((count, i) => (count === 0 ? [] : [{ key: null, case: i, count }]));
    expect(await scene().store.tally({}, cases)).toEqual(expected);
    const byAddress = await scene().store.tally({ condition: rare }, [{ op: 'all', of: [] }], 'src_ip');
    expect(byAddress.map(({ count }) => count).reduce((sum, count) => sum + count, 0)).toBe(4);
    expect(byAddress.some(({ key }) => key === null)).toBe(true);
    expect(await scene().store.tally({}, [])).toEqual([]);
  });

  test('different values are counted for each value of a field', async () => {
    const sent = samples();
    await scene().load(sent);
    const addresses = [...new Set(sent.flatMap(({ src_ip }) => src_ip ?? []))].toSorted();
    const different = (values: unknown[]): number => new Set(values.filter((value) => value !== null)).size;
    const expected = addresses.map((key) => {
      const own = sent.filter(({ src_ip }) => src_ip === key);
      return { key, counts: [different(own.map((one) => one.dst_port)), different(own.map((one) => one.event_type))] };
    });
    expect(expected.length).toBeGreaterThan(0);
    expect(await scene().store.variety({}, 'src_ip', ['dst_port', 'event_type'])).toEqual(expected);
    const nobody = { where: [{ field: 'src_ip' as const, op: 'in' as const, values: ['192.0.2.250'] }] };
    expect(await scene().store.variety(nobody, 'src_ip', ['dst_port'])).toEqual([]);
  });

  describe('search', () => {
    const ask = async (change: Partial<SearchRequest> = {}, signal?: AbortSignal) => {
      const parts: SearchPart[] = [];
      const summary = await scene().store.search(
        { filter: {}, limit: 10, after: null, order: 'newest', histogram: null, facets: null, count: true, ...change },
        (part) => parts.push(part),
        signal,
      );
      return { parts, summary };
    };
    const eventsOf = (parts: readonly SearchPart[]) =>
      parts.flatMap((part) => (part.type === 'page' ? part.events : [])).map(({ id }) => id);

    test('page, counts over time and frequent values of one look', async () => {
      const sent = samples();
      await scene().load(sent);
      const { parts, summary } = await ask({
        histogram: { bucketMs: 60_000 },
        facets: { fields: ['user', 'severity', 'fields.method'], limit: 5 },
      });
      expect(eventsOf(parts)).toEqual(
        newest(sent)
          .slice(0, 10)
          .map(({ id }) => id),
      );
      expect(parts.findLast((part) => part.type === 'page')).toMatchObject({ final: true, next: expect.any(String) });
      const counts = parts.findLast((part) => part.type === 'counts');
      expect(counts).toMatchObject({ matched: 41 });
      expect(counts?.histogram?.map(({ severity, count }) => [severity, count])).toEqual(
        expect.arrayContaining([
          ['high', 9],
          ['low', 32],
        ]),
      );
      expect(counts?.facets).toEqual([
        {
          field: 'user',
          exact: true,
          values: [
            { value: 'root', count: 37 },
            { value: 'rare', count: 4 },
          ],
        },
        {
          field: 'severity',
          exact: true,
          values: [
            { value: 'low', count: 32 },
            { value: 'high', count: 9 },
          ],
        },
        {
          field: 'fields.method',
          exact: true,
          values: [
            { value: null, count: 30 },
            { value: 'password', count: 11 },
          ],
        },
      ]);
      expect(summary).toEqual({ matched: 41, total: 41 });
    });

    test.each(['newest', 'oldest'] as const)('its pages follow each other, %s first', async (order) => {
      const sent = samples();
      await scene().load(sent);
      const expected = newest(sent).map(({ id }) => id);
      const found: string[] = [];
      let after: string | null = null;
      do {
        const { parts } = await ask({ after, order, limit: 8, count: false });
        found.push(...eventsOf(parts));
        const last: SearchPart | undefined = parts.findLast((part) => part.type === 'page');
        after = last?.type === 'page' ? last.next : null;
      } while (after !== null);
      expect(found).toEqual(order === 'newest' ? expected : expected.reverse());
    });

    test('only what the filter finds, in its time', async () => {
      const sent = samples();
      await scene().load(sent);
      const from = (sent[20] as Event).time;
      const { parts, summary } = await ask({ filter: { condition: rare, from } });
      expect(eventsOf(parts)).toHaveLength(2);
      expect(summary.matched).toBe(2);
    });

    test('a signal that was given ends it', async () => {
      await scene().load(samples());
      const gone = AbortSignal.abort(new Error('nobody waits'));
      await expect(ask({}, gone)).rejects.toThrow('nobody waits');
      expect((await ask()).summary.matched).toBe(41);
    });
  });

  test('a Parquet file has all events of a filter', async () => {
    const folder = fs.mkdtempSync(path.join(os.tmpdir(), "phosor-export's-"));
    try {
      const file = path.join(folder, 'events.parquet');
      expect(await scene().store.exportParquet({}, file)).toBe(0);
      await scene().load(samples());
      expect(await scene().store.exportParquet({ condition: rare }, file)).toBe(4);
      const bytes = fs.readFileSync(file);
      expect([bytes.toString('latin1', 0, 4), bytes.toString('latin1', bytes.length - 4)]).toEqual(['PAR1', 'PAR1']);
      expect(bytes.includes('Failed password')).toBe(true);
    } finally {
      fs.rmSync(folder, { recursive: true, force: true });
    }
  });
}
