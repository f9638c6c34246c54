import { describe, expect, test } from 'vitest';
import { compileRules } from '../../detect/index.ts';
import { loadShippedRules } from '../../rules-folder.ts';
import { csvOf } from './csv.ts';
import { alertTypeOf, detectorRules } from './families.ts';
import { attackTypes, type Tallied } from './messages.ts';
import { detectorOf } from './parameters.ts';
import { type Measures, severityOf } from './severity.ts';

const shipped = loadShippedRules().docs;
const rules = { inForce: shipped, shipped };
const some = (distinct: number): Tallied => ({ distinct, isExact: true, top: [] });
const measures = (change: Partial<Measures>): Measures => ({
  ...{ attack: 'BRUTE_FORCE', count: 1, windowCount: 1, windowMs: 60_000, peak: 1, peakAddresses: 1 },
  ...{ ports: some(0), steps: [] },
  ...change,
});

describe('the documented severities', () => {
  test.each([
    [{ count: 9 }, 'LOW'],
    [{ count: 10 }, 'MEDIUM'],
    [{ count: 20 }, 'HIGH'],
    [{ windowCount: 3 }, 'HIGH'],
    [{ count: 50 }, 'CRITICAL'],
    [{ windowCount: 5 }, 'CRITICAL'],
    [{ attack: 'SINGLE_IP_FLOOD', peak: 199 }, 'LOW'],
    [{ attack: 'SINGLE_IP_FLOOD', peak: 200 }, 'MEDIUM'],
    [{ attack: 'SINGLE_IP_FLOOD', peak: 200, windowMs: 12_000 }, 'CRITICAL'],
    [{ attack: 'DISTRIBUTED_FLOOD', peak: 100, peakAddresses: 14 }, 'LOW'],
    [{ attack: 'DISTRIBUTED_FLOOD', peak: 100, peakAddresses: 25 }, 'HIGH'],
    [{ attack: 'DISTRIBUTED_FLOOD', peak: 2000 }, 'CRITICAL'],
    [{ attack: 'PORT_SCAN', ports: some(9), count: 49 }, 'LOW'],
    [{ attack: 'PORT_SCAN', ports: some(45), count: 45 }, 'HIGH'],
    [{ attack: 'PORT_SCAN', ports: some(10), count: 500 }, 'CRITICAL'],
    [{ attack: 'SQL_INJECTION', steps: [1], count: 1 }, 'CRITICAL'],
    [{ attack: 'SQL_INJECTION', steps: [0, 5], count: 5 }, 'HIGH'],
    [{ attack: 'SQL_INJECTION', steps: [0, 0, 5], count: 5 }, 'MEDIUM'],
    [{ attack: 'SQL_INJECTION', steps: [0, 4], count: 4 }, 'LOW'],
  ] as [Partial<Measures>, string][])('%j is %s', (change, severity) => {
    expect(severityOf(measures(change)).severity).toBe(severity);
  });
});

describe('a detector', () => {
  test.each(attackTypes)('%s is its shipped rule with the parameters of the question', (attack) => {
    const narrowed = { src_ip: '203.0.113.9' };
    const minEvents = attack === 'PORT_SCAN' || attack === 'DISTRIBUTED_FLOOD' ? { minEvents: 77 } : {};
    const { rule_id, docs } = detectorOf(attack, { windowMs: 90_000, atLeast: 7, ...minEvents }, narrowed, rules);
    const compiled = compileRules(docs);
    expect(compiled.problems.filter(({ level }) => level === 'error')).toEqual([]);
    const rule = compiled.rules.find(({ id }) => id === rule_id);
    expect(rule).toMatchObject({ id: detectorRules[attack], windowSeconds: 90 });
    const own = docs.find(({ id }) => id === rule_id);
    const yaml = own && 'yaml' in own.config ? own.config.yaml : '';
    expect(yaml).toContain('gte: 7');
    expect(yaml).not.toContain('covered_by');
    if ('minEvents' in minEvents) expect(yaml).toContain('min_events: 77');
    const before = shipped.find(({ id }) => id === rule_id);
    expect(
      before &&
        'yaml' in before.config &&
        alertTypeOf([...before.config.yaml.matchAll(/threat\.[a-z-]+/g)].map(String)),
    ).not.toBeNull();
  });

  test('a rule that was switched off or deleted runs; one that counts nothing is refused with what to do', () => {
    const id = detectorRules.BRUTE_FORCE;
    const parameters = { windowMs: 60_000, atLeast: 5 };
    const off = shipped.map((rule) => (rule.id === id ? { ...rule, enabled: false } : rule));
    const found = detectorOf('BRUTE_FORCE', parameters, {}, { inForce: off, shipped });
    expect(compileRules(found.docs).rules.map((rule) => rule.id)).toContain(id);
    const gone = shipped.filter((rule) => rule.id !== id);
    expect(detectorOf('BRUTE_FORCE', parameters, {}, { inForce: gone, shipped }).docs[0]?.id).toBe(id);
    const changed = off.map((rule) => (rule.id === id ? { ...rule, config: { yaml: 'title: Nothing\n' } } : rule));
    expect(() => detectorOf('BRUTE_FORCE', parameters, {}, { inForce: changed, shipped })).toThrow(/Restore it/);
  });
});

test('a CSV has a row for each detection, lists in a cell, and no formulas', () => {
  const detections = [
    { source_ip: '203.0.113.9', names: ['=1+1', 'b'], attack_windows: [1, 2], rule: { id: 'a', name: 'Rule' } },
    { source_ip: '203.0.113.10', names: [], other: 3 },
  ];
  expect(csvOf(detections)).toBe("source_ip,names,rule,other\r\n203.0.113.9,'=1+1; b,Rule,\r\n203.0.113.10,,,3\r\n");
});
