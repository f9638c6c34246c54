import { describe, expect, test } from 'vitest';
import { type Event, type Match, newEvent } from '../../model/index.ts';
import type { CorrelatorOptions } from '../contract.ts';
import { compileRules, createCorrelator, loadSigmaYaml } from '../index.ts';

const yaml = (minEvents: number): string => `title: Scan
id: 0b7e2f7e-8a51-4ff6-9c3e-0d5f0c0a0b01
correlation:
  type: value_count
  rules: [packet]
  group-by: [src_ip]
  timespan: 10m
  condition: { field: dst_port, gte: 3 }
phosor: { min_events: ${minEvents} }
---
title: Packet
name: packet
logsource: { product: any }
detection: { selection: { event_type: net.blocked }, condition: selection }
`;
const counting = `title: Many
id: 0b7e2f7e-8a51-4ff6-9c3e-0d5f0c0a0b02
correlation: { type: event_count, rules: [packet], group-by: [src_ip], timespan: 10m, condition: { gte: 3 } }
---
title: Packet
name: packet
logsource: { product: any }
detection: { selection: { event_type: net.blocked }, condition: selection }
`;

const minute = 60_000;
const start = Date.UTC(2026, 10, 22);
let made = 0;
function packet(minutes: number, port: number): Event {
  const origin = { source: 'fw', source_type: 'syslog', peer: null, hint: null, identity: '' } as const;
  made += 1;
  const time = start + minutes * minute;
  const id = `0194a000-0000-8000-8000-${String(made).padStart(12, '0')}`;
  return { ...newEvent(origin, time, ''), id, time, event_type: 'net.blocked', src_ip: '203.0.113.9', dst_port: port };
}

function run(text: string, events: readonly Event[], change: Partial<CorrelatorOptions> = {}, cut?: number) {
  const { docs } = loadSigmaYaml(text, { origin: 'user', fileName: 'a.yml' });
  const rules = compileRules(docs);
  expect(rules.problems.filter(({ level }) => level === 'error')).toEqual([]);
  const options = { maxGroupsPerRule: 100, latenessMs: Number.POSITIVE_INFINITY, finalOnly: false, ...change };
  let correlator = createCorrelator(rules, options);
  const matches: Match[] = [];
  const changes = events.flatMap((event, seq) => {
    if (seq === cut) {
      const saved = JSON.parse(JSON.stringify(correlator.snapshot()));
      correlator = createCorrelator(rules, options);
      correlator.restore(saved);
    }
    matches.length = 0;
    rules.match(event, seq, matches);
    return correlator.observe(matches);
  });
  return changes.filter(({ type }) => type === 'alert').map(({ alert }) => alert);
}

describe('so many values in so many events', () => {
  const few = [1, 2, 3].map((port, i) => packet(i, port));

  test('values alone do not do, nor do events alone', () => {
    expect(run(yaml(3), few)).toHaveLength(1);
    expect(run(yaml(4), few)).toHaveLength(0);
    expect(
      run(
        yaml(4),
        [1, 1, 1, 2, 2].map((port, i) => packet(i, port)),
      ),
    ).toHaveLength(0);
  });

  test.each([undefined, 3, 5])(
    'the event that completes the second condition raises the alert (restored at %s)',
    (cut) => {
      const events = [1, 2, 3, 3, 3, 3].map((port, i) => packet(i, port));
      const [alert] = run(yaml(5), events, {}, cut);
      expect(alert).toMatchObject({ count: 5, first: start, time: start + 4 * minute });
      expect(alert?.explain.correlation).toMatchObject({
        observed: 3,
        condition: 'at least 3 different values of dst_port in at least 5 events',
      });
    },
  );

  test('events before the window do not count', () => {
    const events = [packet(0, 1), packet(1, 1), packet(2, 1), packet(10.5, 2), packet(11.5, 3)];
    // At 11.5 the window holds those of 2, 10.5 and 11.5.
    expect(run(yaml(4), events)).toHaveLength(0);
    expect(run(yaml(3), events)).toHaveLength(1);
  });

  test.each([
    [counting.replace('phosor', ''), /min_events/],
    [yaml(3).replace('gte: 3', 'lt: 3'), /upper limit/],
    [yaml(3).replace('min_events: 3', 'min_events: many'), /whole number/],
  ])('is for rules that count values up (%#)', (text, message) => {
    const asked = text.includes('min_events') ? text : text.replace('---', 'phosor: { min_events: 3 }\n---');
    const { docs, problems } = loadSigmaYaml(asked, { origin: 'user', fileName: 'a.yml' });
    const all = [...problems, ...compileRules(docs).problems].map((problem) => problem.message).join('\n');
    expect(all).toMatch(message);
  });
});

describe('an alert for each window', () => {
  const once = { perWindow: true } as const;

  test('ends one timespan after its first event, and the next needs all again', () => {
    const steady = Array.from({ length: 25 }, (_, i) => packet(i, 1));
    expect(run(counting, steady)).toHaveLength(1);
    const alerts = run(counting, steady, once);
    expect(alerts.map(({ first }) => (first - start) / minute)).toEqual([0, 10, 20]);
    const late = Array.from({ length: 12 }, (_, i) => packet(i, 1));
    // Of the second window two events came.
    expect(run(counting, late, once)).toHaveLength(1);
  });

  test('counts every event of the window, and those that came long after they happened too', () => {
    const events = Array.from({ length: 9 }, (_, i) => packet(i, 1));
    for (const event of events.slice(0, 4)) event.received_at = event.time + 60 * minute;
    const { docs } = loadSigmaYaml(counting, { origin: 'user', fileName: 'a.yml' });
    const rules = compileRules(docs);
    const correlator = createCorrelator(rules, {
      ...{ maxGroupsPerRule: 100, latenessMs: Number.POSITIVE_INFINITY, finalOnly: false, late: true },
      ...once,
    });
    const opened = events.flatMap((event, seq) => {
      const matches: Match[] = [];
      rules.match(event, seq, matches);
      return correlator.observe(matches).flatMap(({ type, late }) => (type === 'alert' && late ? [late] : []));
    });
    expect(opened).toHaveLength(1);
    expect(opened[0]).toMatchObject({ first: start, count: 9, group: { src_ip: '203.0.113.9' } });
  });
});
