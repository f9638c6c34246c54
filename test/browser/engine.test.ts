/** The engine in a real browser: bundled as a user would, without network, over every shipped rule and its own lines. */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createEngine, type RuleDoc } from '../../src/engine.ts';
import { packageRoot } from '../../src/package.ts';
import { loadShippedRules } from '../../src/rules-folder.ts';
import { type Bundle, bundleForBrowser } from '../engine/bundle.ts';
import { launch } from './chromium.ts';
import { missing } from './missing.ts';

const now = Date.UTC(2026, 10, 21, 3);

/** What is compared: every event and every alert, to the last key, and what the explainer says about some. */
const script = `
import { createEngine, eventToJson } from 'phosor/engine';

globalThis.runEngine = (rules, lines, now, explained) => {
  const engine = createEngine({ rules, now: () => now });
  const explainer = engine.explainer(explained);
  const events = [];
  const alerts = [];
  const explanations = [];
  lines.forEach((line, number) => {
    const { event, alerts: changes } = engine.take(line);
    events.push(eventToJson(event));
    alerts.push(...changes.map(({ type, alert }) => ({ type, alert })));
    explanations.push(explainer.explain(event, number));
  });
  alerts.push(...engine.close().map(({ type, alert }) => ({ type, alert })));
  return JSON.stringify({ events, alerts, explanations, problems: engine.problems });
};
`;

function sampleLines(): string[] {
  const folder = join(packageRoot, 'rules');
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) =>
    /\.(?:fire|quiet)\.log$/.test(name),
  );
  return files.sort().flatMap((name) =>
    readFileSync(join(folder, name), 'utf8')
      .split('\n')
      .filter((line) => line !== '' && !line.startsWith('#')),
  );
}

describe.skipIf(missing)('the engine in a browser', () => {
  const folder = mkdtempSync(join(tmpdir(), 'phosor-engine-'));
  let browser: Browser;
  let bundled: Bundle;
  beforeAll(async () => {
    bundled = await bundleForBrowser(folder, script, join(packageRoot, 'src/engine.ts'));
    browser = await launch();
  }, 120_000);
  afterAll(async () => {
    rmSync(folder, { recursive: true, force: true });
    await browser?.close();
  });

  test('no module of Node is reached', () => {
    expect(bundled.modules.length).toBeGreaterThan(50);
    expect(bundled.missing).toEqual([]);
  });

  test('gives the same events, alerts and explanations as in Node, with no request made', async () => {
    const rules: RuleDoc[] = loadShippedRules().docs;
    const lines = sampleLines();
    expect(lines.length).toBeGreaterThan(500);
    const explained = (rules.find(({ name }) => /brute force/i.test(name)) as RuleDoc).id;

    const page = await browser.newPage({ timezoneId: 'Asia/Kolkata', locale: 'de-DE' });
    const requests: string[] = [];
    page.on('request', (request) => requests.push(request.url()));
    const faults: string[] = [];
    page.on('pageerror', (error) => faults.push(error.message));
    await page.addScriptTag({ content: bundled.code });
    await page.context().setOffline(true);
    const ask = JSON.stringify([rules, lines, now, explained]);
    const inBrowser = JSON.parse(await page.evaluate<string>(`runEngine(...${ask})`));

    expect(await page.evaluate('typeof process')).toBe('undefined');
    expect(requests).toEqual([]);
    expect(faults).toEqual([]);
    const engine = createEngine({ rules, now: () => now });
    const taken = lines.map((line) => engine.take(line));
    const changes = [...taken.flatMap(({ alerts }) => alerts), ...engine.close()];
    const plain = (value: unknown): unknown => JSON.parse(JSON.stringify(value));
    expect(changes.length).toBeGreaterThan(60);
    expect(inBrowser.alerts).toEqual(plain(changes.map(({ type, alert }) => ({ type, alert }))));
    expect(inBrowser.events.map(({ id }: { id: string }) => id)).toEqual(taken.map(({ event }) => event.id));
    expect(inBrowser.problems).toEqual(plain(engine.problems));
    const explainer = engine.explainer(explained);
    expect(inBrowser.explanations).toEqual(plain(taken.map(({ event }, number) => explainer.explain(event, number))));
  }, 120_000);
});
