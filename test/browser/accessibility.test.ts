/** Every screen through axe-core, in both appearances: nothing serious. */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { AxeResults } from 'axe-core';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { places } from '../../web/src/shell/navigation.ts';
import { waitFor } from '../program.ts';
import { browserMissing } from './chromium.ts';
import { failedLogins, sendSyslog, startUi, type Ui } from './ui.ts';

const missing = await browserMissing();
if (missing) console.warn(`Browser tests skipped. ${missing}`);
const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

// Generous: the machine may be busy with everything else.
vi.setConfig({ testTimeout: 300_000 });

/** What axe calls serious or critical, one line each: the rule, and where. */
async function findings(page: Page): Promise<string[]> {
  // Evaluated by the debugger: the page's own policy stays as strict as it is.
  await page.evaluate(axe);
  const results = await page.evaluate(() => (window as Window & { axe?: { run(): Promise<AxeResults> } }).axe?.run());
  if (results === undefined) throw new Error('axe does not run in the page');
  const { violations, passes } = results;
  expect(passes.length).toBeGreaterThan(10);
  return violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .flatMap(({ id, nodes }) =>
      nodes.map(({ html, failureSummary }) => `${id}: ${html.slice(0, 160)} (${failureSummary})`),
    );
}

/** The screen is there, and so is what it asked the server for: nothing that stands in for it is left. */
async function drawn(page: Page): Promise<void> {
  await page.locator('#main h1').first().waitFor({ state: 'attached' });
  await page.waitForFunction(() => document.querySelector('[role=status][aria-label=Loading]') === null);
}

describe.skipIf(missing)('accessibility', () => {
  let ui: Ui;
  const more: string[] = [];
  beforeAll(async () => {
    ui = await startUi();
    await sendSyslog(ui.program, failedLogins('203.0.113.90'));
    const first = async (what: string, path: string, pick: (answer: never) => string | undefined): Promise<string> =>
      waitFor(what, async () => pick((await (await ui.program.api(path)).json()) as never));
    const alert = await first('an alert', '/api/alerts', ([one]: [{ id: string }?]) => one?.id);
    const incident = await first('an incident', '/api/incidents', ([one]: [{ id: string }?]) => one?.id);
    const rule = await first('a rule', '/api/rules', ([one]: [{ id: string }?]) => one?.id);
    more.push(`/alerts/${alert}`, `/incidents/${incident}`, `/rules/${rule}`, '/entity/address/203.0.113.90');
    for (const tab of ['account', 'users', 'keys', 'audit', 'about']) more.push(`/settings?tab=${tab}`);
  }, 240_000);
  afterAll(() => ui?.close());

  test.each(['dark', 'light'] as const)('no screen has a serious finding, %s', async (theme) => {
    const page = await ui.open('/');
    await page.evaluate((name) => localStorage.setItem('phosor.theme', name), theme);
    const found: Record<string, string[]> = {};
    for (const path of [...places.map(({ to }) => to), ...more]) {
      await page.goto(ui.program.address + path);
      await drawn(page);
      const faults = await findings(page);
      if (faults.length > 0) found[path] = faults;
    }
    expect(found).toEqual({});
    expect(ui.faults).toEqual([]);
  });

  test('on a phone and before the login neither', async () => {
    const found: Record<string, string[]> = {};
    const phone = await ui.open('/', { width: 390, height: 844 });
    for (const path of ['/', '/alerts', '/incidents', '/search', ...more.slice(0, 2)]) {
      await phone.goto(ui.program.address + path);
      await drawn(phone);
      const faults = await findings(phone);
      if (faults.length > 0) found[path] = faults;
    }
    const login = await ui.open('/login', { login: false });
    await login.getByRole('button', { name: /log in/i }).waitFor();
    const faults = await findings(login);
    if (faults.length > 0) found['/login'] = faults;
    expect(found).toEqual({});
  });
});
