import { afterEach, expect, test } from 'vitest';
import type { RuleProblem } from '../detect/contract.ts';
import { loadSigmaYaml, type Mapping, readMapping, setMappings } from '../detect/index.ts';
import type { RuleDoc } from '../model/index.ts';
import { trialJobs } from './trial/jobs.ts';
import { trialThread } from './trial/thread.ts';
import { createTrials, groupFieldsOfRule, proveRule, tagsOfRule } from './trials.ts';

afterEach(() => setMappings([]));

const redact = { email: false, phone: false, internalIps: false, custom: [] };
const reading = { now: Date.UTC(2026, 10, 21, 3), redact };
const {
  test: tryLines,
  explain,
  check,
  checkAside,
} = createTrials(
  () => reading.now,
  () => redact,
);

const words = (count: number, more = ''): string =>
  Array.from({ length: count }, (_, i) => `      - 'word${i}of${count}${more}x'`).join('\n');
const docOf = (yaml: string): RuleDoc => ({
  id: 'r1',
  name: 'A rule',
  description: '',
  type: 'sigma',
  config: { yaml },
  enabled: true,
  severity: 'high',
  origin: 'user',
  author: null,
  created_at: 0,
  updated_at: 0,
});
const rule = (count: number, more = ''): RuleDoc =>
  docOf(
    `title: Words\nid: r1\ntags: [attack.t1059]\nlogsource: { product: acme }\ndetection:\n  s:\n    verdict: no\n  w:\n    message|contains:\n${words(count, more)}\n  condition: s or w\n`,
  );
const lines = ['Nov 21 03:00:00 web1 app[1]: word7of4000x', '{"decision":"no"}', 'nothing'];
const own: Mapping = readMapping(
  'name: gate\nlogsources: [{ for: [{ product: acme }], fields: { verdict: fields.decision } }]\n',
).mapping as Mapping;

const errorsIn = (problems: readonly RuleProblem[]) => problems.filter(({ level }) => level === 'error');

/** Ids are made anew in every run. */
const told = (value: unknown): unknown =>
  JSON.parse(JSON.stringify(value), (key, one) =>
    key === 'id' || key === 'event_ids' || key === 'events' ? null : one,
  );

test('a small rule is tried at once, without a thread', async () => {
  expect(errorsIn(await checkAside(rule(3)))).toEqual([]);
  const found = await tryLines(lines, [rule(3)]);
  expect(found.matched).toEqual([[], [], []]);
  await explain([rule(3)], [], lines);
  expect(await proveRule(rule(3), { fire: [], quiet: lines })).toBeNull();
  expect(trialThread.isRunning).toBe(false);
});

test('a big rule is tried on a thread of its own, with the mappings of this one, and comes to the same', async () => {
  setMappings([own]);
  const big = rule(4000);
  const found = await tryLines(lines, [big]);
  expect(trialThread.isRunning).toBe(true);
  expect(found.matched).toEqual([['r1'], ['r1'], []]);
  expect(found.alerts).not.toHaveLength(0);
  expect(told(found)).toEqual(told(trialJobs.test([big], lines, null, reading)));
  const explained = await explain([big], [], lines);
  expect(explained.map(({ explanation }) => explanation.matched)).toEqual([true, true, false]);
  expect(told(explained)).toEqual(told(await trialJobs.explain([big], [], lines, reading)));
  expect(await proveRule(big, { fire: [lines[0] as string], quiet: ['nothing'] })).toBeNull();
  expect(await proveRule(big, { fire: ['nothing'], quiet: [] })).toMatch(/must raise an alert/);
});

test('what a big rule came to is known afterwards; what it is made of decides', async () => {
  const broken = rule(4000, '-broken');
  const wrong = docOf((broken.config as { yaml: string }).yaml.replace('condition: s or w', 'condition: s or nobody'));
  const problems = await checkAside(wrong);
  expect(errorsIn(problems)).toMatchObject([{ level: 'error', line: 4010, message: expect.stringMatching(/nobody/) }]);
  // The very same answer, not an equal one: nothing is compiled here.
  expect(check(wrong)).toBe(problems);
  expect(await checkAside(structuredClone(wrong))).toBe(problems);
  expect(check({ ...wrong, severity: 'low' })).not.toBe(problems);
  expect(tagsOfRule(wrong)).toBeNull();
  expect(errorsIn(await checkAside(broken))).toEqual([]);
  expect(tagsOfRule(broken)).toEqual(['attack.t1059']);
  expect(groupFieldsOfRule(broken)).toEqual([]);
});

test('what is refused is refused with the same sentence', async () => {
  const text = `title: f\nlogsource: { product: any }\nfilter:\n  rules: any\n  s:\n    message|contains:\n${words(4000)}\n  condition: not s\n`;
  const [filter] = loadSigmaYaml(text, { origin: 'user', fileName: 'f.yml' }).docs as [RuleDoc];
  await expect(explain([filter], [], lines)).rejects.toThrow(/raises nothing itself/);
  await expect(trialJobs.explain([filter], [], lines, reading)).rejects.toThrow(/raises nothing itself/);
});
