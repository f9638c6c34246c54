import { expect, test } from 'vitest';
import { type Alert, type Event, eventToJson, newEvent } from '../model/index.ts';
import { alertDocument, evidenceOf, readAlertDocument } from './alert-document.ts';

const origin = { source: 's', source_type: 'syslog', peer: null, hint: null, identity: '' } as const;
const hostile = 'two\nlines ,"events":[{"id":"x"}]}\n';
const event = (n: number): Event => ({
  ...newEvent(origin, n, `${hostile}${n}`),
  id: `00000000-0000-8000-8000-${String(n).padStart(12, '0')}`,
  fields: { text: hostile },
  has_time: true,
});
const alert: Alert = {
  id: 'a',
  rule_id: 'rule',
  rule_name: 'Rule',
  severity: 'high',
  message: hostile,
  group: { user: hostile },
  first: 0,
  last: 1,
  time: 1,
  count: 2,
  event_ids: ['x'],
  events: [],
  explain: { summary: hostile, clauses: [], correlation: null },
  attack: [],
  tags: [],
  status: 'new',
  disposition: null,
  acknowledged_by: null,
  acknowledged_at: null,
  historical: false,
  attributable: true,
};

test.each([0, 1, 4, 5, 6, 9, 10, 11, 12, 33, 40])('of %i events the wanted ones are read, in either form', (count) => {
  const events = Array.from({ length: count }, (_, n) => event(n));
  const full = events.map((each) => eventToJson(each));
  const written = alertDocument(alert, events);
  for (const text of [written, JSON.stringify({ ...alert, events: full })]) {
    const whole = readAlertDocument(text);
    expect(whole).toMatchObject({ message: hostile, group: { user: hostile }, explain: alert.explain, events: full });
    for (const wanted of ['all', 'some', 'none'] as const)
      expect(readAlertDocument(text, wanted)).toEqual({ ...whole, events: evidenceOf(full, wanted) });
  }
});

test('some are the first and the last five', () => {
  const numbers = Array.from({ length: 12 }, (_, n) => n);
  expect(evidenceOf(numbers, 'some')).toEqual([0, 1, 2, 3, 4, 7, 8, 9, 10, 11]);
  expect(evidenceOf(numbers.slice(0, 10), 'some')).toHaveLength(10);
});
