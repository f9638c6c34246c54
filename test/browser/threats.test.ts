import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { waitFor } from '../program.ts';
import { weakContrasts } from './contrast.ts';
import { missing } from './missing.ts';
import { failedLogins, sendSyslog, startUi, type Ui } from './ui.ts';

// Generous: the machine may be busy with everything else.
vi.setConfig({ testTimeout: 240_000 });

const packet = (address: string, port: number) =>
  `kernel - - - [UFW BLOCK] IN=eth0 OUT= SRC=${address} DST=192.0.2.10 LEN=40 TTL=64 ID=1 PROTO=TCP SPT=40000 DPT=${port} WINDOW=1024 RES=0x00 SYN URGP=0`;

describe.skipIf(missing)('threats over history', () => {
  let ui: Ui;
  beforeAll(async () => {
    ui = await startUi();
    const logins = Array.from({ length: 30 }, (_, i) => failedLogins('203.0.113.66', `user${i}`, 1)).flat();
    const ports = Array.from({ length: 45 }, (_, i) => packet('203.0.113.77', 1000 + i));
    const flood = Array.from({ length: 130 }, () => packet('203.0.113.88', 80));
    const all = [...logins, ...failedLogins('203.0.113.67', '<b>mallory</b>', 6), ...ports, ...flood];
    await sendSyslog(ui.program, all);
    const stored = async () =>
      ((await (await ui.program.api('/api/stats')).json()) as { stored_events: number }).stored_events;
    await waitFor('the events', async () => (await stored()) >= all.length, 60_000);
  }, 240_000);
  afterAll(() => ui?.close());

  test('a brute force: from the list to its windows, its timeline, and on', async () => {
    const page = await ui.open('/threats');
    const list = page.getByRole('list', { name: 'Detections' });
    await list.getByText('203.0.113.66').waitFor();
    expect(await list.getByRole('listitem').count()).toBe(2);
    await page.getByText('2 detections').waitFor();
    // Most severe first.
    expect(await list.getByRole('listitem').first().textContent()).toContain('30 attempts · 30 users · 1 window');
    await page.keyboard.press('j');
    await page.keyboard.press('Enter');
    const drawer = page.getByRole('dialog');
    await drawer.getByText('attempts 30 ≥ 20').waitFor();
    expect(page.url()).toContain('open=203.0.113.66');
    await drawer.getByRole('link', { name: 'Failed SSH logins within a quarter of an hour' }).waitFor();
    await drawer.getByRole('button', { name: 'Show the timeline' }).click();
    await drawer.getByText('30 failed logins').waitFor();
    expect(await drawer.getByRole('list', { name: 'Timeline' }).getByRole('listitem').count()).toBe(30);
    const href = (name: string) => drawer.getByRole('link', { name }).getAttribute('href');
    expect(await href('About the address')).toContain('/entity/address/203.0.113.66');
    expect(decodeURIComponent((await href('Its events')) ?? '')).toContain('src_ip:203.0.113.66');
    expect(await href('Its alerts')).toContain('entity=203.0.113.66');
    expect(await weakContrasts(page)).toEqual([]);
    await page.keyboard.press('Escape');
    await drawer.waitFor({ state: 'hidden' });
    // Names come from attackers.
    await list.getByText('203.0.113.67').click();
    await drawer.getByText('<b>mallory</b>').first().waitFor();
    expect(ui.faults).toEqual([]);
    await page.close();
  });

  test('parameters are asked with, and stand in the address', async () => {
    const page = await ui.open('/threats');
    await page.getByText('2 detections').waitFor();
    await page.getByLabel('Failed logins, at least').fill('0');
    await page.getByText('1 to 1,000').waitFor();
    expect(await page.getByRole('button', { name: 'Look' }).isDisabled()).toBe(true);
    await page.getByLabel('Failed logins, at least').fill('20');
    await page.getByRole('button', { name: 'Look' }).click();
    await page.getByText('1 detection', { exact: true }).waitFor();
    expect(page.url()).toContain('limit=20');
    await page.getByLabel('Only this address').fill('203.0.113.1');
    await page.getByRole('button', { name: 'Look' }).click();
    await page.getByText('Brute force: nothing found in this time.').waitFor();
    await page.getByRole('button', { name: 'Back to the standard parameters' }).click();
    await page.getByText('2 detections').waitFor();
    await page.getByRole('group', { name: 'Severity' }).getByRole('button', { name: /High/ }).click();
    await page.getByText('1 detection', { exact: true }).waitFor();
    expect(page.url()).toContain('severity=HIGH');
    await page.close();
  });

  test('the other kinds, and a file of what is shown', async () => {
    const page = await ui.open('/threats?kind=port-scan');
    await page.getByText('45 attempts · 45 ports · 1 window').waitFor();
    await page.getByRole('button', { name: 'Floods' }).click();
    await page.getByText('Flood of one address').waitFor();
    expect(page.url()).toContain('kind=ddos');
    await page.getByRole('button', { name: 'Export' }).click();
    const saved = page.waitForEvent('download');
    await page.getByRole('menuitem', { name: /CSV/ }).click();
    expect((await saved).suggestedFilename()).toBe('phosor-ddos.csv');
    await page.getByRole('button', { name: 'SQL injection' }).click();
    await page.getByText(/nothing found in this time/).waitFor();
    expect(ui.faults).toEqual([]);
    await page.close();
  });

  test('on a phone nothing is wider than the screen', async () => {
    const page = await ui.open('/threats', { width: 390, height: 844 });
    await page.getByText('203.0.113.66').waitFor();
    const width = () => page.evaluate(() => document.documentElement.scrollWidth);
    expect(await width()).toBeLessThanOrEqual(390);
    await page.getByText('203.0.113.66').click();
    await page.getByRole('dialog').getByText('attempts 30 ≥ 20').waitFor();
    expect(await width()).toBeLessThanOrEqual(390);
    if (process.env.SHOTS) {
      await page.screenshot({ path: `${process.env.SHOTS}/phone-drawer.png` });
      for (const [name, width, colorScheme] of [
        ['dark', 1280, 'dark'],
        ['light', 1280, 'light'],
        ['phone', 390, 'dark'],
      ] as const) {
        const other = await ui.open('/threats', { width, height: 844 });
        await other.emulateMedia({ colorScheme });
        await other.getByText('203.0.113.66').waitFor();
        await other.screenshot({ path: `${process.env.SHOTS}/${name}.png` });
        if (width < 1000) continue;
        await other.getByText('203.0.113.66').click();
        await other.getByRole('dialog').getByText('attempts 30 ≥ 20').waitFor();
        await other.waitForTimeout(400);
        await other.screenshot({ path: `${process.env.SHOTS}/${name}-drawer.png` });
      }
    }
  });
});
