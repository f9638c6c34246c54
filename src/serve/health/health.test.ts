import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Harness, openHarness } from '../harness.test-suite.ts';

let harness: Harness;
const opening = new Set<string>();
beforeAll(async () => {
  harness = await openHarness();
  harness.fakes.opening = opening;
});
afterAll(() => harness.app.close());

const ask = async (url: string) => {
  const answer = await harness.anonymous({ method: 'GET', url });
  return { status: answer.statusCode, body: answer.json() };
};

test('while listeners are still being opened, Phosor lives but is not ready, and says what it waits for', async () => {
  opening.add('the pipeline').add('syslog and log files');
  expect((await ask('/health/live')).status).toBe(200);
  expect(await ask('/health')).toMatchObject({
    status: 503,
    body: { status: 'starting', state: 'starting', opening: ['the pipeline', 'syslog and log files'] },
  });
  expect(await ask('/health/ready')).toMatchObject({
    status: 503,
    body: { parts: { ingest: { ok: false, detail: 'not open yet: the pipeline, syslog and log files' } } },
  });

  opening.clear();
  expect(await ask('/health')).toMatchObject({ status: 200, body: { status: 'Backend is running', opening: [] } });
  expect(await ask('/health/ready')).toMatchObject({ status: 200, body: { parts: { ingest: { ok: true } } } });
});

test('a full disk is told, but takes nobody out of reach', async () => {
  const { spool } = harness.fakes.stats;
  const before = spool.state;
  spool.state = 'full';
  expect(await ask('/health')).toMatchObject({ status: 200, body: { state: 'degraded', database: 'full' } });
  expect((await ask('/health/ready')).status).toBe(503);
  spool.state = before;
});
