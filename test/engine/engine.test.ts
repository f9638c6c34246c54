import { expect, test } from 'vitest';
import { createEngine, type EngineOptions, loadSigmaYaml, readMapping, readPlaceholders } from '../../src/engine.ts';

const { docs } = loadSigmaYaml(
  'title: t\nid: t\ncorrelation: { type: event_count, rules: [f], group-by: [src_ip], timespan: 1m, condition: { gte: 2 } }\n---\ntitle: f\nname: f\nlogsource: { service: sshd }\ndetection: { s: { event_type: auth.failure }, condition: s }\n',
  { origin: 'user', fileName: 't.yml' },
);
const failed = (second: number) =>
  `Nov 20 10:00:0${second} web sshd[1]: Failed password for root from 203.0.113.5 port 4022 ssh2`;
const open = (more: Partial<EngineOptions> = {}) =>
  createEngine({ rules: docs, now: () => Date.UTC(2026, 10, 20, 10), ...more });

test('the same lines give the same events and alerts, ids included', () => {
  const run = () => {
    const engine = open();
    const told = [failed(1), failed(2), failed(3)].map((line) => engine.take(line));
    return JSON.stringify([told, engine.close()]);
  };
  expect(run()).toBe(run());
});

test('every line has an id of its own, also where all say the same', () => {
  const engine = open();
  const ids = [failed(1), failed(1), failed(1)].map((line) => engine.take(line, { source: 'a' }).event.id);
  expect(new Set(ids).size).toBe(3);
});

test('an alert is raised, grows with flush, and is told once with finalOnly', () => {
  const engine = open();
  const told = [...[1, 2, 3].flatMap((second) => engine.take(failed(second)).alerts), ...engine.flush()];
  expect(told[0]).toMatchObject({ type: 'alert', alert: { count: 2 } });
  expect(told.at(-1)).toMatchObject({ type: 'alert_update', alert: { count: 3 } });
  const once = open({ finalOnly: true });
  expect([1, 2, 3].flatMap((second) => once.take(failed(second)).alerts)).toEqual([]);
  expect(once.close().map(({ alert }) => alert.count)).toEqual([3]);
});

test('lines are read in the zone and year that are given', () => {
  const time = (more: Partial<EngineOptions>) => new Date(open(more).take(failed(1)).event.time).toISOString();
  expect(time({})).toBe('2026-11-20T10:00:01.000Z');
  expect(time({ timezone: 'Asia/Tokyo', year: 2020 })).toBe('2020-11-20T01:00:01.000Z');
  expect(() => open({ timezone: 'Nowhere/None' })).toThrow('Unknown time zone');
});

test('secrets are masked, more where it is asked for', () => {
  const line = 'Nov 20 10:00:01 web app: mail of bob@example.com password=hunter2';
  expect(open().take(line).event.raw).not.toContain('hunter2');
  expect(open().take(line).event.raw).toContain('bob@example.com');
  expect(open({ redact: { email: true } }).take(line).event.raw).not.toContain('bob@example.com');
});

test('an event that is understood already is detected; exchanged rules keep what was counted', () => {
  const engine = open();
  const { event } = engine.take(failed(1));
  engine.setRules(docs);
  const [change] = engine.detect({ ...event, id: `${event.id}x` });
  expect(change?.alert.count).toBe(2);
  engine.setRules([]);
  expect(engine.detect({ ...event, id: `${event.id}y` })).toEqual([]);
});

test('mappings and placeholders are those that are given', () => {
  const rule =
    'title: t\nid: m\nlogsource: { product: acme }\ndetection: { s: { "who|expand": "%admins%" }, condition: s }\n';
  const { placeholders } = readPlaceholders('admins: [root, toor]\n');
  const { mapping } = readMapping(
    'name: own\nlogsources: [{ for: [{ product: acme }], events: any, fields: { who: user } }]\n',
  );
  const more = { rules: loadSigmaYaml(rule, { origin: 'user', fileName: 'm.yml', placeholders }).docs, placeholders };
  expect(open({ ...more, mappings: mapping ? [mapping] : [] }).take(failed(1)).alerts).toHaveLength(1);
  expect(open(more).take(failed(1)).alerts).toHaveLength(0);
  expect(open({ rules: more.rules }).problems.some(({ level }) => level === 'error')).toBe(true);
});

test('what is wrong with a rule is told, and the rest runs', () => {
  const broken = { ...(docs[0] as (typeof docs)[0]), id: 'broken', config: { yaml: 'title: x' } };
  const engine = open({ rules: [broken, ...docs] });
  const errors = engine.problems.filter(({ level }) => level === 'error');
  expect(errors.map(({ rule_id }) => rule_id)).toEqual(['broken']);
  expect([1, 2].flatMap((second) => engine.take(failed(second)).alerts)).toHaveLength(1);
  expect(() => engine.explainer('broken')).toThrow('There is no rule "broken"');
});
