/** Every screen in every width and both appearances, and what is done with them by keyboard. */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { AxeResults } from 'axe-core';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { places } from '../../web/src/shell/navigation.ts';
import { waitFor } from '../program.ts';
import { chooseTheme, weakContrasts } from './contrast.ts';
import { missing } from './missing.ts';
import { failedLogins, sendSyslog, startUi, type Ui } from './ui.ts';

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

/** Controls without a name that a screen reader could say, ids that occur twice, and images without a text. */
function unnamed(page: Page): Promise<string[]> {
  return page.evaluate(() => {
    const faults: string[] = [];
    const nameOf = (element: Element): string => {
      const labelled = element.getAttribute('aria-labelledby');
      const labels = 'labels' in element ? [...((element as HTMLInputElement).labels ?? [])] : [];
      return [
        element.getAttribute('aria-label'),
        ...(labelled ?? '').split(' ').map((id) => document.getElementById(id)?.textContent),
        ...labels.map((label) => label.textContent),
        element.textContent,
        element.getAttribute('title'),
      ]
        .join(' ')
        .trim();
    };
    const controls =
      'button, a[href], input:not([type=hidden]):not([hidden]), select, textarea, [role=dialog], [role=switch]';
    for (const element of document.querySelectorAll(controls))
      if (!nameOf(element) && !element.closest('[aria-hidden=true]')) faults.push(element.outerHTML.slice(0, 200));
    for (const element of document.querySelectorAll('[role=img]'))
      if (!nameOf(element)) faults.push(element.outerHTML.slice(0, 200));
    const ids = [...document.querySelectorAll('[id]')].map(({ id }) => id);
    for (const id of ids) if (ids.indexOf(id) !== ids.lastIndexOf(id)) faults.push(`id ${id} twice`);
    if (document.querySelectorAll('h1').length !== 1) faults.push(`${document.querySelectorAll('h1').length} h1`);
    if (!document.documentElement.lang) faults.push('no language');
    return faults;
  });
}

/** By how many pixels the page is larger than the window: screens scroll inside their frame, the page never. */
const overflow = (page: Page) =>
  page.evaluate(() => {
    const { documentElement: root, body } = document;
    return Math.max(
      Math.max(root.scrollWidth, body.scrollWidth) - window.innerWidth,
      Math.max(root.scrollHeight, body.scrollHeight) - window.innerHeight,
    );
  });

/** Which of axe's rules: contrast is another in every appearance, the others in every width, and it takes longest. */
const axeRuns = {
  all: {},
  contrast: { runOnly: ['color-contrast'] },
  structure: { rules: { 'color-contrast': { enabled: false } } },
};

/** What axe calls serious or critical, one line each: the rule, and where. */
async function axeFindings(page: Page, which: keyof typeof axeRuns): Promise<string[]> {
  type Axe = { axe?: { run(options: object): Promise<AxeResults> } };
  // Evaluated by the debugger, once a document: the page's own policy stays as strict as it is.
  if (!(await page.evaluate(() => 'axe' in window))) await page.evaluate(axe);
  const results = await page.evaluate(
    // What passed is counted by rule. To write down each element that did takes longer than everything else.
    (options) => (window as Window & Axe).axe?.run({ ...options, resultTypes: ['violations'] }),
    axeRuns[which],
  );
  if (results === undefined) throw new Error('axe does not run in the page');
  const { violations, passes } = results;
  expect(passes.length).toBeGreaterThan(which === 'contrast' ? 0 : 10);
  return violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .flatMap(({ id, nodes }) =>
      nodes.map(({ html, failureSummary }) => `${id}: ${html.slice(0, 160)} (${failureSummary})`),
    );
}

/** The screen is there, and so is what it asked the server for: nothing that stands in for it is left. */
async function drawn(page: Page, path: string): Promise<void> {
  const first = path.includes('add=') ? '[role=dialog]' : path === '/login' ? 'h1' : '#main h1';
  await page.locator(first).first().waitFor({ state: 'attached' });
  await page.waitForFunction(() => document.querySelector('[role=status][aria-label=Loading]') === null);
}

// Generous: the machine may be busy with everything else.
vi.setConfig({ testTimeout: 300_000 });

describe.skipIf(missing)('screens', () => {
  let ui: Ui;
  const found = new Map<string, string>();
  beforeAll(async () => {
    ui = await startUi();
    await sendSyslog(ui.program, failedLogins('203.0.113.90'));
    for (const kind of ['alerts', 'incidents', 'rules']) {
      const id = await waitFor(`one of the ${kind}`, async () => {
        const answer = await ui.program.api(`/api/${kind}`);
        return ((await answer.json()) as { id: string }[])[0]?.id;
      });
      found.set(kind, id);
    }
  }, 240_000);
  afterAll(() => ui?.close());

  const paths = () => [
    ...places.map(({ to }) => to),
    ...[...found].map(([kind, id]) => `/${kind}/${id}`),
    '/entity/address/203.0.113.90',
    '/alerts?view=all&group=rule&severity=high,medium,low',
    '/search?range=all',
    '/search?range=all&view=raw',
    '/decoys?tab=bait',
    '/decisions?tab=readers',
    '/rules/new',
    '/rules/new?kind=sigma&pane=backtest',
    '/replays?range=custom',
    '/sources?add=true',
    ...['users', 'keys', 'audit', 'about'].map((tab) => `/settings?tab=${tab}`),
    '/login',
  ];

  /** Every screen is opened once and then looked at in every width and both appearances. */
  test.each([0, 1, 2, 3])(
    'fit every width, name every control, can be read (WCAG AA) and pass axe, part %d',
    async (part) => {
      const faults: string[] = [];
      const page = await ui.open('/');
      await page.emulateMedia({ reducedMotion: 'reduce' });
      for (const path of paths().filter((_, index) => index % 4 === part)) {
        const look = async (what: string, see: (page: Page) => Promise<string[]>) =>
          faults.push(...(await see(page)).map((fault) => `${path}, ${what}: ${fault}`));
        await page.evaluate(() => localStorage.setItem('phosor.theme', 'dark'));
        await page.setViewportSize({ width: 1280, height: 800 });
        await page.goto(ui.program.address + path);
        await drawn(page, path);
        for (const theme of ['dark', 'light'] as const) {
          await chooseTheme(page, theme);
          await look(theme, weakContrasts);
          await look(theme, (seen) => axeFindings(seen, theme === 'dark' ? 'all' : 'contrast'));
        }
        for (const width of [1600, 768, 360]) {
          await page.setViewportSize({ width, height: 800 });
          await drawn(page, path);
          const over = await overflow(page);
          if (over > 0) faults.push(`${path} is ${over} px larger than ${width}`);
          if (path !== '/login') await look(`${width} px`, unnamed);
        }
        await look('on a phone', (seen) => axeFindings(seen, 'structure'));
      }
      expect(faults).toEqual([]);
      expect(ui.faults).toEqual([]);
    },
  );

  test('show charts where the system names its language in its own way', async () => {
    const page = await ui.open('/alerts');
    await page.addInitScript(() =>
      Object.defineProperty(navigator, 'language', { get: () => 'en-US@posix', configurable: true }),
    );
    await page.goto(`${ui.program.address}/`);
    await page.locator('.uplot').first().waitFor();
    expect(await page.getByText('Invalid language tag').count()).toBe(0);
  });

  test('an address with words that a screen does not know shows the screen as it usually is', async () => {
    const page = await ui.open('/threats?range=all');
    for (const [path, heading] of [
      ['/threats?range=all', 'Threats'],
      ['/alerts?range=never&view=odd&severity=odd', 'Alerts'],
      ['/?range=all', 'Overview'],
      ['/decisions?tab=odd&cursor=odd', 'Decisions'],
    ] as const) {
      await page.goto(ui.program.address + path);
      await page.getByRole('heading', { level: 1, name: heading }).waitFor();
    }
    expect(ui.faults).toEqual([]);
    await page.context().close();
  });

  test('a phone reaches every place: four in the bar, the others behind More, by touch and by keyboard', async () => {
    const page = await ui.open('/', { width: 390, height: 844 });
    const bar = page.getByRole('navigation', { name: 'Main' }).filter({ has: page.getByRole('button') });
    const more = bar.getByRole('button', { name: /^More/ });
    const sheet = page.getByRole('dialog', { name: 'More' });
    await more.focus();
    await page.keyboard.press('Enter');
    const others = sheet.getByRole('navigation', { name: 'More' }).getByRole('link');
    await others.first().waitFor();
    expect(await others.count()).toBe(places.filter(({ bar: inBar }) => !inBar).length);
    expect(await axeFindings(page, 'all')).toEqual([]);
    await page.keyboard.press('Escape');
    await sheet.waitFor({ state: 'detached' });
    // Whoever closes it is where they were.
    expect(await more.evaluate((button) => document.activeElement === button)).toBe(true);
    for (const { to, name, bar: inBar } of places) {
      if (inBar) await bar.getByRole('link', { name }).click();
      else {
        await more.click();
        await sheet.getByRole('link', { name }).click();
        await sheet.waitFor({ state: 'detached' });
        await more.and(page.locator('[data-status=active]')).waitFor();
      }
      await page.waitForURL((url) => url.pathname === to);
      await page.getByRole('heading', { level: 1, name }).waitFor();
    }
    expect(ui.faults).toEqual([]);
    await page.context().close();
  });

  test('everything is reached by keyboard: pages, palette, the sheet of shortcuts, the theme', async () => {
    const page = await ui.open('/');
    await page.getByRole('heading', { name: 'Overview' }).waitFor();
    for (const [key, heading] of [
      ['a', 'Alerts'],
      ['l', 'Live tail'],
      ['r', 'Rules'],
      ['c', 'Coverage'],
      ['s', 'Sources'],
      ['o', 'Overview'],
    ] as const) {
      // Right after each other, however slow the page answers.
      await Promise.all([page.keyboard.press('g'), page.keyboard.press(key)]);
      await page.getByRole('heading', { name: heading, level: 1 }).waitFor();
    }
    await page.keyboard.press('?');
    await page.getByRole('dialog', { name: 'Keyboard' }).waitFor();
    await page.keyboard.press('Escape');
    await page.getByRole('dialog').waitFor({ state: 'detached' });
    await page.keyboard.press('Control+k');
    await page.getByRole('dialog').waitFor();
    await page.keyboard.type('settings');
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: 'Settings', level: 1 }).waitFor();
    const theme = () => page.evaluate(() => document.documentElement.dataset.theme);
    expect(await theme()).toBe('dark');
    await page.keyboard.press('t');
    expect(await theme()).toBe('light');
    await page.reload();
    await page.getByRole('heading', { name: 'Settings', level: 1 }).waitFor();
    expect(await theme()).toBe('light');
    expect(ui.faults).toEqual([]);
  });

  test('what is typed while the palette is fetched is in it, and no shortcut', async () => {
    const page = await ui.open('/');
    const held = Promise.withResolvers<void>();
    await page.route(/\/Palette-[^/]*\.js$/, async (route) => {
      await held.promise;
      await route.continue();
    });
    await page.reload();
    await page.getByRole('heading', { name: 'Overview' }).waitFor();
    await page.keyboard.press('Control+k');
    await page.keyboard.type('reports');
    held.resolve();
    const input = page.getByRole('dialog').getByRole('combobox');
    await input.waitFor();
    expect(await input.inputValue()).toBe('reports');
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: 'Reports', level: 1 }).waitFor();
    expect(await page.evaluate(() => localStorage.getItem('phosor.theme'))).not.toBe('light');
    await page.context().close();
  });

  test('a rule is written with its faults shown at once, tried, created, switched off, deleted and brought back', async () => {
    const page = await ui.open('/rules?q=tea+is');
    await page.getByRole('button', { name: 'New rule' }).waitFor();
    await page.keyboard.press('n');
    await page.waitForURL(/\/rules\/new$/);
    await page.getByRole('button', { name: 'Sigma (YAML)' }).click();
    await page.getByLabel('Sigma rule').fill('title: Broken\nlogsource:\n  product: linux\ndetection:\n  sel: [\n');
    await page.getByTestId('problems').getByLabel('Error').first().waitFor();
    expect(await page.getByRole('button', { name: 'Create', exact: true }).isDisabled()).toBe(true);

    await page.getByRole('button', { name: 'Pattern', exact: true }).click();
    await page.getByLabel('Name', { exact: true }).fill('Tea is ready');
    await page.getByLabel('Field', { exact: true }).fill('raw');
    await page.getByLabel('Regular expression').fill('tea is (ready');
    await page.getByTestId('problems').getByLabel('Error').first().waitFor();
    await page.getByLabel('Regular expression').fill('tea is ready');
    await page.getByText('The rule is valid.').waitFor();
    await page
      .getByLabel('Sample lines')
      .fill('Nov 21 12:00:00 kitchen kettle: tea is ready\nNov 21 12:00:01 kitchen kettle: cold');
    await page.getByText('1 of 2 events match; the rule fires, first at no. 1.').waitFor();
    await page.getByRole('button', { name: 'Create', exact: true }).click();
    await page.waitForURL(/\/rules\/(?!new)[^/?]+/);
    await page.getByRole('heading', { name: 'Tea is ready', level: 1 }).waitFor();
    await page.keyboard.press('Escape');
    // Back to the list as it was left.
    await page.waitForURL(/\/rules\?q=tea/);
    await page.getByRole('button', { name: 'Tea is ready', exact: true }).waitFor();

    const rule = async () => {
      const rules = (await (await ui.program.api('/api/rules')).json()) as { name: string; enabled: boolean }[];
      return rules.find(({ name }) => name === 'Tea is ready');
    };
    await page.getByRole('switch', { name: /Tea is ready/ }).click();
    await waitFor('the rule to be off', async () => (await rule())?.enabled === false);

    await page.getByRole('button', { name: 'Tea is ready', exact: true }).click();
    await page.getByRole('button', { name: 'More about this rule' }).click();
    await page.getByRole('menuitem', { name: 'Delete' }).click();
    await waitFor('the rule to be gone', async () => !(await rule()));
    await page.getByRole('button', { name: 'Undo' }).click();
    await page.getByRole('button', { name: 'Tea is ready', exact: true }).waitFor();
    expect(ui.faults.filter((fault) => !fault.includes('422'))).toEqual([]);
  });

  test('the live tail pauses when scrolled away, says what came meanwhile, and filters by a clicked value', async () => {
    const page = await ui.open('/live', { height: 420 });
    await page.locator('[data-live=live]').waitFor();
    // What comes while the page opens is there, whether the stream brings it or not.
    await sendSyslog(
      ui.program,
      Array.from({ length: 40 }, (_, index) => `app 1 - - ordinary line ${index}`),
    );
    const tail = page.getByTestId('tail');
    await tail.getByText('ordinary line 39').waitFor();
    await tail.hover();
    await waitFor('the tail to pause', async () => {
      await page.mouse.wheel(0, -600);
      return page.getByRole('button', { name: 'Paused' }).isVisible();
    });
    await sendSyslog(ui.program, ['app 1 - - while paused']);
    await page.getByRole('button', { name: /^\d+ new/ }).click();
    await tail.getByText('while paused').waitFor();

    await sendSyslog(ui.program, ['other 1 - - from another program']);
    await tail.getByText('from another program').waitFor();
    await tail.getByRole('button', { name: 'other', exact: true }).click();
    await page.getByRole('button', { name: 'Leave this out' }).click();
    await page.waitForURL(/not=/);
    await tail.getByText('while paused').waitFor();
    expect(await tail.getByText('from another program').count()).toBe(0);
    expect(ui.faults.filter((fault) => !fault.includes('422'))).toEqual([]);
  });
});
