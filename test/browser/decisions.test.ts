import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { getJson, send } from '../contract/client.ts';
import { missing } from './missing.ts';
import { startUi, type Ui } from './ui.ts';

vi.setConfig({ testTimeout: 240_000 });

describe.skipIf(missing)('decisions', () => {
  let ui: Ui;

  beforeAll(async () => {
    // No test may write into the firewall of the machine it runs on.
    ui = await startUi({ PHOSOR_RESPONSE_ENFORCER: 'none' });
  }, 180_000);
  afterAll(() => ui?.close());

  test('an address is blocked in dry-run, its reasons are read, it is undone and found in the history', async () => {
    const page = await ui.open('/decisions');
    await page.getByText('Nothing is written anywhere').waitFor();
    await page.getByRole('button', { name: 'Block', exact: true }).click();
    await page.getByRole('textbox', { name: 'Address or range' }).fill('203.0.113.9');
    await page.getByRole('textbox', { name: 'Why' }).fill('Seen in the logs');
    await page.getByRole('button', { name: 'Decide' }).click();
    const row = page.getByRole('button', { name: /203\.0\.113\.9/ });
    await row.waitFor();
    await row.click();
    await page.getByText('nothing was written').waitFor();
    await page.getByRole('button', { name: 'Undo' }).click();
    await page.getByRole('tab', { name: 'History' }).click();
    await page.getByRole('button', { name: /203\.0\.113\.9.*Undone/ }).waitFor();
    await page.close();
  });

  test('an address is blocked from its page: what will come of it is told, and it is undone there', async () => {
    const page = await ui.open('/entity/address/203.0.113.77');
    await page.getByRole('button', { name: 'Block 203.0.113.77…' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByText('nothing is blocked').waitFor();
    await dialog.getByRole('textbox', { name: 'Why' }).fill('It is hostile');
    await dialog.getByRole('button', { name: 'Decide' }).click();
    await page.getByRole('button', { name: '203.0.113.77: Blocked (dry-run)' }).click();
    await dialog.getByText('It is decided already').waitFor();
    await dialog.getByRole('button', { name: 'Undo' }).click();
    await dialog.getByText('nothing is blocked').waitFor();
    await page.goto(new URL('/entity/address/10.0.0.1', page.url()).href);
    await page.getByRole('button', { name: 'Block 10.0.0.1…' }).click();
    await dialog.getByText('It will be refused').waitFor();
    await dialog.getByRole('textbox', { name: 'Why' }).fill('x');
    expect(await dialog.getByRole('button', { name: 'Decide' }).isDisabled()).toBe(true);
    await page.close();
  });

  test('a playbook is switched on, run for an address, approved and undone; its text is checked by line', async () => {
    const page = await ui.open('/playbooks?tab=list');
    const used = page.getByRole('switch', { name: 'Use Somebody is in a decoy' });
    await used.click();
    await page.getByText('Somebody is in a decoy: on').waitFor();
    await page.goto(new URL('/entity/address/203.0.113.78', page.url()).href);
    await page.getByRole('button', { name: 'Run playbook…' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByRole('combobox', { name: 'Playbook' }).selectOption('Somebody is in a decoy');
    await dialog.getByText('would wait for approval').waitFor();
    await dialog.getByRole('button', { name: 'Run it' }).click();
    await page.getByText('1 step waits for approval').waitFor();
    await page.getByRole('link', { name: /Playbooks.*1 waits for approval/ }).waitFor();
    await page.getByRole('button', { name: 'Approve' }).click();
    const run = page.getByTestId('run');
    await run.getByText('Dry-run: 203.0.113.78 would be blocked').waitFor();
    await run.getByRole('button', { name: 'Undo' }).click();
    await run.getByText('Undone by admin').waitFor();
    expect((await getJson(ui.program, '/api/decisions?q=203.0.113.78')).decisions[0].state).toBe('undone');
    await page.goto(new URL('/playbooks/decoy-visitor', page.url()).href);
    const editor = page.getByRole('textbox', { name: 'Playbook' });
    await editor.getByText('on: decoy').click();
    await page.keyboard.press('End');
    await page.keyboard.type('s');
    await page.getByRole('button', { name: /^Line 6, column/ }).waitFor();
    expect(await page.getByRole('button', { name: 'Save' }).isDisabled()).toBe(true);
    await page.getByRole('button', { name: 'Discard' }).click();
    await page.getByText('Block {{address}} for 1d.').waitFor();
    await page.close();
  });

  test('what is never blocked is kept, enforcing is switched on, panic lifts it', async () => {
    const page = await ui.open('/decisions?tab=allowed');
    await page.getByRole('textbox', { name: 'Address or network' }).fill('198.51.100.0/24');
    await page.getByRole('textbox', { name: 'Why' }).fill('Partner');
    await page.getByRole('button', { name: 'Never block' }).click();
    await page.getByText('Partner', { exact: true }).waitFor();
    const refused = await send(ui.program, 'POST', '/api/decisions', { target: '198.51.100.7', reason: 'x' });
    expect(refused.status).toBe(422);
    await page.getByRole('button', { name: 'Enforce…' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Enforce' }).click();
    await page.getByText('Enforcing', { exact: true }).waitFor();
    await send(ui.program, 'POST', '/api/decisions', { target: '203.0.113.10', reason: 'x' });
    await page.getByRole('button', { name: 'Panic…' }).click();
    await page.getByRole('button', { name: 'Lift everything' }).click();
    await page.getByText('Panic switch pulled').waitFor();
    expect((await getJson(ui.program, '/api/decisions?state=active')).total).toBe(0);
    await page.getByRole('button', { name: 'Release the panic switch' }).click();
    await page.getByRole('tab', { name: 'Policies' }).click();
    await page.getByRole('switch', { name: 'Use Source of a critical alert' }).click();
    await page.getByText('changed', { exact: true }).waitFor();
    await page.close();
  });
});
