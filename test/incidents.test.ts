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

let program: Program;
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

  // The attack goes on: no second incident.
  await send(failedLogins('203.0.113.50', 'root', 30));
  await waitFor('growth', async () => ((await about('203.0.113.50')) as Told).event_count > before.event_count);
  expect((await incidents()).filter(({ title }) => title.includes('203.0.113.50'))).toHaveLength(1);
});
