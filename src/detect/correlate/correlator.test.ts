import { expect, test } from 'vitest';
import type { Event } from '../../model/index.ts';
import { engine, event, native, sigma } from '../fixtures.test-suite.ts';
import { compileRules, createCorrelator } from '../index.ts';

const base =
  '---\nname: b\ntitle: a failure\nlogsource: { product: any }\ndetection: { s: { user: x }, condition: s }\n';

/** An event_count rule: five in a minute by source address, unless told otherwise. */
const counting = (more: { condition?: string; correlation?: string; phosor?: string; id?: string } = {}) => `
title: many
id: ${more.id ?? 'many'}
correlation: { type: event_count, rules: [b], group-by: [src_ip], timespan: 1m, condition: ${more.condition ?? '{ gte: 5 }'} ${more.correlation ?? ''} }
phosor: { ${more.phosor ?? ''} }
${base}`;

const hit = (at: number, more: Partial<Event> = {}) => event({ at, user: 'x', src_ip: '203.0.113.1', ...more });
const hits = (...times: number[]) => times.map((at) => hit(at));

test.each<[string, number[], number[]]>([
  ['four', [0, 1, 2, 3], []],
  ['five', [0, 1, 2, 3, 4], [5]],
  ['the first is exactly one span old', [0, 1, 2, 3, 60], []],
  ['the first is a millisecond younger than the span', [0.001, 1, 2, 3, 60], [5]],
  ['equal times', [5, 5, 5, 5, 5], [5]],
  ['it goes on: one alert', [0, 1, 2, 3, 4, 5, 6, 60, 110], [5]],
  ['a pause of a whole timespan ends it', [0, 1, 2, 3, 4, 64, 65, 66, 67, 68], [5, 5]],
  ['a late event completes the window', [0, 1, 2, 3, 50, 4], [5]],
  ['a late event completes a window that ended earlier', [0, 1, 2, 3, 61, 4], [5]],
])('five in a minute: %s', (_, times, counts) => {
  const { alerts } = engine(sigma(counting()));
  expect(alerts(...hits(...times)).map((alert) => alert.count)).toEqual(counts);
});

test.each<[string, number, number]>([['{ gt: 2 }', 3, 3]])(
  'condition %s: of %i events the alert comes with number %i',
  (condition, n, when) => {
    const { see } = engine(sigma(counting({ condition })));
    const seen = Array.from({ length: n }, (_, i) => see(hit(i)).filter((change) => change.type === 'alert').length);
    expect(seen.indexOf(1) + 1).toBe(when);
  },
);

test('an open alert grows: updated on doubling or after a second of event time, the rest on flush', () => {
  const { see, correlator } = engine(sigma(counting()));
  see(...hits(0, 0.1, 0.2, 0.3));
  expect(see(hit(0.4)).map((change) => change.type)).toEqual(['alert']);
  expect(see(hit(0.5), hit(0.6), hit(0.7), hit(0.8))).toEqual([]);
  expect(see(hit(0.9))).toMatchObject([{ type: 'alert_update', alert: { count: 10 } }]);
  expect(see(hit(1))).toEqual([]);
  expect(see(hit(1.95))).toMatchObject([{ type: 'alert_update', alert: { count: 12, first: 0, last: 1950 } }]);
  see(hit(2));
  expect(correlator.flush()).toMatchObject([{ type: 'alert_update', alert: { count: 13 } }]);
  expect(correlator.flush()).toEqual([]);
});

test('growth that was not sent yet is sent when the alert closes', () => {
  const { see } = engine(sigma(counting()));
  see(...hits(0, 0, 0, 0, 0, 0.1));
  expect(see(hit(100))).toMatchObject([{ type: 'alert_update', alert: { count: 6, last: 100 } }]);
});

test('an alert keeps its first and its last 20 events', () => {
  const { alerts, correlator } = engine(sigma(counting()), { finalOnly: true });
  const all = Array.from({ length: 100 }, (_, i) => hit(i / 10));
  expect(alerts(...all)).toEqual([]);
  const [change] = correlator.close();
  const ids = all.map((one) => one.id);
  expect(change?.alert.count).toBe(100);
  expect(change?.alert.event_ids).toEqual([...ids.slice(0, 20), ...ids.slice(80)]);
  expect(change?.alert.events.map((one) => one.id)).toEqual(change?.alert.event_ids);
});

test('suppress 0 and reset on_match: every window is an alert of its own', () => {
  const { alerts } = engine(sigma(counting({ phosor: 'suppress: 0, reset: on_match' })));
  expect(alerts(...hits(0, 1, 2, 3, 4, 5, 6, 7, 8, 9)).map((alert) => alert.count)).toEqual([5, 5]);
});

test('boundary closed: an event exactly one span old counts', () => {
  const { alerts } = engine(sigma(counting({ phosor: 'boundary: closed' })));
  expect(alerts(...hits(0, 1, 2, 3, 60))).toHaveLength(1);
});

test('events without the group field never group, and are counted', () => {
  const { alerts, correlator } = engine(sigma(counting()));
  expect(alerts(...[0, 1, 2, 3, 4].map((at) => hit(at, { src_ip: null })))).toEqual([]);
  expect(correlator.stats()).toMatchObject({ missing_group: 5, groups: 0, per_rule: { many: { missing_group: 5 } } });
});

test('late is what is behind the newest event of its own source', () => {
  const { see, correlator } = engine([...sigma(counting()), native('pattern', { field: 'user', regex: 'x' })]);
  see(...[0, 1, 2, 3].map((at) => hit(at, { source: 'a' })));
  see(hit(1000, { source: 'b', src_ip: '198.51.100.9' }));
  // Source b is far ahead, source a is not late for it.
  expect(see(hit(4, { source: 'a' })).some((c) => c.alert.rule_id === 'many')).toBe(true);
  const late = see(hit(900, { source: 'b', src_ip: '198.51.100.9', received_at: 1_001_000 }));
  expect(correlator.stats()).toMatchObject({ late_dropped: 1 });
  // The detection does not mind.
  expect(late).toMatchObject([{ type: 'alert_update', alert: { rule_id: 'native-pattern', count: 2 } }]);
});

test('IPv6 addresses are grouped by prefix, and the real ones are named', () => {
  const { alerts } = engine(sigma(counting({ phosor: 'group_prefix: 64' })));
  const [alert] = alerts(...[1, 2, 3, 4, 5].map((n) => hit(n, { src_ip: `2001:db8:0:1::${n}` })));
  expect(alert?.group).toEqual({ src_ip: '2001:db8:0:1::/64' });
  expect(alert?.explain.correlation?.values).toEqual([1, 2, 3, 4, 5].map((n) => `2001:db8:0:1::${n}`));
});

test('beyond the cap the stalest tenth of the groups is evicted and counted', () => {
  const { alerts, correlator } = engine(sigma(counting()), { maxGroupsPerRule: 100 });
  for (let n = 0; n < 101; n += 1) alerts(hit(n / 10, { src_ip: `198.51.100.${n}` }));
  expect(correlator.stats()).toMatchObject({
    groups: 91,
    evicted: 10,
    per_rule: { many: { evicted: 10, groups: 91 } },
  });
  // The youngest are still there.
  expect(alerts(...[0, 1, 2, 3].map((at) => hit(11 + at, { src_ip: '198.51.100.100' })))).toHaveLength(1);
});

test('groups that are over are forgotten without being counted as evicted', () => {
  const { see, correlator } = engine(sigma(counting()), { maxGroupsPerRule: 100_000 });
  for (let n = 0; n < 3000; n += 1) see(hit(n * 10, { src_ip: `198.51.${n >> 8}.${n & 255}` }));
  expect(correlator.stats().evicted).toBe(0);
  expect(correlator.stats().groups).toBeLessThan(1200);
});

const distinct = (gte: number) => `
title: scan
id: scan
correlation: { type: value_count, rules: [b], group-by: [src_ip], timespan: 1m, condition: { field: dst_port, gte: ${gte} } }
${base}`;

test.each<[string, [number, number][], number]>([
  [
    'three ports',
    [
      [0, 22],
      [1, 23],
      [2, 80],
    ],
    1,
  ],
  [
    'two ports, often',
    [
      [0, 22],
      [1, 23],
      [2, 22],
      [3, 23],
    ],
    0,
  ],
  [
    'the first port is out of the window',
    [
      [0, 22],
      [1, 23],
      [60, 80],
    ],
    0,
  ],
  [
    'the first port was seen again',
    [
      [0, 22],
      [1, 23],
      [30, 22],
      [60, 80],
    ],
    1,
  ],
  [
    'a late port counts',
    [
      [0, 22],
      [59, 23],
      [10, 80],
    ],
    1,
  ],
  [
    'a port too late for the window does not',
    [
      [0, 22],
      [59, 23],
      [59.5, 22],
      [-1, 80],
    ],
    0,
  ],
])('three different ports in a minute: %s', (_, ports, expected) => {
  const { alerts } = engine(sigma(distinct(3)));
  const found = alerts(...ports.map(([at, port]) => hit(at, { dst_port: port })));
  expect(found).toHaveLength(expected);
  for (const alert of found) expect(alert.explain.correlation).toMatchObject({ observed: 3, approximate: false });
});

test('a value_count names the values and goes on counting them', () => {
  const { see, correlator } = engine(sigma(distinct(3)), { finalOnly: true });
  see(...[1, 2, 3, 4, 5, 5, 5].map((port, i) => hit(i, { dst_port: port })));
  const [change] = correlator.close();
  expect(change?.alert.count).toBe(7);
  expect(change?.alert.explain.correlation).toMatchObject({ observed: 5, values: ['1', '2', '3', '4', '5'] });
});

const step = (name: string, user: string) =>
  `---\nname: ${name}\nlogsource: { product: any }\ndetection: { s: { user: ${user} }, condition: s }\n`;
const sequence = (type: string, more = '') =>
  `title: seq\nid: seq\ncorrelation: { type: ${type}, rules: [a, b, c], group-by: [src_ip], timespan: 1m ${more} }\n${step('a', 'a')}${step('b', 'b')}${step('c', 'c')}`;
const letters = (text: string) => [...text].map((user, i) => event({ at: i, user, src_ip: '203.0.113.1' }));

test.each([
  ['abc', 1, 1],
  ['acb', 0, 1],
  ['cba', 0, 1],
  ['ab', 0, 0],
  ['aabbc', 1, 1],
  ['bcabxc', 1, 1],
  ['abab', 0, 0],
])('%s: %i alert in order, %i in any', (text, ordered, any) => {
  expect(engine(sigma(sequence('temporal_ordered'))).alerts(...letters(text))).toHaveLength(ordered);
  expect(engine(sigma(sequence('temporal'))).alerts(...letters(text))).toHaveLength(any);
});

test('a sequence must fit the timespan from its latest possible start', () => {
  const at = (user: string, time: number) => event({ at: time, user, src_ip: '203.0.113.1' });
  const { alerts } = engine(sigma(sequence('temporal_ordered')));
  expect(alerts(at('a', 0), at('b', 30), at('c', 60))).toEqual([]);
  // A later start makes the same ending fit.
  expect(alerts(at('a', 61), at('b', 62), at('a', 100), at('b', 110), at('c', 125))).toMatchObject([
    { first: 100_000, last: 125_000 },
  ]);
});

test('in a sequence one event cannot be two steps', () => {
  const rule = `title: seq\nid: seq\ncorrelation: { type: temporal_ordered, rules: [a, b], group-by: [src_ip], timespan: 1m }\n${step('a', "'*'")}${step('b', "'*'")}`;
  const { alerts } = engine(sigma(rule));
  expect(alerts(event({ at: 0, user: 'q', src_ip: '203.0.113.1' }))).toEqual([]);
  expect(alerts(event({ at: 1, user: 'q', src_ip: '203.0.113.1' }))).toMatchObject([{ count: 2 }]);
});

const bruteThenLogin = `
title: Login after brute force
id: after
correlation: { type: temporal_ordered, rules: [many, ok], group-by: [src_ip], timespan: 10m }
---
name: many
correlation: { type: event_count, rules: [b], group-by: [src_ip], timespan: 1m, condition: { gte: 5 } }
${base}${step('ok', 'ok')}`;

test('a correlation may be a step: many failures, then a success', () => {
  const ok = (at: number) => event({ at, user: 'ok', src_ip: '203.0.113.1' });
  expect(engine(sigma(bruteThenLogin)).alerts(...hits(0, 1, 2, 3), ok(4))).toEqual([]);
  const { alerts } = engine(sigma(bruteThenLogin));
  const found = alerts(...hits(0, 1, 2, 3, 4, 5, 6), ok(300));
  expect(found).toMatchObject([{ rule_id: 'after', count: 8, group: { src_ip: '203.0.113.1' } }]);
  expect(engine(sigma(bruteThenLogin)).alerts(ok(-1), ...hits(0, 1, 2, 3, 4), ok(700))).toEqual([]);
});

test('aliases name the group field per rule', () => {
  const rule = `title: t\nid: t\ncorrelation: { type: temporal, rules: [a, b], group-by: [who], timespan: 1m, aliases: { who: { a: src_ip, b: dst_ip } } }\n${step('a', 'a')}${step('b', 'b')}`;
  const { alerts } = engine(sigma(rule));
  const found = alerts(
    event({ user: 'a', src_ip: '192.0.2.1' }),
    event({ user: 'b', src_ip: '192.0.2.9', dst_ip: '192.0.2.1' }),
  );
  expect(found).toMatchObject([{ group: { who: '192.0.2.1' } }]);
});

test('generate: true lets the base rule alert as well', () => {
  const { alerts } = engine(sigma(counting({ correlation: ', generate: true', condition: '{ gte: 2 }' })));
  expect(alerts(...hits(0, 1)).map((alert) => alert.rule_id)).toEqual(['many/b', 'many']);
});

test('replay: one alert per run, from close(), in the order of time, rule and id', () => {
  const rules = [...sigma(counting({ id: 'z' })), ...sigma(counting({ id: 'a' }))];
  const { see, correlator } = engine(rules, { finalOnly: true, latenessMs: Number.POSITIVE_INFINITY });
  const groups = ['203.0.113.9', '203.0.113.1'];
  for (const src_ip of groups) see(...[0, 1, 2, 3, 4, 5].map((at) => hit(at, { src_ip })));
  see(...[500, 501, 502, 503, 504].map((at) => hit(at, { src_ip: '203.0.113.9' })));
  const closed = correlator.close();
  expect(closed.every((change) => change.type === 'alert')).toBe(true);
  expect(closed.map(({ alert }) => [alert.time, alert.rule_id, alert.count])).toEqual([
    [4000, 'a', 6],
    [4000, 'a', 6],
    [4000, 'z', 6],
    [4000, 'z', 6],
    [504_000, 'a', 5],
    [504_000, 'z', 5],
  ]);
  const ids = closed.map(({ alert }) => alert.id);
  expect(ids[0] && ids[1] && ids[0] < ids[1]).toBe(true);
  expect(new Set(ids).size).toBe(6);
  expect(correlator.close()).toEqual([]);
});

test('a rule that is exchanged keeps its state where its meaning is the same', () => {
  const { see, matchesOf, correlator } = engine(sigma(counting(), counting({ id: 'other' })));
  see(...hits(0, 1, 2, 3));
  const renamed = counting().replace('title: many', 'title: renamed').replace('many\n', 'many\nlevel: high\n');
  correlator.setRules(compileRules(sigma(renamed, counting({ id: 'other', condition: '{ gte: 4 }' }))));
  const changes = correlator.observe(matchesOf(hit(4)));
  expect(changes.map(({ alert }) => [alert.rule_id, alert.rule_name, alert.count])).toEqual([['many', 'renamed', 5]]);
});

test('a forged sender is never attributable, an old event is historical', () => {
  const syslog = (tags: string[]) =>
    hits(0, 1, 2, 3, 4).map((one) => ({ ...one, source_type: 'syslog' as const, tags }));
  const alert = (events: Event[]) => engine(sigma(counting())).alerts(...events)[0];
  expect(alert(hits(0, 1, 2, 3, 4))).toMatchObject({ attributable: true, historical: false });
  expect(alert(syslog(['udp']))).toMatchObject({ attributable: false });
  expect(alert(syslog([]))).toMatchObject({ attributable: false });
  expect(alert(syslog(['tcp']))).toMatchObject({ attributable: true });
  const old = hits(0, 1, 2, 3, 4).map((one) => ({ ...one, received_at: 700_000 }));
  expect(alert(old)).toMatchObject({ historical: true });
  expect(alert(old.map((one) => ({ ...one, source_type: 'replay' as const })))).toMatchObject({ historical: false });
});

test('a correlator wants a rule set of this engine', () => {
  const fake = { rules: [], problems: [], match: () => undefined };
  expect(() => createCorrelator(fake, { maxGroupsPerRule: 1, latenessMs: 1, finalOnly: false })).toThrow(
    /compileRules/,
  );
});

test('a rule that another covers is quiet while the other has an alert open for the same group', () => {
  const covering = counting({ id: 'fast', condition: '{ gte: 3 }' });
  const slow = counting({ id: 'slow', condition: '{ gte: 2 }', phosor: 'covered_by: [fast, not-there], suppress: 2m' });
  const names = (...events: Event[]) => {
    const { see, correlator } = engine([...sigma(slow), ...sigma(covering)], { finalOnly: true });
    const closed = [...see(...events), ...correlator.close()];
    return closed.map(({ alert }) => `${alert.rule_id} ${alert.count} ${alert.group.src_ip}`);
  };
  const other = (at: number) => hit(at, { src_ip: '203.0.113.2' });
  // It was first, stays as it is while the other counts, and goes on once the other is over.
  expect(names(...hits(0, 1, 2, 3, 4))).toEqual(['slow 2 203.0.113.1', 'fast 5 203.0.113.1']);
  expect(names(...hits(0, 1, 2, 3, 4, 65, 65.5))).toEqual(['slow 4 203.0.113.1', 'fast 5 203.0.113.1']);
  // Other groups do not matter.
  expect(names(...hits(0, 1, 2, 3), other(4), other(5))).toContain('slow 2 203.0.113.2');
});

test('where one event makes both, only the rule that says more alerts, whatever their order', () => {
  const rule = (id: string, phosor = '') =>
    `title: ${id}\nid: ${id}\nlogsource: { product: any }\ndetection: { s: { user: x }, condition: s }\n${phosor}`;
  const docs = [...sigma(rule('vague', 'phosor: { covered_by: [telling] }\n')), ...sigma(rule('telling'))];
  for (const order of [docs, [...docs].reverse()]) {
    expect(
      engine(order)
        .alerts(hit(0))
        .map(({ rule_id }) => rule_id),
    ).toEqual(['telling']);
  }
});
