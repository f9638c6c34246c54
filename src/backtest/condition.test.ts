import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Node, RuleForm, Test } from '../detect/form.ts';
import { buildRuleSet } from '../detect/index/ruleset.ts';
import type { RuleDoc } from '../model/index.ts';
import { type Event, eventTypes } from '../model/index.ts';
import type { EventStore } from '../store/contract.ts';
import { event, start, writeSegment } from '../store/events/conformance.test-suite.ts';
import { openDuckdbStore } from '../store/events/duckdb/store.ts';
import type { EventCondition } from '../store/events/history.ts';
import { always, boundsOf, conditionText } from './condition.ts';

let folder = '';
let store: EventStore;
beforeAll(async () => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), 'phosor-condition-'));
  store = await openDuckdbStore({ folder: path.join(folder, 'events'), maxBytes: 1e9, memoryLimitMb: 96 });
});
afterAll(async () => {
  await store.close();
  fs.rmSync(folder, { recursive: true, force: true });
});

// Few letters, so that things match; those whose folding is special, so that it matters.
const text = fc.string({
  unit: fc.constantFrom(
    'a',
    'A',
    'i',
    'I',
    'İ',
    'ı',
    'k',
    '\u212a',
    's',
    'S',
    'ſ',
    'σ',
    'Σ',
    ' ',
    '1',
    '.',
    '%',
    '_',
    'é',
    '\n',
  ),
  maxLength: 5,
});
const address = fc.constantFrom('192.0.2.1', '192.0.2.77', '2001:DB8::1', '203.0.113.9', 'none');
const paths = ['user', 'message', 'raw', 'host', 'program', 'src_ip', 'protocol', 'event_type', 'source_type'] as const;
const field = fc.oneof(
  fc
    .constantFrom(...paths, 'src_port', 'dst_port', 'tags', 'x', 'logsource.product')
    .map((p) => ({ view: 'event', path: p }) as const),
  fc
    .constantFrom(
      'parsed.event_type',
      'event_type',
      'parsed.src_ip',
      'src_port',
      'parsed.username',
      'message',
      'severity',
      'parsed.x',
    )
    .map((p) => ({ view: 'phosor', path: p }) as const),
);
const value = fc.oneof(text, address, fc.constantFrom('auth.failure', 'auth_fail', 'webhook', '22', '022', 'tcp', ''));
const anyTest: fc.Arbitrary<Test> = fc.oneof(
  fc.record({ op: fc.constantFrom('equals', 'contains', 'startswith', 'endswith'), value, cased: fc.boolean() }),
  fc.record({
    op: fc.constant('glob' as const),
    tokens: fc.array(
      fc.oneof(
        text.filter((t) => t !== ''),
        fc.constantFrom({ any: 'one' as const }, { any: 'many' as const }),
      ),
      { minLength: 1, maxLength: 4 },
    ),
    cased: fc.boolean(),
  }),
  fc.record({
    op: fc.constant('regex' as const),
    source: fc.constantFrom('^a', 'aia|sss', 'ask+i', '(?i)AIS', 'a.*s', '1\\.1', 'iii', ''),
    flags: fc.constantFrom('', 'i'),
    missing: fc.constantFrom('never' as const, 'empty' as const),
  }),
  fc.record({
    op: fc.constant('compare' as const),
    relation: fc.constantFrom('lt', 'lte', 'gt', 'gte'),
    value: fc.constantFrom(0, 22, 22.5, 443),
  }),
  fc.record({ op: fc.constant('cidr' as const), network: fc.constantFrom('192.0.2.0/24', '2001:db8::/32') }),
  fc.record({ op: fc.constant('exists' as const), value: fc.boolean() }),
  fc.constant({ op: 'null' as const }),
  fc.record({
    op: fc.constant('fieldref' as const),
    other: fc.constantFrom('user', 'host').map((path) => ({ view: 'event', path }) as const),
    relation: fc.constant('equals' as const),
    cased: fc.constant(false),
  }),
  fc.record({ op: fc.constant('datepart' as const), part: fc.constant('year' as const), value: fc.constant(2026) }),
);
const { node } = fc.letrec<{ node: Node }>((tie) => ({
  node: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    {
      weight: 5,
      arbitrary: fc.record({ kind: fc.constant('leaf' as const), label: fc.constant('l'), field, test: anyTest }),
    },
    {
      weight: 1,
      arbitrary: fc.record({
        kind: fc.constant('keyword' as const),
        label: fc.constant('k'),
        test: anyTest.filter(({ op }) =>
          ['equals', 'contains', 'startswith', 'endswith', 'glob', 'regex'].includes(op),
        ),
      }),
    },
    {
      weight: 2,
      arbitrary: fc.record({
        kind: fc.constantFrom('and' as const, 'or' as const),
        label: fc.constant('c'),
        children: fc.array(tie('node'), { minLength: 1, maxLength: 3 }),
      }),
    },
    {
      weight: 2,
      arbitrary: fc.record({ kind: fc.constant('not' as const), label: fc.constant('n'), child: tie('node') }),
    },
  ),
}));
const anyEvent = fc.record({
  user: fc.option(text),
  host: fc.option(text),
  program: fc.option(text),
  raw: text,
  message: text,
  src_ip: fc.option(address),
  src_port: fc.option(fc.constantFrom(22, 443)),
  protocol: fc.option(fc.constantFrom('tcp', 'TCP', 'udp')),
  event_type: fc.constantFrom(...(Object.keys(eventTypes) as Event['event_type'][])),
  source_type: fc.constantFrom('syslog' as const, 'webhook' as const),
  format: fc.constantFrom('raw', 'sshd', 'json'),
  fields: fc.dictionary(
    fc.constantFrom('x', 'product', 'event_type', 'src_ip', 'username'),
    fc.oneof(text, fc.constant('auth_fail')),
  ),
  inside: fc.boolean(),
});

const doc: RuleDoc = {
  id: 'any',
  name: 'any',
  description: '',
  type: 'sigma',
  config: { yaml: '' },
  enabled: true,
  severity: 'low',
  origin: 'user',
  author: null,
  created_at: 0,
  updated_at: 0,
};
const ext: RuleForm['ext'] = {
  reset: 'none',
  suppressMs: 0,
  boundary: 'open',
  groupPrefix: null,
  maxGroups: null,
  coveredBy: [],
  message: null,
  response: null,
};

/** The ids of events that the engine matches. */
function matched(one: Node, events: readonly Event[]): string[] {
  const root = { kind: 'detection', name: 'd', title: 'd', node: one, groupBy: [] } as const;
  const form: RuleForm = { id: 'any', title: 'any', severity: 'low', tags: [], root: { ...root, groupBy: null }, ext };
  const rules = buildRuleSet([doc], () => ({ forms: [form], problems: [] }));
  return events.flatMap((each, i) => {
    const out: { event_id: string }[] = [];
    rules.match(each, i, out as never);
    return out.map(({ event_id }) => event_id);
  });
}

test('what the store finds holds all that the engine matches, and the lower bound nothing else', async () => {
  const events = fc.sample(anyEvent, { numRuns: 1500, seed: 42 }).map(({ inside, ...parts }, i) => {
    // A message is a part of the line, as a parser leaves it, or a text of its own.
    const raw = inside ? `x${parts.message}1` : parts.raw;
    return event(i, { ...parts, raw });
  });
  await store.load([writeSegment(folder, 1, events)]);
  const ids = async (where: EventCondition): Promise<Set<string>> => {
    const columns = await store.columns({ from: start - 1, to: start + 1e10, where, columns: [] });
    const { bytes } = columns.texts.id ?? { bytes: new Uint8Array(0) };
    const joined = Buffer.from(bytes).toString();
    return new Set(Array.from({ length: columns.rows }, (_, i) => joined.slice(i * 36, i * 36 + 36)));
  };
  let pushed = 0;
  let exact = 0;
  await fc.assert(
    fc.asyncProperty(node, async (one) => {
      const { upper, lower } = boundsOf(one);
      const wanted = matched(one, events);
      const [most, least] = await Promise.all([ids(upper), ids(lower)]);
      if (upper !== always && JSON.stringify(upper) !== JSON.stringify(always)) pushed += 1;
      if (most.size === least.size) exact += 1;
      const missed = wanted.filter((id) => !most.has(id));
      expect(
        missed.map((id) => events.find((each) => each.id === id)),
        conditionText(upper),
      ).toEqual([]);
      const isMatched = new Set(wanted);
      const tooMany = [...least].filter((id) => !isMatched.has(id));
      expect(
        tooMany.map((id) => events.find((each) => each.id === id)),
        conditionText(lower),
      ).toEqual([]);
    }),
    { numRuns: 300 },
  );
  // The bounds say something for most rules, so that this is no proof about "everything".
  expect(pushed).toBeGreaterThan(75);
  expect(exact).toBeGreaterThan(50);
});
