import { describe, expect, test } from 'vitest';
import type { Event } from '../../model/index.ts';
import type { EventStore } from '../contract.ts';
import { eventsOf } from './columns.ts';
import { event, start } from './conformance.test-suite.ts';
import type { EventCondition } from './history.ts';
import { type EventRow, rowColumns } from './row.ts';

/** What every event store must do when history is read for the engine. */
export function historyConformance(
  store: () => EventStore,
  load: (events: readonly Event[]) => Promise<unknown>,
): void {
  const all: readonly (keyof EventRow)[] = rowColumns.map(({ name }) => name);
  const hour = { from: start, to: start + 3_600_000 };
  const read = async (where: EventCondition | null = null, columns = all, span = hour) =>
    eventsOf(await store().columns({ ...span, where, columns }));

  describe('history', () => {
    test('an event comes back as it went in, whatever is in it', async () => {
      const sent = [
        event(1, {
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
          user: 'größe 😀 \u0000 x',
          message: 'Failed password for root from 203.0.113.66 port 40022 ssh2',
          tags: ['first', 'zweites ü', '🙂'],
          fields: { method: 'password', nested: { list: [1, 2.5, null, true, 'x'] } },
          geo: { country: 'DE' },
          intel: { known: true },
          score: { model: 0.25 },
          redacted: ['ssn'],
        }),
        event(2, { raw: '', message: '', host: '' }),
        event(3, { raw: '{"m":"a\\nb"}', message: 'a\nb' }),
        event(4, { raw: 'é – message', message: 'message' }),
        event(5, { raw: 'é – message', message: 'é' }),
      ];
      await load(sent);
      expect(await read()).toEqual(sent.map((one) => ({ ...one, has_time: true })));
    });

    test('values with many events within a while are told, those that cannot have them are not', async () => {
      const at = (second: number, n: number, src_ip: string) => event(n, { time: start + second * 1000, src_ip });
      await load([
        // Three within ten seconds, over the border of two buckets.
        ...[8, 9, 12].map((second, i) => at(second, i, '203.0.113.1')),
        // As many, but far from each other.
        ...[0, 100, 200].map((second, i) => at(second, 10 + i, '203.0.113.2')),
        at(5, 20, '203.0.113.3'),
        event(21, { time: start + 5000 }),
      ]);
      const asked = { ...hour, where: null, by: 'src_ip', min: 3, windowMs: 10_000, limit: 5 } as const;
      expect(await store().crowds(asked)).toEqual(['203.0.113.1']);
      expect(await store().crowds({ ...asked, min: 1, limit: 2 })).toBeNull();
      expect((await store().crowds({ ...asked, min: 1 }))?.sort()).toEqual([
        '203.0.113.1',
        '203.0.113.2',
        '203.0.113.3',
      ]);
      const none = { op: 'equals', column: 'user', values: ['nobody'], fold: false } as const;
      expect(await store().crowds({ ...asked, where: none, min: 1 })).toEqual([]);
      expect(await store().crowds({ ...asked, by: 'dst_port', min: 1 })).toEqual([]);
    });

    test('values with many events are told where those differ in another column', async () => {
      const at = (n: number, src_ip: string, dst_port?: number) =>
        event(n, { time: start + n * 1000, src_ip, ...(dst_port === undefined ? {} : { dst_port }) });
      await load([
        ...[22, 23, 25].map((port, i) => at(i, '203.0.113.1', port)),
        ...[443, 443, 443].map((port, i) => at(20 + i, '203.0.113.2', port)),
        ...[80, 443, undefined].map((port, i) => at(40 + i, '203.0.113.3', port)),
        ...[22, 23].map((port, i) => at(60 + i, '203.0.113.4', port)),
      ]);
      const asked = { ...hour, where: null, by: 'src_ip', min: 3, windowMs: 10_000, limit: 5 } as const;
      const differing = (min: number) => store().crowds({ ...asked, differing: { column: 'dst_port', min } });
      expect((await differing(3))?.sort()).toEqual(['203.0.113.1', '203.0.113.3']);
      expect((await differing(1))?.sort()).toEqual(['203.0.113.1', '203.0.113.2', '203.0.113.3']);
      expect(await differing(4)).toEqual([]);
    });

    test('where IPv6 addresses are counted together, they are told as one', async () => {
      const at = (n: number, src_ip: string) => event(n, { time: start + n * 1000, src_ip });
      const asked = { ...hour, where: null, by: 'src_ip' as const, oneIpv6: true, min: 3, windowMs: 10_000, limit: 2 };
      await load([at(1, '2001:db8::1'), at(2, '2001:db8::2'), at(3, '203.0.113.1')]);
      expect(await store().crowds(asked)).toEqual([]);
      await load([at(4, '2001:db8:1::1'), at(5, '203.0.113.2')]);
      expect(await store().crowds(asked)).toEqual([':']);
    });

    test('of messages only the start is read where no more is wanted', async () => {
      await load([
        event(1, { raw: 'Nov 20 web1 sshd: Failed password for root', message: 'Failed password for root' }),
        event(2, { raw: 'é😀 – Failed password', message: 'Failed password' }),
        event(3, { raw: '{"m":"Failed\\npassword"}', message: 'Failed\npassword' }),
        event(4, { raw: 'Fail', message: 'Fail' }),
        event(5, { raw: 'x 😀😀😀😀😀😀😀', message: '😀😀😀😀😀😀😀' }),
      ]);
      const columns = ['message', 'message_at', 'message_length', 'raw'] as const;
      const found = eventsOf(await store().columns({ ...hour, where: null, columns, messageStart: 6 }));
      expect(found.map(({ message }) => message.slice(0, 6))).toEqual(['Failed', 'Failed', 'Failed', 'Fail', '😀😀😀']);
      expect(found[0]?.raw).toBe('Nov 20 web1 sshd: Failed');
    });

    test('a long list of values is looked up like a short one', async () => {
      await load([1, 2, 3].map((n) => event(n, { user: n === 3 ? null : `u${n}"\\ é` })));
      const values = Array.from({ length: 100 }, (_, n) => `u${n}"\\ é`).filter((_, n) => n !== 2);
      const where: EventCondition = { op: 'equals', column: 'user', values, fold: false };
      expect((await read(where, ['user'])).map(({ user }) => user)).toEqual(['u1"\\ é']);
      expect(await read({ op: 'not', of: where }, ['user'])).toHaveLength(2);
    });

    test('spans are as large as asked in events that fit', async () => {
      await load(
        Array.from({ length: 400 }, (_, i) => event(i, { time: start + i * 1000, user: i < 300 ? null : 'root' })),
      );
      const where: EventCondition = { op: 'equals', column: 'user', values: ['root'], fold: false };
      const spans = await store().spans(start, start + 400_000, 50, where);
      expect(spans.reduce((sum, { rows }) => sum + rows, 0)).toBe(400);
      expect(spans.map(({ fitting }) => fitting)).toEqual([50, 50]);
      expect(spans[0]?.rows).toBe(350);
    });

    test('events come by time, those of one moment as they came, over several loads', async () => {
      const at = (second: number, n: number) => event(n, { time: start + second * 1000 });
      const loads = [
        [at(5, 1), at(3, 2), at(3, 3)],
        [at(4, 4), at(3, 5), at(1, 6)],
      ];
      for (const events of loads) await load(events);
      const expected = [6, 2, 3, 5, 4, 1].map((n) => loads.flat().find(({ raw }) => raw.includes(`[${n}]`))?.id);
      expect((await read(null, ['raw'])).map(({ id }) => id)).toEqual(expected);
      expect(await read(null, ['raw'], { from: start + 3000, to: start + 4000 })).toHaveLength(3);
      expect(await read(null, ['raw'], { from: 0, to: start })).toEqual([]);
    });

    test('only the columns that were asked for are read; fields only where wanted', async () => {
      await load([
        event(1, { user: 'root', host: 'a', format: 'json', fields: { a: 1 } }),
        event(2, { user: 'root', host: 'b', format: 'sshd', fields: { a: 2 } }),
      ]);
      const columns = await store().columns({
        ...hour,
        where: { op: 'equals', column: 'user', values: ['root', 'other'], fold: false },
        columns: ['host', 'fields'],
        fieldsWhere: { op: 'equals', column: 'format', values: ['json'], fold: false },
      });
      const found = eventsOf(columns);
      expect(found.map(({ host, user, fields }) => [host, user, fields])).toEqual([
        ['a', null, { a: 1 }],
        ['b', null, {}],
      ]);
      expect(found.map(({ id }) => id)).toEqual([event(1, {}).id, event(2, {}).id]);
      const without = await store().columns({ ...hour, where: null, columns: ['host'], withoutIds: true });
      expect(eventsOf(without).map(({ id, host, time }) => [id, host, time])).toEqual(
        found.map(({ host, time }) => ['', host, time]),
      );
    });

    test('spans cover every event once, in order, and are about as large as asked', async () => {
      // 300 at one moment, 100 a second later, the rest spread over a day.
      const times = [
        ...Array.from({ length: 300 }, () => start + 5000),
        ...Array.from({ length: 100 }, () => start + 6000),
        ...Array.from({ length: 600 }, (_, i) => start + i * 144_000),
      ];
      await load(times.map((time, i) => event(i, { time })));
      const spans = await store().spans(start, start + 86_400_000, 50);
      expect(spans.reduce((sum, { rows }) => sum + rows, 0)).toBe(1000);
      let end = start;
      for (const { from, to, rows } of spans) {
        expect(from).toBeGreaterThanOrEqual(end);
        expect(rows).toBe(times.filter((time) => time >= from && time < to).length);
        if (to - from > 1) expect(rows).toBeLessThanOrEqual(50);
        end = to;
      }
      expect(spans.length).toBeLessThan(40);
      expect(await store().spans(0, start, 50)).toEqual([]);
      expect(await store().spans(start + 1000, start + 1000, 50)).toEqual([]);
    });

    const text = (op: 'equals' | 'contains' | 'startswith' | 'endswith', values: string[], fold = false) =>
      ({ op, column: 'user', values, fold }) as const;
    test.each<[string, EventCondition, number[]]>([
      ['nothing asked', { op: 'all', of: [] }, [0, 1, 2, 3, 4, 5]],
      ['no alternative', { op: 'any', of: [] }, []],
      ['one of the values, letter by letter', text('equals', ['Root', "o'brien"]), [1, 3]],
      ['in any case, with a long s', text('equals', ['root', 'sys'], true), [0, 1, 4]],
      ['a part', text('contains', ['oo', '%', '_']), [0, 1]],
      ['a part in any case', text('contains', ['ys'], true), [4]],
      ['the beginning in any case', text('startswith', ['s', 'r'], true), [0, 1, 4]],
      ['the end', text('endswith', ["'brien", 't']), [0, 1, 3]],
      ['no values', text('equals', []), []],
      ['hostile text', text('equals', ["' OR '1'='1"]), []],
      ['null', { op: 'null', column: 'user' }, [2]],
      ['not null', { op: 'not', of: { op: 'null', column: 'user' } }, [0, 1, 3, 4, 5]],
      ['not: null is not equal', { op: 'not', of: text('equals', ['root']) }, [1, 2, 3, 4, 5]],
      [
        'not any of: null is none',
        { op: 'not', of: { op: 'any', of: [text('contains', ['o']), text('equals', [''])] } },
        [2, 4],
      ],
      ['a number', { op: 'number', column: 'dst_port', values: [22, 80.5] }, [0]],
      ['no whole number', { op: 'number', column: 'dst_port', values: [Number.NaN] }, []],
      ['more than', { op: 'compare', column: 'dst_port', relation: 'gt', value: 22 }, [1]],
      ['at most', { op: 'compare', column: 'dst_port', relation: 'lte', value: 22.5 }, [0]],
      [
        'not less: null is not less',
        { op: 'not', of: { op: 'compare', column: 'dst_port', relation: 'lt', value: 80 } },
        [1, 2, 3, 4, 5],
      ],
      ['both', { op: 'all', of: [text('contains', ['oo']), { op: 'number', column: 'dst_port', values: [22] }] }, [0]],
    ])('conditions: %s', async (_, where, expected) => {
      const events = [
        event(0, { user: 'root', dst_port: 22 }),
        event(1, { user: 'Root', dst_port: 80 }),
        event(2),
        event(3, { user: "o'brien" }),
        event(4, { user: 'ſyS' }),
        event(5, { user: '' }),
      ];
      await load(events);
      expect((await read(where, [])).map(({ id }) => id)).toEqual(expected.map((i) => events[i]?.id));
    });

    test('a column that is none is refused', async () => {
      await load([event(1)]);
      await expect(read({ op: 'null', column: 'raw" IS NULL --' as never })).rejects.toThrow('no column');
    });

    test('a signal ends a reading, and the next one is answered', async () => {
      await load(Array.from({ length: 2000 }, (_, i) => event(i)));
      const gone = new AbortController();
      const reading = store().columns({ ...hour, where: null, columns: all }, gone.signal);
      gone.abort(new Error('enough'));
      await expect(reading).rejects.toThrow('enough');
      expect(await read(null, [])).toHaveLength(2000);
    });
  });
}
