import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type CompileCache, compileRules, loadSigmaYaml } from './detect/index.ts';
import type { RuleDoc } from './model/index.ts';
import { RuleCache } from './rules-cache.ts';

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'phosor-rules-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const yaml = (value: string) => `
title: A word
id: 5f0c2f2e-6a1d-4a5b-9d5e-0f6f4f1f0001
logsource: { product: linux }
detection:
  selection:
    message|contains: ${value}
    src_ip|cidr: 192.0.2.0/24
  condition: selection
`;

/** As it comes from the store: an object of its own. */
const docOf = (value: string): RuleDoc =>
  structuredClone(loadSigmaYaml(yaml(value), { origin: 'user', fileName: 'a.yml' }).docs[0] as RuleDoc);

/** The cache, and how often it had what was asked for. */
function counted(cache: CompileCache) {
  const seen = { hits: 0, puts: 0 };
  const counting: CompileCache = {
    get(of) {
      const result = cache.get(of);
      if (result !== undefined) seen.hits += 1;
      return result;
    },
    put(of, result) {
      seen.puts += 1;
      cache.put(of, result);
    },
  };
  return { seen, cache: counting };
}

function compileWith(path: string, value: string) {
  const file = new RuleCache(path);
  const { seen, cache } = counted(file);
  const rules = compileRules([docOf(value)], { cache });
  file.save();
  return { rules, seen };
}

test('what was compiled once is taken from the file, and means the same', () => {
  const path = join(folder, 'cache', 'rules.json');
  const first = compileWith(path, 'word');
  expect(first.seen).toEqual({ hits: 0, puts: 1 });
  const second = compileWith(path, 'word');
  expect(second.seen).toEqual({ hits: 1, puts: 0 });
  expect(second.rules.rules[0]?.hash).toBe(first.rules.rules[0]?.hash);
  expect(second.rules.problems).toEqual(first.rules.problems);
});

test('an edited rule is compiled again, and what nobody uses any more is dropped', () => {
  const path = join(folder, 'rules.json');
  compileWith(path, 'word');
  expect(compileWith(path, 'other').seen).toEqual({ hits: 0, puts: 1 });
  expect(compileWith(path, 'word').seen).toEqual({ hits: 0, puts: 1 });
});

test.each([
  ['cut off', (text: string) => text.slice(0, -20)],
  ['with a letter changed', (text: string) => text.replace('192.0.2.0', '192.0.3.0')],
  ['of another program', (text: string) => text.replace(/^\["[^"]{4}/, '["0000')],
  ['empty', () => ''],
  ['no JSON', () => 'what is this\nnothing'],
])('a file that is %s is left aside and written anew', (_, damage) => {
  const path = join(folder, 'rules.json');
  const good = compileWith(path, 'word');
  const text = readFileSync(path, 'utf8');
  expect(damage(text)).not.toBe(text);
  writeFileSync(path, damage(text));
  const again = compileWith(path, 'word');
  expect(again.seen).toEqual({ hits: 0, puts: 1 });
  expect(again.rules.rules[0]?.hash).toBe(good.rules.rules[0]?.hash);
  expect(readFileSync(path, 'utf8')).toBe(text);
});

test('a folder that cannot be written costs time and nothing else', () => {
  const path = join(folder, 'file', 'rules.json');
  writeFileSync(join(folder, 'file'), 'in the way');
  expect(compileWith(path, 'word').rules.rules).toHaveLength(1);
});
