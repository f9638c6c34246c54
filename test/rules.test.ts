import { existsSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { compileRules } from '../src/detect/index.ts';
import { shippedRulesFolder } from '../src/package.ts';
import { testRules } from '../src/rule-tests.ts';
import { loadShippedRules, readRuleFiles } from '../src/rules-folder.ts';

describe('shipped rules', async () => {
  const { docs, problems } = loadShippedRules();

  it('are read and compiled without an error or a warning', () => {
    expect(docs.length).toBeGreaterThanOrEqual(100);
    expect(problems).toEqual([]);
    expect(compileRules(docs).problems).toEqual([]);
  });

  it('are tagged, say when they are wrong, and what to do', () => {
    for (const { name, config } of docs) {
      const parts = parseAllDocuments((config as { yaml: string }).yaml).map((part) => part.toJS());
      const rule = parts.findLast((part) => part.level !== undefined);
      expect(rule.tags.join(' '), name).toMatch(/attack\.t\d{4}/);
      expect(rule.falsepositives.length, name).toBeGreaterThan(0);
      expect(rule.phosor.response.length, name).toBeGreaterThan(30);
      expect(rule.phosor.response.length, name).toBeLessThan(260);
      for (const id of rule.phosor.covered_by ?? [])
        expect(
          docs.map((doc) => doc.id),
          name,
        ).toContain(id);
    }
  });

  it('have ids and names of their own', () => {
    expect(new Set(docs.map((doc) => doc.id)).size).toBe(docs.length);
    expect(new Set(docs.map((doc) => doc.name)).size).toBe(docs.length);
    for (const doc of docs) expect(doc.id, doc.name).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[0-9a-f]{4}-/);
  });

  it('say what they find, count per group and cover what a fresh install promises', () => {
    for (const doc of docs) {
      expect(doc.description.length, doc.name).toBeGreaterThan(20);
      expect(doc.enabled, doc.name).toBe(true);
    }
    for (const rule of compileRules(docs).rules) {
      if (rule.kind !== 'detection') expect(rule.groupBy.length, rule.title).toBeGreaterThan(0);
    }
    const names = docs.map((doc) => doc.name).join('\n');
    expect(names).toMatch(/failed ssh login/i);
    expect(names).toMatch(/root rights/i);
    expect(names).toMatch(/brute force/i);
  });

  it.each(
    readRuleFiles([shippedRulesFolder], 'shipped').rules.map(({ path }) => path.slice(shippedRulesFolder.length + 1)),
  )('%s has lines that fire and lines that do not', (path) => {
    const base = `${shippedRulesFolder}/${path.replace(/\.yml$/, '')}`;
    expect([existsSync(`${base}.fire.log`), existsSync(`${base}.quiet.log`)]).toEqual([true, true]);
  });

  const results = await testRules([shippedRulesFolder]);
  it.each(results.map((result) => [result.path.slice(shippedRulesFolder.length + 1), result] as const))(
    '%s fires and stays silent as its lines say',
    (_, result) => {
      expect(result.problem).toBeNull();
    },
  );
});
