/**
 * Sigma as its makers have it: the specification's own documents and schemas, a sample of the public rules, and recorded
 * events with the rule that must fire.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { Ajv2020 } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import { describe, expect, it } from 'vitest';
import { parse, stringify } from 'yaml';
import { naive } from '../../src/detect/index/naive.test-suite.ts';
import { engineRules } from '../../src/detect/index/ruleset.ts';
import { compileRules, linkProblems, loadSigmaYaml } from '../../src/detect/index.ts';
import { type Event, type FieldValue, type Match, newEvent, type RuleDoc } from '../../src/model/index.ts';
import { report, share } from './shared.ts';

const folder = join(import.meta.dirname, '../../../shared/corpora');
const files = (root: string): string[] =>
  readdirSync(join(folder, root), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.yml'))
    .map((name) => join(folder, root, name))
    .sort();
const read = (path: string) => {
  const text = readFileSync(path, 'utf8');
  return { text, ...loadSigmaYaml(text, { origin: 'imported', fileName: relative(folder, path) }) };
};

/** An event of fields as a sender of JSON has them. */
function eventOf(fields: Record<string, FieldValue>, id: number): Event {
  const raw = JSON.stringify(fields);
  const origin = { source: 'corpus', source_type: 'webhook', peer: null, hint: null, identity: '' } as const;
  return { ...newEvent(origin, 0, raw), id: String(id), format: 'json', event_type: 'app.event', fields };
}

interface Case {
  id: string;
  rule_id: string;
  rule: { title: string; logsource: Record<string, string> };
  events_flat: Record<string, FieldValue>[];
}

const cases = readFileSync(join(folder, 'sigma-regression.jsonl'), 'utf8')
  .split('\n')
  .filter((line) => line !== '')
  .map((line) => JSON.parse(line) as Case);
const publicRules = files('sigma-rules').map((path) => ({ path, ...read(path) }));

describe('the documents of the specification', () => {
  const ajv = new Ajv2020({ strict: false });
  addFormats.default(ajv);
  const schema = (name: string) =>
    ajv.compile(JSON.parse(readFileSync(join(folder, 'sigma-spec-tests/json-schema', name), 'utf8')));
  const schemas = {
    correlation: schema('sigma-correlation-rules-schema.json'),
    filter: schema('sigma-filters-schema.json'),
    rules: schema('sigma-detection-rule-schema.json'),
  };

  it.each(files('sigma-spec-tests').map((path) => [relative(folder, path), path]))('%s', (_, path) => {
    const kind = (['correlation', 'filter', 'rules'] as const).find((one) => path.includes(`schema/${one}/`));
    const { text, docs, problems } = read(path);
    expect(problems.filter(({ level }) => level === 'error')).toEqual([]);
    expect(docs).toHaveLength(1);
    // It comes back as it was written, and what it says is still valid.
    const { yaml } = (docs[0] as RuleDoc).config as { yaml: string };
    expect(yaml).toBe(text);
    const validate = schemas[kind as keyof typeof schemas];
    expect(validate(parse(yaml)), ajv.errorsText(validate.errors)).toBe(true);
    expect(parse(stringify(parse(yaml)))).toEqual(parse(text));
  });

  it('refer to each other and to detections of the names that they give', () => {
    const docs = files('sigma-spec-tests').flatMap((path) => read(path).docs);
    const texts = docs.map(({ config }) => (config as { yaml: string }).yaml);
    const names = new Set(
      texts.flatMap((text) => {
        const { correlation, filter } = parse(text) as {
          correlation?: { rules: string[] };
          filter?: { rules: string[] };
        };
        return correlation?.rules ?? filter?.rules ?? [];
      }),
    );
    const named = [...names].flatMap((name) => {
      const key = /^[\da-f-]{36}$/.test(name) ? 'id' : 'name';
      const yaml = `title: ${name}\n${key}: ${name}\nlogsource: { product: windows, category: process_creation, service: dns }\ndetection: { s: { a: x }, condition: s }\n`;
      return loadSigmaYaml(yaml, { origin: 'user', fileName: `${name}.yml` }).docs;
    });
    const unique = new Map([...docs, ...named].map((doc) => [doc.id, doc]));
    const { problems } = compileRules([...unique.values()]);
    expect(problems.filter(({ level }) => level === 'error')).toEqual([]);
  });
});

describe('public rules', () => {
  it('load, each of them', () => {
    const refused = publicRules.flatMap(({ path, problems }) =>
      problems.flatMap(({ level, message, line }) => (level === 'error' ? [`${path}:${line} ${message}`] : [])),
    );
    const loaded = publicRules.filter(({ docs }) => docs.length > 0);
    report([`public rules that load: ${share(loaded.length, publicRules.length)}`, ...refused]);
    expect(refused).toEqual([]);
    const problems = linkProblems(publicRules.flatMap(({ docs }) => docs));
    expect(problems).toEqual([]);
  });
});

describe('recorded events', () => {
  const docs = cases.map(({ rule }, i): RuleDoc => {
    const { docs, problems } = loadSigmaYaml(stringify(rule), { origin: 'imported', fileName: `${i}.yml` });
    const [doc] = docs;
    if (!doc) throw new Error(problems.map(({ message }) => message).join());
    return { ...doc, enabled: true };
  });
  // As their senders would declare it; without, the rule matches what nothing speaks against.
  const events = cases.map(({ rule: { logsource }, events_flat }) =>
    events_flat.map((fields, i) => eventOf({ ...fields, logsource: { ...logsource } }, i)),
  );

  it('each fire their rule at least once', () => {
    const silent = cases.flatMap((one, i) => {
      const rules = compileRules([docs[i] as RuleDoc]);
      const out: Match[] = [];
      for (const event of events[i] ?? []) rules.match(event, 1, out);
      return out.length > 0 ? [] : [`${one.id} ${one.rule.title}`];
    });
    report([`recorded cases that fire: ${share(cases.length - silent.length, cases.length)}`, ...silent]);
    expect(silent).toEqual([]);
  });

  it('and all rules on all events: the index finds what the naive evaluator finds', () => {
    const all = new Map([...publicRules.flatMap((one) => one.docs), ...docs].map((doc) => [doc.id, doc]));
    const rules = engineRules(compileRules([...all.values()].map((doc) => ({ ...doc, enabled: true }))));
    const lanes = ['raw_windows', 'structured_windows', 'cisco_syslog', 'sysmon_file_event'].flatMap((name) =>
      readFileSync(join(folder, 'lanes', `${name}.ndjson`), 'utf8')
        .split('\n')
        .filter((line) => line !== '')
        .slice(0, 100)
        .map((line) => JSON.parse(line) as Record<string, FieldValue>),
    );
    const plain = cases.flatMap(({ events_flat }) => events_flat);
    const every = [...events.flat(), ...[...lanes, ...plain].map(eventOf)];
    let matches = 0;
    for (const event of every) {
      const out: Match[] = [];
      rules.match(event, 1, out);
      const expected = [...rules.units.values()].filter(
        ({ part }) => part.kind === 'detection' && naive(part.node, event),
      );
      matches += out.length;
      expect(out.map(({ rule_id }) => rule_id).sort()).toEqual(expected.map(({ id }) => id).sort());
    }
    report([`${all.size} rules on ${every.length} events: ${matches} matches, indexed and naive`]);
    expect(matches).toBeGreaterThan(cases.length);
  });
});
