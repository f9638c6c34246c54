import { appendFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { adminPassword, waitFor } from '../program.ts';
import { missing } from './missing.ts';
import { failedLogins, sendSyslog, startUi, type Ui } from './ui.ts';

// Generous: the machine may be busy with everything else.
vi.setConfig({ testTimeout: 240_000 });

describe.skipIf(missing)('running Phosor from the browser', () => {
  const logs = mkdtempSync(join(tmpdir(), 'phosor-logs-'));
  const log = join(logs, 'shop.log');
  let ui: Ui;
  beforeAll(async () => {
    writeFileSync(log, '');
    ui = await startUi({ PHOSOR_FILE_ROOTS: logs });
  }, 180_000);
  afterAll(async () => {
    await ui?.close();
    rmSync(logs, { recursive: true, force: true });
  });

  const sources = async () => {
    const list = (await (await ui.program.api('/api/sources')).json()) as { name: string; events_received: number }[];
    return new Map(list.map((source) => [source.name, source.events_received]));
  };

  test('a log file is added, its lines arrive, it is removed, and the undo brings it back', async () => {
    const page = await ui.open('/sources');
    await page.getByRole('button', { name: 'Add a log file' }).click();
    const dialog = page.getByRole('dialog');
    const path = dialog.getByLabel(/^Path on the server/);
    expect(await path.evaluate((input) => input === document.activeElement)).toBe(true);
    await path.fill('/proc/version');
    await dialog.getByRole('button', { name: 'Follow' }).click();
    await dialog.getByRole('alert').waitFor();
    ui.faults.length = 0;
    await path.fill(log);
    await dialog.getByRole('button', { name: 'Follow' }).click();
    await dialog.waitFor({ state: 'detached' });
    const row = page.getByRole('article', { name: 'file_shop.log' });
    await row.waitFor();
    await waitFor('the file to be followed', async () => (await sources()).has('file_shop.log'));
    appendFileSync(
      log,
      'Nov 21 12:00:00 web01 sshd[4242]: Failed password for root from 203.0.113.31 port 4242 ssh2\n',
    );
    await row.getByText('Failed password for root from 203.0.113.31').waitFor();
    await row.getByText('sshd', { exact: true }).waitFor();

    await row.getByRole('button', { name: 'Edit file_shop.log' }).click();
    await dialog.getByRole('button', { name: 'Remove' }).click();
    await waitFor('the file to be gone', async () => !(await sources()).has('file_shop.log'));
    await row.waitFor({ state: 'detached' });
    await page.getByRole('button', { name: 'Undo' }).click();
    await row.waitFor();
    expect(ui.faults).toEqual([]);
  });

  test('a setting is changed at once, says so, and the undo takes it back', async () => {
    type Setting = { key: string; value: unknown; origin: string };
    const setting = async () => {
      const all = (await (await ui.program.api('/api/settings')).json()) as Setting[];
      return all.find(({ key }) => key === 'webhook.ratePerSecond');
    };
    const before = (await setting())?.value;
    const page = await ui.open('/settings?q=webhook');
    await page.getByRole('button', { name: 'Change Webhook events per second' }).click();
    const field = page.getByLabel('Webhook events per second');
    await field.fill('many');
    await page.keyboard.press('Enter');
    await page.getByText('A number is needed.').waitFor();
    await field.fill('321');
    await page.keyboard.press('Enter');
    await page.getByText('changed here').waitFor();
    expect(await setting()).toMatchObject({ value: 321, origin: 'runtime' });
    await page.getByRole('button', { name: 'Undo' }).click();
    await waitFor('the undo on the server', async () => (await setting())?.value === before);
    expect(ui.faults).toEqual([]);
  });

  test('the live tail is paused, walked and resumed by keyboard', async () => {
    const page = await ui.open('/live');
    await page.locator('[data-live=live]').waitFor();
    const tail = page.getByTestId('tail');
    await sendSyslog(ui.program, ['app 1 - - first of two', 'app 1 - - second of two']);
    await tail.getByText('second of two').waitFor();
    const line = tail.getByRole('button', { name: 'Details of first of two' });
    const focused = (name: string) =>
      waitFor(`the focus on ${name}`, () =>
        tail
          .getByRole('button', { name: `Details of ${name}` })
          .evaluate((button) => button === document.activeElement),
      );
    await page.keyboard.press('k');
    await page.getByRole('button', { name: 'Resume' }).waitFor();
    await focused('second of two');
    await page.keyboard.press('k');
    await focused('first of two');
    await page.keyboard.press('Enter');
    await page.getByRole('dialog').getByText('first of two').first().waitFor();
    await page.keyboard.press('Escape');
    await page.getByRole('dialog').waitFor({ state: 'detached' });
    await focused('first of two');

    await sendSyslog(ui.program, ['app 1 - - while paused']);
    await page.getByRole('button', { name: /^1 new/ }).waitFor();
    expect(await tail.getByText('while paused').count()).toBe(0);
    await line.blur();
    await page.keyboard.press(' ');
    await tail.getByText('while paused').waitFor();
    await page.keyboard.press('/');
    await page.keyboard.type('first of');
    await page.waitForURL(/q=first/);
    await tail.getByText('first of two').waitFor();
    expect(await tail.getByText('while paused').count()).toBe(0);
    expect(ui.faults).toEqual([]);
  });

  test('what was raised while the connection was away waits behind “new” once it is back', async () => {
    const { program } = ui;
    const page = await ui.open('/login', { login: false });
    let isAway = false;
    const connections: { close: () => Promise<void> }[] = [];
    await page.routeWebSocket('**/ws/events', (socket) => {
      if (isAway) return void socket.close();
      connections.push(socket);
      socket.connectToServer();
    });
    await page.getByLabel('User name').fill('admin');
    await page.getByLabel('Password').fill(adminPassword);
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: 'Overview' }).waitFor();
    await page.goto(`${program.address}/alerts`);
    await page.locator('[data-live=live]').waitFor();
    await sendSyslog(program, failedLogins('203.0.113.32'));
    const queue = page.getByTestId('queue');
    await queue.getByText('203.0.113.32').first().waitFor();

    isAway = true;
    for (const connection of connections) await connection.close();
    await page.locator('[data-live=offline]').waitFor();
    await sendSyslog(program, failedLogins('203.0.113.33'));
    await waitFor('the alert nobody saw', async () => {
      const answer = await program.api('/api/alerts?entity=203.0.113.33');
      return ((await answer.json()) as unknown[]).length > 0;
    });
    expect(await page.getByRole('button', { name: /^\d+ new$/ }).count()).toBe(0);
    isAway = false;
    await page.getByRole('button', { name: /^\d+ new$/ }).click();
    await queue.getByText('203.0.113.33').first().waitFor();
  });

  test('what is raised while the first list is on its way is shown', async () => {
    const { program } = ui;
    const page = await ui.open('/live');
    await page.locator('[data-live=live]').waitFor();
    const heard = Promise.withResolvers<void>();
    page.on('websocket', (socket) =>
      socket.on('framereceived', ({ payload }) => {
        const message = JSON.parse(payload.toString());
        if (message.type === 'alert' && message.data.message.includes('203.0.113.31')) heard.resolve();
      }),
    );
    let answers = 0;
    await page.route('**/api/alerts?*q=203*', async (request) => {
      const response = await request.fetch();
      answers += 1;
      if (answers === 1) {
        await page.locator('[data-live=live]').waitFor();
        await sendSyslog(program, failedLogins('203.0.113.31'));
      }
      await heard.promise;
      await request.fulfill({ response });
    });
    await page.goto(`${program.address}/alerts?q=203.0.113.31`);
    await page.getByTestId('queue').getByText('203.0.113.31').first().waitFor();
    expect(answers).toBeGreaterThan(1);
  });

  test('an administrator makes a link, and who has it chooses a password with it, once', async () => {
    const { program } = ui;
    const created = await program.api('/api/users', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ username: 'lena', password: 'soon forgotten words', role: 'analyst' }),
    });
    expect(created.status).toBe(201);
    const page = await ui.open('/settings?tab=users');
    await page.getByRole('button', { name: 'Change lena' }).click();
    await page.getByRole('button', { name: 'Make a link' }).click();
    const link = await page.getByRole('dialog').getByText('/reset#token=').textContent();
    const other = await ui.open('/login', { login: false });
    await other.goto(String(link));
    await other.getByRole('heading', { name: 'Choose the new password of lena' }).waitFor();
    expect(other.url()).not.toContain('token');
    await other.getByLabel('Password').fill('a lantern on the quay');
    await other.getByLabel('Once more').fill('a lantern on the quay');
    await other.getByRole('button', { name: 'Set the password and log in' }).click();
    await other.getByRole('heading', { name: 'Overview' }).waitFor();
    await other.goto('about:blank');
    await other.goto(String(link));
    await other.getByRole('heading', { name: 'The link does not work' }).waitFor();
    // The browser itself notes an answer of 410.
    ui.faults.length = 0;
  });

  test('a viewer reads everything, is offered nothing that would be refused, and changes the own password', async () => {
    const { program } = ui;
    const password = 'a kettle in the north';
    const created = await program.api('/api/users', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ username: 'vera', password, role: 'viewer' }),
    });
    expect(created.status).toBe(201);
    await sendSyslog(program, failedLogins('203.0.113.34'));
    const page = await ui.open('/login', { login: false });
    const login = async (secret: string) => {
      await page.getByLabel('User name').fill('vera');
      await page.getByLabel('Password').fill(secret);
      await page.keyboard.press('Enter');
      await page.getByRole('heading', { name: 'Overview' }).waitFor();
    };
    await login(password);
    ui.faults.length = 0;
    await page.goto(`${program.address}/alerts`);
    await page.getByTestId('queue').getByRole('link').first().waitFor();
    expect(await page.getByRole('button', { name: 'Acknowledge', exact: true }).count()).toBe(0);
    expect(await page.getByTestId('queue').getByRole('checkbox').count()).toBe(0);
    await page.keyboard.press('j');
    await page.keyboard.press('a');
    await page.keyboard.press('Enter');
    await page.getByTestId('explanation').waitFor();
    expect(await page.getByTestId('status').textContent()).toBe('New');
    expect(await page.getByRole('button', { name: 'Acknowledge', exact: true }).count()).toBe(0);
    for (const [path, forbidden] of [
      ['/rules', 'New rule'],
      ['/sources', 'Add a log file'],
    ] as const) {
      await page.goto(program.address + path);
      await page.getByRole('heading', { level: 1 }).waitFor();
      await page.waitForTimeout(300);
      expect(await page.getByRole('button', { name: forbidden }).count(), path).toBe(0);
    }
    await page.getByRole('button', { name: 'Account' }).click();
    await page.getByRole('menuitem', { name: 'Change the password' }).click();
    await page.getByLabel('Current password').fill(password);
    await page.getByLabel('New password').fill('a kettle in the south');
    await page.getByRole('button', { name: 'Change the password' }).click();
    await page.getByText('Your password is changed.').waitFor();
    expect(ui.faults).toEqual([]);
    await page.context().clearCookies();
    await page.goto(`${program.address}/login`);
    await login('a kettle in the south');
  });
});
