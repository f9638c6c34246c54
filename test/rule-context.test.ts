import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Program, removeFolder, startProgram, waitFor } from './program.ts';

/** The user's mappings and placeholders, changed under the running program. */

const folder = mkdtempSync(join(tmpdir(), 'phosor-test-'));
const mapping = join(folder, 'mappings', 'gate.yml');
const placeholders = join(folder, 'placeholders.yml');
const gate = (who: string): string =>
  `name: gate\nlogsources:\n  - for: [{ product: acme, service: gate }]\n    events: any\n    fields:\n      who: ${who}\n      verdict: [{ of: fields.decision, table: { no: refused } }]\n`;
let program: Program;

beforeAll(async () => {
  mkdirSync(join(folder, 'mappings'));
  writeFileSync(placeholders, 'Staff: [ann]\n');
  program = await startProgram({ dataDir: folder });
}, 90_000);
afterAll(async () => {
  await program.stop();
  removeFolder(folder);
});

const post = (path: string, body: unknown) =>
  program.api(path, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) });
const refused = (person: string) => post('/api/webhook/gate', { decision: 'no', person, msg: 'door' });
/** Counts of the rule's alerts. */
const counts = async (): Promise<number[]> => {
  const alerts = (await (await program.api('/api/alerts?limit=50')).json()) as { rule_id: string; count: number }[];
  return alerts.filter(({ rule_id }) => rule_id === 'gate').map(({ count }) => count);
};
const attention = async (): Promise<{ kind: string; detail: string }[]> =>
  ((await (await program.api('/api/overview')).json()) as { attention: { kind: string; detail: string }[] }).attention;

test('files that change are live within seconds; a broken one is told, and what it said goes on', async () => {
  const yaml =
    "title: Gate refused\nlogsource: { product: acme, service: gate }\ndetection: { s: { verdict: refused, who|expand: '%Staff%' }, condition: s }\n";
  expect((await post('/api/rules', { type: 'sigma', id: 'gate', config: { yaml } })).status).toBe(201);
  await refused('ann');
  writeFileSync(mapping, gate('fields.person'));
  await waitFor('the mapping is read', async () => program.output().includes('gate.yml was read'));
  await waitFor('an alert', async () => {
    await refused('ann');
    return (await counts()).length === 1;
  });

  writeFileSync(mapping, gate('{ upper: person }'));
  const told = await waitFor('the mistake', async () =>
    (await attention()).find(({ kind }) => kind === 'rule_context'),
  );
  expect(told.detail).toMatch(/gate\.yml:6:7: a source is .*What it said before stays in force\.$/);
  const [before = 0] = await counts();
  await refused('ann');
  await waitFor('one more event of the alert', async () => ((await counts())[0] ?? 0) > before);

  writeFileSync(placeholders, 'Staff: [bob]\n');
  writeFileSync(mapping, gate('fields.person'));
  await waitFor('the mistake is mended', async () => (await attention()).every(({ kind }) => kind !== 'rule_context'));
  await waitFor('another alert', async () => {
    await refused('bob');
    return (await counts()).length === 2;
  });
}, 60_000);
