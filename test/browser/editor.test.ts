import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { waitFor } from '../program.ts';
import { browserMissing } from './chromium.ts';
import { weakContrasts } from './contrast.ts';
import { failedLogins, sendSyslog, startUi, type Ui } from './ui.ts';

const missing = await browserMissing();
if (missing) console.warn(`Browser tests skipped. ${missing}`);

// Generous: the machine may be busy with everything else.
vi.setConfig({ testTimeout: 240_000 });

const image = '<img src=x onerror=window.taken=1>';
const failure = (second: number, address = '203.0.113.5') =>
  `Nov 21 10:00:0${second} web01 sshd[22]: Failed password for root from ${address} port 402${second} ssh2`;

const bruteForce = `title: Three failed logins
correlation:
  type: event_count
  rules: [failed]
  group-by: [src_ip]
  timespan: 1m
  condition: { gte: 3 }
---
title: Failed login
name: failed
logsource: { product: linux, service: sshd }
detection:
  selection:
    event_type: auth.failure
  condition: selection
`;

describe.skipIf(missing)('the rule editor', () => {
  let ui: Ui;
  let ruleId: string;
  beforeAll(async () => {
    ui = await startUi();
    await sendSyslog(ui.program, [
      ...failedLogins('203.0.113.5', 'root', 6),
      'sshd 4242 - - Accepted password for root from 203.0.113.5 port 40009 ssh2',
      ...failedLogins('203.0.113.6', 'alice', 2),
      `app 1 - - ${image}`,
    ]);
    await waitFor('the events', async () => {
      const { events } = (await (await ui.program.api('/api/events?limit=20')).json()) as { events: unknown[] };
      return events.length >= 10;
    });
    const made = await ui.program.api('/api/rules', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ type: 'sigma', config: { yaml: bruteForce } }),
    });
    ruleId = ((await made.json()) as { id: string }).id;
  }, 180_000);
  afterAll(() => ui?.close());

  const content = (page: Page) => page.getByLabel('Sigma rule');
  /** What stands in the editor. */
  const textOf = (page: Page) =>
    content(page)
      .locator('.cm-line')
      .allTextContents()
      .then((lines) => lines.join('\n'));
  const options = (page: Page) => page.locator('.cm-tooltip-autocomplete [role=option]');
  /** Replaces the text, the cursor at its end, as somebody who types it. */
  const write = async (page: Page, text: string) => {
    await content(page).click();
    await page.keyboard.press('Control+a');
    await page.keyboard.press('Delete');
    await page.keyboard.insertText(text);
  };

  test('completes keys and values of the schema, fields that arrive with their values, and modifiers', async () => {
    const page = await ui.open('/rules/new?kind=sigma');
    await write(page, 'title: Mine\n');
    await page.keyboard.type('logs');
    await options(page).filter({ hasText: 'logsource' }).waitFor();
    await page.waitForTimeout(120);
    await page.keyboard.press('Enter');
    // The next question is asked at once: which keys the map may have.
    await options(page).filter({ hasText: 'product' }).waitFor();
    expect(await textOf(page)).toMatch(/logsource:\n {2}/);

    await write(page, 'title: Mine\nlogsource:\n  product: linux\nlevel: ');
    await page.keyboard.press('Control+Space');
    await options(page).filter({ hasText: 'critical' }).waitFor();

    await write(page, 'title: Mine\nlogsource:\n  product: linux\ndetection:\n  selection:\n    src_');
    await page.keyboard.press('Control+Space');
    const field = options(page).filter({ hasText: 'src_ip' });
    await field.waitFor();
    await page.waitForTimeout(120);
    await field.click();
    await options(page).filter({ hasText: '203.0.113.' }).first().waitFor();
    expect(await textOf(page)).toContain('src_ip: ');

    await write(page, 'title: Mine\nlogsource:\n  product: linux\ndetection:\n  selection:\n    user|st');
    await page.keyboard.press('Control+Space');
    await options(page).filter({ hasText: 'startswith' }).waitFor();
    expect(ui.faults).toEqual([]);
  });

  test('values and help made of log text are text', async () => {
    const page = await ui.open('/rules/new?kind=sigma');
    await write(page, 'title: Mine\nlogsource:\n  product: linux\ndetection:\n  selection:\n    message: ');
    await page.keyboard.press('Control+Space');
    const option = options(page).filter({ hasText: image });
    await option.waitFor();
    await page.waitForTimeout(120);
    await option.click();
    expect(await textOf(page)).toContain(`message: '${image}'`);
    await page.getByText('message', { exact: true }).last().hover();
    await page.locator('.phosor-help').getByText(image).waitFor();
    expect(await page.evaluate(() => 'taken' in window)).toBe(false);
    expect(await page.locator('#root img').count()).toBe(0);
    expect(ui.faults).toEqual([]);
  });

  test('shows a fault under its word, says it on hover, and jumps to it', async () => {
    const page = await ui.open('/rules/new?kind=sigma');
    await write(page, bruteForce.replace('event_type:', 'event_type|contians:'));
    const mark = page.locator('.cm-lintRange-error');
    await mark.first().waitFor();
    expect(await mark.first().textContent()).toContain('event_type|contians');
    await mark.first().hover();
    await page.locator('.cm-diagnostic').getByText('contians').waitFor();
    expect(await page.getByRole('button', { name: 'Create' }).isDisabled()).toBe(true);
    await page.keyboard.press('Control+Home');
    await page.getByRole('button', { name: /^Go to line 14, column/ }).click();
    expect(await page.locator('.cm-activeLine').textContent()).toContain('contians');
    await page.keyboard.press('Control+s');
    await page.getByText('The rule has errors. Mend them first.').waitFor();
    expect(ui.faults).toEqual([]);
  });

  test('lines are tried while they are typed: what matched, what was counted, what would have had to differ', async () => {
    const page = await ui.open(`/rules/${ruleId}?pane=test`);
    const pane = page.getByTestId('rule-test');
    await pane
      .getByLabel('Sample lines')
      .fill([failure(1), failure(2), failure(2).replace('Failed', 'Accepted')].join('\n'));
    await pane.getByText('2 of 3 events match; the rule does not fire.').waitFor();
    const lines = pane.locator('li[data-matched]');
    expect(await lines.evaluateAll((list) => list.map((line) => line.getAttribute('data-matched')))).toEqual([
      'true',
      'true',
      'false',
    ]);
    await lines.nth(1).getByText('2 of 3 needed').waitFor();
    expect(await lines.nth(1).textContent()).toContain('203.0.113.5');
    await lines
      .nth(1)
      .getByTestId('differ')
      .getByText(/1 more event/)
      .waitFor();
    await lines
      .nth(2)
      .getByTestId('differ')
      .getByText(/auth\.success.*auth\.failure/)
      .waitFor();
    expect(await lines.nth(0).locator('mark').count()).toBeGreaterThan(0);

    await pane.getByLabel('Sample lines').fill([failure(1), failure(2), failure(3)].join('\n'));
    await pane.getByText('3 of 3 events match; the rule fires, first at no. 3.').waitFor();
    await page.reload();
    await pane.getByText('3 of 3 events match; the rule fires, first at no. 3.').waitFor();
    expect(ui.faults).toEqual([]);
  });

  test('stored events are picked, stand in the address, and come with an alert', async () => {
    const page = await ui.open(`/rules/${ruleId}`);
    const pane = page.getByTestId('rule-test');
    await pane.getByRole('button', { name: 'Recent events' }).click();
    await pane.getByRole('searchbox', { name: 'Search the events' }).fill('alice');
    const boxes = pane.getByTestId('event-picker').getByRole('checkbox');
    await waitFor('the two events', async () => (await boxes.count()) === 2);
    await boxes.nth(0).check();
    await boxes.nth(1).check();
    await pane.getByText('2 of 2 events match; the rule does not fire.').waitFor();
    await page.waitForURL(/events=/);
    await page.reload();
    await pane.getByText('2 of 2 events match; the rule does not fire.').waitFor();

    const id = await waitFor('an alert', async () => {
      const answer = await ui.program.api('/api/alerts?entity=203.0.113.5');
      const alerts = (await answer.json()) as { id: string; rule_name: string }[];
      return alerts.find(({ rule_name }) => rule_name === 'SSH brute force')?.id;
    });
    await page.goto(`${ui.program.address}/alerts/${id}`);
    await page.getByText('Near misses: what would have had to differ').click();
    const miss = page.getByTestId('near-misses').locator('li', { hasText: 'Accepted password' });
    await miss.getByText(/auth\.success.*auth\.failure/).waitFor();
    await page.getByRole('link', { name: 'Open in the editor with these events' }).click();
    await page.waitForURL(/\/rules\/.+events=/);
    await pane.getByText(/events match; the rule fires/).waitFor();
    expect(ui.faults).toEqual([]);
  });

  test('a backtest says what would have fired, a change is compared, and nothing is a sentence too', async () => {
    const page = await ui.open(`/rules/${ruleId}?pane=backtest`);
    const pane = page.getByTestId('backtest');
    await pane.getByRole('button', { name: '24 h' }).click();
    await page.waitForURL(/range=24h/);
    await pane.getByRole('button', { name: 'Run' }).click();
    await pane.getByText('It would have raised 1 alert in 24 hours.').waitFor();
    await pane.getByRole('heading', { name: 'Alerts per day' }).waitFor();
    await pane.locator('.uplot').waitFor();

    const ofTwo = bruteForce.replace('gte: 3', 'gte: 2');
    await write(page, ofTwo);
    await page.getByText('The rule is valid.').waitFor();
    await pane.getByText('The rule was changed since this run.', { exact: false }).waitFor();
    await pane.getByRole('button', { name: 'Run' }).click();
    await pane.getByText('2 alerts with the change instead of 1 in 24 hours: 1 more.').waitFor();
    await pane.getByRole('button', { name: 'Only with it (1)' }).click();
    await pane.getByText('203.0.113.6').first().waitFor();
    await pane.getByRole('button', { name: 'Only without it (0)' }).click();
    await pane.getByText('None.').waitFor();
    await pane.getByRole('button', { name: 'Test with these' }).click();
    await page
      .getByTestId('rule-test')
      .getByText(/events match; the rule fires/)
      .waitFor();

    await page.goto(`${ui.program.address}/rules/new?kind=sigma&pane=backtest&range=24h`);
    await write(page, ofTwo.replace('gte: 2', 'gte: 500'));
    await page.getByText('The rule is valid.').waitFor();
    await pane.getByRole('button', { name: 'Run' }).click();
    await pane.getByText(/Nothing would have fired: 8 events match in 24 hours, but never enough together/).waitFor();
    await write(page, ofTwo.replace('auth.failure', 'dns.query'));
    await page.getByText('The rule is valid.').waitFor();
    await pane.getByRole('button', { name: 'Run' }).click();
    await pane.getByText(/Nothing would have fired: none of \d+ events in 24 hours matches/).waitFor();
    expect(ui.faults).toEqual([]);
  });

  test('a running backtest is cancelled by closing its connection; one that breaks off says so', async () => {
    const page = await ui.open(`/rules/${ruleId}?pane=backtest`);
    const pane = page.getByTestId('backtest');
    // The store of a test is read in no time: the answer is held back.
    await page.route('**/api/rules/backtest', () => {});
    const aborted = page.waitForEvent('requestfailed', (request) => request.url().endsWith('/backtest'));
    await pane.getByRole('button', { name: 'Run' }).click();
    await pane.getByRole('progressbar').waitFor();
    await pane.getByRole('button', { name: 'Cancel' }).click();
    expect((await aborted).failure()?.errorText).toMatch(/abort/i);
    await pane.getByText('Cancelled').waitFor();

    await page.unroute('**/api/rules/backtest');
    const progress = {
      type: 'progress',
      scanned: 5,
      total: 10,
      matched: 1,
      alerts: { old: null, new: 0 },
      seconds: 0.1,
    };
    await page.route('**/api/rules/backtest', (route) =>
      route.fulfill({ contentType: 'application/x-ndjson', body: `${JSON.stringify(progress)}\n` }),
    );
    await pane.getByRole('button', { name: 'Run' }).click();
    await pane.getByText('The connection ended before the result came. Run it again.').waitFor();

    await page.unroute('**/api/rules/backtest');
    await page.route('**/api/rules/backtest', (route) =>
      route.fulfill({ status: 404, json: { detail: 'There is no such route.', code: 'ROUTE_UNKNOWN' } }),
    );
    await pane.getByRole('button', { name: 'Run' }).click();
    await pane.getByText('This server cannot run backtests yet.', { exact: false }).waitFor();
    expect(ui.faults.filter((fault) => !fault.includes('404'))).toEqual([]);
    ui.faults.length = 0;
  });

  test('unsaved changes are asked about, kept over a reload and a way out, and saved by key', async () => {
    const page = await ui.open(`/rules/${ruleId}`);
    await content(page).click();
    await page.keyboard.press('Control+End');
    await page.keyboard.insertText('# a note of mine\n');
    await page.getByLabel('Unsaved changes').waitFor();
    await page.reload();
    await page.getByText('Your unsaved changes from', { exact: false }).waitFor();
    expect(await textOf(page)).toContain('# a note of mine');

    await content(page).click();
    await page.keyboard.press('Escape');
    const dialog = page.getByRole('dialog', { name: 'Leave with unsaved changes?' });
    await dialog.getByRole('button', { name: 'Stay' }).click();
    await dialog.waitFor({ state: 'detached' });
    expect(page.url()).toContain(ruleId);
    await page.getByRole('link', { name: 'Alerts' }).first().click();
    await dialog.getByRole('button', { name: 'Keep and leave' }).click();
    await page.waitForURL(/\/alerts/);
    await page.goto(`${ui.program.address}/rules/${ruleId}`);
    await page.getByText('Your unsaved changes from', { exact: false }).waitFor();

    await page.getByText('The rule is valid.').waitFor();
    await page.keyboard.press('Control+s');
    await page.getByText('is in force as changed', { exact: false }).waitFor();
    expect(await page.getByLabel('Unsaved changes').count()).toBe(0);
    const stored = (await (await ui.program.api(`/api/rules/${ruleId}`)).json()) as { config: { yaml: string } };
    expect(stored.config.yaml).toContain('# a note of mine');

    await content(page).click();
    await page.keyboard.press('Control+End');
    await page.keyboard.insertText('# another\n');
    await page.getByLabel('Unsaved changes').waitFor();
    // Right after a key the escape belongs to the completion that is about to open.
    await page.waitForTimeout(400);
    await page.keyboard.press('Escape');
    await dialog.getByRole('button', { name: 'Discard' }).click();
    await page.waitForURL(/\/rules(\?|$)/);
    await page.goto(`${ui.program.address}/rules/${ruleId}`);
    await content(page).waitFor();
    expect(await textOf(page)).not.toContain('# another');
    expect(ui.faults).toEqual([]);
  });

  test('a rule that somebody else changed meanwhile is not overwritten unasked', async () => {
    const page = await ui.open(`/rules/${ruleId}`);
    const put = async (yaml: string) => {
      const body = JSON.stringify({ type: 'sigma', config: { yaml } });
      await ui.program.api(`/api/rules/${ruleId}`, {
        method: 'PUT',
        headers: { 'content-type': 'application/json' },
        body,
      });
    };
    const stored = async () =>
      ((await (await ui.program.api(`/api/rules/${ruleId}`)).json()) as { config: { yaml: string } }).config.yaml;
    const save = page.getByRole('button', { name: 'Save' });
    await content(page).click();
    await page.keyboard.press('Control+End');
    await page.keyboard.insertText('# mine\n');
    await put(`${bruteForce}# theirs\n`);
    await page.getByText('The rule is valid.').waitFor();
    await save.click();
    await page.getByText('Not saved: the rule was changed elsewhere meanwhile.', { exact: false }).waitFor();
    await page.getByText('The rule was changed elsewhere after you began.', { exact: false }).waitFor();
    expect(await stored()).toContain('# theirs');
    expect(await textOf(page)).toContain('# mine');
    await page.getByRole('button', { name: 'Take that version' }).click();
    await content(page).waitFor();
    await vi.waitFor(async () => expect(await textOf(page)).toContain('# theirs'), 10_000);

    await content(page).click();
    await page.keyboard.press('Control+End');
    await page.keyboard.insertText('# mine again\n');
    await put(`${bruteForce}# theirs again\n`);
    await page.getByText('The rule is valid.').waitFor();
    await save.click();
    await page.getByText('The rule was changed elsewhere after you began.', { exact: false }).waitFor();
    await save.click();
    await page.getByText('is in force as changed', { exact: false }).waitFor();
    expect(await stored()).toContain('# mine again');
    expect(ui.faults).toEqual([]);
  });

  test('a new rule is named by its title, created by key, and leaves no draft behind', async () => {
    const page = await ui.open('/rules/new?kind=sigma');
    await write(page, bruteForce.replace('Three failed logins', 'Made by key'));
    await page.getByRole('heading', { name: 'Made by key', level: 1 }).waitFor();
    await page.getByText('The rule is valid.').waitFor();
    await page.keyboard.press('Control+s');
    await page.waitForURL(/\/rules\/(?!new)[^/?]+/);
    await page.getByRole('heading', { name: 'Made by key', level: 1 }).waitFor();
    await page.goto(`${ui.program.address}/rules/new?kind=sigma`);
    await content(page).waitFor();
    expect(await textOf(page)).not.toContain('Made by key');
    expect(ui.faults).toEqual([]);
  });

  test('an older server is said to be one, and what it can do still works', async () => {
    const page = await ui.open('/rules');
    const gone = { status: 404, json: { detail: 'There is no such route.', code: 'ROUTE_UNKNOWN' } };
    for (const name of ['schema', 'fields', 'explain'])
      await page.route(`**/api/rules/${name}`, (route) => route.fulfill(gone));
    await page.goto(`${ui.program.address}/rules/${ruleId}`);
    await page.getByText('this server does not offer it yet', { exact: false }).waitFor();
    const pane = page.getByTestId('rule-test');
    await pane.getByLabel('Sample lines').fill([failure(1), failure(2), failure(3)].join('\n'));
    await pane.getByText('3 of 3 events match; 1 alert.').waitFor();
    await pane.getByText('it cannot explain the rest yet', { exact: false }).waitFor();
    ui.faults.length = 0;
  });

  test.each([
    ['dark', 1280],
    ['light', 1280],
    ['dark', 390],
    ['light', 390],
  ] as const)('can be read in %s at %d px, and nothing hangs over', async (theme, width) => {
    const page = await ui.open('/rules', { width });
    await page.emulateMedia({ reducedMotion: 'reduce' });
    await page.evaluate((name) => localStorage.setItem('phosor.theme', name), theme);
    const check = async (what: string) => {
      const over = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
      expect(over, `${what} at ${width}`).toBeLessThanOrEqual(0);
      expect(await weakContrasts(page), `${what} in ${theme}`).toEqual([]);
    };
    await page.goto(`${ui.program.address}/rules/${ruleId}?pane=rule`);
    await content(page).waitFor();
    await check('the rule');
    await page.goto(`${ui.program.address}/rules/${ruleId}?pane=test`);
    await page.getByLabel('Sample lines').fill([failure(1), failure(2).replace('Failed', 'Accepted')].join('\n'));
    await page.getByText('1 of 2 events match; the rule does not fire.').waitFor();
    await check('the test');
    await page.goto(`${ui.program.address}/rules/${ruleId}?pane=backtest`);
    await page.getByRole('button', { name: 'Run' }).click();
    await page.getByTestId('backtest-verdict').waitFor();
    await check('the backtest');
    expect(ui.faults).toEqual([]);
  });
});
