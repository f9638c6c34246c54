import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Program, removeFolder, startProgram } from '../program.ts';
import { documented, getJson, type Json, post } from './client.ts';

/* How much the log analyzer's interface takes, and how much is kept. */

const key = 'contract-ingestion-key';
let limited: Program;
beforeAll(async () => {
  limited = await startProgram({
    env: {
      INGESTION_API_KEY: key,
      PHOSOR_API_RATE: '0',
      LOG_RETENTION_ENABLED: 'true',
      LOG_RETENTION_MAX_MB: '10',
      LOG_RETENTION_INTERVAL_SECONDS: '5',
    },
  });
}, 90_000);
afterAll(async () => {
  await limited?.stop();
  if (limited) removeFolder(limited.dataDir);
});

test('F-508 the 101st request within a minute is answered with 429', async () => {
  const statuses: number[] = [];
  for (let i = 0; i < 101; i += 1) {
    const answer = await fetch(`${limited.address}/api/logs/ingest`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'x-api-key': key },
      body: JSON.stringify({ logs: documented }),
    });
    statuses.push(answer.status);
    if (i === 100) expect(Number(answer.headers.get('retry-after'))).toBeGreaterThan(0);
  }
  expect(statuses.slice(0, 100).every((status) => status === 200)).toBe(true);
  expect(statuses[100]).toBe(429);
}, 120_000);

test('F-560 what is kept stays within its size: the oldest goes first, in parts, the newest stays', async () => {
  const settings: Json[] = await getJson(limited, '/api/settings');
  const setting = (variable: string): Json => settings.find(({ environment }) => environment === variable);
  expect(setting('PHOSOR_STORE_RETENTION')).toMatchObject({ default: true, value: true });
  expect(setting('PHOSOR_STORE_MAX_BYTES')).toMatchObject({ default: 450_000_000, value: 10_000_000 });
  expect(setting('PHOSOR_STORE_RETENTION_INTERVAL')).toMatchObject({ default: 300, value: 5 });

  // About 20 MB that cannot be made smaller, numbered in their order.
  const batches = 20;
  let kept = 0;
  for (let batch = 0; batch < batches; batch += 1) {
    const events = Array.from({ length: 1000 }, (_, i) => ({
      message: `retained ${batch * 1000 + i} ${randomBytes(720).toString('base64')}`,
    }));
    await post(limited, `/api/webhook/retained${batch}`, events);
    // Who asks sees what was acknowledged: it is loaded in small parts, not as one that is over the limit by itself.
    kept = (await post(limited, '/test-db')).events;
  }
  expect(kept).toBeGreaterThan(2000);
  expect(kept).toBeLessThanOrEqual(12_000);
  const numbers = async (order: string): Promise<number[]> => {
    const found: Json = await getJson(
      limited,
      `/api/logs?sort_by=timestamp&sort_order=${order}&page_size=500&search=retained`,
    );
    return found.logs.map(({ raw_log }: Json) => Number(/retained (\d+)/.exec(raw_log)?.[1]));
  };
  // The first batch is gone and the last is there. Events of a batch have one time.
  expect(Math.min(...(await numbers('asc')))).toBeGreaterThanOrEqual(1000);
  const newest = await numbers('desc');
  expect(newest).toHaveLength(500);
  expect(Math.min(...newest)).toBeGreaterThanOrEqual((batches - 1) * 1000);
}, 120_000);
