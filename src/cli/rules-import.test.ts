import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { packageRoot } from '../package.ts';
import { makeZip } from '../serve/rules/zip.test-suite.ts';
import { openSqliteState } from '../store/state/sqlite/state.ts';

const folder = mkdtempSync(join(tmpdir(), 'phosor-rules-'));
const data = join(folder, 'data');
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function rules(...args: string[]) {
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    [join(packageRoot, 'bin/phosor.js'), 'rules', ...args],
    { env: { ...process.env, NO_COLOR: '1', PHOSOR_DATA_DIR: data }, encoding: 'utf8', cwd: folder, timeout: 60_000 },
  );
  return { status, stdout, stderr };
}

const id = '5b1f7a0e-6f0c-4b35-9a55-0c1b7f6a9e77';
const good = (title: string) => `title: ${title}
id: ${id}
author: A. Person
level: high
tags: [attack.t1110]
logsource: {product: linux, service: sshd}
detection: {selection: {event_type: auth.failure}, condition: selection}
`;
const bad = 'title: Broken\nlogsource: {product: linux}\ndetection: {selection: {user: x}, condition: nothing}\n';

test('a folder is checked, imported and listed', () => {
  mkdirSync(join(folder, 'pack/sub'), { recursive: true });
  writeFileSync(join(folder, 'pack/sub/odd.yml'), good('Odd login'));
  writeFileSync(join(folder, 'pack/broken.yml'), bad);
  const checked = rules('import', 'pack', '--check');
  expect(checked.stdout).toMatch(/^broken\.yml:3:\d+: refused: /m);
  expect(checked.stderr).toContain('1 rules would be imported, 0 would be replaced, 1 refused');
  expect(checked.status).toBe(1);
  expect(rules('import', 'pack').stderr).toContain('1 rules imported, 0 replaced, 1 refused');
  const listed = rules('list', '--json')
    .stdout.split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line));
  expect(listed.length).toBeGreaterThan(50);
  expect(listed.find((rule) => rule.id === id)).toMatchObject({
    ...{ title: 'Odd login', kind: 'detection', origin: 'imported', pack: 'pack', author: 'A. Person' },
    ...{ state: 'on', alerts_24h: 0, last_fired: null, noise_budget: null },
  });
  expect(statSync(join(data, 'state.sqlite')).mode & 0o777).toBe(0o600);
});

test('a zip replaces what came in a folder', () => {
  writeFileSync(join(folder, 'own.zip'), makeZip([{ name: 'odd.yml', bytes: good('Odder login') }]));
  const again = rules('import', 'own.zip', '--pack', 'mine', '--json');
  expect(JSON.parse(again.stdout)).toEqual({ imported: 0, replaced: 1, refused: [], warnings: [] });
  expect(again.status).toBe(0);
  expect(rules('list').stdout).toMatch(/Odder login {2}never fired\n.*mine by A\. Person/);
  const state = openSqliteState(join(data, 'state.sqlite'));
  expect(state.audit.list(5, null).map(({ action, details }) => [action, details.via])).toEqual([
    ['rules_imported', 'command line'],
    ['rules_imported', 'command line'],
  ]);
  state.close();
});

test('the lines beside the rules of a data folder prove them there', () => {
  const tested = rules('test', '--data-dir', data, '--json');
  expect(tested.stderr).toMatch(/^\d+ passed, 0 failed, 1 without lines/);
  expect(tested.stdout.split('\n').filter(Boolean).length).toBeGreaterThan(50);
  const state = openSqliteState(join(data, 'state.sqlite'));
  expect(state.ruleCare.all().filter(({ tested_at }) => tested_at !== null).length).toBeGreaterThan(50);
  state.close();
  expect(rules('test', '--data-dir', join(folder, 'nothing')).stderr).toContain('no rules in');
});

test('coverage as text, JSON and a Navigator layer', () => {
  const text = rules('coverage');
  expect(text.stdout).toMatch(/no source {2}T1110\.001 {2}Password Guessing/);
  expect(text.stderr).toContain('What arrives is not known');
  const json = JSON.parse(rules('coverage', '--json').stdout);
  expect(json.techniques.length).toBeGreaterThan(600);
  rules('coverage', '--navigator', 'layer.json');
  const layer = JSON.parse(readFileSync(join(folder, 'layer.json'), 'utf8'));
  expect(layer.techniques.map(({ techniqueID }: { techniqueID: string }) => techniqueID)).toContain('T1110');
});

test.each([
  [['import'], 2, /Name the rules to import/],
  [['import', 'nowhere'], 1, /"nowhere" does not exist/],
  [['import', 'pack', '--pack', 'a/b'], 2, /no name of a pack/],
  [['coverage', 'pack'], 2, /about a data folder/],
])('%j', (args, status, sentence) => {
  const answer = rules(...args);
  expect(answer.stderr).toMatch(sentence);
  expect(answer.status).toBe(status);
});

test('the schema is valid JSON', () => {
  expect(JSON.parse(rules('schema').stdout)).toMatchObject({ title: 'Sigma rule', type: 'object' });
});
