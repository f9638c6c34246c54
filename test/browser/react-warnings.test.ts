import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { freePorts, type Program, waitFor } from '../program.ts';
import { missing } from './missing.ts';
import { failedLogins, sendSyslog, startUi, type Ui } from './ui.ts';

// Generous: the machine may be busy with everything else.
vi.setConfig({ testTimeout: 240_000 });

const root = resolve(import.meta.dirname, '../..');

const vite = join(root, 'node_modules/vite/bin/vite.js');

/** The UI as React warns in: what is wrong in silence in use (a state set while another part renders) is said. */
function buildForDevelopment(folder: string): void {
  const args = [vite, 'build', 'web', '--mode', 'development', '--outDir', folder, '--emptyOutDir'];
  const env = { ...process.env, NODE_ENV: 'development' };
  const { status, stderr } = spawnSync(process.execPath, args, { cwd: root, env, encoding: 'utf8' });
  if (status !== 0) throw new Error(`The UI could not be built:\n${stderr}`);
}

/** Serves it on a port of its own, with the program's API behind it. */
async function serve(folder: string, program: Program): Promise<{ address: string; stop: () => void }> {
  const [port] = await freePorts(1);
  const args = [vite, 'preview', 'web', '--outDir', folder, '--host', '127.0.0.1', '--port', String(port)];
  const env = { ...process.env, PHOSOR_DEV_API: program.address };
  const child = spawn(process.execPath, [...args, '--strictPort'], { cwd: root, env, stdio: 'ignore' });
  const address = `http://127.0.0.1:${port}`;
  await waitFor('the UI in development', () =>
    fetch(address).then(
      ({ ok }) => ok,
      () => false,
    ),
  );
  return { address, stop: () => void child.kill() };
}

describe.skipIf(missing)('the UI in development', () => {
  let ui: Ui;
  let served: Awaited<ReturnType<typeof serve>>;
  let alertId = '';
  const folder = mkdtempSync(join(tmpdir(), 'phosor-dev-ui-'));
  beforeAll(async () => {
    buildForDevelopment(folder);
    ui = await startUi();
    served = await serve(folder, ui.program);
    await sendSyslog(ui.program, failedLogins('203.0.113.80'));
    alertId = await waitFor('an alert', async () => {
      const answer = await ui.program.api('/api/alerts?entity=203.0.113.80');
      return ((await answer.json()) as { id: string }[])[0]?.id;
    });
  }, 180_000);
  afterAll(async () => {
    served?.stop();
    await ui?.close();
    rmSync(folder, { recursive: true, force: true });
  });

  /** A logged-in page of the UI built here, and what React says in it. */
  async function open(path: string): Promise<{ page: Page; said: string[]; info: string[] }> {
    const page = await ui.open('/health');
    const said: string[] = [];
    const info: string[] = [];
    page.on('console', (message) => {
      const told = message.type() === 'error' || message.type() === 'warning' ? said : info;
      told.push(`${page.url().replace(served.address, '')}: ${message.text()}`);
    });
    page.on('pageerror', (error) => said.push(error.message));
    await page.goto(served.address + path);
    return { page, said, info };
  }

  test('React has nothing to warn of on any screen', async () => {
    const { page, said, info } = await open('/');
    const rule = '/rules/dd6115e9-b21c-490a-be7c-3df69ebc7c6b';
    const paths = [
      ...['/', '/alerts', `/alerts/${alertId}`, '/live', '/rules', '/coverage', '/replays', '/sources'],
      ...['/rules/new', '/rules/new?kind=sigma&pane=backtest', `${rule}?pane=upkeep`, `${rule}?pane=test`],
      ...['', '?tab=account', '?tab=users', '?tab=keys', '?tab=audit', '?tab=about'].map((tab) => `/settings${tab}`),
    ];
    for (const path of paths) {
      await page.goto(served.address + path);
      await page.getByRole('heading', { level: 1 }).first().waitFor();
      await page.locator('[data-live=live]').waitFor();
    }
    // It is the build that warns.
    expect(info.join('\n')).toContain('React DevTools');
    expect(said).toEqual([]);
  });

  test('nor on the way from one to another', async () => {
    const { page, said } = await open('/settings?tab=account');
    for (const name of ['Configuration', 'Account', 'Users', 'API keys', 'Audit', 'About', 'Account'])
      await page.getByRole('tab', { name, exact: true }).click();
    await page.getByLabel('Current password').fill('something');
    for (const key of 'osalrc') {
      await page.getByRole('heading', { level: 1 }).first().click();
      await page.keyboard.press('g');
      await page.keyboard.press(key);
      await page.getByRole('heading', { level: 1 }).first().waitFor();
    }
    await page.keyboard.press('t');
    await page.goBack();
    await page.getByRole('heading', { level: 1 }).first().waitFor();
    expect(said).toEqual([]);
  });
});
