import { mkdirSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { Engine } from './engine.ts';

/** It counts for hours: whoever gets an answer has been interrupted. */
const endless = 'SELECT count(*) AS n FROM range(1000000000) a, range(1000000000) b WHERE a.range + b.range = 7';

let engine: Engine;
const temporary = mkdtempSync(join(tmpdir(), 'phosor-engine-'));
beforeEach(async () => {
  mkdirSync(temporary, { recursive: true });
  engine = await Engine.open({ memoryLimitMb: 64, temporary });
});
afterEach(() => {
  engine.close();
  rmSync(temporary, { recursive: true, force: true });
});

test('a read whose signal is given is interrupted, and its place is free', { timeout: 120_000 }, async () => {
  const gone = [new AbortController(), new AbortController(), new AbortController()];
  const [first, second, third] = gone.map(({ signal }) => engine.read(endless, [], signal));
  const outcomes = Promise.allSettled([first, second, third]);
  // Two run, the third waits: none of them may hold up what comes after.
  await new Promise((done) => setTimeout(done, 100));
  for (const each of gone) each.abort(new Error('nobody waits'));
  const reasons = (await outcomes).map((outcome) => (outcome.status === 'rejected' ? outcome.reason.message : outcome));
  expect(reasons).toEqual(['nobody waits', 'nobody waits', 'nobody waits']);
  expect(await Promise.all([1, 2, 3].map((n) => engine.read(`SELECT ${n} AS n`)))).toEqual([
    [{ n: 1 }],
    [{ n: 2 }],
    [{ n: 3 }],
  ]);
});

test('so is a scan', { timeout: 120_000 }, async () => {
  const gone = new AbortController();
  const scan = engine.scan(endless, [], gone.signal, () => 'ended');
  const outcome = expect(scan).rejects.toThrow('nobody waits');
  await new Promise((done) => setTimeout(done, 100));
  gone.abort(new Error('nobody waits'));
  await outcome;
  expect(await engine.scan('SELECT 1', [], undefined, (chunks) => chunks.length)).toBe(1);
});

test('a checkpoint does not wait for ever for a scan, and the next scan waits for it', {
  timeout: 120_000,
}, async () => {
  const file = join(temporary, 'one.duckdb');
  const log = (): number => statSync(`${file}.wal`, { throwIfNoEntry: false })?.size ?? 0;
  await engine.write(`ATTACH '${file}' AS one`);
  await engine.write('CREATE TABLE one.numbers AS FROM range(1000)');
  expect(log()).toBeGreaterThan(0);
  const gone = new AbortController();
  const outcome = expect(engine.scan(endless, [], gone.signal, () => 'ended')).rejects.toThrow('nobody waits');
  const checkpoint = engine.checkpoint('one');
  const next = engine.scan('FROM one.numbers', [], undefined, () => log());
  await checkpoint;
  gone.abort(new Error('nobody waits'));
  await outcome;
  expect(await next).toBe(0);
});

test('what does not do with the memory limit gets more, and the limit comes back', async () => {
  // Values of a list cannot be put aside on disk.
  const [row] = await engine.read('SELECT len(list(range)) AS n FROM range(8000000)');
  expect(Number(row?.n)).toBe(8_000_000);
  const limit = async (): Promise<unknown> =>
    (await engine.read("SELECT current_setting('memory_limit') AS mb"))[0]?.mb;
  const raised = await limit();
  await expect(engine.read('SELECT len(list(range)) AS n FROM range(100000000)')).rejects.toThrow('Out of Memory');
  await expect.poll(limit, { timeout: 30_000, interval: 500 }).not.toBe(raised);
});
