/**
 * Public rules over recorded Windows events as they would be posted (nested, as the event log exports them), and how many
 * rules for Linux, web and network could fire on what Phosor's parsers give.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import type { Field, FieldSource, Node } from '../../src/detect/form.ts';
import { compileRules, loadSigmaYaml } from '../../src/detect/index.ts';
import { isColumn } from '../../src/detect/sigma/mapping-file.ts';
import { compileSigma } from '../../src/detect/sigma/rule.ts';
import type { Event, Match, RuleDoc } from '../../src/model/index.ts';
import { parseRecord } from '../../src/parse/index.ts';
import { report, share } from './shared.ts';

const corpora = join(import.meta.dirname, '../../../shared/corpora');
const formats = join(import.meta.dirname, '../../src/parse');

interface Case {
  id: string;
  rule_id: string;
  rule: Record<string, unknown>;
  events: Record<string, unknown>[];
}

function docsOf(text: string): RuleDoc[] {
  return loadSigmaYaml(text, { origin: 'imported', fileName: 'x.yml' }).docs;
}

function posted(record: unknown): Event {
  const origin = { source: 'webhook_x', source_type: 'webhook' as const, peer: null, hint: null, identity: '' };
  const body = JSON.stringify(record);
  return parseRecord(
    { seq: 0, origin, received_at: Date.UTC(2026, 10, 21), body, position: -1 },
    { zoneMinutesAt: () => 0, year: 2026, live: false },
  );
}

describe('recorded Windows events, posted as they were exported', () => {
  const cases = readFileSync(join(corpora, 'sigma-regression.jsonl'), 'utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Case);

  it('raise the rules that they were recorded for', () => {
    const missed: string[] = [];
    let tried = 0;
    for (const { id, rule, events } of cases) {
      if ((rule.logsource as { product?: string }).product !== 'windows') continue;
      tried += 1;
      const rules = compileRules(docsOf(stringify(rule)).map((doc) => ({ ...doc, enabled: true })));
      const matches: Match[] = [];
      for (const one of events) rules.match(posted(one), 1, matches);
      if (matches.length === 0) missed.push(id);
    }
    report([`nested Windows events by webhook: ${share(tried - missed.length, tried)} rules fire`]);
    expect(tried).toBeGreaterThan(40);
    expect(missed).toEqual([]);
  });
});

/** Fields that the parsers' samples have. */
function fieldsOfSamples(): Set<string> {
  const names = new Set<string>();
  for (const format of readdirSync(formats, { withFileTypes: true })) {
    const samples = join(formats, format.name, 'samples');
    if (!format.isDirectory() || !existsSync(samples)) continue;
    for (const file of readdirSync(samples).filter((name) => name.endsWith('.golden.ndjson'))) {
      for (const line of readFileSync(join(samples, file), 'utf8').split('\n')) {
        if (line === '') continue;
        const { fields } = JSON.parse(line) as { fields?: Record<string, unknown> };
        for (const name of Object.keys(fields ?? {})) names.add(name);
      }
    }
  }
  return names;
}

/**
 * Whether some event could satisfy a node: all of an `and`, one of an `or`; what is negated needs nothing.
 * What is posted as JSON under the rules' own names (OpenCanary, Zeek, GitHub …) is not counted: it has them by definition.
 */
function canHold(node: Node, has: (field: Field) => boolean): boolean {
  switch (node.kind) {
    case 'and':
      return node.children.every((child) => canHold(child, has));
    case 'or':
      return node.children.some((child) => canHold(child, has));
    case 'not':
    case 'keyword':
      return true;
    case 'leaf':
      return node.test.op === 'null' || (node.test.op === 'exists' && !node.test.value) || has(node.field);
  }
}

describe('public rules that need no Windows', () => {
  it('could fire on what Phosor parses', () => {
    const known = fieldsOfSamples();
    const hasName = (name: string) => known.has(name.replace(/^fields\./, '')) || isColumn(name);
    const hasSource = (source: FieldSource): boolean => {
      if (typeof source === 'string') return hasName(source);
      if ('any' in source) return source.any.some(hasSource);
      if ('join' in source) return source.join.some(hasName);
      if ('program' in source) return hasName(source.program);
      return hasName('extension' in source ? source.extension : source.of);
    };
    const has = (field: Field): boolean =>
      !field.path.startsWith('logsource.') && (hasName(field.path) || (field.from?.sources.some(hasSource) ?? false));

    const lines: string[] = [];
    let fit = 0;
    let total = 0;
    for (const topic of ['linux', 'web', 'network', 'application']) {
      const root = join(corpora, 'sigma-rules', topic);
      const by = new Map<string, { could: number; all: number }>();
      for (const file of readdirSync(root, { recursive: true, withFileTypes: true })) {
        if (!file.isFile() || !file.name.endsWith('.yml')) continue;
        for (const doc of docsOf(readFileSync(join(file.parentPath, file.name), 'utf8'))) {
          const { forms, problems } = compileSigma(doc);
          const form = forms[0];
          if (form?.root.kind !== 'detection') continue;
          const isKnown = !problems.some(({ message }) => message.includes('no log of ours'));
          const { category, product, service } = form.root.identity?.logsource ?? {};
          const source = [product, category ?? service].filter((name) => name !== undefined).join(' ');
          const count = by.get(source) ?? { could: 0, all: 0 };
          by.set(source, count);
          count.all += 1;
          if (isKnown && canHold(form.root.node, has)) count.could += 1;
        }
      }
      for (const { could, all } of by.values()) {
        fit += could;
        total += all;
      }
      const parts = [...by].sort().map(([source, { could, all }]) => `${source} ${could}/${all}`);
      lines.push(`${topic}: ${parts.join(', ')}`);
    }
    report([`public rules that could fire on what the parsers give: ${share(fit, total)}`, ...lines]);
    expect(total).toBeGreaterThan(150);
    expect(fit / total).toBeGreaterThan(0.6);
  });
});
