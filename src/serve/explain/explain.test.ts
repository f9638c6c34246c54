import { afterEach, beforeEach, expect, test } from 'vitest';
import type { Alert, Event, RuleDoc } from '../../model/index.ts';
import { newEvent } from '../../model/index.ts';
import { testRule, testTime } from '../fakes.test-suite.ts';
import { type Harness, openHarness } from '../harness.test-suite.ts';

const yaml = `title: Brute force
id: brute
level: high
correlation: { type: event_count, rules: [f], group-by: [src_ip], timespan: 1m, condition: { gte: 3 } }
---
title: Failed login
name: f
logsource: { product: linux, service: sshd }
detection: { selection: { event_type: auth.failure }, condition: selection }
`;
const shipped = testRule({ id: 'brute', name: 'Brute force', config: { yaml }, enabled: false });

let harness: Harness;
beforeEach(async () => {
  harness = await openHarness({ shippedRules: [shipped] });
});
afterEach(() => harness.app.close());

const ask = (payload: object, role: 'viewer' | 'analyst' = 'analyst') =>
  harness.as(role, { method: 'POST', url: '/api/rules/explain', payload });
const line = (second: number, address = '203.0.113.5') =>
  `Nov 20 10:00:0${second} web sshd[22]: Failed password for root from ${address} port 4022 ssh2`;

function store(id: string, second: number, parts: Partial<Event> = {}): Event {
  const origin = { source: 'file_auth.log', source_type: 'file', peer: null, hint: null, identity: '' } as const;
  const event = { ...newEvent(origin, testTime, line(second)), id, time: testTime + second * 1000, format: 'sshd' };
  const held: Event = { ...event, event_type: 'auth.failure', src_ip: '203.0.113.5', user: 'root', ...parts };
  harness.fakes.held.push(held);
  return held;
}

test('lines through a stored rule: what was counted, how many were missing, from whom, and until when', async () => {
  const answer = await ask({ rule_id: 'brute', lines: [line(1), line(2), line(3), 'no login at all'] });
  expect(answer.statusCode).toBe(200);
  const { results } = answer.json();
  expect(results.map((one: { matched: boolean }) => one.matched)).toEqual([true, true, true, false]);
  expect(results[1].correlation).toMatchObject({
    type: 'event_count',
    group: { src_ip: '203.0.113.5' },
    observed: 2,
    needed: 3,
    condition: 'at least 3 events',
    window_seconds: 60,
    fired: false,
    events: [results[0].event.id, results[1].event.id],
    differ: ['1 more event of “Failed login” by 203.0.113.5 before 10:01:01'],
    until: '2026-11-20T10:01:01.000+00:00',
  });
  expect(results[2].correlation).toMatchObject({ fired: true, differ: [], until: null });
  expect(results[3]).toMatchObject({ event: { raw: 'no login at all', format: 'raw' }, steps: [{ matched: false }] });
  expect(results[3].steps[0].differ.length).toBeGreaterThan(0);
  expect(harness.fakes.state.alerts.count({})).toBe(0);
});

test('a posted rule, with the place of a value in the line', async () => {
  const rule = { type: 'pattern', name: 'p', config: { field: 'parsed.user', regex: '^admin$' } };
  const [result] = (await ask({ rule, lines: [line(1)] })).json().results;
  expect(result.steps[0].differ).toEqual(['parsed.user was “root”, the rule wants it to match “/^admin$/i”']);
  const [{ at }] = result.steps[0].clauses;
  expect(line(1).slice(at.offset, at.offset + at.length)).toBe('root');
});

test('stored events come first, in order of time, whatever the order of their ids; unknown ids are named', async () => {
  store('event-b', 5);
  store('event-a', 4);
  const answer = await ask({ rule_id: 'brute', event_ids: ['event-b', 'gone', 'event-a'], lines: [line(6)] });
  const { results, missing_events } = answer.json();
  expect(results.map(({ event }: { event: Event }) => event.id).slice(0, 2)).toEqual(['event-a', 'event-b']);
  expect(missing_events).toEqual(['gone']);
  expect(results[2].correlation).toMatchObject({ observed: 3, fired: true });
});

test("an alert's events, also those that are no longer stored", async () => {
  const [first, second, third] = [store('a', 1), store('b', 2), store('c', 3)].map((event) => event);
  const tried = (await ask({ rule_id: 'brute', event_ids: ['a', 'b', 'c'] })).json();
  expect(tried.results[2].correlation.fired).toBe(true);
  const alert: Alert = {
    ...{ id: 'alert-1', rule_id: 'brute', rule_name: 'Brute force', severity: 'high', message: 'm', group: {} },
    ...{ first: testTime, last: testTime, time: testTime, count: 3, event_ids: ['a', 'b', 'c'], attack: [], tags: [] },
    events: tried.results.map(({ event }: { event: Alert['events'][number] }) => event),
    explain: { summary: '', clauses: [], correlation: null },
    ...{ status: 'new', disposition: null, acknowledged_by: null, acknowledged_at: null },
    ...{ historical: false, attributable: true },
  };
  harness.fakes.state.alerts.upsert(alert, testTime);
  harness.fakes.held.length = 0;
  const { results, missing_events } = (await ask({ alert_id: 'alert-1' })).json();
  expect(missing_events).toEqual([]);
  expect(results.map(({ event }: { event: Event }) => event.id)).toEqual([first?.id, second?.id, third?.id]);
  expect(results[2].correlation.fired).toBe(true);
});

test.each([
  ['no rule', { lines: ['x'] }, 422, '"rule_id"'],
  ['neither lines nor events', { rule_id: 'brute' }, 422, '"event_ids"'],
  ['an unknown rule', { rule_id: 'none', lines: ['x'] }, 404, 'There is no rule "none"'],
  ['an unknown alert', { alert_id: 'none' }, 404, 'There is no alert "none"'],
  ['only unknown events', { rule_id: 'brute', event_ids: ['none'] }, 404, 'There is no event "none"'],
  [
    'a rule that does not compile',
    { rule: { type: 'pattern', name: 'p', config: { field: 'raw', regex: '((' } }, lines: ['x'] },
    422,
    'not closed',
  ],
  ['too many lines', { rule_id: 'brute', lines: Array.from({ length: 501 }, () => 'x') }, 422, '"lines"'],
  ['too many events', { rule_id: 'brute', event_ids: Array.from({ length: 501 }, () => 'x') }, 422, '"event_ids"'],
  ['a line too long', { rule_id: 'brute', lines: ['x'.repeat(65_537)] }, 422, '"lines.0"'],
])('%s is refused with a sentence', async (_, payload, status, sentence) => {
  const answer = await ask(payload);
  expect(answer.statusCode).toBe(status);
  expect(answer.json()).toEqual({
    detail: expect.stringContaining(sentence),
    code: expect.any(String),
    ...(status === 422 && answer.json().problems && { problems: expect.any(Array) }),
  });
});

test('a document that raises nothing itself is refused with a sentence', async () => {
  const filter =
    'title: F\nlogsource: { product: any }\nfilter: { rules: [brute], selection: { user: root }, condition: not selection }\n';
  const answer = await ask({ rule: { type: 'sigma', name: 'f', config: { yaml: filter } }, lines: ['x'] });
  expect(answer.statusCode).toBe(422);
  expect(answer.json().detail).toContain('raises nothing itself');
});

test('a viewer may not ask: rules cost work', async () => {
  expect((await ask({ rule_id: 'brute', lines: ['x'] }, 'viewer')).statusCode).toBe(403);
});

test('hostile lines and rules stay text: sentences have no control characters and are short', async () => {
  const evil = '\u001b]0;owned\u0007\u202e<script>alert(1)</script>\u0000';
  const config = { field: 'message', value: `x${evil}`, count: 1, window_seconds: 1 };
  const rule = { type: 'threshold', name: evil.slice(0, 20), config };
  const answer = await ask({ rule, lines: [evil, evil.repeat(500), '{"__proto__":{"a":1}}', ''] });
  expect(answer.statusCode).toBe(200);
  const sentences: string[] = [];
  for (const { steps, correlation } of answer.json().results)
    sentences.push(...steps.flatMap(({ differ }: { differ: string[] }) => differ), ...correlation.differ);
  expect(sentences.length).toBeGreaterThanOrEqual(8);
  for (const sentence of sentences) {
    expect(sentence).not.toMatch(/[\p{Cc}\p{Cf}]/u);
    expect(sentence.length).toBeLessThan(800);
  }
});

test('a correlation over a rule of another file, with the exception to it', async () => {
  const parts = yaml.replace('[f]', '[failed_login]').replace('name: f\n', 'name: failed_login\n').split('---\n');
  const doc = (id: string, text: string | undefined): RuleDoc => ({
    ...{ ...shipped, id, enabled: true, config: { yaml: text ?? '' } },
  });
  await harness.app.close();
  harness = await openHarness({ shippedRules: [doc('outer', parts[0]), doc('single', parts[1])] });
  const firedOf = async () => {
    const { results } = (await ask({ rule_id: 'outer', lines: [line(1), line(2), line(3)] })).json();
    return results.map((one: { correlation: { fired: boolean } }) => one.correlation.fired);
  };
  expect(await firedOf()).toEqual([false, false, true]);
  const exception = { name: 'Drill', selection: { user: 'root' }, reason: 'a drill', expires_at: null };
  const made = await harness.as('admin', { method: 'POST', url: '/api/rules/outer/exceptions', payload: exception });
  expect(made.statusCode).toBe(201);
  expect(await firedOf()).toEqual([false, false, false]);
});
