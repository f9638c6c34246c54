import type { Locator } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { waitFor } from '../program.ts';
import { missing } from './missing.ts';
import { rulesOf } from './rule-list.ts';
import { failedLogins, sendSyslog, startUi, type Ui } from './ui.ts';

// Generous: the machine may be busy with everything else.
vi.setConfig({ testTimeout: 240_000 });

/** Whether something is drawn within so many pixels of the right end of the axis below a chart. */
const axisInk = (chart: Locator, pixels: number) =>
  chart.evaluate((canvas: HTMLCanvasElement, wide) => {
    const scale = canvas.width / canvas.clientWidth;
    const [width, height] = [Math.round(wide * scale), Math.round(22 * scale)];
    const context = canvas.getContext('2d');
    const data = context?.getImageData(canvas.width - width, canvas.height - height, width, height).data;
    return data?.some((value, at) => at % 4 === 3 && value > 0);
  }, pixels);

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
    await hidden.filter({ hasText: '2 hidden' }).waitFor();
    await page.getByRole('navigation', { name: 'Main' }).first().getByTitle('1 open').first().waitFor();

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

  test('are what a rule makes that somebody saves as a signal; it is brought back', async () => {
    const rule = await named('SSH brute force');
    const page = await ui.open(`/rules/${rule.id}?pane=backtest`);
    await page.getByRole('button', { name: 'Run', exact: true }).click();
    const pane = page.getByTestId('backtest');
    const raised = pane.getByRole('link', { name: /^Raised/ });
    await raised.nth(4).waitFor();
    // Each of the five leads to the alert that was raised when it happened.
    expect(await raised.count()).toBe(5);
    // The days below the chart: the last stands there whole.
    const chart = pane.locator('.uplot canvas');
    await chart.waitFor();
    expect(await axisInk(chart, 60)).toBe(true);
    expect(await axisInk(chart, 2)).toBe(false);
    const popup = page.waitForEvent('popup');
    await raised.first().click();
    const opened = await popup;
    await opened.getByRole('heading', { name: 'SSH brute force', level: 1 }).waitFor();
    await opened.getByText('203.0.113.1').first().waitFor();

    await pane.getByRole('button', { name: 'Save as signal' }).click();
    await page.getByText('“SSH brute force” is a signal now').waitFor();
    await page.locator('header').getByText('Signal', { exact: true }).waitFor();
    expect((await named('SSH brute force')).state).toBe('signal');
    await attack(6);
    const [quiet] = await json<{ signal: boolean }[]>('/api/alerts?entity=203.0.113.6&q=brute');
    expect(quiet).toMatchObject({ signal: true });

    await page.goto(`${ui.program.address}/rules/${rule.id}?pane=upkeep`);
    const upkeep = page.getByTestId('upkeep');
    await upkeep.getByText(/^Saved as a signal by admin on/).waitFor();
    await upkeep.getByRole('button', { name: 'Raise its alerts again' }).click();
    await upkeep.getByRole('button', { name: 'Save as signal' }).waitFor();
    expect((await named('SSH brute force')).state).toBe('on');
    await attack(7);
    expect(await json('/api/alerts?entity=203.0.113.7&q=brute')).toMatchObject([{ signal: false }]);
    expect(ui.faults).toEqual([]);
  });

  test('come from a new rule that is created as one, from its first alert on', async () => {
    const page = await ui.open('/rules/new?kind=pattern');
    await page.getByLabel('Name').fill('Lines with a marker');
    await page.getByLabel('Field', { exact: true }).fill('raw');
    await page.getByLabel('Regular expression').fill('marker-4711');
    await page.getByLabel('Group by').fill('host');
    await page.getByRole('button', { name: 'Create as signal' }).click();
    await page.waitForURL(/\/rules\/[0-9a-f-]{36}/);
    await page.getByText('“Lines with a marker” is in force, as a signal').waitFor();
    expect(await named('Lines with a marker')).toMatchObject({ state: 'signal' });
    await sendSyslog(ui.program, ['app 1 - - marker-4711 was seen']);
    await waitFor('the alert', async () => {
      const [found] = await json<{ signal: boolean }[]>('/api/alerts?q=Lines+with+a+marker&signals=only');
      return found?.signal;
    });
    expect(ui.faults).toEqual([]);
  });
});
