import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { packageRoot, shippedPlaybooksFolder } from '../../package.ts';
import { loadShippedRules } from '../../rules-folder.ts';
import { PlaybookFiles, readPlaybook } from './files.ts';

const files = new PlaybookFiles(shippedPlaybooksFolder, join(shippedPlaybooksFolder, 'none')).list();

describe('shipped playbooks', () => {
  test('there is one for each file', () => {
    expect(files.length).toBeGreaterThanOrEqual(3);
    expect(files.map(({ id }) => `${id}.yml`)).toEqual(readdirSync(shippedPlaybooksFolder).sort());
  });

  test.each(files)('$id can be used, touches no traffic without asking, and names rules that there are', (file) => {
    expect(file.problems).toEqual([]);
    for (const step of file.playbook?.steps ?? [])
      if (step.do === 'block' || step.do === 'redirect') expect(step.approval).toBe('required');
    const known = new Set(loadShippedRules().docs.map(({ id }) => id));
    for (const rule of file.playbook?.trigger.rules ?? []) expect(known).toContain(rule);
    expect(file.playbook?.description).not.toBe('');
  });
});

test('the example and the list of shipped ones in the docs are true', () => {
  const docs = readFileSync(join(packageRoot, 'docs', 'playbooks.md'), 'utf8');
  const example = /```yaml\n(.*?)```/s.exec(docs)?.[1] ?? '';
  expect(readPlaybook(example)).toMatchObject({ playbook: { id: 'out-for-a-day' }, problems: [] });
  for (const { id } of files) expect(docs).toContain(`| \`${id}\``);
});
