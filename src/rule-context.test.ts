import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { engineRules } from './detect/index/ruleset.ts';
import { checkRule, compileRules, loadSigmaYaml, setMappings, setPlaceholders } from './detect/index.ts';
import type { RuleDoc } from './model/index.ts';
import { RuleContextFiles } from './rule-context.ts';
import { RuleCache } from './rules-cache.ts';

let folder = '';
let mappings = '';
let values = '';
let logged: string[] = [];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'phosor-context-'));
  mappings = join(folder, 'mappings');
  values = join(folder, 'placeholders.yml');
  logged = [];
});
afterEach(() => {
  rmSync(folder, { recursive: true });
  setMappings([]);
  setPlaceholders({});
});

const files = () => new RuleContextFiles(mappings, values, (level, message) => logged.push(`${level} ${message}`));
const gate = (source: string) =>
  `name: gate\nlogsources:\n  - for: [{ product: acme }]\n    fields: { verdict: ${source} }\n`;
function put(name: string, text: string): void {
  mkdirSync(mappings, { recursive: true });
  writeFileSync(join(mappings, name), text);
}
const doc = (selection: string): RuleDoc =>
  loadSigmaYaml(
    `title: x\nid: 5f0c2f2e-6a1d-4a5b-9d5e-0f6f4f1f0002\nlogsource: { product: acme }\ndetection: { s: { ${selection} }, condition: s }\n`,
    { origin: 'user', fileName: 'x.yml', placeholders: { Staff: ['ann'] } },
  ).docs[0] as RuleDoc;

test('files are read again when they change, come or go; nothing happens where they do not', () => {
  const context = files();
  expect(context.current).toEqual({ mappings: [], placeholders: {} });
  const seen = [context.revision];
  const look = () => {
    context.look();
    seen.push(context.revision);
  };
  look();
  put('b.yml', gate('fields.b'));
  put('a.json', JSON.stringify({ name: 'first', logsources: [{ for: [{ product: 'x' }] }] }));
  put('notes.txt', 'no mapping');
  look();
  expect(context.current.mappings.map(({ name }) => name)).toEqual(['first', 'gate']);
  look();
  writeFileSync(values, 'Staff: [ann, bob]\n');
  look();
  expect(context.current.placeholders).toEqual({ Staff: ['ann', 'bob'] });
  rmSync(join(mappings, 'a.json'));
  look();
  expect(context.current.mappings.map(({ name }) => name)).toEqual(['gate']);
  rmSync(mappings, { recursive: true });
  rmSync(values);
  look();
  expect(context.current).toEqual({ mappings: [], placeholders: {} });
  expect(seen).toEqual([0, 0, 1, 1, 2, 3, 4]);
  expect(context.problems).toEqual([]);
  expect(logged).toHaveLength(4);
  expect(logged[1]).toBe(`info ${values} was read. Rules that depend on it are compiled anew.`);
});

test('a broken file is told with its place, and what it said before stays in force', () => {
  put('gate.yml', gate('fields.a'));
  writeFileSync(values, 'Staff: [ann]\n');
  const context = files();
  put('gate.yml', gate('{ upper: a }'));
  put('new.yml', 'name: [\n');
  writeFileSync(values, 'Staff: [ann]\n"not a word": [bob]\n');
  context.look();
  expect(context.revision).toBe(1);
  expect(context.current.mappings).toHaveLength(1);
  expect(JSON.stringify(context.current.mappings)).toContain('fields.a');
  expect(context.current.placeholders).toEqual({ Staff: ['ann'] });
  expect(context.problems).toEqual([
    {
      file: join(mappings, 'gate.yml'),
      line: 4,
      column: 15,
      message: expect.stringMatching(/a source is/),
      kept: true,
    },
    { file: join(mappings, 'new.yml'), line: 2, column: 1, message: expect.stringMatching(/YAML/), kept: false },
    { file: values, line: 2, column: 1, message: expect.stringMatching(/`not a word`/), kept: true },
  ]);
  expect(logged).toHaveLength(3);
  context.look();
  expect(logged).toHaveLength(3);
  put('gate.yml', gate('fields.c'));
  context.look();
  expect(JSON.stringify(context.current.mappings)).toContain('fields.c');
  expect(context.problems.map(({ file }) => file)).toEqual([join(mappings, 'new.yml'), values]);
});

test('a folder that is a file is told once', () => {
  writeFileSync(mappings, 'x');
  const context = files();
  context.look();
  expect(context.problems).toMatchObject([
    { file: mappings, kept: false, message: expect.stringMatching(/no folder/) },
  ]);
  expect(logged).toHaveLength(1);
});

test('rules of this thread are checked with what the files say now', () => {
  const context = files();
  const expanding = doc("user|expand: '%Staff%'");
  expect(checkRule(expanding)).toMatchObject([{ level: 'error', message: expect.stringMatching(/%Staff%/) }]);
  writeFileSync(values, 'Staff: ann\n');
  context.look();
  expect(checkRule(expanding).filter(({ level }) => level === 'error')).toEqual([]);
});

test('what the cache holds is of the same mappings and placeholders', () => {
  const path = join(folder, 'rules.json');
  const context = files();
  const fieldOf = (): string => {
    const cache = new RuleCache(path);
    const fresh = structuredClone([doc('verdict: no'), { ...doc("user|expand: '%Staff%'"), id: 'r2' }]);
    const rules = compileRules(fresh, { ...context.current, cache });
    cache.save();
    return JSON.stringify([...engineRules(rules).units.values()].map(({ part }) => part));
  };
  put('gate.yml', gate('fields.a'));
  writeFileSync(values, 'Staff: [ann]\n');
  context.look();
  const first = fieldOf();
  expect(first).toContain('fields.a');
  expect(first).toContain('"ann"');
  expect(fieldOf()).toBe(first);
  put('gate.yml', gate('fields.b'));
  writeFileSync(values, 'Staff: [bob]\n');
  context.look();
  const second = fieldOf();
  expect(second).toContain('fields.b');
  expect(second).not.toContain('fields.a');
  expect(second).toContain('"bob"');
  expect(second).not.toContain('"ann"');
});
