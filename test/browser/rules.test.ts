import type { Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import { waitFor } from '../program.ts';
import { weakContrasts } from './contrast.ts';
import { missing } from './missing.ts';
import { rulesOf } from './rule-list.ts';
import { failedLogins, sendSyslog, startUi, type Ui } from './ui.ts';

// Generous: the machine may be busy with everything else.
vi.setConfig({ testTimeout: 240_000 });

describe.skipIf(missing)('looking after the rules', () => {
  let ui: Ui;
  beforeAll(async () => {
    ui = await startUi();
  }, 180_000);
  afterAll(() => ui?.close());
  // A page that nobody looks at goes on asking the server.
  afterEach(async () => {
    for (const context of ui.browser.contexts()) await context.close();
  });

  const { json, named, list, rowOf, names } = rulesOf(() => ui);
  const stateOf = async (name: string) => (await named(name)).state;
  const focusedName = (page: Page) => page.evaluate(() => document.activeElement?.textContent);

  test('the list is searched, narrowed and sorted; all of it is in the address and survives a reload', async () => {
    const page = await ui.open('/rules');
    await list(page).first().waitFor();
    await page.keyboard.press('/');
    await page.keyboard.type('brute force');
    await page.waitForURL(/q=brute/);
    await page.getByRole('button', { name: 'Severity', exact: true }).first().click();
    const option = page.getByRole('menuitemcheckbox', { name: /^High/ });
    const count = Number(/\d+$/.exec((await option.textContent()) ?? '')?.[0]);
    await option.click();
    await page.keyboard.press('Escape');
    await page.waitForURL(/severity=/);
    await page.getByRole('columnheader', { name: 'Rule' }).getByRole('button').click();
    await page.getByRole('columnheader', { name: 'Rule' }).getByRole('button').click();
    await page.waitForURL(/desc=true/);
    const shown = await names(page);
    expect(shown).toHaveLength(count);
    expect(shown).toContain('SSH brute force');
    expect(shown).toEqual([...shown].sort((a, b) => b.toLowerCase().localeCompare(a.toLowerCase())));
    await page.reload();
    await list(page).first().waitFor();
    expect(await names(page)).toEqual(shown);
    await page.getByRole('button', { name: 'Remove the filters' }).click();
    await page.getByText(/^\d+ rules, \d+ on$/).waitFor();
    expect(ui.faults).toEqual([]);
  });

  test('what rules say is fetched on their pages, not with the list', async () => {
    const page = await ui.open('/');
    const listed: { url: string; body: string }[] = [];
    page.on('response', async (response) => {
      const { pathname, search } = new URL(response.url());
      if (pathname === '/api/rules') listed.push({ url: search, body: await response.text() });
    });
    await page.goto(`${ui.program.address}/rules?q=SSH%20brute%20force`);
    await page.getByRole('button', { name: 'SSH brute force', exact: true }).waitFor();
    // Asked for again, as it is every few seconds.
    await waitFor('the second look', async () => listed.length > 1);
    expect(new Set(listed.map(({ url }) => url))).toEqual(new Set(['?config=false']));
    expect(listed.every(({ body }) => body.includes('SSH brute force') && !body.includes('yaml'))).toBe(true);
    await page.getByRole('button', { name: 'SSH brute force', exact: true }).click();
    await page.getByText('title: A login over SSH failed').waitFor();
    expect(ui.faults).toEqual([]);
  });

  test('it is walked by keyboard; a rule opens and the way back leads to where it was', async () => {
    const page = await ui.open('/rules?sort=name');
    await list(page).first().waitFor();
    await page.keyboard.press('j');
    await page.keyboard.press('j');
    await page.keyboard.press('j');
    await page.keyboard.press('k');
    const [, second = ''] = await names(page);
    await waitFor('the focus on the second rule', async () => (await focusedName(page)) === second);
    await page.keyboard.press('Enter');
    await page.waitForURL(/\/rules\/[^?]+/);
    await page.getByRole('heading', { level: 1, name: second }).waitFor();
    await page.goBack();
    await page.getByTestId('rules').locator('tr[data-current]').getByText(second, { exact: true }).waitFor();
    expect(ui.faults).toEqual([]);
  });

  test('several rules are switched off at once by keyboard, and the undo switches on those that were', async () => {
    const page = await ui.open('/rules?q=brute%20force&sort=name');
    await list(page).first().waitFor();
    const shown = await names(page);
    for (const key of ['j', 'x', 'j', 'x']) await page.keyboard.press(key);
    await page.getByRole('toolbar', { name: 'Selected rules' }).getByText('2 selected').waitFor();
    await page.keyboard.press('e');
    await page.getByText('2 rules switched off').waitFor();
    const [first = '', second = '', third = ''] = shown;
    expect([await stateOf(first), await stateOf(second), await stateOf(third)]).toEqual(['off', 'off', 'on']);
    await page.getByRole('button', { name: 'Undo' }).click();
    await waitFor(
      'both to be on again',
      async () => (await stateOf(first)) === 'on' && (await stateOf(second)) === 'on',
    );
    await page.keyboard.press('Shift+X');
    await page.getByRole('toolbar').getByText(`${shown.length} selected`).waitFor();
    await page.keyboard.press('Escape');
    await page.getByRole('toolbar').waitFor({ state: 'detached' });
    expect(ui.faults).toEqual([]);
  });

  test('a rule is muted for hours and until a time, shows it, and is not muted any more', async () => {
    const page = await ui.open('/rules?q=SSH%20brute%20force&sort=name');
    const row = rowOf(page, 'SSH brute force');
    await row.getByRole('button', { name: /^Actions/ }).click();
    await page.getByRole('menuitem', { name: 'Mute for 8 h' }).click();
    await row.getByText('Muted 8 h').first().waitFor();
    const until = Date.parse((await named('SSH brute force')).muted_until ?? '');
    expect(Math.abs(until - Date.now() - 8 * 3_600_000)).toBeLessThan(120_000);

    await row.getByRole('button', { name: /^Actions/ }).click();
    await page.getByRole('menuitem', { name: 'Mute until' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByLabel(/^Until/).fill('2020-01-01T10:00');
    expect(await dialog.getByRole('button', { name: 'Mute until then' }).isDisabled()).toBe(true);
    const later = new Date(Date.now() + 3 * 86_400_000).toISOString().slice(0, 16);
    await dialog.getByLabel(/^Until/).fill(later);
    await dialog.getByRole('button', { name: 'Mute until then' }).click();
    await waitFor('the later end', async () => (await named('SSH brute force')).muted_until?.startsWith(later));
    expect(await stateOf('SSH brute force')).toBe('muted');
    await row.getByText('Muted 3 d').first().waitFor();

    await row.getByRole('button', { name: /^Actions/ }).click();
    await page.getByRole('menuitem', { name: 'No longer muted' }).click();
    await waitFor('the rule to be on', async () => (await stateOf('SSH brute force')) === 'on');
    expect(ui.faults).toEqual([]);
  });

  test('an alert that was none becomes an exception: with a reason, with an end, in force at once, and with an undo', async () => {
    const address = '203.0.113.77';
    const alertsOf = async (from: string) =>
      (await json<{ rule_name: string }[]>(`/api/alerts?entity=${from}`)).filter(
        ({ rule_name }) => rule_name === 'SSH brute force',
      ).length;
    await sendSyslog(ui.program, failedLogins(address));
    await waitFor('the alert', async () => (await alertsOf(address)) === 1);
    const [alert] = await json<{ id: string }[]>(
      `/api/alerts?entity=${address}&rule_id=${(await named('SSH brute force')).id}`,
    );
    const page = await ui.open(`/alerts/${alert?.id}`);
    await page.getByRole('button', { name: 'Add an exception' }).click();
    const dialog = page.getByRole('dialog');
    expect(await dialog.getByRole('checkbox', { name: new RegExp(address) }).isChecked()).toBe(true);
    await dialog.getByText('In the last 7 days 1 of its 1 alert was about that.').waitFor();
    await dialog.getByRole('checkbox', { name: /root/ }).check();
    await dialog.getByRole('button', { name: 'Add the exception' }).click();
    await dialog.getByText(/^Say why/).waitFor();
    await dialog.getByLabel('Reason').fill('A test of <b>ours</b>.');
    await dialog.getByRole('button', { name: '7 days' }).click();
    await dialog.getByRole('button', { name: 'Add the exception' }).click();
    await dialog.waitFor({ state: 'detached' });
    const { id } = await named('SSH brute force');
    const exceptions = () =>
      json<{ selection: object; reason: string; owner: string; expires_at: string | null }[]>(
        `/api/rules/${id}/exceptions`,
      );
    const [made] = await exceptions();
    expect(made).toMatchObject({ selection: { src_ip: address, user: 'root' }, owner: 'admin' });
    expect(Math.round((Date.parse(made?.expires_at ?? '') - Date.now()) / 86_400_000)).toBe(7);

    // Another user from there is not excepted; the same one is, for this rule.
    await sendSyslog(ui.program, failedLogins('203.0.113.78'));
    await sendSyslog(ui.program, failedLogins(address, 'root', 12));
    await waitFor('the other alert', async () => (await alertsOf('203.0.113.78')) === 1);
    expect(await alertsOf(address)).toBe(1);

    await page.goto(`${ui.program.address}/rules/${id}?pane=upkeep`);
    const upkeep = page.getByTestId('upkeep');
    await upkeep.getByText('A test of <b>ours</b>.').waitFor();
    await upkeep.getByRole('button', { name: 'Remove this exception' }).click();
    await waitFor('the exception to be gone', async () => (await exceptions()).length === 0);
    await page.getByRole('button', { name: 'Undo' }).click();
    await waitFor('the exception to be back', async () => (await exceptions()).length === 1);
    await upkeep.getByText('A test of <b>ours</b>.').waitFor();
    expect(ui.faults).toEqual([]);
  });

  test('an exception of typed fields may hold wildcards, and what would silence everything is refused', async () => {
    const page = await ui.open('/rules?q=Password%20spray&sort=name');
    const row = list(page).first();
    await row.getByRole('button', { name: /^Actions/ }).click();
    await page.getByRole('menuitem', { name: 'Add an exception' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByRole('button', { name: 'Add the exception' }).click();
    await dialog.getByText(/^Choose at least one field/).waitFor();
    await dialog.getByRole('textbox', { name: 'Field' }).fill('user');
    await dialog.getByRole('textbox', { name: 'Value' }).fill('*');
    await dialog.getByLabel('Reason').fill('Robots.');
    await dialog.getByRole('button', { name: 'Add the exception' }).click();
    await dialog.getByText(/fits everything/).waitFor();
    ui.faults.length = 0;
    await dialog.getByRole('textbox', { name: 'Value' }).fill('svc-*');
    await dialog.getByRole('button', { name: 'Never' }).click();
    await dialog.getByRole('button', { name: 'Add the exception' }).click();
    await dialog.waitFor({ state: 'detached' });
    const rule = await named((await names(page))[0] ?? '');
    expect(await json(`/api/rules/${rule.id}/exceptions`)).toMatchObject([
      { selection: { user: 'svc-*' }, expires_at: null },
    ]);
    expect(ui.faults).toEqual([]);
  });

  test('a rule over its noise budget is a signal that says why, and a larger budget makes it loud again', async () => {
    await sendSyslog(ui.program, [...failedLogins('203.0.113.81'), ...failedLogins('203.0.113.82')]);
    const { id } = await named('SSH brute force');
    await waitFor('two more alerts', async () => (await json<unknown[]>(`/api/alerts?rule_id=${id}`)).length >= 4);
    const page = await ui.open('/rules?q=SSH%20brute%20force&sort=name');
    const row = rowOf(page, 'SSH brute force');
    const setBudget = async (text: string) => {
      await row.getByRole('button', { name: /^Actions/ }).click();
      await page.getByRole('menuitem', { name: 'Noise budget' }).click();
      await page.getByRole('dialog').getByLabel('Alerts a day').fill(text);
      await page.getByRole('dialog').getByRole('button', { name: 'Set the budget' }).click();
      await page.getByRole('dialog').waitFor({ state: 'detached' });
    };
    await setBudget('1');
    await row.getByText('Signal', { exact: true }).first().waitFor();
    await row.getByText(/the budget is 1/).waitFor();
    await row.getByLabel('Over the budget').filter({ visible: true }).waitFor();
    expect(await named('SSH brute force')).toMatchObject({ state: 'signal', noise_budget: 1 });
    await setBudget('');
    await waitFor('the default', async () => (await named('SSH brute force')).noise_budget === null);
    await row.getByText('Signal', { exact: true }).first().waitFor({ state: 'detached' });
    expect(ui.faults).toEqual([]);
  });

  test.each(['dark', 'light'] as const)('dialogs and the list fit a phone and can be read in %s', async (theme) => {
    const page = await ui.open('/rules', { width: 390, height: 844 });
    await page.emulateMedia({ reducedMotion: 'reduce' });
    await page.evaluate((name) => localStorage.setItem('phosor.theme', name), theme);
    for (const path of ['/rules', '/rules?show=import', '/rules?show=packs']) {
      await page.goto(ui.program.address + path);
      await list(page).first().waitFor();
      if (path.includes('show')) await page.getByRole('dialog').waitFor();
      expect(await weakContrasts(page), path).toEqual([]);
      expect(await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth)).toBeLessThanOrEqual(
        0,
      );
    }
  });

  test('a viewer sees how the rules do, and is offered nothing that would be refused', async () => {
    const { program } = ui;
    const password = 'a kettle in the west';
    await program.api('/api/users', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ username: 'victor', password, role: 'viewer' }),
    });
    const page = await ui.open('/login?next=/rules', { login: false });
    await page.getByLabel('User name').fill('victor');
    await page.getByLabel('Password').fill(password);
    await page.keyboard.press('Enter');
    const rows = list(page);
    await rows.first().waitFor();
    ui.faults.length = 0;
    expect(await page.getByRole('checkbox').count()).toBe(0);
    expect(await rows.first().getByRole('switch').isDisabled()).toBe(true);
    expect(await page.getByRole('button', { name: 'Import' }).count()).toBe(0);
    await page.keyboard.press('i');
    await page.keyboard.press('j');
    await page.keyboard.press('e');
    await rows
      .first()
      .getByRole('button', { name: /^Actions/ })
      .click();
    expect(await page.getByRole('menuitem').allTextContents()).toEqual(['Open', 'Alerts of this rule']);
    expect(await page.getByRole('dialog').count()).toBe(0);
    expect(ui.faults).toEqual([]);
  });
});
