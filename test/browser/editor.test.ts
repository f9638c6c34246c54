import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { waitFor } from '../program.ts';
import { chooseTheme, weakContrasts } from './contrast.ts';
import { bruteForce, content, failure, options, pointAt, postSigma, textOf, write } from './editor.ts';
import { missing } from './missing.ts';
import { failedLogins, sendSyslog, startUi, type Ui } from './ui.ts';

// Generous: the machine may be busy with everything else.
vi.setConfig({ testTimeout: 240_000 });

const image = '<img src=x onerror=window.taken=1>';

describe.skipIf(missing)('the rule editor', () => {
  let ui: Ui;
  let ruleId: string;
  beforeAll(async () => {
    ui = await startUi();
    await sendSyslog(ui.program, [
      ...failedLogins('203.0.113.5', 'root', 6),
      'sshd 4242 - - Accepted password for root from 203.0.113.5 port 40009 ssh2',
      ...failedLogins('203.0.113.6', 'alice', 2),
      // More often than any other message: the help shows the five most frequent.
      ...Array.from({ length: 3 }, () => `app 1 - - ${image}`),
    ]);
    await waitFor('the events', async () => {
      const { events } = (await (await ui.program.api('/api/events?limit=20')).json()) as { events: unknown[] };
      return events.length >= 12;
    });
    ruleId = await postSigma(ui.program, bruteForce);
  }, 180_000);
  afterAll(() => ui?.close());

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
    const word = page.getByText('message', { exact: true }).last();
    await pointAt(page, word, page.locator('.phosor-help').getByText(image));
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
    await pointAt(page, mark.first(), page.locator('.cm-diagnostic').getByText('contians'));
    expect(await page.getByRole('button', { name: 'Create', exact: true }).isDisabled()).toBe(true);
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
    const failed: string[] = [];
    page.on('requestfailed', (request) => {
      if (request.url().endsWith('/backtest')) failed.push(request.failure()?.errorText ?? '');
    });
    await page.getByText('The rule is valid.').waitFor();
    await pane.getByRole('button', { name: 'Run' }).click();
    await pane.getByRole('progressbar').waitFor();
    await pane.getByRole('button', { name: 'Cancel' }).click();
    await pane.getByText('Cancelled').waitFor();
    await vi.waitFor(() => expect(failed.join()).toMatch(/abort/i), 10_000);

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

  test('can be read in both appearances, in a window and on a phone, and nothing hangs over', async () => {
    const page = await ui.open('/rules');
    await page.emulateMedia({ reducedMotion: 'reduce' });
    const check = async (what: string) => {
      for (const width of [390, 1280]) {
        await page.setViewportSize({ width, height: 800 });
        const over = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
        expect(over, `${what} at ${width}`).toBeLessThanOrEqual(0);
        for (const theme of ['dark', 'light'] as const) {
          await chooseTheme(page, theme);
          expect(await weakContrasts(page), `${what} in ${theme} at ${width}`).toEqual([]);
        }
      }
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
