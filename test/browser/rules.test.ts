import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import type { Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import { waitFor } from '../program.ts';
import { browserMissing } from './chromium.ts';
import { weakContrasts } from './contrast.ts';
import { failedLogins, sendSyslog, startUi, type Ui } from './ui.ts';

const missing = await browserMissing();
if (missing) console.warn(`Browser tests skipped. ${missing}`);

// Generous: the machine may be busy with everything else.
vi.setConfig({ testTimeout: 240_000 });

interface Rule {
  id: string;
  name: string;
  state: string;
  muted_until: string | null;
  noise_budget: number | null;
  author: string | null;
  pack: string | null;
  tests: { fire: number; quiet: number } | null;
}

const hostileTitle = '<img src=x onerror=window.taken=1>';
const sigma = (title: string, more = '') =>
  `title: ${JSON.stringify(title)}\nauthor: A. Person\nlogsource:\n  product: linux\ndetection:\n  selection:\n    message|contains: '${title.length} kettles'\n  condition: selection\nlevel: low\n${more}`;
const broken =
  'title: Broken\nlogsource:\n  product: linux\ndetection:\n  selection:\n    message|no_such_modifier: x\n  condition: selection\n';

/** A zip whose entries are not compressed. */
function zipOf(files: Record<string, string>): Buffer {
  const parts: Buffer[] = [];
  const directory: Buffer[] = [];
  let offset = 0;
  for (const [path, text] of Object.entries(files)) {
    const name = Buffer.from(path);
    const data = Buffer.from(text);
    const facts = Buffer.alloc(26);
    facts.writeUInt16LE(20, 0);
    facts.writeUInt32LE(crc32(data), 10);
    facts.writeUInt32LE(data.length, 14);
    facts.writeUInt32LE(data.length, 18);
    facts.writeUInt16LE(name.length, 22);
    const local = Buffer.concat([Buffer.from('PK\u0003\u0004', 'latin1'), facts, name, data]);
    const entry = Buffer.alloc(14);
    entry.writeUInt32LE(offset, 10);
    directory.push(Buffer.concat([Buffer.from('PK\u0001\u0002\u0014\u0000', 'latin1'), facts, entry, name]));
    parts.push(local);
    offset += local.length;
  }
  const list = Buffer.concat(directory);
  const end = Buffer.alloc(22);
  end.write('PK\u0005\u0006', 'latin1');
  end.writeUInt16LE(parts.length, 8);
  end.writeUInt16LE(parts.length, 10);
  end.writeUInt32LE(list.length, 12);
  end.writeUInt32LE(offset, 16);
  return Buffer.concat([...parts, list, end]);
}

describe.skipIf(missing)('looking after the rules', () => {
  const folder = mkdtempSync(join(tmpdir(), 'phosor-pack-'));
  let ui: Ui;
  beforeAll(async () => {
    ui = await startUi();
  }, 180_000);
  afterAll(async () => {
    await ui?.close();
    rmSync(folder, { recursive: true, force: true });
  });
  // A page that nobody looks at goes on asking the server.
  afterEach(async () => {
    for (const context of ui.browser.contexts()) await context.close();
  });

  const json = async <T>(path: string): Promise<T> => (await (await ui.program.api(path)).json()) as T;
  const all = () => json<Rule[]>('/api/rules');
  const named = async (name: string): Promise<Rule> => {
    const rule = (await all()).find((each) => each.name === name);
    if (!rule) throw new Error(`No rule is called ${name}.`);
    return rule;
  };
  const stateOf = async (name: string) => (await named(name)).state;
  const names = (page: Page) => page.getByTestId('rules').locator('tbody tr [data-main]').allTextContents();
  const rowOf = (page: Page, name: string) =>
    page
      .getByTestId('rules')
      .locator('tbody tr')
      .filter({ has: page.getByRole('button', { name, exact: true }) });
  const focusedName = (page: Page) => page.evaluate(() => document.activeElement?.textContent);

  test('the list is searched, narrowed and sorted; all of it is in the address and survives a reload', async () => {
    const page = await ui.open('/rules');
    await page.getByTestId('rules').locator('tbody tr').first().waitFor();
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
    await page.getByTestId('rules').locator('tbody tr').first().waitFor();
    expect(await names(page)).toEqual(shown);
    await page.getByRole('button', { name: 'Remove the filters' }).click();
    await page.getByText(/^\d+ rules, \d+ on$/).waitFor();
    expect(ui.faults).toEqual([]);
  });

  test('it is walked by keyboard; a rule opens and the way back leads to where it was', async () => {
    const page = await ui.open('/rules?sort=name');
    await page.getByTestId('rules').locator('tbody tr').first().waitFor();
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
    await page.getByTestId('rules').locator('tbody tr').first().waitFor();
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
    const row = page.getByTestId('rules').locator('tbody tr').first();
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
    await row.getByLabel('Over the budget').first().waitFor();
    expect(await named('SSH brute force')).toMatchObject({ state: 'signal', noise_budget: 1 });
    await setBudget('');
    await waitFor('the default', async () => (await named('SSH brute force')).noise_budget === null);
    await row.getByText('Signal', { exact: true }).first().waitFor({ state: 'detached' });
    expect(ui.faults).toEqual([]);
  });

  test('a folder is checked first, then imported with its authors and tests; what is wrong says where; the pack is removed', async () => {
    mkdirSync(join(folder, 'tea pack/linux'), { recursive: true });
    const put = (path: string, text: string) => writeFileSync(join(folder, 'tea pack', path), text);
    put('linux/kettle.yml', sigma('Kettle boils', 'tags: [attack.t1499]\n'));
    put('linux/kettle.fire.log', 'Nov 21 12:00:00 kitchen kettle: 12 kettles boil\n');
    put('linux/kettle.quiet.log', 'Nov 21 12:00:00 kitchen kettle: cold\n');
    put('hostile.yml', sigma(hostileTitle));
    put('broken.yml', broken);
    put('README.md', 'Not a rule.');
    const before = (await all()).length;
    const page = await ui.open('/rules');
    await page.getByRole('button', { name: 'Import' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByLabel('A folder').setInputFiles(join(folder, 'tea pack'));
    const outcome = dialog.getByTestId('import-outcome');
    await outcome.getByText('This is what would happen:').waitFor();
    expect(await outcome.locator('li').allTextContents()).toEqual([
      '2new',
      '0replaced',
      '1refused',
      expect.any(String),
    ]);
    const refused = dialog.getByRole('table', { name: 'Refused' });
    expect(await refused.textContent()).toMatch(/tea pack\/broken\.yml:6:\d+.*no_such_modifier/);
    await dialog.getByText('1 other file').waitFor();
    expect(await dialog.getByLabel('Name of the pack').inputValue()).toBe('tea pack');
    expect(await all()).toHaveLength(before);

    await dialog.getByRole('button', { name: 'Import 2 rules' }).click();
    await outcome.getByText('Done. The rules are in force.').waitFor();
    expect(await named('Kettle boils')).toMatchObject({
      author: 'A. Person',
      pack: 'tea pack',
      tests: { fire: 1, quiet: 1 },
    });
    await dialog.getByRole('button', { name: 'Show the rules' }).click();
    const list = page.getByTestId('rules');
    await list.getByText(hostileTitle).waitFor();
    await list.getByText('A. Person').first().waitFor();
    expect((await names(page)).sort()).toEqual([hostileTitle, 'Kettle boils']);
    expect(await page.evaluate(() => 'taken' in window || document.querySelector('#root img') !== null)).toBe(false);

    await page.getByRole('button', { name: 'Packs' }).click();
    await page.getByRole('button', { name: 'Remove the pack tea pack' }).click();
    await page.getByRole('button', { name: 'Remove 2 rules' }).click();
    await waitFor('the pack to be gone', async () => (await all()).length === before);
    await page.getByText('No pack was imported yet.').waitFor();
    expect(ui.faults).toEqual([]);
  });

  test('a zip and dropped files are taken as well; a second import replaces', async () => {
    const page = await ui.open('/rules?show=import');
    const dialog = page.getByRole('dialog');
    const outcome = dialog.getByTestId('import-outcome');
    const zip = zipOf({ 'pots/pot.yml': sigma('Pot whistles', 'id: pot-whistles\n') });
    await dialog
      .getByLabel('Files or a zip')
      .setInputFiles({ name: 'pots.zip', mimeType: 'application/zip', buffer: zip });
    await dialog.getByRole('button', { name: 'Import 1 rule' }).click();
    await outcome.getByText('Done.').waitFor();
    expect(await named('Pot whistles')).toMatchObject({ pack: 'pots', author: 'A. Person' });

    await dialog.getByRole('button', { name: 'Import more' }).click();
    const dropped = await page.evaluateHandle(
      (text) => {
        const data = new DataTransfer();
        data.items.add(new File([text], 'pot.yml'));
        return data;
      },
      sigma('Pot sings', 'id: pot-whistles\n'),
    );
    await dialog.getByRole('region', { name: 'Drop files here' }).dispatchEvent('drop', { dataTransfer: dropped });
    await outcome.getByText('This is what would happen:').waitFor();
    expect((await outcome.locator('li').allTextContents()).slice(0, 3)).toEqual(['0new', '1replaced', '0refused']);
    await dialog.getByRole('button', { name: 'Import 1 rule' }).click();
    await outcome.getByText('Done.').waitFor();
    expect((await all()).filter(({ id }) => id === 'pot-whistles').map(({ name }) => name)).toEqual(['Pot sings']);

    await dialog.getByRole('button', { name: 'Import more' }).click();
    await dialog
      .getByLabel('Files or a zip')
      .setInputFiles({ name: 'notes.log', mimeType: 'text/plain', buffer: Buffer.from('x') });
    await dialog.getByText(/^There is no rule in it/).waitFor();
    expect(ui.faults).toEqual([]);
  });

  test('five thousand rules: only those in sight are drawn, the last is reached, and a search finds its one', async () => {
    const files = Array.from({ length: 5000 }, (_, index) => ({
      name: `bulk/rule-${index}.yml`,
      text: sigma(`Generated ${String(index).padStart(4, '0')}`, `id: generated-${index}\n`),
    }));
    const answer = await ui.program.api('/api/rules/import', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ files, pack: 'bulk' }),
    });
    expect(await answer.json()).toMatchObject({ imported: 5000, refused: [] });
    const page = await ui.open('/rules?sort=name&from=bulk');
    const rows = page.getByTestId('rules').locator('tbody tr');
    await rows.first().waitFor();
    await page.getByText(/^5,000 of 5,\d+ rules$/).waitFor();
    expect(await rows.count()).toBeLessThan(60);
    await page.getByTestId('rules').evaluate((box) => box.scrollTo({ top: box.scrollHeight }));
    await page.getByRole('button', { name: 'Generated 4999', exact: true }).waitFor();
    expect(await rows.count()).toBeLessThan(60);
    await page.keyboard.press('/');
    await page.keyboard.type('Generated 2718');
    await page.getByText(/^1 of 5,\d+ rules$/).waitFor();
    expect(await names(page)).toEqual(['Generated 2718']);

    await page.goto(`${ui.program.address}/rules?show=packs`);
    await page.getByRole('button', { name: 'Remove the pack bulk' }).click();
    await page.getByRole('button', { name: 'Remove 5,000 rules' }).click();
    await waitFor('the pack to be gone', async () => !(await all()).some(({ pack }) => pack === 'bulk'), 60_000);
    expect(ui.faults).toEqual([]);
  });

  test.each(['dark', 'light'] as const)('dialogs and the list fit a phone and can be read in %s', async (theme) => {
    const page = await ui.open('/rules', { width: 390, height: 844 });
    await page.emulateMedia({ reducedMotion: 'reduce' });
    await page.evaluate((name) => localStorage.setItem('phosor.theme', name), theme);
    for (const path of ['/rules', '/rules?show=import', '/rules?show=packs']) {
      await page.goto(ui.program.address + path);
      await page.getByTestId('rules').locator('tbody tr').first().waitFor();
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
    const rows = page.getByTestId('rules').locator('tbody tr');
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
