import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { waitFor } from '../program.ts';
import { browserMissing } from './chromium.ts';
import { rulesOf } from './rule-list.ts';
import { failedLogins, sendSyslog, startUi, type Ui } from './ui.ts';

const missing = await browserMissing();
if (missing) console.warn(`Browser tests skipped. ${missing}`);

// Generous: the machine may be busy with everything else.
vi.setConfig({ testTimeout: 240_000 });

describe.skipIf(missing)('alerts of rules that are signals', () => {
  let ui: Ui;
  beforeAll(async () => {
    ui = await startUi();
  }, 180_000);
  afterAll(() => ui?.close());
  const { json, named } = rulesOf(() => ui);
  const attack = async (host: number) => {
    const address = `203.0.113.${host}`;
    await sendSyslog(ui.program, failedLogins(address));
    await waitFor(`the alert about ${address}`, async () => {
      const found = await json<{ rule_name: string }[]>(`/api/alerts?entity=${address}`);
      return found.some(({ rule_name }) => rule_name === 'SSH brute force');
    });
  };
  const budget = async (noise_budget: number | null) => {
    const { id } = await named('SSH brute force');
    const answer = await ui.program.api(`/api/rules/${id}/budget`, {
      method: 'PATCH',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ noise_budget }),
    });
    expect(answer.status).toBe(200);
  };

  test('stay out of the queue and its counts; a switch in the address shows them', async () => {
    await attack(1);
    await budget(1);
    for (const host of [2, 3]) await attack(host);
    const page = await ui.open('/alerts');
    const rows = page.getByTestId('queue').getByRole('link', { name: 'SSH brute force' });
    await rows.first().waitFor();
    expect(await rows.count()).toBe(1);
    const hidden = page.getByTestId('hidden-signals');
    expect(await hidden.textContent()).toBe('2 hidden');
    expect(await page.getByRole('navigation', { name: 'Main' }).first().getByTitle('1 open').count()).toBe(1);

    // One more while somebody looks: it is counted, and nothing waits behind a button.
    await page.locator('[data-live=live]').waitFor();
    await attack(4);
    await hidden.filter({ hasText: '3 hidden' }).waitFor();
    expect(await page.getByRole('button', { name: /^\d+ new$/ }).count()).toBe(0);

    await page.getByRole('switch', { name: 'Show signals' }).click();
    await page.waitForURL(/signals=show/);
    await page.getByTestId('queue').getByText('Signal').nth(2).waitFor();
    expect(await rows.count()).toBe(4);
    await page.reload();
    await page.getByTestId('queue').getByText('Signal').nth(2).waitFor();
    expect(await page.getByRole('switch', { name: 'Show signals' }).isChecked()).toBe(true);

    await rows.first().click();
    await page.getByRole('heading', { name: 'SSH brute force', level: 1 }).waitFor();
    await page.getByText('Signal', { exact: true }).waitFor();
    expect(ui.faults).toEqual([]);
  });

  test('are what an empty queue points to', async () => {
    const page = await ui.open('/alerts?q=203.0.113.3');
    await page.getByText('1 signal is hidden.').waitFor();
    await page.getByRole('button', { name: 'Show signals' }).click();
    await page.waitForURL(/signals=show/);
    await page.getByTestId('queue').getByRole('link', { name: 'SSH brute force' }).waitFor();
    expect(page.url()).toContain('q=203.0.113.3');
  });

  test('stay signals when their rule is loud again, and the overview counts them apart', async () => {
    await budget(null);
    await attack(5);
    const page = await ui.open('/alerts');
    const rows = page.getByTestId('queue').getByRole('link', { name: 'SSH brute force' });
    await rows.nth(1).waitFor();
    expect(await rows.count()).toBe(2);
    expect(await page.getByTestId('hidden-signals').textContent()).toBe('3 hidden');
    await page.goto(`${ui.program.address}/`);
    await page.getByText(/in all · 3 signals/).waitFor();
    expect(ui.faults).toEqual([]);
  });
});
