import fc from 'fast-check';
import { expect, test } from 'vitest';
import { newEvent } from '../../model/index.ts';
import { parseQuery, queryTest, ruleYaml, toDetection } from '../../model/query/index.ts';
import { compileRules, loadSigmaYaml } from '../index.ts';

/** Rules made from searches must fire on exactly what the search finds. */
function fires(query: string): (event: ReturnType<typeof newEvent>) => boolean {
  const parsed = parseQuery(query);
  if (!parsed.ok) throw new Error(`${query}: ${parsed.errors[0]?.message}`);
  const detection = toDetection(parsed.query);
  if (detection === null) throw new Error(`${query} is everything`);
  const yaml = ruleYaml({ title: 'From a search', level: 'high', query, count: null }, detection);
  const { docs, problems } = loadSigmaYaml(yaml, { origin: 'user', fileName: '' });
  expect(
    problems.filter(({ level }) => level === 'error'),
    yaml,
  ).toEqual([]);
  const rules = compileRules(docs);
  expect(
    rules.problems.filter(({ level }) => level === 'error'),
    yaml,
  ).toEqual([]);
  return (event) => {
    const found: Parameters<typeof rules.match>[2] = [];
    rules.match(event, 1, found);
    return found.length > 0;
  };
}

const origin = { source: 'syslog_192.0.2.1', source_type: 'syslog', peer: null, hint: null, identity: '' } as const;

const words = [
  'root',
  'Admin',
  'a*b',
  'a?b',
  'a\\b',
  'x y',
  'yes',
  '22',
  '203.0.113.7',
  'it"s',
  "it's",
  '%x%',
  '#1',
  'é',
];
const event = fc
  .record({
    user: fc.option(fc.constantFrom(...words)),
    host: fc.option(fc.constantFrom('web1', 'web2')),
    src_ip: fc.option(fc.constantFrom('203.0.113.7', '203.0.113.99', '2001:db8::1')),
    dst_port: fc.option(fc.constantFrom(22, 80, 443)),
    severity: fc.constantFrom('info' as const, 'medium' as const, 'critical' as const),
    raw: fc.array(fc.constantFrom(...words), { maxLength: 4 }).map((parts) => parts.join(' ')),
    tags: fc.subarray(['one', 'two']),
    fields: fc.record({ exe: fc.constantFrom(...words, ''), count: fc.nat(5) }, { requiredKeys: [] }),
  })
  .map((some) => ({ ...newEvent(origin, 0, some.raw), ...some }));

const term = fc.constantFrom(
  ...words.map((word) => JSON.stringify(word)),
  ...words.map((word) => `user:${JSON.stringify(word)}`),
  ...words.map((word) => `exe:${JSON.stringify(word)}`),
  'user:(root OR admin)',
  'user:r*t',
  'user:*o*',
  'user:a\\**',
  'a*b',
  'user:*',
  'exe:*',
  'src_ip:203.0.113.0/25',
  'src_ip:2001:db8::/32',
  'dst_port:22',
  'dst_port>=80',
  'dst_port:*',
  'count>2',
  'count:3',
  'severity>=medium',
  'severity<info',
  'tags:two',
  'host:web1',
  '*',
);
const query = fc
  .letrec<{ query: string }>((tie) => ({
    query: fc.oneof(
      { maxDepth: 3 },
      { arbitrary: term, weight: 3 },
      { arbitrary: fc.array(tie('query'), { minLength: 2, maxLength: 3 }).map((of) => `(${of.join(' ')})`), weight: 2 },
      {
        arbitrary: fc.array(tie('query'), { minLength: 2, maxLength: 3 }).map((of) => `(${of.join(' OR ')})`),
        weight: 2,
      },
      { arbitrary: tie('query').map((of) => `NOT ${of}`), weight: 1 },
    ),
  }))
  .query.filter((text) => {
    const parsed = parseQuery(text);
    return parsed.ok && toDetection(parsed.query) !== null;
  });

test('a rule made from a search fires on what the search finds, and on nothing else', () => {
  fc.assert(
    fc.property(query, fc.array(event, { minLength: 5, maxLength: 20 }), (text, events) => {
      const parsed = parseQuery(text);
      if (!parsed.ok) return;
      const finds = queryTest(parsed.query);
      const rule = fires(text);
      for (const one of events) expect(rule(one), `${text} on ${JSON.stringify(one)}`).toBe(finds(one));
    }),
    { numRuns: 120 },
  );
});

test('it reads like a rule that a person wrote', () => {
  const text = 'user:(root OR admin) src_ip:203.0.113.0/24 "Failed password" -host:web1 severity>=high';
  const parsed = parseQuery(text);
  if (!parsed.ok) throw new Error('unreadable');
  const detection = toDetection(parsed.query);
  if (detection === null) throw new Error('everything');
  const yaml = ruleYaml(
    { title: 'Failed root logins', level: 'high', query: text, count: { least: 5, minutes: 10, by: 'src_ip' } },
    detection,
  );
  expect(yaml).toBe(`title: "Failed root logins"
status: experimental
description: "Made from the search user:(root OR admin) src_ip:203.0.113.0/24 \\"Failed password\\" -host:web1 severity>=high"
level: high
correlation:
  type: event_count
  rules:
    - found
  group-by:
    - src_ip
  timespan: 10m
  condition:
    gte: 5
---
title: "Failed root logins: one event"
name: found
logsource:
  product: any
detection:
  selection:
    src_ip|cidr: "203.0.113.0/24"
    severity:
      - high
      - critical
    raw|contains: "Failed password"
  selection_2:
    user:
      - root
      - admin
  filter:
    host: web1
  condition: selection and selection_2 and not filter
`);
  const { problems } = loadSigmaYaml(yaml, { origin: 'user', fileName: '' });
  expect(problems.filter(({ level }) => level === 'error')).toEqual([]);
});
