/**
 * Names of Sigma's log sources mean the same wherever a rule may write one: in a selection, behind `fieldref`, in
 * `group-by`, aliases and a condition's field, in `phosor:`, and in the filters and exceptions that are joined to it.
 */
import { describe, expect, test } from 'vitest';
import { columnsFor } from '../src/backtest/columns.ts';
import { naive } from '../src/detect/index/naive.test-suite.ts';
import { engineRules } from '../src/detect/index/ruleset.ts';
import {
  compileRules,
  createCorrelator,
  createExplainer,
  exceptionFilter,
  loadSigmaYaml,
} from '../src/detect/index.ts';
import type { Alert, Event, Match, RuleDoc, SourceInfo } from '../src/model/index.ts';
import { parseRecord } from '../src/parse/index.ts';

const origin: SourceInfo = { source: 'file_x', source_type: 'file', peer: null, hint: null, identity: '' };
const context = { zoneMinutesAt: () => 0, year: 2026, live: false };
const id = '2d1a1c5e-0000-4000-8000-00000000000a';

function eventsOf(lines: readonly string[]): Event[] {
  return lines.map((body, seq) => {
    const received_at = Date.UTC(2026, 10, 21, 3, 0, seq);
    return { ...parseRecord({ seq, origin, received_at, body, position: seq }, context), id: `event-${seq}` };
  });
}

function docsOf(...texts: string[]): RuleDoc[] {
  return texts.flatMap((text, i) => {
    const { docs, problems } = loadSigmaYaml(text, { origin: 'user', fileName: `${i}.yml` });
    expect(problems.filter(({ level }) => level === 'error')).toEqual([]);
    return docs;
  });
}

/** The alerts of some rules over some lines; what matches is what the naive evaluator says. */
function alertsOf(docs: readonly RuleDoc[], lines: readonly string[]): Alert[] {
  const rules = compileRules(docs);
  expect(rules.problems).toEqual([]);
  const correlator = createCorrelator(rules, { maxGroupsPerRule: 100, latenessMs: 60_000, finalOnly: false });
  return eventsOf(lines).flatMap((event, seq) => {
    const matches: Match[] = [];
    rules.match(event, seq, matches);
    for (const { part, id: unit } of engineRules(rules).units.values()) {
      if (part.kind !== 'detection') continue;
      expect(matches.some(({ rule_id }) => rule_id === unit)).toBe(naive(part.node, event));
    }
    return correlator.observe(matches).flatMap(({ type, alert }) => (type === 'alert' ? [alert] : []));
  });
}

const request = (client: string, target: string, referer = '-', user = '-') =>
  `${client} - ${user} [21/Nov/2026:03:00:01 +0000] "GET ${target} HTTP/1.1" 200 512 "${referer}" "curl/8.5.0"`;
const blocked = (from: string, to: string, port: number) =>
  `Nov 21 03:00:00 fw01 kernel: [UFW BLOCK] IN=eth0 OUT= MAC=52:54:00:12:34:56 SRC=${from} DST=${to} LEN=60 TTL=51 PROTO=TCP SPT=50000 DPT=${port} WINDOW=64240 RES=0x00 SYN URGP=0`;

const web = (selection: string, more = '') =>
  `title: A request\nid: ${id}\nname: request\nlogsource: { category: webserver }\ndetection: { s: ${selection}, condition: s }\n${more}`;
const connection = `title: A connection\nname: connection\nlogsource: { category: network_connection, product: linux }\ndetection: { s: { Initiated|exists: false }, condition: s }\n`;
const counting = (correlation: string, ...parts: string[]) =>
  [`title: Many\nid: ${id.replace(/.$/, 'b')}\ncorrelation: { timespan: 5m, ${correlation} }\n`, ...parts].join(
    '---\n',
  );

describe('group-by, aliases and the field of a condition', () => {
  test('a public name groups by where the event has it', () => {
    const rule = counting(
      'type: event_count, rules: [request], group-by: [c-ip], condition: { gte: 2 }',
      web('{ cs-method: GET }'),
    );
    const lines = ['198.51.100.7', '198.51.100.8', '198.51.100.7'].map((client) => request(client, '/'));
    expect(alertsOf(docsOf(rule), lines).map(({ group }) => group)).toEqual([{ 'c-ip': '198.51.100.7' }]);
  });

  test('the values that are counted, and rules of two log sources that call an address otherwise', () => {
    const values = counting(
      'type: value_count, rules: [connection], group-by: [SourceIp], condition: { field: DestinationPort, gte: 3 }',
      connection,
    );
    const scan = [22, 23, 22, 80].map((port) => blocked('203.0.113.9', '192.0.2.10', port));
    expect(alertsOf(docsOf(values), scan)).toMatchObject([
      { group: { SourceIp: '203.0.113.9' }, explain: { correlation: { observed: 3, values: ['22', '23', '80'] } } },
    ]);
    const both = counting(
      'type: temporal_ordered, rules: [connection, request], group-by: [client], aliases: { client: { connection: SourceIp, request: c-ip } }',
      connection,
      web('{ cs-method: GET }'),
    );
    const lines = [blocked('203.0.113.9', '192.0.2.10', 23), request('203.0.113.8', '/'), request('203.0.113.9', '/')];
    expect(alertsOf(docsOf(both), lines).map(({ group }) => group)).toEqual([{ client: '203.0.113.9' }]);
  });
});

describe('fieldref', () => {
  const lines = [
    request('198.51.100.7', '/a', '198.51.100.7'),
    request('198.51.100.7', '/a', '198.51.100.8'),
    request('198.51.100.7', '/ann', '-', 'ann'),
  ];
  const fired = (selection: string) => alertsOf(docsOf(web(selection)), lines).flatMap(({ events }) => events);

  test('both sides are names of the log source', () => {
    expect(fired('{ cs-referer|fieldref: c-ip }').map(({ raw }) => raw)).toEqual([lines[0]]);
    expect(fired('{ cs-uri-stem|fieldref|endswith: cs-username }').map(({ raw }) => raw)).toEqual([lines[2]]);
    expect(fired('{ c-ip|fieldref: src_ip }')).not.toHaveLength(0);
  });

  test('what would have had to differ names the other field as the rule does', () => {
    const rules = compileRules(docsOf(web('{ cs-referer|fieldref: c-ip }')));
    const [, event] = eventsOf(lines);
    const { steps } = createExplainer(rules, id).explain(event as Event, 1);
    expect(steps[0]?.differ).toEqual(['cs-referer was “198.51.100.8”, the rule wants the value of c-ip']);
  });

  test('a backtest reads the columns of both sides', () => {
    const [unit] = engineRules(compileRules(docsOf(web('{ cs-referer|fieldref: c-ip }')))).units.values();
    expect(columnsFor(unit === undefined ? [] : [unit.form]).columns).toEqual(
      expect.arrayContaining(['src_ip', 'fields']),
    );
    const other = web('{ sc-status: 200 }', "phosor: { group_by: [c-ip], message: '{cs-username} came' }\n");
    const [grouped] = engineRules(compileRules(docsOf(other))).units.values();
    expect(columnsFor(grouped === undefined ? [] : [grouped.form]).columns).toEqual(
      expect.arrayContaining(['src_ip', 'user']),
    );
  });
});

describe('filters and exceptions', () => {
  const filter = (logsource: string, selection: string, condition = 'not selection') =>
    `title: Ours\nlogsource: ${logsource}\nfilter:\n  rules: any\n  selection: ${selection}\n  condition: ${condition}\n`;
  const lines = ['198.51.100.7', '198.51.100.8'].map((client) => request(client, `/${client}`));

  test.each([
    ['its own log source', '{ category: webserver }'],
    ['any', '{ product: any }'],
  ])('read names as the rule does that they are for: %s', (_, logsource) => {
    const alerts = alertsOf(docsOf(web('{ cs-method: GET }'), filter(logsource, '{ c-ip: 198.51.100.7 }')), lines);
    expect(alerts.map(({ group }) => group)).toEqual([{ src_ip: '198.51.100.8' }]);
  });

  test('one filter, rules of two log sources: each by its own names', () => {
    const rules = docsOf(
      web('{ cs-method: GET }'),
      `id: ${id.replace(/.$/, 'c')}\n${connection}`,
      filter('{ product: any }', '{ SourceIp: 203.0.113.9 }'),
      filter('{ product: any }', '{ c-ip|fieldref: cs-username }'),
    );
    const seen = [...lines, request('198.51.100.9', '/', '-', '198.51.100.9'), blocked('203.0.113.9', '192.0.2.1', 22)];
    expect(alertsOf(rules, [...seen, blocked('203.0.113.8', '192.0.2.1', 22)]).map(({ group }) => group)).toEqual([
      { src_ip: '198.51.100.7' },
      { src_ip: '198.51.100.8' },
      { src_ip: '203.0.113.8' },
    ]);
  });

  test('an exception takes the names that an alert of the rule shows', () => {
    const rule = counting(
      'type: event_count, rules: [request], group-by: [c-ip], condition: { gte: 1 }',
      web('{ cs-method: GET }'),
    );
    const [doc] = docsOf(rule) as [RuleDoc];
    const [first] = alertsOf([doc], lines);
    const except = exceptionFilter({ id: 'e1', name: 'x', rule_id: doc.id, selection: first?.group ?? {} });
    expect(alertsOf([doc, except], lines).map(({ group }) => group)).toEqual([{ 'c-ip': '198.51.100.8' }]);
  });
});

test('`phosor:` groups by mapped names and tells their values', () => {
  const rule = web(
    '{ cs-method: GET }',
    "phosor: { group_by: [cs-uri-stem], message: '{c-ip} asked for {cs-uri-stem}' }\n",
  );
  const lines = ['/a', '/b', '/a'].map((target) => request('198.51.100.7', target));
  expect(alertsOf(docsOf(rule), lines).map(({ group, message }) => [group, message])).toEqual([
    [{ 'cs-uri-stem': '/a' }, '198.51.100.7 asked for /a'],
    [{ 'cs-uri-stem': '/b' }, '198.51.100.7 asked for /b'],
  ]);
});
