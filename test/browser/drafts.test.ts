import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { waitFor } from '../program.ts';
import { bruteForce, content, postSigma, textOf, write } from './editor.ts';
import { missing } from './missing.ts';
import { startUi, type Ui } from './ui.ts';

// Generous: the machine may be busy with everything else.
vi.setConfig({ testTimeout: 240_000 });

describe.skipIf(missing)('what is written in the rule editor', () => {
  let ui: Ui;
  let ruleId: string;
  beforeAll(async () => {
    ui = await startUi();
    ruleId = await postSigma(ui.program, bruteForce);
  }, 180_000);
  afterAll(() => ui?.close());

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
    // Right after a key the escape belongs to the completion that is about to open: then it takes another.
    await waitFor('the question', async () => {
      await page.keyboard.press('Escape');
      return dialog.waitFor({ timeout: 2000 }).then(
        () => true,
        () => false,
      );
    });
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
    const save = page.getByRole('button', { name: 'Save', exact: true });
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
});
