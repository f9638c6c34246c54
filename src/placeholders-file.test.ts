import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { compileRules, setPlaceholders } from './detect/index.ts';
import { readPlaceholdersFile } from './placeholders-file.ts';
import { readRuleFiles } from './rules-folder.ts';

const rule = `title: Login of an administrator
id: 7b0a1f5e-2b8e-4f5c-8a53-6f1f0c5d0001
logsource: { category: authentication }
detection:
  selection: { user|expand: '%Administrators%' }
  condition: selection
`;
const folderOf = (files: Record<string, string>): string => {
  const folder = mkdtempSync(join(tmpdir(), 'phosor-'));
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
  return folder;
};

afterEach(() => setPlaceholders({}));

test('a folder of rules brings its values, and its file of values is no rule', () => {
  const folder = folderOf({ 'a.yml': rule, 'placeholders.yml': 'Administrators: [root, adm_*]\n' });
  const { rules, problems } = readRuleFiles([folder], 'user');
  expect(problems).toEqual([]);
  expect(compileRules(rules.map(({ doc }) => doc)).rules).toHaveLength(1);
});

test('without values the rule is refused, and references that lead nowhere are problems of their files', () => {
  const many = `title: Many\nid: 7b0a1f5e-2b8e-4f5c-8a53-6f1f0c5d0002\ncorrelation: { type: event_count, rules: [nobody], group-by: [src_ip], timespan: 1m, condition: { gte: 2 } }\n`;
  const folder = folderOf({ 'a.yml': rule, 'b.yml': many });
  const { rules, problems } = readRuleFiles([folder], 'user');
  expect(rules).toEqual([]);
  expect(problems).toMatchObject([
    { file: join(folder, 'a.yml'), line: 5, message: expect.stringMatching(/has no values/) },
    { file: join(folder, 'b.yml'), line: 3, message: expect.stringMatching(/`nobody`/) },
  ]);
});

test('a file that is no map of lists is left out with its reason', () => {
  const folder = folderOf({ 'placeholders.yml': 'Administrators: { root: yes }\n' });
  expect(readPlaceholdersFile(join(folder, 'placeholders.yml'))).toEqual({
    placeholders: {},
    problem: expect.stringMatching(/placeholders\.yml:1:1: `Administrators` must be/),
  });
  expect(readPlaceholdersFile(join(folder, 'none.yml'))).toEqual({ placeholders: {}, problem: null });
});
