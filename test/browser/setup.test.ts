import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { freePorts, removeFolder, waitFor } from '../program.ts';
import { launch } from './chromium.ts';
import { missing } from './missing.ts';

// Generous: the machine may be busy with everything else.
vi.setConfig({ testTimeout: 240_000 });

describe.skipIf(missing)('the first start', () => {
  const dataDir = mkdtempSync(join(tmpdir(), 'phosor-setup-'));
  let child: ChildProcess;
  let browser: Browser;
  let link = '';
  beforeAll(async () => {
    const [http, syslog] = await freePorts(2);
    const { PHOSOR_ADMIN_PASSWORD: _password, ...environment } = process.env;
    child = spawn(process.execPath, ['bin/phosor.js', 'start'], {
      cwd: resolve(import.meta.dirname, '../..'),
      env: {
        ...environment,
        PHOSOR_DATA_DIR: dataDir,
        PHOSOR_HTTP_PORT: String(http),
        PHOSOR_UI_PORT: '0',
        PHOSOR_SYSLOG_HOST: '127.0.0.1',
        PHOSOR_SYSLOG_PORT: String(syslog),
        PHOSOR_FILES_WATCH_SYSTEM_LOGS: 'false',
      },
    });
    let printed = '';
    child.stdout?.on('data', (data) => {
      printed += data;
    });
    child.stderr?.on('data', (data) => {
      printed += data;
    });
    browser = await launch();
    link = await waitFor('the set-up link', async () => /http:\S+\/setup#token=\S+/.exec(printed)?.[0], 40_000);
  }, 180_000);
  afterAll(async () => {
    await browser?.close();
    const ended = new Promise((done) => child?.on('exit', done));
    child?.kill('SIGTERM');
    await ended;
    removeFolder(dataDir);
  });

  test('the printed link sets the password once, leaves no token in the address, and logs in', async () => {
    const context = await browser.newContext({ locale: 'en-US' });
    context.setDefaultTimeout(30_000);
    const page = await context.newPage();
    await page.goto(link);
    await page.getByRole('heading', { name: 'Choose the password of admin' }).waitFor();
    expect(page.url()).not.toContain('token');
    const submit = page.getByRole('button', { name: 'Set the password and log in' });
    await page.getByLabel('Password').fill('short');
    expect(await submit.isDisabled()).toBe(true);
    await page.getByLabel('Password').fill('a kettle in the north');
    await page.getByLabel('Once more').fill('a kettle in the south');
    expect(await submit.isDisabled()).toBe(true);
    await page.getByLabel('Once more').fill('a kettle in the north');
    await submit.click();
    await page.getByRole('heading', { name: 'Overview' }).waitFor();

    await page.goto('about:blank');
    await page.goto(link);
    await page.getByRole('heading', { name: 'Already set up' }).waitFor();
    await page.getByRole('link', { name: 'Go to the login' }).click();
    await page.getByLabel('User name').fill('admin');
    await page.getByLabel('Password').fill('a kettle in the north');
    await page.getByRole('button', { name: 'Log in' }).click();
    await page.getByRole('heading', { name: 'Overview' }).waitFor();

    await page.getByRole('button', { name: 'Account' }).click();
    await page.getByRole('menuitem', { name: 'Log out' }).click();
    await page.waitForURL(/\/login/);
    await page.goto(new URL('/rules', link).href);
    await page.waitForURL(/\/login/);
  });
});
