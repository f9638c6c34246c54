import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Event, Match } from '../../model/index.ts';
import { event, native } from '../fixtures.test-suite.ts';
import type { Extensions, Field, FieldSource, GlobToken, Node, Test } from '../form.ts';
import { naive } from './naive.test-suite.ts';
import { buildRuleSet } from './ruleset.ts';

// Few letters and few fields, so that things match; a kelvin sign and a long s, so that folding matters.
const text = fc.string({
  unit: fc.constantFrom('a', 'b', 'A', 'B', 'k', 'K', 's', 'ſ', ' ', '1', '.', '😀', 'é'),
  maxLength: 6,
});
const path = fc.constantFrom(
  'user',
  'message',
  'raw',
  'x',
  'y',
  'event_type',
  'tags',
  'format',
  'program',
  'logsource.product',
);
/** Where a mapping says that a field is: of its own name, below a prefix, or made of others. */
const source: fc.Arbitrary<FieldSource> = fc.oneof(
  fc.constantFrom('x', 'y', 'user', 'z.x', 'mapped'),
  fc.constantFrom<FieldSource>(
    { any: ['x', 'user'] },
    { join: ['x', 'user'], with: '1' },
    { program: 'message' },
    { extension: 'message' },
    { of: 'x', table: { a: 'b', ab: ['a', 'k'] } },
  ),
);
const mapped: fc.Arbitrary<Field> = fc.record({
  view: fc.constant('event' as const),
  path: fc.constantFrom('mapped', 'x', 'z.x'),
  from: fc.record({
    prefixes: fc.constantFrom<string[]>([], ['z'], ['*'], ['z', 'z.w']),
    sources: fc.array(source, { maxLength: 3 }),
  }),
});
const field: fc.Arbitrary<Field> = fc.oneof(
  { weight: 4, arbitrary: path.map((p) => ({ view: 'event', path: p }) as const) },
  { weight: 1, arbitrary: mapped },
);
const regexes = fc.constantFrom(
  'a+b',
  '^a',
  'b$',
  '(a|b)b',
  '[ab]1',
  'aab|bba',
  'aaa.*b',
  'k',
  'kaskk?',
  '(?i)AbA',
  'a{0}bab',
  '\\.',
  'abab?',
  '',
);

const textTest: fc.Arbitrary<Test> = fc.oneof(
  fc.record({
    op: fc.constantFrom('equals', 'contains', 'startswith', 'endswith'),
    value: fc.oneof(text, fc.constantFrom('auth.failure', 'message', 'sshd', 'raw')),
    cased: fc.boolean(),
  }),
  fc.record({
    op: fc.constant('glob' as const),
    tokens: fc.array(
      fc.oneof(
        text.filter((t) => t !== ''),
        fc.constantFrom<GlobToken>({ any: 'one' }, { any: 'many' }),
      ),
      { maxLength: 5 },
    ),
    cased: fc.boolean(),
  }),
  fc.record({
    op: fc.constant('regex' as const),
    source: regexes,
    flags: fc.constantFrom('', 'i'),
    missing: fc.constantFrom('never' as const, 'empty' as const),
  }),
);
const otherTest: fc.Arbitrary<Test> = fc.oneof(
  fc.record({ op: fc.constant('exists' as const), value: fc.boolean() }),
  fc.constant({ op: 'null' as const }),
  fc.record({
    op: fc.constant('compare' as const),
    relation: fc.constantFrom('lt', 'lte', 'gt', 'gte'),
    value: fc.integer({ min: 0, max: 3 }),
  }),
  fc.record({
    op: fc.constant('fieldref' as const),
    other: fc.oneof(
      fc.constantFrom('x', 'user').map((p) => ({ view: 'event', path: p }) as const),
      mapped,
    ),
    relation: fc.constant('equals' as const),
    cased: fc.constant(false),
  }),
);
const leaf: fc.Arbitrary<Node> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({ kind: fc.constant('leaf' as const), label: fc.constant('l'), field, test: textTest }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ kind: fc.constant('leaf' as const), label: fc.constant('l'), field, test: otherTest }),
  },
  {
    weight: 1,
    arbitrary: text.map(
      (value): Node => ({ kind: 'keyword', label: '', test: { op: 'contains', value, cased: false } }),
    ),
  },
);
const { node } = fc.letrec<{ node: Node }>((tie) => ({
  node: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    leaf,
    fc.record({
      kind: fc.constantFrom('and' as const, 'or' as const),
      label: fc.constant('c'),
      children: fc.array(tie('node'), { minLength: 1, maxLength: 4 }),
    }),
    fc.record({ kind: fc.constant('not' as const), label: fc.constant('n'), child: tie('node') }),
  ),
}));
const scalar = fc.oneof(text, fc.integer({ min: 0, max: 4 }), fc.constant(null), fc.boolean());
const anyEvent = fc
  .record({
    user: fc.option(text),
    message: text,
    raw: text,
    event_type: fc.constantFrom('auth.failure' as const, 'message' as const),
    tags: fc.array(text, { maxLength: 2 }),
    format: fc.constantFrom('raw', 'sshd'),
    program: fc.option(fc.oneof(text, fc.constant('sshd'))),
    fields: fc.dictionary(
      fc.constantFrom('x', 'y', 'product', 'mapped', 'z'),
      fc.oneof(
        scalar,
        fc.array(scalar, { maxLength: 3 }),
        fc.dictionary(fc.constantFrom('x', 'mapped', 'w'), fc.oneof(scalar, fc.dictionary(fc.constant('x'), scalar))),
      ),
    ),
  })
  .map((parts) => event(parts));

const ext: Extensions = {
  reset: 'none',
  suppressMs: 0,
  boundary: 'open',
  groupPrefix: null,
  maxGroups: null,
  coveredBy: [],
  response: null,
  message: null,
};

/** A rule set whose rules are these nodes, by their place. */
function rulesOf(nodes: readonly Node[]) {
  const docs = nodes.map((_, i) => native('pattern', { field: 'raw', regex: 'x' }, { id: String(i) }));
  return buildRuleSet(docs, (doc) => {
    const root = {
      kind: 'detection',
      name: 'd',
      title: 'd',
      node: nodes[Number(doc.id)] as Node,
      groupBy: null,
    } as const;
    return { forms: [{ id: doc.id, title: 't', severity: 'low', tags: [], root, ext }], problems: [] };
  });
}

function expectTheSame(nodes: readonly Node[], events: readonly Event[]): void {
  const rules = rulesOf(nodes);
  for (const one of events) {
    const found: Match[] = [];
    rules.match(one, 1, found);
    const expected = nodes.flatMap((n, i) => (naive(n, one) ? [String(i)] : []));
    expect(found.map((match) => match.rule_id).sort()).toEqual(expected.sort());
  }
}

test('the index finds what the naive evaluator finds, no more and no less', () => {
  fc.assert(
    fc.property(
      fc.array(node, { minLength: 1, maxLength: 25 }),
      fc.array(anyEvent, { minLength: 1, maxLength: 10 }),
      expectTheSame,
    ),
    { numRuns: 1500 },
  );
});

test('so it does with so many rules that all kinds of events share the tables of a field', () => {
  fc.assert(
    fc.property(
      fc.array(node, { minLength: 700, maxLength: 800 }),
      fc.array(anyEvent, { minLength: 10, maxLength: 20 }),
      expectTheSame,
    ),
    // Shrinking thousands of rules would never end.
    { numRuns: 15, endOnFailure: true },
  );
});
