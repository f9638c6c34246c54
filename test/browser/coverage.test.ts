import type { Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import { waitFor } from '../program.ts';
import { weakContrasts } from './contrast.ts';
import { missing } from './missing.ts';
import { failedLogins, sendSyslog, startUi, type Ui } from './ui.ts';

// Generous: the machine may be busy with everything else.
vi.setConfig({ testTimeout: 240_000 });

interface Technique {
  id: string;
  name: string;
  tactics: string[];
  state: 'none' | 'no_source' | 'ready' | 'fired' | 'tested';
  rules: { id: string; name: string }[];
  missing: string[];
}

describe.skipIf(missing)('what can be detected', () => {
  let ui: Ui;
  beforeAll(async () => {
    ui = await startUi();
  }, 180_000);
  afterAll(() => ui?.close());
  // A page that nobody looks at goes on asking the server.
  afterEach(async () => {
    for (const context of ui.browser.contexts()) await context.close();
  });

  const coverage = async () =>
    (await (await ui.program.api('/api/rules/coverage')).json()) as {
      tactics: { id: string; name: string }[];
      techniques: Technique[];
    };
  const technique = async (id: string) => {
    const found = (await coverage()).techniques.find((each) => each.id === id);
    if (!found) throw new Error(`No technique ${id}.`);
    return found;
  };
  const cells = (page: Page) => page.getByTestId('matrix').locator('[data-place]');
  const count = async (page: Page, state: string) => {
    const text = await page.getByRole('button', { name: new RegExp(`^${state}`) }).textContent();
    return Number(/\d+$/.exec(text ?? '')?.[0]);
  };

  test('before anything is sent, it says so and what to do next', async () => {
    const page = await ui.open('/coverage');
    await page.getByText('No events arrive yet.').waitFor();
    expect(await count(page, 'Fired')).toBe(0);
    expect(await count(page, 'Ready')).toBe(0);
    expect(await count(page, 'No source')).toBeGreaterThan(10);
    await page.getByRole('link', { name: 'Connect a source' }).click();
    await page.getByRole('heading', { name: 'Sources', level: 1 }).waitFor();
    expect(ui.faults).toEqual([]);
  });

  test('the matrix has the tactics as columns, and each state counts what the server counts', async () => {
    await sendSyslog(ui.program, failedLogins('203.0.113.95'));
    await waitFor('an alert', async () => {
      const answer = await ui.program.api('/api/alerts?entity=203.0.113.95');
      return ((await answer.json()) as unknown[]).length > 0;
    });
    await waitFor('a technique that fired', async () => (await technique('T1110.001')).state === 'fired', 60_000);
    const { tactics, techniques } = await coverage();
    const page = await ui.open('/coverage');
    await cells(page).first().waitFor();
    const regions = page.getByTestId('matrix').getByRole('region');
    expect(await regions.evaluateAll((all) => all.map((each) => each.getAttribute('aria-label')))).toEqual(
      tactics.map(({ name }) => name),
    );
    for (const [word, state] of [
      ['Tested', 'tested'],
      ['Fired', 'fired'],
      ['Ready', 'ready'],
      ['No source', 'no_source'],
      ['No rule', 'none'],
    ])
      expect(await count(page, word ?? ''), word).toBe(techniques.filter((each) => each.state === state).length);
    // Never colour alone: every cell says its state as a word.
    const words = await cells(page).evaluateAll((all) =>
      all.filter((cell) => !/Tested|Fired|Ready|No source|No rule/.test(cell.textContent)),
    );
    expect(words).toEqual([]);
    expect(ui.faults).toEqual([]);
  });

  test('it is filtered by state and text, all in the address, and what fits stands in its technique', async () => {
    const page = await ui.open('/coverage');
    await cells(page).first().waitFor();
    const everything = await cells(page).count();
    await page.getByRole('button', { name: /^Fired/ }).click();
    await page.waitForURL(/state=fired/);
    const brute = cells(page).filter({ hasText: 'T1110' }).first();
    await brute.getByText('Password Guessing').waitFor();
    expect(await cells(page).count()).toBeLessThan(everything);
    await page.reload();
    await brute.getByText('Password Guessing').waitFor();
    await page.getByRole('searchbox', { name: 'Search the techniques' }).fill('no such technique');
    await page.getByText('No technique fits.').waitFor();
    await page.getByRole('button', { name: 'Remove the filters' }).click();
    await waitFor('all cells', async () => (await cells(page).count()) === everything);
    expect(ui.faults).toEqual([]);
  });

  test('it is walked by arrow keys; a technique shows its rules, and what no source sends', async () => {
    const page = await ui.open('/coverage');
    await cells(page).first().waitFor();
    // One cell takes the Tab.
    expect(await page.getByTestId('matrix').locator('[data-place][tabindex="0"]').count()).toBe(1);
    await cells(page).first().focus();
    const place = () => page.evaluate(() => document.activeElement?.getAttribute('data-place'));
    for (const [key, at] of [
      ['ArrowDown', '0,1'],
      ['ArrowRight', '1,1'],
      ['ArrowUp', '1,0'],
      ['ArrowLeft', '0,0'],
    ] as const) {
      await page.keyboard.press(key);
      expect(await place(), key).toBe(at);
    }
    await page.keyboard.press('Enter');
    await page.waitForURL(/technique=T\d+/);
    await page.getByRole('dialog').waitFor();
    await page.keyboard.press('Escape');
    await page.getByRole('dialog').waitFor({ state: 'detached' });
    // The focus goes back a moment after the sheet has gone.
    await waitFor('the cell to have the focus again', async () => (await place()) === '0,0');

    const fired = await technique('T1110.001');
    await page.goto(`${ui.program.address}/coverage?technique=T1110`);
    const drawer = page.getByRole('dialog');
    await drawer.getByRole('button', { name: /T1110\.001/ }).click();
    await drawer.getByRole('heading', { name: /T1110\.001/ }).waitFor();
    for (const { name } of fired.rules) await drawer.getByRole('link', { name, exact: true }).waitFor();
    await drawer.getByRole('link', { name: 'SSH brute force', exact: true }).click();
    await page.getByRole('heading', { name: 'SSH brute force', level: 1 }).waitFor();

    const blind = (await coverage()).techniques.find(({ state }) => state === 'no_source');
    await page.goto(`${ui.program.address}/coverage?technique=${blind?.id}`);
    for (const each of blind?.missing ?? []) await drawer.getByText(each, { exact: true }).waitFor();
    await drawer.getByRole('link', { name: 'Sources' }).waitFor();

    const open = (await coverage()).techniques.find(({ state, rules }) => state === 'none' && rules.length === 0);
    await page.goto(`${ui.program.address}/coverage?technique=${open?.id}`);
    await drawer.getByRole('link', { name: 'Write a rule' }).waitFor();
    await drawer.getByRole('link', { name: 'Import a pack' }).click();
    await page.getByRole('dialog', { name: 'Import rules' }).waitFor();
    expect(ui.faults).toEqual([]);
  });

  test("running the rules' tests proves techniques; the layer for the Navigator has them all", async () => {
    const page = await ui.open('/coverage?technique=T1110.001');
    const drawer = page.getByRole('dialog');
    await drawer.getByRole('button', { name: 'Run their tests' }).click();
    await drawer.getByText('Tested', { exact: true }).waitFor();
    expect((await technique('T1110.001')).state).toBe('tested');
    await page.keyboard.press('Escape');
    await waitFor('the count', async () => (await count(page, 'Tested')) > 0);

    const downloading = page.waitForEvent('download');
    await page.getByRole('link', { name: 'Navigator layer' }).click();
    const download = await downloading;
    expect(download.suggestedFilename()).toMatch(/\.json$/);
    const chunks: Buffer[] = [];
    for await (const chunk of await download.createReadStream()) chunks.push(chunk);
    const layer = JSON.parse(Buffer.concat(chunks).toString('utf8')) as {
      domain: string;
      techniques: { techniqueID: string }[];
    };
    expect(layer.domain).toBe('enterprise-attack');
    expect(layer.techniques.map(({ techniqueID }) => techniqueID)).toContain('T1110.001');
    expect(ui.faults).toEqual([]);
  });

  test.each(['dark', 'light'] as const)('it fits a phone and a desk, and can be read in %s', async (theme) => {
    const page = await ui.open('/coverage');
    await page.emulateMedia({ reducedMotion: 'reduce' });
    await page.evaluate((name) => localStorage.setItem('phosor.theme', name), theme);
    for (const width of [390, 1280]) {
      await page.setViewportSize({ width, height: 844 });
      for (const path of ['/coverage', '/coverage?state=no_source,fired', '/coverage?technique=T1110']) {
        await page.goto(ui.program.address + path);
        await cells(page).first().waitFor();
        if (path.includes('technique')) await page.getByRole('dialog').waitFor();
        expect(await weakContrasts(page), `${path} at ${width}`).toEqual([]);
        const over = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
        expect(over, `${path} at ${width}`).toBeLessThanOrEqual(0);
      }
    }
  });
});
