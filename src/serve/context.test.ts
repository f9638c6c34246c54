import { expect, test } from 'vitest';
import { checkRule, loadSigmaYaml } from '../detect/index.ts';
import type { RuleDoc } from '../model/index.ts';
import { createContext } from './context.ts';
import { fakeServices } from './fakes.test-suite.ts';

const read = (text: string): RuleDoc => {
  const [doc] = loadSigmaYaml(text, { origin: 'user', fileName: 'rule.yml' }).docs;
  if (!doc) throw new Error('no rule');
  return doc;
};

test('a rule may refer to rules of other files that are in force', () => {
  const fakes = fakeServices();
  const base = read(
    'title: a failure\nname: failure\nid: 5f0e8f4e-3c4d-4f59-a3a2-0d1b5f1f6a01\nlogsource: { product: linux }\ndetection: { s: { user: x }, condition: s }\n',
  );
  const counting = read(
    'title: many\nid: 5f0e8f4e-3c4d-4f59-a3a2-0d1b5f1f6a02\ncorrelation: { type: event_count, rules: [failure], group-by: [src_ip], timespan: 1m, condition: { gte: 5 } }\n',
  );
  const check = (rule: RuleDoc, among: readonly RuleDoc[] = []) => checkRule(rule, { among });
  const context = createContext({ ...fakes, pipeline: { ...fakes.pipeline, check } });
  const errors = () => context.check(counting).filter(({ level }) => level === 'error');
  expect(errors()).toHaveLength(1);
  fakes.state.rules.put(base);
  expect(errors()).toEqual([]);
});
