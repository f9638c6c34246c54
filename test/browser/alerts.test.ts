import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { adminPassword, waitFor } from '../program.ts';
import { missing } from './missing.ts';
import { failedLogins, sendSyslog, startUi, type Ui } from './ui.ts';

// Generous: the machine may be busy with everything else.
vi.setConfig({ testTimeout: 240_000 });

describe.skipIf(missing)('from the login to an acknowledged alert', () => {
  let ui: Ui;
  beforeAll(async () => {
    ui = await startUi();
  }, 180_000);
  afterAll(() => ui?.close());

  test('a visitor is asked to log in, and a wrong password is refused in a sentence', async () => {
    const page = await ui.open('/alerts', { login: false });
    await page.waitForURL(/\/login/);
    await page.getByLabel('User name').fill('admin');
    await page.getByLabel('Password').fill('wrong');
    await page.getByRole('button', { name: 'Log in' }).click();
    await page.getByRole('alert').waitFor();
    ui.faults.length = 0;
    await page.getByLabel('Password').fill(adminPassword);
    await page.keyboard.press('Enter');
    await page.waitForURL(/\/alerts$/);
    await page.getByRole('heading', { name: 'Alerts' }).waitFor();
    expect(ui.faults).toEqual([]);
    await page.context().close();
  });

  test('an attack appears by itself, is explained, acknowledged by keyboard, and the undo brings it back', async () => {
    const first = await ui.open('/');
    await first.getByRole('heading', { name: 'Send syslog here' }).waitFor();

    const page = await ui.open('/alerts');
    await page.getByText('No new alerts.').waitFor();
    await page.locator('[data-live=live]').waitFor();
    await sendSyslog(ui.program, failedLogins('203.0.113.66'));
    const row = page.getByRole('link', { name: 'SSH brute force' });
    await row.waitFor();

    await page.keyboard.press('j');
    for (let step = 0; step < 10 && !(await row.evaluate((link) => link === document.activeElement)); step += 1)
      await page.keyboard.press('j');
    await page.keyboard.press('Enter');
    await page.waitForURL(/\/alerts\/[^/?]+$/);
    await page.getByRole('heading', { name: 'SSH brute force', level: 1 }).waitFor();
    const explanation = page.getByTestId('explanation');
    expect(await explanation.textContent()).toContain('203.0.113.66');
    expect(await explanation.getByLabel('Matched').count()).toBeGreaterThan(0);
    const events = page.getByTestId('events');
    expect(await events.locator('li').count()).toBeGreaterThanOrEqual(5);
    expect(await events.textContent()).toContain('Failed password for root from 203.0.113.66');

    await page.keyboard.press('a');
    await page.getByTestId('status').filter({ hasText: 'Acknowledged' }).waitFor();
    const id = page.url().split('/').at(-1);
    const stored = async () => (await (await ui.program.api(`/api/alerts/${id}`)).json()) as { acknowledged: boolean };
    await waitFor('the acknowledgement on the server', async () => (await stored()).acknowledged);
    await page.getByRole('button', { name: 'Undo' }).click();
    await page.getByTestId('status').filter({ hasText: 'New' }).waitFor();
    await waitFor('the undo on the server', async () => !(await stored()).acknowledged);

    await first.getByRole('heading', { name: 'Alerts by severity' }).waitFor();
    expect(ui.faults).toEqual([]);
  });

  test('new alerts wait behind a button instead of moving the list', async () => {
    const page = await ui.open('/alerts');
    const rows = page.getByTestId('queue').getByRole('link');
    await rows.first().waitFor();
    await page.locator('[data-live=live]').waitFor();
    const before = await rows.first().evaluate((link) => link.getAttribute('href'));
    await sendSyslog(ui.program, failedLogins('203.0.113.67', 'alice'));
    const more = page.getByRole('button', { name: /^\d+ new$/ });
    await more.waitFor();
    expect(await rows.first().evaluate((link) => link.getAttribute('href'))).toBe(before);
    await more.click();
    await page.getByText('203.0.113.67').first().waitFor();
    expect(await rows.first().evaluate((link) => link.getAttribute('href'))).not.toBe(before);
  });

  test('several alerts are selected and acknowledged at once', async () => {
    const page = await ui.open('/alerts');
    const rows = page.getByTestId('queue').getByRole('link');
    await rows.first().waitFor();
    await page.keyboard.press('j');
    await page.keyboard.press('x');
    await page.keyboard.press('j');
    await page.keyboard.press('x');
    await page.getByRole('toolbar', { name: 'Selected alerts' }).getByText('2 selected').waitFor();
    await page.keyboard.press('a');
    await page.getByText('2 alerts acknowledged').waitFor();
    await waitFor('two acknowledged alerts on the server', async () => {
      const answer = await ui.program.api('/api/alerts?acknowledged=true');
      return ((await answer.json()) as unknown[]).length === 2;
    });
    expect(ui.faults).toEqual([]);
  });

  test('grouping and filters live in the address and survive a reload', async () => {
    const page = await ui.open('/alerts?view=all');
    await page.getByRole('button', { name: 'By rule' }).click();
    await page.waitForURL(/group=rule/);
    const group = page.getByTestId('queue').getByRole('button', { name: /SSH brute force/ });
    await group.waitFor();
    await page.getByRole('searchbox', { name: 'Filter by text' }).fill('203.0.113.67');
    await page.waitForURL(/q=/);
    await page.reload();
    await group.waitFor();
    expect(await page.getByRole('searchbox', { name: 'Filter by text' }).inputValue()).toBe('203.0.113.67');
    await group.click();
    await page.getByTestId('queue').getByRole('link').first().waitFor();
  });
});
