import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Alert } from '../../model/index.ts';
import type { AlertChange, CorrelatorSnapshot } from '../contract.ts';
import { engine, event, native, sigma } from '../fixtures.test-suite.ts';
import { compileRules } from '../index.ts';

const step = (name: string) =>
  `---\nname: ${name}\nlogsource: { product: any }\ndetection: { s: { user: ${name} }, condition: s }\n`;
const correlation = (id: string, body: string, more = '') =>
  `title: ${id}\nid: ${id}\ncorrelation: { group-by: [src_ip], timespan: 10s, ${body} }\n${more}`;
const docs = [
  ...sigma(
    correlation('count', 'type: event_count, rules: [a], condition: { gte: 3 }', step('a')),
    correlation('exactly', 'type: event_count, rules: [a], condition: { eq: 2 }', step('a')),
    correlation(
      'values',
      'type: value_count, rules: [a, b], condition: { field: dst_port, gte: 3 }',
      step('a') + step('b'),
    ),
    correlation('any', 'type: temporal, rules: [a, b]', step('a') + step('b')),
    correlation('order', 'type: temporal_ordered, rules: [a, b, a]', step('a') + step('b')),
    correlation(
      'chain',
      'type: temporal_ordered, rules: [many, b]',
      `---\nname: many\ncorrelation: { type: event_count, rules: [a], group-by: [src_ip], timespan: 5s, condition: { gte: 2 } }\n${step('a')}${step('b')}`,
    ),
    `title: alone\nid: alone\nlogsource: { product: any }\ndetection: { s: { user: b }, condition: s }\nphosor: { suppress: 7 }\n`,
  ),
  native('threshold', { field: 'user', value: 'a', count: 3, window_seconds: 10, group_by: 'src_ip' }),
  native('correlation', {
    conditions: [
      { field: 'user', value: 'a' },
      { field: 'user', value: 'b' },
    ],
    within_seconds: 10,
  }),
];

const atOnce = docs.filter((doc) => doc.id !== 'exactly');

const stream = fc.array(
  fc.record({
    gap: fc.integer({ min: -3, max: 6 }),
    user: fc.constantFrom('a', 'b', 'c'),
    src_ip: fc.constantFrom('192.0.2.1', '192.0.2.2', null),
    dst_port: fc.integer({ min: 1, max: 4 }),
    source: fc.constantFrom('file_a', 'file_b'),
  }),
  { maxLength: 60 },
);

const eventsOf = (parts: { gap: number; user: string; src_ip: string | null; dst_port: number; source: string }[]) => {
  let at = 100;
  return parts.map(({ gap, ...rest }, i) => {
    at += gap;
    return event({ ...rest, at, id: `e${i}` });
  });
};

/** A window that one source opened, and that another's event joined the group of, when the snapshot was taken. */
const openedByOneSource = [
  ...['a', 'b', 'a', 'b'].map((user) => ({ gap: 0, user, src_ip: '192.0.2.1', dst_port: 1, source: 'file_a' })),
  { gap: 4, user: 'a', src_ip: null, dst_port: 1, source: 'file_a' },
  { gap: 6, user: 'a', src_ip: '192.0.2.1', dst_port: 1, source: 'file_b' },
  { gap: 0, user: 'a', src_ip: '192.0.2.1', dst_port: 1, source: 'file_b' },
];

/** Alerts of two groups that grew in another order than the groups were made in, when the snapshot was taken. */
const grewInAnotherOrder = [
  ...['192.0.2.1', '192.0.2.1', '192.0.2.2'].map((src_ip) => ({ user: 'a', src_ip })),
  { user: 'b', src_ip: '192.0.2.2' },
  ...['192.0.2.2', '192.0.2.1', '192.0.2.1', '192.0.2.1'].map((src_ip) => ({ user: 'a', src_ip })),
].map((one) => ({ gap: 0, dst_port: 1, source: 'file_a', ...one }));

test.each([false, true])('a restored correlator continues identically (replay: %s)', (finalOnly) => {
  fc.assert(
    fc.property(stream, fc.array(fc.nat({ max: 60 }), { maxLength: 3 }), (parts, cuts) => {
      const options = { latenessMs: 5000, finalOnly };
      const whole = engine(docs, options);
      let pieces = engine(docs, options);
      const events = eventsOf(parts);
      const expected: unknown[] = [];
      const seen: unknown[] = [];
      events.forEach((one, i) => {
        if (cuts.includes(i) && !finalOnly) {
          const snapshot = JSON.parse(JSON.stringify(pieces.correlator.snapshot()));
          pieces = engine(docs, options);
          pieces.correlator.restore(snapshot);
        }
        expected.push(...whole.see(one));
        seen.push(...pieces.see(one));
      });
      expected.push(...whole.correlator.flush(), ...whole.correlator.close());
      seen.push(...pieces.correlator.flush(), ...pieces.correlator.close());
      expect(JSON.parse(JSON.stringify(seen, dropSeq))).toEqual(JSON.parse(JSON.stringify(expected, dropSeq)));
      expect(pieces.correlator.stats()).toEqual(whole.correlator.stats());
    }),
    {
      numRuns: 200,
      examples: [
        [openedByOneSource, [6]],
        [grewInAnotherOrder, [7]],
      ],
    },
  );
});

const dropSeq = (key: string, value: unknown) => (key === 'seq' ? undefined : value);

test('the same stream gives the same alerts, to the byte', () => {
  fc.assert(
    fc.property(stream, (parts) => {
      const run = () => {
        const { see, correlator } = engine(docs, { finalOnly: true, latenessMs: Number.POSITIVE_INFINITY });
        return JSON.stringify([see(...eventsOf(parts)), correlator.close()]);
      };
      expect(run()).toBe(run());
    }),
    { numRuns: 30 },
  );
});

test('replay and live end with the same alerts: same ids, same counts', () => {
  fc.assert(
    fc.property(stream, (parts) => {
      const events = eventsOf(parts);
      // Windows that are judged at their end are not over for a live engine as soon as the stream ends.
      const docs = atOnce;
      const replay = engine(docs, { finalOnly: true });
      replay.see(...events);
      const once = replay.correlator.close().map(({ alert }) => [alert.id, alert.count, alert.last]);
      const live = engine(docs);
      const final = new Map<string, unknown>();
      for (const { alert } of [...live.see(...events), ...live.correlator.flush()])
        final.set(alert.id, [alert.id, alert.count, alert.last]);
      expect([...final.values()].sort()).toEqual(once.sort());
    }),
    { numRuns: 40 },
  );
});

test('a snapshot holds no event twice and does not change afterwards', () => {
  const { see, correlator } = engine(docs);
  see(...eventsOf([{ gap: 0, user: 'a', src_ip: '192.0.2.1', dst_port: 1, source: 'file_a' }]));
  const snapshot = correlator.snapshot();
  const before = JSON.stringify(snapshot);
  expect(snapshot.events).toHaveLength(1);
  see(...eventsOf([{ gap: 1, user: 'b', src_ip: '192.0.2.1', dst_port: 2, source: 'file_a' }]));
  expect(JSON.stringify(snapshot)).toBe(before);
});

test('a snapshot of another version is refused, a changed rule starts empty', () => {
  const { see, correlator } = engine(docs);
  see(...eventsOf([{ gap: 0, user: 'a', src_ip: '192.0.2.1', dst_port: 1, source: 'file_a' }]));
  const snapshot = correlator.snapshot();
  expect(() => correlator.restore({ ...snapshot, version: 2 as never })).toThrow(/version 3/);
  correlator.setRules(compileRules(docs.slice(1)));
  correlator.restore(snapshot);
  expect(correlator.stats().per_rule.count).toBeUndefined();
  expect(correlator.stats().per_rule.exactly).toMatchObject({ groups: 1, matches: 1 });
});

test('events that were let go are named by their ids, also after a restart: nothing else differs', () => {
  const isLetGo = (alert: Alert): boolean => alert.events.length < Math.min(alert.event_ids.length, 40);
  let letGo = 0;
  fc.assert(
    fc.property(stream, fc.nat({ max: 60 }), (parts, cut) => {
      const whole = engine(docs, { latenessMs: 5000 });
      let few = engine(docs, { latenessMs: 5000, maxHeldEvents: 1 });
      const withoutEvents = ({ type, alert: { events, ...alert } }: AlertChange) => ({ type, ...alert });
      eventsOf(parts).forEach((one, i) => {
        if (i === cut) {
          const snapshot = JSON.parse(JSON.stringify(few.correlator.snapshot()));
          few = engine(docs, { latenessMs: 5000, maxHeldEvents: 1 });
          few.correlator.restore(snapshot);
        }
        const expected = whole.see(one);
        const found = few.see(one);
        expect(found.map(withoutEvents)).toEqual(expected.map(withoutEvents));
        found.forEach(({ alert }, at) => {
          if (isLetGo(alert)) letGo += 1;
          const all = expected[at]?.alert.events ?? [];
          expect(alert.events).toEqual(all.filter(({ id }) => alert.events.some((kept) => kept.id === id)));
        });
      });
    }),
    { numRuns: 100 },
  );
  expect(letGo).toBeGreaterThan(10);
});

test('a snapshot that is taken in steps is that of its beginning, whatever happens meanwhile', () => {
  fc.assert(
    fc.property(stream, fc.nat({ max: 40 }), fc.nat({ max: 10 }), fc.boolean(), (parts, cut, meanwhile, flush) => {
      const options = { latenessMs: 5000, maxGroupsPerRule: 2 };
      const events = eventsOf(parts);
      const { see, correlator } = engine(docs, options);
      see(...events.slice(0, cut));
      const atOnce = correlator.snapshot();
      const steps = correlator.snapshotInSteps();
      const rows = [...(steps.next().value as string[])];
      see(...events.slice(cut, cut + meanwhile));
      if (flush) correlator.flush(Number.MAX_SAFE_INTEGER);
      let step = steps.next();
      for (; step.done !== true; step = steps.next()) rows.push(...step.value);
      const inSteps = { ...step.value, rows };
      expect(rows).toHaveLength(atOnce.rows.length);
      const goesOn = (snapshot: CorrelatorSnapshot) => {
        const next = engine(docs, options);
        next.correlator.restore(snapshot);
        const changes = [...next.see(...events.slice(cut)), ...next.correlator.flush()];
        return JSON.stringify([changes, next.correlator.stats()], dropSeq);
      };
      // Groups come in another order, which only shows where several alerts are due at once.
      expect([...goesOn(inSteps)].sort().join('')).toBe([...goesOn(atOnce)].sort().join(''));
    }),
    { numRuns: 300 },
  );
});
