import { readFileSync } from 'node:fs';
import type { Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import { waitFor } from '../program.ts';
import { weakContrasts } from './contrast.ts';
import { missing } from './missing.ts';
import { failedLogins, sendSyslog, startUi, type Ui } from './ui.ts';

// Generous: the machine may be busy with everything else.
vi.setConfig({ testTimeout: 240_000 });

const hostile = 'app - - - <script>window.pwned=1</script> \u202egnp.exe';

describe.skipIf(missing)('search', () => {
  let ui: Ui;
  const total = 12 + 5 + 1;
  beforeAll(async () => {
    ui = await startUi();
    await sendSyslog(ui.program, [
      ...failedLogins('203.0.113.70', 'root', 12),
      ...failedLogins('198.51.100.9', 'bob', 5),
      hostile,
    ]);
    await waitFor('the events in history', async () => {
      const answer = await ui.program.api('/api/events?limit=100');
      return ((await answer.json()) as { events: unknown[] }).events.length >= total;
    });
  }, 180_000);
  afterAll(() => ui?.close());
  // A page that nobody looks at goes on asking the server.
  afterEach(async () => {
    for (const context of ui.browser.contexts()) await context.close();
  });

  const bar = (page: Page) => page.getByRole('combobox', { name: 'Search query' });
  const rows = (page: Page) => page.getByTestId('results').locator('[data-hit]');
  const state = (page: Page) => page.getByTestId('search-state');
  const done = (page: Page) => page.locator('[data-testid=search-state][data-state=done]').waitFor();
  const hits = async (page: Page, count: number) => {
    await done(page);
    await state(page)
      .getByText(`${count} hit${count === 1 ? '' : 's'}`, { exact: true })
      .waitFor();
  };
  const q = (page: Page) => new URL(page.url()).searchParams.get('q');

  test('a query is typed with what is offered, and its hits are marked', async () => {
    const page = await ui.open('/');
    await page.getByRole('heading', { name: 'Overview' }).waitFor();
    await Promise.all([page.keyboard.press('g'), page.keyboard.press('f')]);
    await page.waitForURL(/\/search/);
    await done(page);
    await page.keyboard.press('/');
    await page.keyboard.type('us');
    await page
      .getByRole('option', { name: /^user\b/ })
      .first()
      .waitFor();
    await page.keyboard.press('Tab');
    expect(await bar(page).inputValue()).toBe('user:');
    await page.getByRole('option', { name: /^root/ }).waitFor();
    await page.keyboard.type('r');
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('Enter');
    expect(await bar(page).inputValue()).toBe('user:root ');
    await page.keyboard.type('"failed password"');
    await page.keyboard.press('Escape');
    await page.keyboard.press('Enter');
    await page.waitForURL((url) => url.searchParams.get('q') === 'user:root "failed password"');
    await hits(page, 12);
    expect(await rows(page).count()).toBe(12);
    expect(await rows(page).first().locator('mark').first().textContent()).toBe('Failed password');
    // The address holds it all.
    await page.reload();
    await hits(page, 12);
    expect(await bar(page).inputValue()).toBe('user:root "failed password"');
    expect(ui.faults).toEqual([]);
  });

  test('what cannot be read is marked where it stands, and says what to do', async () => {
    const page = await ui.open('/search?range=all');
    await done(page);
    await bar(page).fill('root user: bob');
    await page.keyboard.press('Escape');
    await bar(page).press('Enter');
    await page.getByRole('alert').getByText('Write a value right behind "user:"').waitFor();
    expect(await page.getByTestId('query-error').textContent()).toBe('user:');
    expect(q(page)).toBeNull();
    await bar(page).fill('root');
    await bar(page).press('Enter');
    await hits(page, 12);

    // What compares in other tools' languages is text here, and is said to be; one click says what was meant.
    await bar(page).fill('user=bob');
    await bar(page).press('Enter');
    await page.getByTestId('query-habits').getByRole('button', { name: 'Search for user:bob' }).click();
    await hits(page, 5);
    expect(q(page)).toBe('user:bob');
  });

  test('a value is included and left out from the facets, a cell and the event', async () => {
    const page = await ui.open('/search?range=all');
    await hits(page, total);
    const facets = page.getByTestId('facets');
    await facets.getByRole('button', { name: /^bob/ }).click();
    await hits(page, 5);
    expect(q(page)).toBe('user:bob');
    await facets.getByRole('button', { name: /^bob/ }).click({ modifiers: ['Alt'] });
    await page.waitForURL((url) => url.searchParams.get('q') === '-user:bob');
    await hits(page, total - 5);
    await page.getByRole('cell', { name: '203.0.113.70', exact: true }).first().getByRole('button').click();
    await page.getByRole('button', { name: 'Include', exact: true }).click();
    await page.waitForURL((url) => url.searchParams.get('q') === '-user:bob src_ip:203.0.113.70');
    await hits(page, 12);
    await page.keyboard.press('j');
    await page.keyboard.press('Enter');
    const panel = page.getByTestId('event-panel');
    await panel.getByText('auth.failure').waitFor();
    await panel.getByRole('button', { name: 'Leave out src_ip 203.0.113.70' }).click();
    await page.waitForURL((url) => url.searchParams.get('q') === '-user:bob -src_ip:203.0.113.70');
    await hits(page, 1);
    await page.goBack();
    await hits(page, 12);
    expect(ui.faults).toEqual([]);
  });

  test('a range is brushed, and chosen by keys; the numbers are there as a table', async () => {
    const page = await ui.open('/search?range=15m');
    await hits(page, total);
    await page.getByRole('button', { name: 'The numbers as a table' }).click();
    const numbers = page.getByRole('table', { name: 'Hits over time by severity' });
    const counts = await numbers.locator('tbody td:last-child').allTextContents();
    expect(counts.reduce((sum, text) => sum + Number(text), 0)).toBe(total);
    await page.getByRole('button', { name: 'The numbers as a table' }).click();
    const chart = page.getByTestId('histogram');
    const box = await chart.boundingBox();
    if (!box) throw new Error('no chart');
    await page.mouse.move(box.x + box.width * 0.7, box.y + 40);
    await page.mouse.down();
    await page.mouse.move(box.x + box.width - 22, box.y + 44, { steps: 8 });
    await page.mouse.up();
    await page.waitForURL(/from=/);
    await done(page);
    const brushed = new URL(page.url()).searchParams;
    const span = Date.parse(brushed.get('to') ?? '') - Date.parse(brushed.get('from') ?? '');
    expect(span).toBeGreaterThan(60_000);
    expect(span).toBeLessThan(8 * 60_000);
    await page.getByRole('button', { name: 'Zoom out: twice the time' }).click();
    await page.waitForURL((url) => url.searchParams.get('from') !== brushed.get('from'));
    await done(page);
    const before = page.url();
    await page.getByRole('slider', { name: /Choose a time range/ }).focus();
    await page.keyboard.press('End');
    await page.keyboard.press('Shift+PageUp');
    await page.keyboard.press('Enter');
    await page.waitForURL((url) => url.href !== before);
    await done(page);
    const chosen = new URL(page.url()).searchParams;
    expect(Date.parse(chosen.get('to') ?? '') - Date.parse(chosen.get('from') ?? '')).toBeLessThan(2 * span);
    expect(ui.faults).toEqual([]);
  });

  test('columns, views and the order are in the address', async () => {
    const page = await ui.open('/search?range=all&q=user:root');
    await hits(page, 12);
    await page.getByRole('button', { name: 'Columns' }).click();
    await page.getByLabel('Find a field').fill('src_port');
    await page.keyboard.press('Enter');
    await page.getByRole('button', { name: 'Take program out' }).click();
    await page.getByRole('button', { name: 'Move src_port to the left' }).click();
    await page.keyboard.press('Escape');
    await page.waitForURL((url) => url.searchParams.get('cols') === 'time,severity,host,user,src_ip,src_port,message');
    await page.getByRole('cell', { name: '40011', exact: true }).waitFor();
    await page.getByRole('button', { name: 'Time', exact: true }).click();
    await page.waitForURL(/order=oldest/);
    await done(page);
    expect(
      await page
        .getByRole('cell', { name: /^400\d\d$/ })
        .first()
        .textContent(),
    ).toBe('40000');
    await page.getByRole('button', { name: 'Raw', exact: true }).click();
    await page.getByText('port 40000 ssh2').first().waitFor();
    await page.getByRole('button', { name: 'JSON', exact: true }).click();
    await page.getByText('"src_port": 40000').first().waitFor();
    expect(new URL(page.url()).searchParams.get('view')).toBe('json');
    expect(await page.getByTestId('results').locator('.control').count()).toBe(0);
  });

  test('the lines around an event are those of its source, whatever the search', async () => {
    const page = await ui.open('/search?range=all&q=user:bob');
    await hits(page, 5);
    await page.keyboard.press('j');
    await page.keyboard.press('Enter');
    await page.getByRole('button', { name: 'Lines around it' }).click();
    const context = page.getByTestId('context');
    await context.getByText('gnp.exe').waitFor();
    expect(await context.getByRole('listitem').count()).toBe(total);
    expect(await context.locator('[aria-current=true]').textContent()).toContain('bob');
    // Shown, not obeyed.
    expect(await page.evaluate(() => 'pwned' in window)).toBe(false);
    expect(await context.getByText('U+202E').count()).toBe(1);
    await page.keyboard.press('Escape');
    await context.waitFor({ state: 'detached' });
  });

  test('a search is saved, opened, changed, shared, deleted and brought back', async () => {
    const page = await ui.open('/search?range=7d&q=user:root&view=raw');
    await hits(page, 12);
    await page.keyboard.press('s');
    await page.getByLabel('Name').fill('Root <b>logins</b>');
    await page.getByLabel('Share it with everybody').check();
    await page.getByRole('dialog').getByRole('button', { name: 'Save' }).click();
    await page.waitForURL(/saved=/);
    await page.goto(`${ui.program.address}/search`);
    await hits(page, total);
    await page.getByRole('button', { name: 'Saved' }).click();
    const list = page.getByTestId('saved-searches');
    await list
      .getByRole('button', { name: /Root <b>logins<\/b>/ })
      .first()
      .click();
    await page.waitForURL((url) => url.searchParams.get('q') === 'user:root' && url.searchParams.get('view') === 'raw');
    expect(new URL(page.url()).searchParams.get('range')).toBe('7d');
    await hits(page, 12);
    await bar(page).fill('user:bob');
    await bar(page).press('Enter');
    await hits(page, 5);
    await page.getByRole('button', { name: /Root <b>/ }).click();
    await page.getByRole('button', { name: /Update/ }).click();
    const saved = async () =>
      (await (await ui.program.api('/api/searches')).json()) as { query: string; shared: boolean }[];
    await waitFor('the change', async () => (await saved())[0]?.query === 'user:bob');
    expect((await saved())[0]?.shared).toBe(true);
    await page.getByRole('button', { name: /^Delete Root/ }).click();
    await waitFor('the end of it', async () => (await saved()).length === 0);
    await page.getByRole('button', { name: 'Undo' }).click();
    await waitFor('its return', async () => (await saved()).length === 1);
    expect(ui.faults).toEqual([]);
  });

  test('a running search shows what it has, and ends when it is cancelled', async () => {
    const page = await ui.open('/search?range=all&q=nothing-has-this');
    await hits(page, 0);
    await page.getByText('No event fits.').waitFor();
    // Answered by hand: first a page, then nothing more.
    await page.evaluate(() => {
      const real = window.fetch;
      window.fetch = (input, init) => {
        if (!String(input).endsWith('/api/search')) return real(input, init);
        const lines = new TextEncoder().encode(
          `${JSON.stringify({ type: 'progress', scanned_events: 250, total_events: 1000, matched: 3 })}\n`,
        );
        const body = new ReadableStream({
          start: (controller) => {
            controller.enqueue(lines);
            init?.signal?.addEventListener('abort', () => {
              Object.assign(window, { aborted: true });
              controller.error(new DOMException('aborted', 'AbortError'));
            });
          },
        });
        return Promise.resolve(new Response(body, { status: 200 }));
      };
    });
    await bar(page).fill('root');
    await bar(page).press('Enter');
    await page.getByText('250 of 1,000 events looked at').waitFor();
    expect(await page.getByRole('progressbar', { name: 'Search' }).getAttribute('aria-valuenow')).toBe('25');
    await page.getByRole('button', { name: 'Cancel' }).click();
    await page.locator('[data-testid=search-state][data-state=cancelled]').waitFor();
    expect(await page.evaluate(() => 'aborted' in window)).toBe(true);
    await page.getByText('Cancelled: 3 hits').waitFor();
  });

  test('what a search finds is exported', async () => {
    const page = await ui.open('/search?range=all&q=user:bob -severity:critical');
    await hits(page, 5);
    for (const [item, name, text] of [
      ['CSV, for spreadsheets', /\.csv$/, '198.51.100.9'],
      ['NDJSON, one event per line', /\.ndjson$/, '"username":"bob"'],
    ] as const) {
      await page.getByRole('button', { name: 'Export' }).click();
      const [download] = await Promise.all([
        page.waitForEvent('download'),
        page.getByRole('menuitem', { name: item }).click(),
      ]);
      expect(download.suggestedFilename()).toMatch(name);
      const lines = readFileSync(await download.path(), 'utf8')
        .trim()
        .split('\n');
      expect(lines.filter((line) => line.includes(text))).toHaveLength(5);
      expect(lines.some((line) => line.includes('203.0.113.70'))).toBe(false);
    }
  });

  test('a rule is made of a search and opens in the editor, ready to be tried', async () => {
    const page = await ui.open('/search?range=all&q=user:root "failed password" -host:web9');
    await hits(page, 12);
    await page.getByRole('button', { name: 'Make a rule' }).click();
    await page.getByLabel('Name').fill('Root logins that fail');
    await page.getByLabel('On many of them').check();
    await page.getByLabel('At least').fill('3');
    await page.getByTestId('rule-yaml').getByText('raw|contains: "failed password"').waitFor();
    await page.getByRole('button', { name: 'Open and try it on history' }).click();
    await page.waitForURL(/\/rules\/new\?.*pane=backtest/);
    await page.locator('.cm-content').getByText('Root logins that fail').first().waitFor();
    expect(new URL(page.url()).searchParams.get('range')).toBe('all');
    await page.getByRole('button', { name: 'Run', exact: false }).first().click();
    await page
      .getByText(/would (?:have )?rais|1 alert/i)
      .first()
      .waitFor();
    expect(ui.faults).toEqual([]);
  });

  test.each([390, 1440])('fits %d px in both themes, and can be read', async (width) => {
    const page = await ui.open('/search?range=all&q=user:root', { width });
    await page.emulateMedia({ reducedMotion: 'reduce' });
    for (const theme of ['dark', 'light']) {
      await page.evaluate((name) => localStorage.setItem('phosor.theme', name), theme);
      await page.goto(`${ui.program.address}/search?range=all&q=user:root`);
      await hits(page, 12);
      expect(
        await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth),
      ).toBeLessThanOrEqual(0);
      expect(await weakContrasts(page)).toEqual([]);
    }
    if (width > 1000) return;
    await page.getByRole('button', { name: 'Show the fields' }).click();
    await page.getByRole('dialog', { name: 'Fields' }).getByRole('button', { name: /^root/ }).waitFor();
    await page.keyboard.press('Escape');
    await rows(page).first().click();
    await page.getByRole('dialog', { name: 'Event' }).getByText('auth.failure').waitFor();
    expect(ui.faults).toEqual([]);
  });

  test('the scroll bar reaches the last hit at once; what lies between is fetched when it is looked at', async () => {
    const logs = Array.from({ length: 900 }, (_, i) => `Nov 20 10:00:00 web9 app[1]: far ${i}`);
    const sent = await ui.program.api('/api/logs/ingest', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ logs }),
    });
    expect(sent.status).toBeLessThan(300);
    const page = await ui.open('/search?range=all&q=far');
    await waitFor('all of them', async () => {
      await bar(page).press('Enter');
      await done(page);
      return (await state(page).textContent())?.startsWith('900 hits') === true;
    });
    const asked: string[] = [];
    page.on('request', (request) => {
      if (request.url().endsWith('/api/search/page')) asked.push(request.postData() ?? '');
    });
    const box = page.getByTestId('results');
    await box.evaluate((element) => element.scrollTo({ top: element.scrollHeight }));
    await box.locator('tr[aria-rowindex="901"] [data-hit]').waitFor();
    await page.getByText('These are all 900 hits.').waitFor();
    expect(asked.every((body) => !body.includes('"offset":200'))).toBe(true);
    await box.evaluate((element) => element.scrollTo({ top: element.scrollHeight / 2 }));
    await box.locator('tr[aria-rowindex="451"] [data-hit]').waitFor();
    expect(ui.faults).toEqual([]);
  });

  test('the palette searches events', async () => {
    const page = await ui.open('/alerts');
    await page.getByRole('heading', { name: 'Alerts', level: 1 }).waitFor();
    await page.keyboard.press('Control+k');
    await page.getByRole('dialog').getByRole('combobox').fill('user:bob');
    await page.getByText('Search events for').click();
    await page.waitForURL((url) => url.pathname === '/search' && url.searchParams.get('q') === 'user:bob');
    await hits(page, 5);
  });
});
