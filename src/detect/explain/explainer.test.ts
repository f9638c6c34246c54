import { expect, test } from 'vitest';
import type { Event, RuleDoc } from '../../model/index.ts';
import type { EventExplanation } from '../contract.ts';
import { event, native, sigma } from '../fixtures.test-suite.ts';
import { compileRules, createExplainer, exceptionFilter } from '../index.ts';
import { differences } from './differ.ts';

const explain = (docs: readonly RuleDoc[], ...events: Event[]): EventExplanation[] => {
  const explainer = createExplainer(compileRules(docs), docs[0]?.id as string);
  return events.map((one, seq) => explainer.explain(one, seq));
};

const detection = (lines: string, condition = 's') =>
  sigma(
    `title: A rule\nid: t\nlogsource: { product: any }\ndetection:\n${lines
      .split('\n')
      .map((line) => `  ${line}\n`)
      .join('')}  condition: ${condition}\n`,
  );

/** What a single event lacks. */
const differ = (docs: RuleDoc[], parts: Partial<Event>): string[] => {
  const [found] = explain(docs, event(parts));
  expect(found?.matched).toBe(found?.steps[0]?.differ.length === 0);
  return found?.steps[0]?.differ ?? [];
};

test.each<[string, Partial<Event>, string]>([
  ['{ user: root }', { user: 'rot' }, 'user was “rot”, the rule wants “root” (one character differs)'],
  ['{ user: root }', { user: null }, 'user is missing, the rule wants “root”'],
  ['{ user: root }', { user: ' root ' }, 'user was “ root ”, the rule wants “root” (only blanks around it differ)'],
  [
    '{ user|cased: Root }',
    { user: 'root' },
    'user was “root”, the rule wants “Root” in exactly this case (only upper and lower case differ)',
  ],
  [
    '{ user: root }',
    { user: 'notroot' },
    'user was “notroot”, the rule wants “root” (it contains that, but is not equal to it)',
  ],
  ['{ user: [root, admin] }', { user: 'guest' }, 'user was “guest”, the rule wants “root” or “admin”'],
  [
    '{ fields.status|gte: 500, fields.status|lte: 599 }',
    { fields: { status: 403 } },
    'fields.status was 403, the rule wants 500 to 599',
  ],
  ['{ dst_port|gt: 1024 }', { dst_port: 22 }, 'dst_port was 22, the rule wants more than 1024'],
  [
    '{ fields.status|gte: 500 }',
    { fields: { status: 'none' } },
    'fields.status was “none”, the rule wants at least 500 (it is no number)',
  ],
  [
    '{ message|contains|all: [foo, bar, baz] }',
    { message: 'only foo' },
    'message was “only foo”, the rule wants it to contain “bar” and “baz”',
  ],
  [
    '{ message|startswith: foo }',
    { message: 'a foo' },
    'message was “a foo”, the rule wants it to start with “foo” (it contains that, but does not start with it)',
  ],
  ['{ message: "a*b?c" }', { message: 'x' }, 'message was “x”, the rule wants it to fit “a*b?c”'],
  ['{ message|re: "^a+$" }', { message: 'b' }, 'message was “b”, the rule wants it to match “/^a+$/”'],
  [
    '{ src_ip|cidr: 192.0.2.0/24 }',
    { src_ip: '203.0.113.5' },
    'src_ip was “203.0.113.5”, the rule wants an address in 192.0.2.0/24',
  ],
  ['{ user: null }', { user: 'root' }, 'user was “root”, the rule wants no value'],
  ['{ user|exists: true }', { user: null }, 'user is missing, the rule wants a value'],
  ['{ fields.x: a }', { fields: { x: null } }, 'fields.x was null, the rule wants “a”'],
  ['{ fields.x: a }', { fields: {} }, 'fields.x is missing, the rule wants “a”'],
  ['{ user|neq: root }', { user: 'root' }, 'user was “root”, the rule wants anything but “root”'],
  [
    '{ User: root }',
    { user: 'root' },
    'User is missing, the rule wants “root” (the event has “user”, which is another field)',
  ],
  ['{ tags: a }', { tags: ['b', 'c'] }, 'tags was “b” and “c”, the rule wants “a”'],
  ['{ raw|contains: [foo, bar] }', { raw: 'a line' }, 'the rule wants the line to contain “foo” or “bar”'],
  ['[foo]', { raw: 'a line' }, 'the rule wants the line to contain “foo”'],
  ['{ user|fieldref: host }', { user: 'a', host: 'b' }, 'user was “a”, the rule wants the value of host'],
])('%s of %j: %s', (selection, parts, expected) => {
  // A rule on another field name than the event's is what the case is about: no mapping is in force here.
  expect(differ(detection(`s: ${selection}`), parts)).toEqual([expected]);
});

test('of a conjunction every false clause is told, and no true one', () => {
  const docs = detection('s: { user: root, host: web, dst_port: 22 }');
  expect(differ(docs, { user: 'root', host: 'db', dst_port: 23 })).toEqual([
    'host was “db”, the rule wants “web”',
    'dst_port was 23, the rule wants 22',
  ]);
});

test('of alternatives the closest one is told, and how many there are', () => {
  const docs = detection(
    'a: { user: root, host: web }\nb: { user: admin }\nc: { dst_port: 1, src_port: 2 }',
    '1 of them',
  );
  expect(differ(docs, { user: 'admim', host: 'db' })).toEqual([
    'user was “admim”, the rule wants “admin” (one character differs; the closest of 3 ways, by “b”)',
  ]);
});

test('an exclusion names the selection that excludes, and what it found', () => {
  const docs = detection(
    's: { user: root }\nfilter_lan: { src_ip|cidr: 192.0.2.0/24, host: web }',
    's and not 1 of filter_*',
  );
  expect(differ(docs, { user: 'root', src_ip: '192.0.2.9', host: 'web' })).toEqual([
    '“filter_lan” excludes it: src_ip was “192.0.2.9”, the rule wants an address outside 192.0.2.0/24 (one of 2 ways)',
  ]);
});

test('an exception is named where it excludes', () => {
  const docs = detection('s: { user: root }');
  const exception = exceptionFilter({ id: 'x', name: 'Backups', rule_id: 't', selection: { host: 'backup' } });
  expect(differ([...docs, exception], { user: 'root', host: 'backup' })).toEqual([
    '“filter Backups” excludes it: host was “backup”, the rule wants anything but “backup”',
  ]);
});

test('an event of another log source is told what it is', () => {
  const docs = sigma('title: t\nid: t\nlogsource: { service: sshd }\ndetection: { s: { user: root }, condition: s }\n');
  expect(differ(docs, { user: 'root', format: 'nginx', program: 'nginx', event_type: 'web.request' })).toEqual([
    'the rule is about the log source service: sshd, and this is an event “web.request” of format “nginx” by “nginx”',
  ]);
});

test('a mapped field that is missing says where else it was looked for', () => {
  const read = {
    view: 'event',
    path: 'ParentUser',
    from: { prefixes: [], sources: ['fields.ruser', { any: ['user'] }] },
  } as const;
  const node = { kind: 'leaf', label: 'ParentUser', field: read, test: { op: 'null' } } as const;
  const wanted = { kind: 'not', label: 'not', child: node } as const;
  expect(differences(wanted, event({}))).toEqual([
    '“ParentUser” excludes it: ParentUser is missing, the rule wants a value (looked for as “fields.ruser” and “user” too)',
  ]);
});

test('hostile text is quoted on one line, without control characters, and cut', () => {
  const [sentence] = differ(detection('s: { user: root }'), { user: `\u001b[31m\n\u202e${'x'.repeat(5000)}` });
  expect(sentence).toMatch(/^user was “\\u\{1b\}\[31m\\u\{a\}\\u\{202e\}x+…”, the rule wants “root”$/);
  expect(sentence?.length).toBeLessThan(250);
});

test('a value that is not what was asked for is found in the line; of many alternatives it is said how many are not told', () => {
  const many = Array.from({ length: 50 }, (_, i) => `user${i}x`).join(', ');
  const [found] = explain(detection(`s: { user: [${many}] }`), event({ raw: 'login of guest failed', user: 'guest' }));
  const alternatives = found?.steps[0]?.clauses[0]?.children[0];
  expect(alternatives).toMatchObject({ clause: 'user', matched: false, left_out: 30 });
  expect(alternatives?.children[0]?.at).toEqual({ offset: 9, length: 5 });
});

const bruteForce = (more = '') =>
  sigma(
    `title: Brute force\nid: b\ncorrelation: { type: event_count, rules: [f], group-by: [src_ip], timespan: 60s, condition: { gte: 3 } }\n${more}---\ntitle: Failed login\nname: f\nlogsource: { product: any }\ndetection: { s: { event_type: auth.failure }, condition: s }\n`,
  );
const failed = (at: number, parts: Partial<Event> = {}) =>
  event({ at, event_type: 'auth.failure', src_ip: '203.0.113.5', ...parts });

test('a count says how many were counted, how many more were needed, from whom, and until when', () => {
  const events = [failed(0), failed(10), failed(20)];
  const found = explain(bruteForce(), ...events).map(({ correlation }) => correlation);
  expect(found.map((one) => [one?.observed, one?.needed, one?.fired, one?.until, one?.differ])).toEqual([
    [1, 3, false, '1970-01-01T00:01:00.000+00:00', ['2 more events of “Failed login” by 203.0.113.5 before 00:01:00']],
    [2, 3, false, '1970-01-01T00:01:00.000+00:00', ['1 more event of “Failed login” by 203.0.113.5 before 00:01:00']],
    [3, 3, true, null, []],
  ]);
  expect(found[2]).toMatchObject({
    type: 'event_count',
    group: { src_ip: '203.0.113.5' },
    condition: 'at least 3 events',
    window_seconds: 60,
    events: events.map(({ id }) => id),
  });
});

test('what came too early is told, with the timespan that would have done', () => {
  const found = explain(bruteForce(), failed(0), failed(30), failed(75));
  expect(found[2]?.correlation).toMatchObject({
    observed: 2,
    differ: [
      '1 more event of “Failed login” by 203.0.113.5 before 00:01:30',
      'or a timespan of more than 75 s instead of 60 s: the newest 3 such events took that long',
    ],
  });
});

test('times are in the zone of the event, with the date where it is another day', () => {
  const late = failed(86_390, { zone_minutes: 60 });
  expect(explain(bruteForce(), late)[0]?.correlation?.differ[0]).toMatch(/before 01:00:50$/);
  expect(explain(bruteForce(), failed(86_390))[0]?.correlation?.differ[0]).toMatch(/before 1970-01-02 00:00:50$/);
});

test('a missing group field is named', () => {
  const [found] = explain(bruteForce(), failed(0, { src_ip: null }));
  expect(found).toMatchObject({
    matched: true,
    correlation: {
      group: null,
      missing_group: ['src_ip'],
      observed: 0,
      differ: ['src_ip is missing: the rule counts by src_ip, and an event without it is not counted'],
    },
  });
});

test('an event that is none of the parts is told so', () => {
  const [found] = explain(bruteForce(), failed(0, { event_type: 'auth.success' }));
  expect(found).toMatchObject({
    matched: false,
    steps: [{ name: 'f', differ: ['event_type was “auth.success”, the rule wants “auth.failure”'] }],
    correlation: { differ: ['the event is no “Failed login”, so it is not counted'] },
  });
});

test('different values: what was counted already, and a value that is missing', () => {
  const docs = sigma(
    'title: Scan\nid: b\ncorrelation: { type: value_count, rules: [f], group-by: [src_ip], timespan: 60s, condition: { field: dst_port, gte: 3 } }\n---\ntitle: Denied\nname: f\nlogsource: { product: any }\ndetection: { s: { event_type: net.blocked }, condition: s }\n',
  );
  const denied = (at: number, dst_port: number | null) =>
    event({ at, event_type: 'net.blocked', src_ip: '203.0.113.5', dst_port });
  const found = explain(docs, denied(0, 22), denied(1, 23), denied(2, 22), denied(3, null), denied(4, 24));
  expect(found.map(({ correlation }) => correlation?.observed)).toEqual([1, 2, 2, 0, 3]);
  expect(found[2]?.correlation?.differ).toEqual([
    '1 more different value of dst_port in events of “Denied” by 203.0.113.5 before 00:01:01',
    'another value of dst_port than 22, which was counted at 00:00:00 already',
  ]);
  expect(found[3]?.correlation?.differ).toEqual(['dst_port is missing: the rule counts its different values']);
  expect(found[4]?.correlation?.fired).toBe(true);
});

test('a sequence says what is missing, and what came in the wrong order', () => {
  const docs = sigma(
    'title: Login after failures\nid: b\ncorrelation: { type: temporal_ordered, rules: [f, ok], group-by: [src_ip], timespan: 10m }\n---\ntitle: Failed login\nname: f\nlogsource: { product: any }\ndetection: { s: { event_type: auth.failure }, condition: s }\n---\ntitle: Login\nname: ok\nlogsource: { product: any }\ndetection: { s: { event_type: auth.success }, condition: s }\n',
  );
  const success = (at: number) => failed(at, { event_type: 'auth.success' });
  const events = [success(0), failed(1), success(2)];
  const found = explain(docs, ...events).map(({ correlation }) => correlation);
  expect(found.map((one) => one?.differ)).toEqual([
    ['an event of “Failed login” by 203.0.113.5 in the 10 min before this event of “Login”'],
    ['an event of “Login” by 203.0.113.5 before 00:10:01'],
    [],
  ]);
  expect(found[2]).toMatchObject({ fired: true, observed: 2, events: [events[1]?.id, events[2]?.id] });
});

test('a correlation as a step: its own count is told, and the outer one says that it waits for it', () => {
  const docs = sigma(
    'title: Login after brute force\nid: c\ncorrelation: { type: temporal_ordered, rules: [many, ok], group-by: [src_ip], timespan: 10m }\n---\ntitle: Many failures\nname: many\ncorrelation: { type: event_count, rules: [f], group-by: [src_ip], timespan: 1m, condition: { gte: 2 } }\n---\ntitle: Failed login\nname: f\nlogsource: { product: any }\ndetection: { s: { event_type: auth.failure }, condition: s }\n---\ntitle: Login\nname: ok\nlogsource: { product: any }\ndetection: { s: { event_type: auth.success }, condition: s }\n',
  );
  const events = [failed(1), failed(2), failed(3, { event_type: 'auth.success' })];
  const found = explain(docs, ...events).map(({ correlation }) => correlation);
  expect(found[0]).toMatchObject({
    observed: 0,
    differ: ['for “Many failures”: 1 more event of “Failed login” by 203.0.113.5 before 00:01:01'],
    inner: [{ name: 'many', observed: 1, needed: 2, fired: false }],
  });
  expect(found[1]).toMatchObject({ observed: 1, inner: [{ observed: 2, fired: true }] });
  expect(found[2]).toMatchObject({ fired: true, events: events.map(({ id }) => id) });
});

test('a native threshold counts anew after it fired; its window is closed', () => {
  const rule = native('threshold', {
    field: 'parsed.event_type',
    value: 'auth_fail',
    count: 2,
    window_seconds: 60,
    group_by: 'src_ip',
  });
  const found = explain([rule], failed(0), failed(60), failed(61), failed(122)).map(({ correlation }) => correlation);
  expect(found.map((one) => [one?.observed, one?.fired])).toEqual([
    [1, false],
    [2, true],
    [1, false],
    [1, false],
  ]);
  expect(found[0]?.differ[0]).toMatch(/until 00:01:00$/);
});

test('an upper limit says until when the window is open, and what may still become of it', () => {
  const docs = sigma(
    'title: Few\nid: b\ncorrelation: { type: event_count, rules: [f], group-by: [src_ip], timespan: 60s, condition: { gte: 2, lte: 2 } }\n---\ntitle: Failed login\nname: f\nlogsource: { product: any }\ndetection: { s: { event_type: auth.failure }, condition: s }\n',
  );
  const found = explain(docs, failed(0), failed(1), failed(2)).map(({ correlation }) => correlation);
  expect(found.map((one) => [one?.observed, one?.fired])).toEqual([
    [1, false],
    [2, false],
    [3, false],
  ]);
  const wants = 'the rule wants at least 2 and at most 2 events';
  expect(found.map((one) => one?.differ)).toEqual([
    [
      `the window is open until 00:01:00; so far 1 event was counted, ${wants}: it fires when the window is over if exactly 1 more event of “Failed login” by 203.0.113.5 comes`,
    ],
    [
      `the window is open until 00:01:00; so far 2 events were counted, ${wants}: it fires when the window is over, unless at least 1 more event of “Failed login” by 203.0.113.5 comes`,
    ],
    [
      `the window is open until 00:01:00; so far 3 events were counted, ${wants}: for this window it does not fire, whatever else comes; the next window opens with the first such event after`,
    ],
  ]);
  expect(found.map((one) => [one?.pending?.fires, one?.until])).toEqual([
    [false, '1970-01-01T00:01:00.000+00:00'],
    [true, null],
    [false, null],
  ]);
  expect(explain(docs, failed(0), failed(70))[1]?.correlation?.observed).toBe(1);
  const [, , later] = explain(docs, failed(0), failed(1), failed(1000)).map(({ correlation }) => correlation);
  expect(later?.judged).toMatchObject([{ group: { src_ip: '203.0.113.5' }, observed: 2, fired: true }]);
});

test('many searches are answered at once, each for itself: also equal ones, and one inside another', () => {
  const values = [...Array.from({ length: 40 }, (_, i) => `word${i}x`), 'word7', 'WORD7', '7x and', 'ſigma'];
  const docs = detection(`s: { message|contains: [${values.join(', ')}] }`);
  const told = (message: string) => explain(docs, event({ message, raw: 'r' }))[0]?.steps[0];
  const matched = told('Word7X and Sigma')?.clauses[0]?.children[0]?.children.filter((clause) => clause.matched);
  expect(matched?.map(({ expected }) => expected)).toEqual(['word7x', 'word7', 'WORD7', '7x and', 'ſigma']);
  expect(told('nothing')?.differ).toEqual([
    'message was “nothing”, the rule wants it to contain “word0x”, “word1x”, “word2x”, “word3x”, “word4x” or one of 39 more',
  ]);
});

test('a rule that is only a signal says why it raises no alert', () => {
  const text = (level: string) =>
    `title: t\nid: t\nlevel: ${level}\nlogsource: { product: any }\ndetection: { s: { user: root }, condition: s }\n`;
  const [quiet] = explain(sigma(text('informational')), event({ user: 'root' }));
  expect(quiet).toMatchObject({ matched: true, signal: expect.stringMatching(/informational/) });
  expect(explain(sigma(text('low')), event({ user: 'root' }))[0]?.signal).toBeNull();
});

test('a rule that is not there is refused with a sentence', () => {
  expect(() => createExplainer(compileRules([]), 'x')).toThrow('There is no rule "x"');
});
