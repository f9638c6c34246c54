import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { waitFor } from '../program.ts';
import { missing } from './missing.ts';
import { failedLogins, sendSyslog, startUi, type Ui } from './ui.ts';

// Generous: the machine may be busy with everything else.
vi.setConfig({ testTimeout: 240_000 });

interface Told {
  id: string;
  title: string;
  status: string;
  owner: string | null;
  disposition: string | null;
}

describe.skipIf(missing)('an incident from the first alert to its end', () => {
  let ui: Ui;
  beforeAll(async () => {
    ui = await startUi();
  }, 180_000);
  afterAll(() => ui?.close());
  const stored = async (): Promise<Told> => {
    const all = (await (await ui.program.api('/api/incidents?entity=203.0.113.80')).json()) as Told[];
    return all[0] as Told;
  };

  test('it appears by itself, is taken, noted, closed and opened again', async () => {
    const page = await ui.open('/incidents');
    await page.getByText('No open incident.').waitFor();
    await page.locator('[data-live=live]').waitFor();
    await sendSyslog(ui.program, [
      ...failedLogins('203.0.113.80'),
      'sshd 4243 - - Accepted password for root from 203.0.113.80 port 40100 ssh2',
    ]);
    await page
      .getByRole('link', { name: /203\.0\.113\.80/ })
      .first()
      .waitFor();

    // By keyboard: to it, into it, and it is mine.
    await page.keyboard.press('j');
    await page.keyboard.press('Enter');
    await page.waitForURL(/\/incidents\/[^/?]+$/);
    await page.getByRole('heading', { name: 'What happened' }).waitFor();
    await page.keyboard.press('o');
    await page.getByTestId('owner').filter({ hasText: 'admin' }).waitFor();
    await page.getByTestId('status').filter({ hasText: 'In progress' }).waitFor();

    await page.getByLabel('Add a note').fill('Asked the owner of web01 <b>twice</b>.');
    await page.getByRole('button', { name: 'Add the note' }).click();
    await page.getByText('Asked the owner of web01 <b>twice</b>.').first().waitFor();

    await page.getByRole('button', { name: 'Alerts', exact: true }).click();
    await page
      .getByRole('button', { name: /^Pin .* as evidence$/ })
      .first()
      .click();
    await page.getByLabel('Why is it evidence?').fill('it begins here');
    await page.keyboard.press('Enter');
    await page.getByText('it begins here').first().waitFor();

    await page.getByRole('button', { name: 'Attack chain' }).click();
    await page.getByTestId('graph').getByText('203.0.113.80').waitFor();
    await page.getByRole('table', { name: 'Steps of the attack' }).waitFor();

    await page.keyboard.press('c');
    const dialog = page.getByRole('dialog');
    await dialog.getByLabel(/^True positive/).check();
    await dialog.getByRole('button', { name: 'Close the incident' }).click();
    await page.getByTestId('status').filter({ hasText: 'Closed' }).waitFor();
    await waitFor('the end on the server', async () => (await stored()).status === 'closed');
    expect((await stored()).disposition).toBe('true_positive');
    const open = (await (await ui.program.api('/api/alerts?entity=203.0.113.80&status=new')).json()) as unknown[];
    expect(open).toEqual([]);

    await page.getByRole('button', { name: 'Reopen' }).waitFor();
    await page.keyboard.press('e');
    await page.getByTestId('status').filter({ hasText: 'In progress' }).waitFor();
    await waitFor('the reopening on the server', async () => (await stored()).status === 'in_progress');

    // The timeline tells all of it.
    await page.getByRole('button', { name: 'Timeline' }).click();
    const timeline = page.getByRole('list', { name: 'Timeline' });
    for (const text of [
      'Status: new → in progress',
      'Status: in progress → closed',
      'Disposition: none → true positive',
    ])
      await timeline.getByText(text).first().waitFor();
    expect(ui.faults).toEqual([]);
    await page.context().close();
  });

  test('an alert leads to its incident, and an address to everything known of it', async () => {
    const { id } = await stored();
    const detail = (await (await ui.program.api(`/api/incidents/${id}`)).json()) as { alerts: { id: string }[] };
    const page = await ui.open(`/alerts/${detail.alerts[0]?.id}`);
    await page.getByText(/^Part of an incident of/).click();
    await page.waitForURL(new RegExp(`/incidents/${id}`));
    await page.getByRole('link', { name: 'Address 203.0.113.80' }).first().click();
    await page.waitForURL(/\/entity\/address\/203\.0\.113\.80/);
    await page.getByRole('heading', { name: '203.0.113.80' }).waitFor();
    await page.reload();
    await page.getByRole('heading', { name: 'Users it tried' }).waitFor();
    await page.getByRole('button', { name: 'Write something down' }).click();
    await page.getByLabel('Note').fill('the scanner of a customer');
    await page.getByLabel('Tags').fill('customer, scanner');
    await page.getByRole('button', { name: 'Save' }).click();
    await page.getByText('the scanner of a customer').waitFor();
    await page.getByRole('link', { name: 'Search its events' }).click();
    await page.waitForURL(/\/search\?.*203\.0\.113\.80/);
    expect(ui.faults).toEqual([]);
    await page.context().close();
  });

  test('on a phone nothing runs out of the screen', async () => {
    const { id } = await stored();
    for (const path of [
      '/incidents',
      `/incidents/${id}`,
      `/incidents/${id}?pane=chain`,
      '/entity/address/203.0.113.80',
    ]) {
      const page = await ui.open(path, { width: 390, height: 844 });
      await page.getByRole('heading').first().waitFor();
      await page.getByText('203.0.113.80').first().waitFor();
      const wide = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
      expect(wide, path).toBeLessThanOrEqual(0);
      await page.context().close();
    }
    expect(ui.faults).toEqual([]);
  });
});
