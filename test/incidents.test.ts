/** Incidents on the real program: they come by themselves, survive a kill, and take up what a kill left. */

import { connect } from 'node:net';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterAll, expect, test, vi } from 'vitest';
import { type Program, removeFolder, startProgram, waitFor } from './program.ts';

vi.setConfig({ testTimeout: 240_000 });

interface Told {
  id: string;
  title: string;
  status: string;
  owner: string | null;
  alert_count: number;
  event_count: number;
  version: number;
}

/** Over TCP, so that nothing gets lost. */
async function send(lines: readonly string[]): Promise<void> {
  const socket = connect(program.syslogPort, '127.0.0.1');
  const text = lines.map((line) => `<38>1 ${new Date().toISOString()} web01.example ${line}\n`).join('');
  await new Promise<void>((done) => socket.end(text, () => done()));
}

const failedLogins = (address: string, user = 'root', count = 6): string[] =>
  Array.from(
    { length: count },
    (_, i) => `sshd 4242 - - Failed password for ${user} from ${address} port ${40_000 + i} ssh2`,
  );

/** Waits, then asks: a kill comes while it waits. */
const playbook = `id: kept
name: Kept
trigger:
  on: alert
  severity: medium
limits:
  same_entity: 1d
steps:
  - do: wait
    for: 3s
  - do: block
    target: 198.51.100.99
    for: 1h
`;

let program: Program;
const call = async (method: string, path: string, body: object = {}) => {
  const init = { method, headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) };
  const answer = await program.api(path, init);
  expect(answer.ok, await answer.clone().text()).toBe(true);
};
const runs = async (): Promise<{ id: string; state: string; steps: { result: object | null }[] }[]> =>
  ((await (await program.api('/api/playbook-runs')).json()) as { runs: Awaited<ReturnType<typeof runs>> }).runs;
afterAll(async () => {
  await program?.stop();
  if (program) removeFolder(program.dataDir);
});
const incidents = async (): Promise<Told[]> =>
  (await (await program.api('/api/incidents?order=newest')).json()) as Told[];
const about = async (address: string): Promise<Told | undefined> =>
  (await incidents()).find(({ title }) => title.includes(address));

test('what was grouped, decided and left lying survives a kill', async () => {
  program = await startProgram();
  await call('PUT', '/api/playbooks/kept', { yaml: playbook });
  await call('PATCH', '/api/playbooks/kept', { enabled: true });
  await send([
    ...failedLogins('203.0.113.50'),
    'sshd 4243 - - Accepted password for root from 203.0.113.50 port 40100 ssh2',
  ]);
  await send(failedLogins('203.0.113.51', 'admin'));
  await waitFor('both incidents', async () => {
    const [one, two] = [await about('203.0.113.50'), await about('203.0.113.51')];
    return one !== undefined && one.alert_count >= 2 && two !== undefined;
  });
  const before = (await about('203.0.113.50')) as Told;
  const change = { version: before.version, owner: 'admin', status: 'in_progress' };
  const changed = await program.api(`/api/incidents/${before.id}`, {
    method: 'PATCH',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(change),
  });
  expect(changed.status).toBe(200);
  const other = (await about('203.0.113.51')) as Told;
  const began = await waitFor('both runs', async () => ((await runs()).length >= 2 ? await runs() : undefined));
  await program.kill();

  // As if the kill had come between an alert and its incident: the alert is stored, the incident is not.
  const state = new DatabaseSync(join(program.dataDir, 'state.sqlite'));
  for (const table of ['incident_alerts', 'incident_links', 'incident_entities'])
    state.prepare(`DELETE FROM ${table} WHERE incident = ?`).run(other.id);
  state.prepare('DELETE FROM incidents WHERE id = ?').run(other.id);
  state.close();

  program = await startProgram({ dataDir: program.dataDir });
  expect(await about('203.0.113.50')).toMatchObject({
    id: before.id,
    owner: 'admin',
    status: 'in_progress',
    alert_count: before.alert_count,
  });
  await waitFor('the incident of the alert that was left', async () => (await about('203.0.113.51')) !== undefined);
  // The id follows from the alert.
  expect(await about('203.0.113.51')).toMatchObject({ id: other.id, alert_count: other.alert_count });

  // Runs of playbooks go on where they stood.
  const waiting = await waitFor('steps that ask', async () => {
    const found = await runs();
    return found.every(({ state }) => state === 'approval') ? found : undefined;
  });
  expect(waiting.map(({ id }) => id)).toEqual(began.map(({ id }) => id));
  const { id } = waiting[0] as { id: string };
  await call('POST', `/api/playbook-runs/${id}/approve`, { step: 1 });
  const done = await waitFor('the block', async () =>
    (await runs()).find((run) => run.id === id && run.state === 'done'),
  );
  expect(done.steps.map(({ result }) => result)).toMatchObject([
    { state: 'done', text: 'Waited 3s.' },
    { state: 'done', by: 'admin', text: expect.stringContaining('Dry-run: 198.51.100.99') },
  ]);

  // The attack goes on: no second incident, and no second run.
  await send(failedLogins('203.0.113.50', 'root', 30));
  await waitFor('growth', async () => ((await about('203.0.113.50')) as Told).event_count > before.event_count);
  expect((await incidents()).filter(({ title }) => title.includes('203.0.113.50'))).toHaveLength(1);
  expect(await runs()).toHaveLength(2);
});
