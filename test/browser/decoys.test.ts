import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { getJson } from '../contract/client.ts';
import { freePorts, waitFor } from '../program.ts';
import { missing } from './missing.ts';
import { startUi, type Ui } from './ui.ts';

vi.setConfig({ testTimeout: 240_000 });

/** Says something to a port, and hangs up when it was answered. */
const touch = (port: number): Promise<string> =>
  new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1', () => socket.write('GET / HTTP/1.0\r\n\r\n'));
    socket.once('data', (data) => {
      resolve(data.toString('latin1'));
      socket.destroy();
    });
    socket.once('error', reject);
  });

describe.skipIf(missing)('decoys', () => {
  let ui: Ui;
  let port = 0;

  beforeAll(async () => {
    [port] = (await freePorts(1)) as [number];
    ui = await startUi({ PHOSOR_DECOY_HOST: '127.0.0.1', PHOSOR_DECOY_SSH_PORT: String(port) });
  }, 180_000);
  afterAll(async () => {
    await ui?.close();
  });

  test('a visitor appears in the list and has a page of their own; a decoy is switched off', async () => {
    const page = await ui.open('/decoys');
    await page.getByText('What keeps them in').waitFor();
    // The process is there before its doors are.
    const greeting = await waitFor('the decoy at its port', () => touch(port).catch(() => null), 60_000);
    expect(greeting).toMatch(/^SSH-2\.0-OpenSSH_/);
    await waitFor('the visit', async () => {
      const { sessions } = await getJson(ui.program, '/api/decoys/sessions');
      return sessions.length > 0 && sessions[0].ended_at !== null;
    });
    await page.getByRole('tab', { name: 'Visits' }).click();
    await page.getByRole('list', { name: 'Visits' }).getByRole('link').first().click();
    await page.getByRole('heading', { name: 'Visit of 127.0.0.1' }).waitFor();
    await page.getByText('GET / HTTP/1.0').first().waitFor();
    expect(page.url()).toMatch(/\/decoys\/[0-9a-f]{16}$/);

    await page.goto(`${ui.program.address}/decoys`);
    await page.getByRole('heading', { name: 'Who they pretend to be' }).waitFor();
    await page.getByRole('link', { name: 'Options of SSH' }).click();
    const sheet = page.getByRole('dialog', { name: 'SSH decoy' });
    expect(await sheet.getByLabel(/^Port/).isDisabled()).toBe(true);
    await sheet.getByLabel('Logins').selectOption('never');
    await sheet.getByLabel('Failures first').waitFor({ state: 'detached' });
    await sheet.getByLabel('Legal notice').fill('Authorised people only\nLeave now');
    await sheet.getByRole('button', { name: 'Save' }).click();
    await page.getByText('SSH goes on with the new options').waitFor();
    const { decoys } = await getJson(ui.program, '/api/decoys');
    expect(decoys.find(({ name }: { name: string }) => name === 'ssh')).toMatchObject({
      state: 'on',
      options: { accept: 'never', banner: 'Authorised people only\nLeave now' },
    });
    const own = page.getByRole('switch', { name: 'SSH decoy' });
    await own.waitFor();
    await own.click();
    await page.getByText('SSH is off').waitFor();
    await expect(touch(port)).rejects.toThrow('ECONNREFUSED');
    expect(ui.faults).toEqual([]);
  });

  test('a decoy without a port of the configuration is moved; bait is laid, shown once and taken away', async () => {
    const [other] = (await freePorts(1)) as [number];
    const page = await ui.open('/decoys?options=redis');
    const sheet = page.getByRole('dialog', { name: 'Redis decoy' });
    await sheet.getByLabel(/^Port/).fill(String(other));
    await sheet.getByRole('button', { name: 'Save' }).click();
    await page.getByText('Kept for when Redis is on').waitFor();
    await page.getByRole('switch', { name: 'Redis decoy' }).click();
    await waitFor('the decoy at its port', async () => (await touch(other).catch(() => '')).includes('-ERR'), 60_000);

    await page.getByRole('tab', { name: 'Bait' }).click();
    await page.getByLabel('Where it will lie').fill('page “Backups” in the wiki');
    await page.getByRole('button', { name: 'Lay', exact: true }).click();
    const told = page.getByRole('status').filter({ hasText: 'Lay it now' });
    await told.getByText('which is not shown again').waitFor();
    const { honeytokens } = await getJson(ui.program, '/api/honeytokens');
    const laid = honeytokens.find(({ origin }: { origin: string }) => origin === 'own');
    expect(await told.textContent()).toContain(laid.value);
    expect(laid).toMatchObject({ kind: 'account', has_password: true });
    const row = page.getByRole('listitem').filter({ hasText: laid.value });
    await row.getByRole('button', { name: 'Remove' }).click();
    await row.waitFor({ state: 'detached' });
    expect(ui.faults).toEqual([]);
    await page.close();
  });

  test('the network page: a file of packets is read, and what it holds is shown in every view', async () => {
    const page = await ui.open('/network?tab=files');
    await page.getByText('No file was read since the start.').waitFor();
    await page.getByLabel('File of packets').setInputFiles('src/wire/samples/mixed.pcap');
    await page.getByText('read', { exact: true }).waitFor();
    await page.getByRole('tab', { name: 'Conversations' }).click();
    const conversations = page.getByRole('table', { name: 'Conversations' });
    await conversations.getByRole('row').nth(1).waitFor();
    await page.getByRole('tab', { name: 'Talkers' }).click();
    await page.getByRole('table', { name: 'Talkers' }).getByRole('row').nth(1).waitFor();
    for (const name of ['Map', 'Protocols', 'Packets', 'Attack chain']) {
      await page.getByRole('tab', { name, exact: true }).click();
      await page.getByRole('tabpanel', { name }).waitFor();
    }
    await page.getByRole('tab', { name: 'Conversations' }).click();
    await page.getByLabel('Address').fill('192.0.2.254');
    await page.waitForURL((url) => url.searchParams.get('address') === '192.0.2.254');
    await conversations.waitFor({ state: 'detached' });
    await page.getByRole('button', { name: 'Start' }).waitFor();
    expect(ui.faults).toEqual([]);
    await page.close();
  });
});
