/**
 * What a frame costs while the hits of a search are scrolled through: 100,000 rows in the browser that the tests use. Counted is
 * processor time of the page's main thread (a trace has it for each task), not wall time, so that what else the machine does
 * hardly matters; and how many elements the table holds, which never matters.
 */
import type { Browser, Page } from 'playwright-core';
import { launch } from '../test/browser/chromium.ts';
import { adminPassword, removeFolder, startProgram } from '../test/program.ts';
import { median } from './measure.ts';

const rows = Number(process.env.BENCH_ROWS ?? 100_000);
const batch = 1000;

interface TraceEvent {
  name: string;
  ph: string;
  pid: number;
  tid: number;
  /** Processor time, µs. */
  tdur?: number;
}

const program = await startProgram({ env: { PHOSOR_API_RATE: '0' } });
const line = (at: number): string =>
  at % 3 === 0
    ? `Failed password for root from 203.0.113.${at % 250} port ${30_000 + (at % 30_000)} ssh2`
    : `request ${at} for /orders/${at % 9000} took ${at % 700} ms ${'of work '.repeat(at % 20)}`;
for (let at = 0; at < rows; at += batch) {
  const logs = Array.from({ length: batch }, (_, index) => {
    const time = new Date(Date.now() - (rows - at - index) * 100).toISOString();
    return `<38>1 ${time} web${at % 7}.example ${(at + index) % 3 === 0 ? 'sshd' : 'shop'} 42 - - ${line(at + index)}`;
  });
  const headers = { 'content-type': 'application/json' };
  const sent = await program.api('/api/logs/ingest', { method: 'POST', headers, body: JSON.stringify({ logs }) });
  if (sent.status === 429) {
    await new Promise((done) => setTimeout(done, 1000 * Number(sent.headers.get('retry-after') ?? 1)));
    at -= batch;
  } else if (!sent.ok) throw new Error(`Ingest answered ${sent.status}: ${await sent.text()}`);
}

const browser = await launch();
try {
  const context = await browser.newContext({
    locale: 'en-US',
    timezoneId: 'UTC',
    viewport: { width: 1440, height: 900 },
  });
  await context.request.post(`${program.address}/api/auth/token`, {
    data: { username: 'admin', password: adminPassword },
  });
  const page = await context.newPage();
  await page.goto(`${program.address}/search?range=all`);
  await page.locator('[data-hit]').nth(5).hover({ timeout: 120_000 });
  const nextFrame = () => page.evaluate(() => new Promise((done) => requestAnimationFrame(done)));
  const repeated = (count: number, act: () => Promise<void>) => async () => {
    for (let at = 0; at < count; at += 1) {
      await act();
      await nextFrame();
    }
  };
  await measured(
    browser,
    page,
    'wheel, 9 rows a turn',
    repeated(100, () => page.mouse.wheel(0, 240)),
  );
  await measured(
    browser,
    page,
    'wheel, 45 rows a turn',
    repeated(60, () => page.mouse.wheel(0, 1200)),
  );
  await measured(
    browser,
    page,
    'keys, row by row',
    repeated(60, () => page.keyboard.press('j')),
  );
  const held = await page.getByTestId('results').locator('*').count();
  console.log(`  ${held} elements in the table of ${rows.toLocaleString('en-US')} rows`);
} finally {
  await browser.close();
  await program.stop();
  removeFolder(program.dataDir);
}

/** Prints what the page's main thread worked while something was done, per frame that was drawn. */
async function measured(browser: Browser, page: Page, name: string, act: () => Promise<void>): Promise<void> {
  await browser.startTracing(page, { categories: ['devtools.timeline', 'disabled-by-default-devtools.timeline'] });
  const frames = page.evaluate(
    () =>
      new Promise<number>((done) => {
        let count = 0;
        const tick = () => {
          count += 1;
          if (document.documentElement.dataset.benchEnd === undefined) requestAnimationFrame(tick);
          else {
            delete document.documentElement.dataset.benchEnd;
            done(count);
          }
        };
        requestAnimationFrame(tick);
      }),
  );
  await act();
  await page.evaluate(() => {
    document.documentElement.dataset.benchEnd = '';
  });
  const drawn = await frames;
  const { traceEvents } = JSON.parse((await browser.stopTracing()).toString()) as { traceEvents: TraceEvent[] };
  const whole = traceEvents.filter(({ ph, tdur }) => ph === 'X' && tdur !== undefined);
  // The thread that runs the page's scripts.
  const script = whole.find((event) => event.name === 'FunctionCall');
  const own = whole.filter(({ pid, tid }) => pid === script?.pid && tid === script.tid);
  const ms = (names: readonly string[]) =>
    own.filter((event) => names.includes(event.name)).map(({ tdur = 0 }) => tdur / 1000);
  const perFrame = (...names: string[]) => (ms(names).reduce((sum, each) => sum + each, 0) / drawn).toFixed(1);
  const tasks = ms(['RunTask']).sort((a, b) => a - b);
  const busy = tasks.filter((each) => each > 1);
  console.log(
    `  ${name}: ${perFrame('RunTask')} ms of processor a frame (${drawn} frames), of it scripts ${perFrame('FunctionCall')}, ` +
      `style and layout ${perFrame('UpdateLayoutTree', 'Layout')}, painting ${perFrame('PrePaint', 'Paint', 'Layerize', 'Commit')}; ` +
      `tasks above 1 ms: median ${median(busy).toFixed(1)}, longest ${(tasks.at(-1) ?? 0).toFixed(1)}, ` +
      `above 50 ms: ${tasks.filter((each) => each > 50).length}`,
  );
}
