import { readFile } from 'node:fs/promises';
import type { Page } from 'playwright-core';
import { extractText, getDocumentProxy } from 'unpdf';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { waitFor } from '../program.ts';
import { missing } from './missing.ts';
import { failedLogins, sendSyslog, startUi, type Ui } from './ui.ts';

// Generous: the machine may be busy with everything else.
vi.setConfig({ testTimeout: 240_000 });

describe.skipIf(missing)('reports', () => {
  let ui: Ui;
  const attacker = '203.0.113.91';
  beforeAll(async () => {
    ui = await startUi();
    await sendSyslog(ui.program, failedLogins(attacker, 'root', 30));
    await waitFor('the alert', async () => {
      const answer = await ui.program.api(`/api/alerts?entity=${attacker}`);
      return ((await answer.json()) as object[]).length > 0;
    });
  }, 180_000);
  afterAll(() => ui?.close());

  const report = (page: Page) => page.getByTestId('report');

  test('a report is read, taken as PDF, saved with notes, opened again and deleted', async () => {
    const page = await ui.open('/reports');
    await report(page).waitFor({ timeout: 120_000 });
    // 30 failed logins are one threat of severity high: 100 − 10.
    expect(await page.getByTestId('score').textContent()).toContain('90');
    await report(page).getByText('Every period starts with').waitFor();
    expect(await page.getByTestId('score-alerts').textContent()).toMatch(/alerts do not: \d+ high or critical/);
    const advice = report(page).getByText(`Block ${attacker}`);
    await advice.waitFor();
    await report(page)
      .getByText(/30 failed logins by/)
      .waitFor();

    const [download] = await Promise.all([
      page.waitForEvent('download', { timeout: 120_000 }),
      page.getByRole('button', { name: 'Export as PDF' }).click(),
    ]);
    expect(download.suggestedFilename()).toMatch(/^phosor-daily-report-[\d-]+\.pdf$/);
    const bytes = await readFile(await download.path());
    const { text, totalPages } = await extractText(await getDocumentProxy(new Uint8Array(bytes)));
    expect(totalPages).toBeGreaterThan(1);
    const all = text.join(' ');
    for (const words of ['Security score, never below 0', attacker, 'Recommendations', `Page 1 of ${totalPages}`])
      expect(all).toContain(words);

    await page.getByRole('button', { name: 'Save', exact: true }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByLabel('Name').fill('After the storm');
    await dialog.getByLabel('Notes').fill('Shown to the board');
    await dialog.getByRole('button', { name: 'Save' }).click();
    await dialog.waitFor({ state: 'detached' });

    await page.getByRole('tab', { name: 'Saved' }).click();
    await page.getByRole('button', { name: 'After the storm', exact: true }).click();
    await page.getByText('Shown to the board').waitFor();
    await report(page).getByText(`Block ${attacker}`).waitFor();
    await page.reload();
    await page.getByText('Shown to the board').waitFor();
    const remove = page.getByRole('button', { name: /elete After the storm/ });
    await remove.click();
    await remove.click();
    await page.getByText('No report is saved.').waitFor();
    expect(ui.faults).toEqual([]);
  });

  test('kind and days are in the address', async () => {
    const page = await ui.open('/reports?kind=custom&from=2026-11-01&to=2026-11-03');
    await report(page).getByText('Custom security report, 2026-11-01 to 2026-11-03').waitFor({ timeout: 120_000 });
    await page.getByRole('button', { name: 'Month', exact: true }).click();
    await page.waitForURL(/kind=monthly/);
  });

  test('a schedule is made, paused, tried and deleted; that no mail is configured is said', async () => {
    const page = await ui.open('/reports?tab=scheduled');
    await page.getByText('No way to send mail is configured').first().waitFor();
    await page.getByRole('button', { name: 'New schedule' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByLabel('Name').fill('Monday');
    await dialog.getByLabel('How often').selectOption('weekly');
    await dialog.getByLabel('Recipients').fill('boss@example.com, it@example.com');
    await dialog.getByRole('button', { name: 'Save' }).click();
    await dialog.waitFor({ state: 'detached' });
    const list = page.getByTestId('schedules');
    await list.getByText(/Every Monday at 07:00 \(UTC\)/).waitFor();
    await list.getByRole('switch', { name: 'Pause Monday' }).click();
    await list.getByText('paused', { exact: true }).waitFor();
    await list.getByRole('button', { name: 'Send now' }).click();
    await list.getByText(/Last try failed/).waitFor({ timeout: 120_000 });
    const remove = list.getByRole('button', { name: /elete Monday/ });
    await remove.click();
    await remove.click();
    await page.getByText('No report is sent by mail.').waitFor();
  });

  test('of a day without events says that there was nothing to judge', async () => {
    const page = await ui.open('/reports?kind=daily&date=2001-01-01');
    await report(page).waitFor({ timeout: 120_000 });
    const score = page.getByTestId('score');
    expect(await score.textContent()).toMatch(/^Nothing to judge/);
    expect(await score.textContent()).not.toContain('SECURE');
    await report(page).getByText('No event arrived in this period.').waitFor();
  });

  test('fits a phone', async () => {
    const page = await ui.open('/reports', { width: 390 });
    await report(page).waitFor({ timeout: 120_000 });
    const over = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
    expect(over).toBeLessThanOrEqual(0);
  });
});
