import { expect, test, vi } from 'vitest';
import type { AlertChange } from './detect/contract.ts';
import type { AlertMessage } from './messages.ts';
import { type Event, eventToJson, newEvent } from './model/index.ts';
import { AlertOutbox } from './pipeline-alerts.ts';
import { testAlert } from './serve/fakes.test-suite.ts';
import { readAlertDocument } from './store/alert-document.ts';

const origin = { source: 'file_auth.log', source_type: 'file', peer: null, hint: null, identity: '' } as const;

function event(raw: string): Event {
  const made = newEvent(origin, 1_700_000_000_000, raw);
  made.id = '0190a0a0-0000-8000-8000-000000000001';
  made.user = 'Zoë "the admin"';
  made.tags.push('tcp');
  made.fields = { path: '/a', deep: { list: [1, null] } };
  return made;
}

/** A change whose count is that of the moment at which it is asked for. */
function change(id: string, counter: { count: number }, type: AlertChange['type'], events: Event[] = []): AlertChange {
  const alert = () => testAlert({ id, count: counter.count, events: [] });
  return { type, alert: alert(), late: { ...alert(), parts: () => ({ alert: alert(), events }) } };
}

function outbox(now?: () => number): { box: AlertOutbox; sent: AlertMessage[][] } {
  const sent: AlertMessage[][] = [];
  return { box: new AlertOutbox((changes) => sent.push(changes), now), sent };
}

const counts = (messages: readonly AlertMessage[]) =>
  messages.map(({ type, head, document }) => [type, head.id, readAlertDocument(document).count]);

test('a new alert leaves at once, its growth waits and is told once, as it stands then', () => {
  const { box, sent } = outbox();
  const counter = { count: 5 };
  box.tell([change('a', counter, 'alert')]);
  expect(sent.map(counts)).toEqual([[['alert', 'a', 5]]]);
  for (const count of [6, 10, 20]) {
    counter.count = count;
    box.tell([change('a', counter, 'alert_update')]);
  }
  expect(sent).toHaveLength(1);
  box.flush();
  expect(counts(sent[1] ?? [])).toEqual([['alert_update', 'a', 20]]);
  box.flush();
  expect(sent).toHaveLength(2);
});

test('what waits is sent by itself', () => {
  vi.useFakeTimers();
  const { box, sent } = outbox();
  box.tell([change('a', { count: 1 }, 'alert_update')]);
  vi.advanceTimersByTime(1000);
  expect(sent.map(counts)).toEqual([[['alert_update', 'a', 1]]]);
  vi.useRealTimers();
});

test.each([
  ['one that was just raised: a tenth of a second', 0, 100],
  ['one known for five seconds: one second', 5000, 1000],
  ['one known for an hour: five seconds', 3_600_000, 5000],
])('growth waits longer the longer an alert lasts, %s', (_, age, longest) => {
  vi.useFakeTimers();
  let now = 0;
  const pass = (ms: number): void => {
    for (let gone = 0; gone < ms; gone += 50) {
      now += 50;
      vi.advanceTimersByTime(50);
    }
  };
  const { box, sent } = outbox(() => now);
  box.tell([change('a', { count: 5 }, 'alert')]);
  pass(200);
  now += age - 200;
  const counter = { count: 6 };
  box.tell([change('a', counter, 'alert_update')]);
  pass(longest - 150);
  counter.count = 9;
  box.tell([change('a', counter, 'alert_update')]);
  expect(sent).toHaveLength(1);
  pass(150);
  expect(sent.slice(1).map(counts)).toEqual([[['alert_update', 'a', 9]]]);
  vi.useRealTimers();
});

test('what claims that all was told finds nothing waiting', () => {
  let now = 0;
  const { box, sent } = outbox(() => now);
  box.tell([change('a', { count: 5 }, 'alert')]);
  now = 60_000;
  box.tell([change('a', { count: 6 }, 'alert_update')]);
  box.flush();
  expect(sent.map(counts)).toEqual([[['alert', 'a', 5]], [['alert_update', 'a', 6]]]);
});

test('in a flood new alerts wait too, and stay new alerts when they grow meanwhile', () => {
  const { box, sent } = outbox();
  const counters = Array.from({ length: 150 }, () => ({ count: 1 }));
  counters.forEach((counter, i) => {
    box.tell([change(`a${i}`, counter, 'alert')]);
  });
  expect(sent).toHaveLength(100);
  for (const counter of counters) counter.count = 2;
  box.tell([change('a149', counters[149] as { count: number }, 'alert_update')]);
  box.flush();
  const rest = counts(sent[100] ?? []);
  expect(rest).toHaveLength(50);
  expect(rest.at(-1)).toEqual(['alert', 'a149', 2]);
  box.tell([change('b', { count: 1 }, 'alert')]);
  expect(sent).toHaveLength(102);
});

test('the document keeps every part of the alert and of its events, but not what people set', () => {
  const { box, sent } = outbox();
  const told = [event('first line'), event('second \u0007 line')];
  box.tell([change('a', { count: 2 }, 'alert', told)]);
  const [message] = sent.flat();
  const { status, disposition, acknowledged_by, acknowledged_at, ...rest } = testAlert({ id: 'a', count: 2 });
  expect(readAlertDocument(message?.document ?? '')).toEqual({ ...rest, events: told.map((one) => eventToJson(one)) });
  expect(message?.head).toMatchObject({ id: 'a', status, disposition, acknowledged_by, acknowledged_at });
});

test('documents whose events are written in full can still be read', () => {
  const events = [eventToJson(event('a line'))];
  expect(readAlertDocument(JSON.stringify({ id: 'a', events })).events).toEqual(events);
});
