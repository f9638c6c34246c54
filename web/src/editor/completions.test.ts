import { expect, test } from 'vitest';
import { checkRule, loadSigmaYaml } from '../../../src/engine.ts';
import { playbookActions, playbookTriggers } from '../../../src/model/playbook.ts';
import { playbookJsonSchema } from '../../../src/respond/playbooks/schema.ts';
import type { JsonSchema } from '../api/trial.ts';
import { helpAt, type Knowledge, offersAt, yamlValue } from './completions.ts';
import { schemaAt } from './schema.ts';
import { modifiers } from './words.ts';

const schema: JsonSchema = {
  anyOf: [{ $ref: '#/$defs/detection' }, { $ref: '#/$defs/correlation' }],
  $defs: {
    detection: {
      type: 'object',
      properties: {
        title: { type: 'string', description: 'One line.' },
        level: { enum: ['low', 'high'], description: 'How bad.' },
        logsource: {
          type: 'object',
          description: 'Which log.',
          properties: { product: { type: 'string', examples: ['linux'] }, service: { type: 'string' } },
        },
        tags: { type: 'array', items: { type: 'string', examples: ['attack.t1110'] } },
      },
    },
    correlation: {
      type: 'object',
      properties: {
        title: { type: 'string' },
        correlation: { type: 'object', properties: { type: { enum: ['event_count', 'temporal'] } } },
      },
    },
  },
};
const fields = [
  { name: 'src_ip', type: 'text', examples: ['203.0.113.9'] },
  { name: 'user', type: 'text', examples: ['alice', '<img src=x>', 'a*b', 'right\u202eleft'] },
];
const knowledge: Knowledge = { schema, fields };

/** `▮` is the cursor. What is offered, and what it would replace. */
const at = (marked: string, known = knowledge) => {
  const offset = marked.indexOf('▮');
  const text = marked.replace('▮', '');
  const found = offersAt(text, offset, known);
  return found && { typed: text.slice(found.from, offset), labels: found.offers.map(({ label }) => label), found };
};

test('keys of the kinds of document, those that are there left out', () => {
  const found = at('title: x\nl▮');
  expect(found?.typed).toBe('l');
  expect(found?.labels).toEqual(['level', 'logsource', 'tags', 'correlation']);
  expect(found?.found.offers.find(({ label }) => label === 'logsource')?.insert).toBe('logsource:\n  ');
  expect(found?.found.offers.find(({ label }) => label === 'tags')?.insert).toBe('tags:\n  - ');
  expect(found?.found.offers.find(({ label }) => label === 'level')).toMatchObject({
    insert: 'level: ',
    note: 'How bad.',
  });
});

test('nested keys and values of the schema, also on one line', () => {
  expect(at('logsource:\n  ▮')?.labels).toEqual(['product', 'service']);
  expect(at('logsource:\n  product: li▮')).toMatchObject({ typed: 'li', labels: ['linux'] });
  expect(at('logsource: { product: ▮')?.labels).toEqual(['linux']);
  expect(at('level: ▮')?.labels).toEqual(['low', 'high']);
  expect(at('tags:\n  - att▮')).toMatchObject({ typed: 'att', labels: ['attack.t1110'] });
  expect(at('correlation:\n  type: ▮')?.labels).toEqual(['event_count', 'temporal']);
});

test('fields in a selection, modifiers after the bar, values that were seen', () => {
  expect(at('detection:\n  sel:\n    us▮')).toMatchObject({ typed: 'us', labels: ['src_ip', 'user'] });
  expect(at('detection:\n  sel:\n    user|con▮')?.typed).toBe('con');
  const bar = at('detection:\n  sel:\n    user|re|▮')?.labels;
  expect(bar).toContain('i');
  expect(bar).not.toContain('re');
  expect(at('detection:\n  sel:\n    user|▮')?.labels).not.toContain('i');
  const values = at('detection:\n  sel:\n    user: ▮')?.found.offers;
  expect(values?.map(({ label }) => label)).toEqual(['alice', '<img src=x>', 'a*b', 'rightU+202Eleft']);
  expect(values?.map(({ insert }) => insert)).toEqual(['alice', "'<img src=x>'", "'a\\*b'", "'right\u202eleft'"]);
  expect(at('detection:\n  sel:\n    event_type: ▮')?.labels).toContain('auth.failure');
  expect(at('detection:\n  sel:\n    user|contains:\n      - ▮')?.labels).toContain('alice');
  expect(at('correlation:\n  group-by: [▮')?.labels).toEqual(['src_ip', 'user']);
});

test('a condition is made of the names of this document’s selections', () => {
  const found = at('detection:\n  sel:\n    user: a\n  no:\n    user: b\n  condition: sel and ▮');
  expect(found?.typed).toBe('');
  expect(found?.labels.slice(0, 3)).toEqual(['sel', 'no', 'and']);
});

test('a correlation refers to the rules of its file', () => {
  expect(at('name: base\n---\ncorrelation:\n  rules:\n    - ▮')?.labels).toEqual(['base']);
});

test('without a schema the fields are offered all the same', () => {
  const blind = { schema: null, fields };
  expect(at('le▮', blind)?.labels).toEqual([]);
  expect(at('detection:\n  sel:\n    ▮', blind)?.labels).toEqual(['src_ip', 'user']);
});

test('help for keys, fields, modifiers and words of Phosor', () => {
  const help = (marked: string) => helpAt(marked.replace('▮', ''), marked.indexOf('▮'), knowledge);
  expect(help('lev▮el: low')).toMatchObject({ title: 'level', note: 'How bad.', from: 0, to: 5 });
  expect(help('detection:\n  sel:\n    us▮er|contains: x')).toMatchObject({ title: 'user', note: 'text' });
  expect(help('detection:\n  sel:\n    user|con▮tains: x')?.title).toBe('|contains');
  expect(help('detection:\n  sel:\n    event_type: auth.fai▮lure')?.note).toMatch(/refused/);
  expect(help('# no▮thing')).toBeNull();
});

test('a schema that refers to itself ends', () => {
  const loop: JsonSchema = { $ref: '#/$defs/a', $defs: { a: { anyOf: [{ $ref: '#/$defs/a' }, { type: 'string' }] } } };
  expect(schemaAt(loop, []).some(({ type }) => type === 'string')).toBe(true);
});

test.each([
  ['alice', 'alice'],
  ['a: b', "'a: b'"],
  ['- a', "'- a'"],
  ['true', "'true'"],
  ["it's", "'it''s'"],
  ['C:\\Windows', "'C:\\Windows'"],
  ['a\\*', "'a\\\\\\*'"],
  ['22', '22'],
  ['007', "'007'"],
  ['a\nb', '"a\\nb"'],
  ['tail #x', "'tail #x'"],
])('%j is written so that it means itself', (value, expected) => {
  expect(yamlValue(value)).toBe(expected);
});

test('every modifier that is offered is one that the compiler takes', () => {
  for (const name of Object.keys(modifiers)) {
    const value = { cidr: '192.0.2.0/24', exists: 'true', fieldref: 'host', expand: '"%names%"' }[name] ?? '5';
    const whole = { i: 're|i', m: 're|m', s: 're|s', wide: 'wide|base64offset|contains' }[name] ?? name;
    const list = name === 'all' ? `contains|all: [a, b]` : `${whole}: ${value}`;
    const yaml = `title: x\nlogsource: { product: linux }\ndetection:\n  sel:\n    user|${list}\n  condition: sel\n`;
    const { docs, problems } = loadSigmaYaml(yaml, { origin: 'user', fileName: 'x.yml' });
    const messages = [...problems, ...docs.flatMap((doc) => checkRule(doc))].map(({ message }) => message);
    expect(
      messages.filter((message) => /modifier/i.test(message) && /not known|unknown/i.test(message)),
      name,
    ).toEqual([]);
  }
});

test('a playbook is completed by its own schema: keys, triggers, steps, times, and rules by name', () => {
  const known: Knowledge = {
    schema: playbookJsonSchema() as JsonSchema,
    fields: [],
    values: { 'trigger.rules': [{ label: 'SSH brute force', insert: 'dd6115e9 # SSH brute force', note: 'dd6115e9' }] },
  };
  const labels = (marked: string) => {
    const text = marked.replace('▮', '');
    return offersAt(text, marked.indexOf('▮'), known)?.offers.map(({ label }) => label) ?? [];
  };
  expect(labels('id: x\n▮')).toEqual(expect.arrayContaining(['name', 'trigger', 'when', 'limits', 'steps']));
  expect(labels('trigger:\n  on: ▮')).toEqual(expect.arrayContaining([...playbookTriggers]));
  expect(labels('trigger:\n  rules: ▮')).toContain('SSH brute force');
  expect(labels('trigger:\n  rules:\n    - ▮')).toContain('SSH brute force');
  expect(labels('steps:\n  - do: ▮')).toEqual(expect.arrayContaining([...playbookActions]));
  expect(labels('steps:\n  - do: block\n    ▮')).toEqual(expect.arrayContaining(['for', 'target', 'approval']));
  expect(labels('steps:\n  - do: block\n    for: ▮')).toContain('24h');
  expect(labels('steps:\n  - do: block\n    approval: ▮')).toEqual(['required', 'none']);
});
