import { expect, test } from 'vitest';
import { engine, event, native } from '../fixtures.test-suite.ts';
import { checkRule } from '../index.ts';

const failure = (at: number, more = {}) =>
  event({ at, event_type: 'auth.failure', raw: 'Failed password for root', ...more });
const sudo = (at: number, more = {}) => event({ at, event_type: 'privilege.sudo', ...more });
const threshold = native('threshold', { field: 'parsed.event_type', value: 'auth_fail', count: 5, window_seconds: 60 });
const compromised = native('correlation', {
  conditions: [
    { field: 'parsed.event_type', value: 'auth_fail' },
    { field: 'parsed.event_type', value: 'privileged_access' },
  ],
  within_seconds: 300,
});
const at = (...times: number[]) => times.map((time) => failure(time));

test('P-080: the first event that fits a pattern alerts at once, with one matched event', () => {
  const { see } = engine([native('pattern', { field: 'raw', regex: 'Failed password', case_sensitive: false })]);
  const [change] = see(failure(0, { src_ip: '203.0.113.5' }));
  expect(change?.type).toBe('alert');
  expect(change?.alert).toMatchObject({ count: 1, severity: 'medium', group: { src_ip: '203.0.113.5' } });
});

test('a pattern opens one alert per source address, else per host, that counts for five minutes after its last match', () => {
  const { alerts, correlator } = engine([native('pattern', { field: 'raw', regex: 'failed' })]);
  const first = alerts(failure(0, { src_ip: '203.0.113.5' }), failure(1, { host: 'vm' }), failure(2));
  expect(first.map((alert) => alert.group)).toEqual([{ src_ip: '203.0.113.5' }, { host: 'vm' }, {}]);
  expect(alerts(failure(299, { src_ip: '203.0.113.5' }))).toEqual([]);
  expect(correlator.flush()).toEqual([]);
  expect(alerts(failure(599, { src_ip: '203.0.113.5' }))).toHaveLength(1);
});

test('a pattern looks at a missing field as at an empty text', () => {
  const { alerts } = engine([native('pattern', { field: 'parsed.nothing', regex: '^$' })]);
  expect(alerts(failure(0))).toHaveLength(1);
});

test.each<[string, number[], number]>([
  ['P-081: four events', [0, 1, 2, 3], 0],
  ['P-081: five events', [0, 1, 2, 3, 4], 1],
  ['P-082: four events, 61 seconds, one more', [0, 1, 2, 3, 64], 0],
  ['an event exactly 60 s old still counts', [0, 1, 2, 3, 60], 1],
  ['ten events are two alerts', [0, 1, 2, 3, 4, 5, 6, 7, 8, 9], 2],
  ['nine events are one', [0, 1, 2, 3, 4, 5, 6, 7, 8], 1],
  ['all at the same moment', [7, 7, 7, 7, 7], 1],
])('threshold 5 in 60 s: %s', (_, times, expected) => {
  const { alerts } = engine([threshold]);
  const found = alerts(...at(...times));
  expect(found).toHaveLength(expected);
  for (const alert of found) expect(alert).toMatchObject({ count: 5, group: {} });
  expect(new Set(found.map((alert) => alert.id)).size).toBe(expected);
});

test('a threshold without group_by counts all senders together and is answered with a warning', () => {
  expect(checkRule(threshold)).toMatchObject([{ level: 'warning', path: 'config.group_by' }]);
  const { alerts } = engine([threshold]);
  const mixed = [0, 1, 2, 3, 4].map((n) => failure(n, { src_ip: `203.0.113.${n}` }));
  expect(alerts(...mixed)).toHaveLength(1);
});

test('a threshold with group_by keeps senders apart', () => {
  const grouped = native('threshold', { ...threshold.config, group_by: 'parsed.src_ip' } as never);
  expect(checkRule(grouped)).toEqual([]);
  const { alerts, correlator } = engine([grouped]);
  const mixed = [0, 1, 2, 3, 4].map((n) => failure(n, { src_ip: `203.0.113.${n}` }));
  expect(alerts(...mixed, failure(5))).toEqual([]);
  expect(correlator.stats().missing_group).toBe(1);
  const found = alerts(...[6, 7, 8, 9].map((n) => failure(n, { src_ip: '203.0.113.4' })));
  expect(found).toMatchObject([{ count: 5, group: { 'parsed.src_ip': '203.0.113.4' } }]);
});

test('a threshold value is compared exactly, case and all', () => {
  const { alerts } = engine([native('threshold', { field: 'parsed.code', value: 'E*', count: 1, window_seconds: 1 })]);
  expect(alerts(event({ fields: { code: 'e*' } }), event({ fields: { code: 'EX' } }))).toEqual([]);
  expect(alerts(event({ fields: { code: 'E*' } }))).toHaveLength(1);
});

test('P-083: one of each within the time, in any order, is one alert; then it starts afresh', () => {
  for (const order of [
    [failure(0), sudo(10)],
    [sudo(0), failure(10)],
  ]) {
    const { alerts } = engine([compromised]);
    expect(alerts(...order)).toMatchObject([{ count: 2 }]);
    expect(alerts(failure(20))).toEqual([]);
    expect(alerts(sudo(21))).toHaveLength(1);
  }
});

test('P-084: only one of the two is no alert, nor are both too far apart', () => {
  const { alerts } = engine([compromised]);
  expect(alerts(failure(0), failure(1), sudo(302))).toEqual([]);
});

test('an ordered correlation wants the order', () => {
  const { alerts } = engine([native('correlation', { ...compromised.config, ordered: true } as never)]);
  expect(alerts(sudo(0), failure(1))).toEqual([]);
  expect(alerts(sudo(2))).toHaveLength(1);
});

test('one event may meet several conditions', () => {
  const rule = native('correlation', {
    conditions: [
      { field: 'parsed.event_type', value: 'auth_fail' },
      { field: 'parsed.user', value: 'root' },
    ],
    within_seconds: 10,
  });
  expect(engine([rule]).alerts(failure(0, { user: 'root' }))).toMatchObject([{ count: 1 }]);
});

test.each<[string, Parameters<typeof native>, RegExp]>([
  ['no regex', ['pattern', { field: 'raw' } as never], /needs `regex`/],
  ['a broken regex', ['pattern', { field: 'raw', regex: '(' }], /refused/],
  ['lookahead', ['pattern', { field: 'raw', regex: 'a(?!b)' }], /looks ahead/],
  ['no field', ['threshold', { value: 'x', count: 1, window_seconds: 1 } as never], /`field` must name/],
  ['count 0', ['threshold', { field: 'raw', value: 'x', count: 0, window_seconds: 1 }], /whole number from 1/],
  ['half a second', ['threshold', { field: 'raw', value: 'x', count: 1, window_seconds: 0.5 }], /whole number from 1/],
  [
    'a list as value',
    ['threshold', { field: 'raw', value: [] as never, count: 1, window_seconds: 1 }],
    /`value` must be/,
  ],
  ['one condition', ['correlation', { conditions: [{ field: 'raw', value: 'x' }], within_seconds: 1 }], /2 to 32/],
  [
    'the same condition twice',
    [
      'correlation',
      {
        conditions: [
          { field: 'raw', value: 'x' },
          { field: 'raw', value: 'x' },
        ],
        within_seconds: 1,
      },
    ],
    /there twice/,
  ],
])('refused with the reason: %s', (_, rule, reason) => {
  const [problem] = checkRule(native(...rule));
  expect(problem?.level).toBe('error');
  expect(problem?.message).toMatch(reason);
  expect(engine([native(...rule)]).rules.rules).toEqual([]);
});

test('Python spellings that RE2 has under another name are taken', () => {
  const { alerts } = engine([native('pattern', { field: 'message', regex: '(?P<who>ro+t)\\Z' })]);
  expect(alerts(failure(0, { message: 'for root' }))).toHaveLength(1);
});
