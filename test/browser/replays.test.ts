import type { Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import { waitFor } from '../program.ts';
import { weakContrasts } from './contrast.ts';
import { missing } from './missing.ts';
import { failedLogins, sendSyslog, startUi, type Ui } from './ui.ts';

// Generous: the machine may be busy with everything else.
vi.setConfig({ testTimeout: 240_000 });

interface Replay {
  id: string;
  name: string;
  state: string;
  alerts: number;
  rule_ids: string[] | null;
}

describe.skipIf(missing)('replays', () => {
  let ui: Ui;
  beforeAll(async () => {
    ui = await startUi();
    await sendSyslog(ui.program, [...failedLogins('203.0.113.70'), ...failedLogins('203.0.113.71', 'bob', 9)]);
    await sendSyslog(ui.program, ['sudo - - -     bob : TTY=pts/0 ; PWD=/ ; USER=root ; COMMAND=/bin/cat /etc/shadow']);
    await waitFor('the alerts', async () => {
      const answer = await ui.program.api('/api/alerts');
      return ((await answer.json()) as unknown[]).length >= 3;
    });
  }, 180_000);
  afterAll(() => ui?.close());
  // A page that nobody looks at goes on asking the server.
  afterEach(async () => {
    for (const context of ui.browser.contexts()) await context.close();
  });

  const list = async (): Promise<Replay[]> =>
    ((await (await ui.program.api('/api/replays')).json()) as { replays: Replay[] }).replays;
  /** Runs one over the API. */
  async function replayed(name: string, rules: string[] | 'current' = 'current'): Promise<Replay> {
    const init = { method: 'POST', headers: { 'content-type': 'application/json' } };
    const answer = await ui.program.api('/api/replays', { ...init, body: JSON.stringify({ name, rules }) });
    expect(answer.status, await answer.clone().text()).toBe(202);
    return waitFor(`the end of ${name}`, async () =>
      (await list()).find((replay) => replay.name === name && replay.state === 'done'),
    );
  }
  const alerts = (page: Page) => page.getByTestId('replay-alerts').getByRole('listitem');
  const overflow = (page: Page) =>
    page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);

  test('one is started, followed, opened, and its alert is explained but not taken for a live one', async () => {
    const page = await ui.open('/replays');
    await page.getByRole('button', { name: 'All', exact: true }).click();
    await page.waitForURL(/range=all/);
    await page.getByLabel('Name').fill('before <b>it</b>');
    await page.getByRole('button', { name: 'Start' }).click();
    await page.getByTestId('replays').getByRole('link', { name: 'before <b>it</b>' }).click();
    await page.waitForURL(/\/replays\/[0-9a-z]+$/);
    const banner = page.getByTestId('replay-banner');
    expect(await banner.textContent()).toMatch(/^Replay before <b>it<\/b>, not live\./);
    const live = (await (await ui.program.api('/api/alerts')).json()) as { id: string }[];
    await alerts(page).first().waitFor();
    expect(await alerts(page).count()).toBe(live.length);
    // All of them were raised live as well.
    expect(await page.getByText('Not raised live').count()).toBe(0);

    await page.getByRole('button', { name: /SSH brute force/ }).click();
    await page.waitForURL(/rule=/);
    await waitFor('the two of that rule', async () => (await alerts(page).count()) === 2);
    await page.getByRole('button', { name: 'Oldest' }).click();
    await page.waitForURL(/order=oldest/);
    await page.reload();
    await alerts(page).first().getByRole('link', { name: 'SSH brute force' }).waitFor();
    expect(await alerts(page).count()).toBe(2);
    await page.getByRole('button', { name: '203.0.113.71' }).first().click();
    await page.waitForURL(/entity=203\.0\.113\.71/);
    await waitFor('the one about it', async () => (await alerts(page).count()) === 1);

    await alerts(page).first().getByRole('link').click();
    await page.waitForURL(/\/replays\/[0-9a-z]+\/alerts\//);
    await page.getByRole('heading', { level: 1, name: 'SSH brute force' }).waitFor();
    expect(await banner.textContent()).toContain('not live');
    await page.getByTestId('explanation').getByText('at least 5 events').first().waitFor();
    expect(await page.getByTestId('events').getByRole('listitem').count()).toBe(9);
    // Nothing to decide about it.
    expect(await page.getByRole('button', { name: /Acknowledge|Decide|Exception/ }).count()).toBe(0);
    await page.getByRole('link', { name: 'Was raised live' }).click();
    await page.waitForURL(/^[^?]*\/alerts\/[0-9a-f-]+$/);
    await page.getByTestId('status').waitFor();
    expect(await page.getByTestId('replay-banner').count()).toBe(0);
    expect(ui.faults).toEqual([]);
  });

  test('a rule leads to a replay with it alone; it is deleted when that was asked twice', async () => {
    const rules = (await (await ui.program.api('/api/rules')).json()) as { id: string; name: string }[];
    const { id } = rules.find(({ name }) => name === 'SSH brute force') as { id: string };
    const page = await ui.open('/rules?q=SSH%20brute%20force');
    await page.getByRole('button', { name: 'Actions for SSH brute force' }).click();
    await page.getByRole('menuitem', { name: 'Replay history with it' }).click();
    await page.waitForURL(/\/replays\?rules=/);
    await page.getByRole('list', { name: 'Chosen rules' }).getByText('SSH brute force').waitFor();
    await page.getByLabel('Name').fill('one rule');
    await page.getByRole('button', { name: 'Start' }).click();
    await page.getByTestId('replays').getByRole('link', { name: 'one rule' }).waitFor();
    expect((await list())[0]).toMatchObject({ name: 'one rule', rule_ids: [id], alerts: 2 });
    await page.getByRole('button', { name: 'Delete one rule' }).click();
    await page.getByRole('button', { name: 'Really delete one rule?' }).click();
    await page.getByText('The replay “one rule” is deleted').waitFor();
    await waitFor('it to be gone', async () => !(await list()).some(({ name }) => name === 'one rule'));
    await page.getByTestId('replays').getByText('one rule', { exact: true }).waitFor({ state: 'detached' });
    expect(ui.faults).toEqual([]);
  });

  test('one that is not there is said, with a way back', async () => {
    const page = await ui.open('/replays/0mwqzna040952spr');
    await page.getByText('There is no replay "0mwqzna040952spr"').waitFor();
    await page.getByRole('link', { name: 'Back to the replays' }).click();
    await page.getByRole('heading', { level: 1, name: 'Replays' }).waitFor();
    // The browser itself notes the answer 404.
    expect(ui.faults.splice(0).filter((fault) => !fault.includes('404'))).toEqual([]);
  });

  test.each([
    [390, 'dark'],
    [390, 'light'],
    [1280, 'dark'],
    [1280, 'light'],
  ] as const)('all of it fits %d px and can be read in %s', async (width, theme) => {
    const { id } = await replayed(`a rather long name of a replay ${width} ${theme}`);
    const found = (await (await ui.program.api(`/api/replays/${id}/alerts`)).json()) as { id: string }[];
    const page = await ui.open('/', { width });
    await page.emulateMedia({ reducedMotion: 'reduce' });
    await page.evaluate((name) => localStorage.setItem('phosor.theme', name), theme);
    const brute = '4d1f6a2e-6f0c-4b35-9a55-0c1b7f6a9e01';
    const paths = [
      `/replays?range=custom&rules=${encodeURIComponent(JSON.stringify([brute]))}`,
      `/replays/${id}?severity=high,low`,
      `/replays/${id}/alerts/${found[0]?.id}`,
    ];
    for (const path of paths) {
      await page.goto(ui.program.address + path);
      await page.getByRole('heading', { level: 1 }).waitFor();
      await page.waitForTimeout(500);
      expect(await overflow(page), path).toBeLessThanOrEqual(0);
      expect(await weakContrasts(page), path).toEqual([]);
    }
    expect(ui.faults).toEqual([]);
  });
});
