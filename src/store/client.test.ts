import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { afterEach, expect, test } from 'vitest';
import { connectEventStore } from './client.ts';
import type { SearchRequest } from './contract.ts';

const folder = mkdtempSync(join(tmpdir(), 'phosor-client-'));
let worker: Worker | null = null;
afterEach(async () => {
  await worker?.terminate();
  worker = null;
  rmSync(folder, { recursive: true, force: true });
});

const request: SearchRequest = {
  filter: {},
  limit: 10,
  after: null,
  order: 'newest',
  histogram: null,
  facets: null,
  count: false,
};

test('a search that is given up says so to the thread of the store, which goes on answering', async () => {
  worker = new Worker(new URL('./worker.ts', import.meta.url), {
    workerData: { folder, maxBytes: 100_000_000, memoryLimitMb: 64 },
  });
  const told: unknown[] = [];
  const post = worker.postMessage.bind(worker);
  worker.postMessage = (message: unknown, ...rest: []) => {
    told.push(message);
    post(message, ...rest);
  };
  const store = connectEventStore(worker);
  const gone = new AbortController();
  const search = store.search(request, () => undefined, gone.signal);
  const outcome = expect(search).rejects.toThrow('the client has gone');
  gone.abort(new Error('the client has gone'));
  await outcome;
  expect(told).toEqual([{ id: 1, method: 'search', args: [expect.anything()] }, { cancel: 1 }]);
  expect(await store.info()).toMatchObject({ rows: 0 });
  const late = store.search(request, () => undefined, gone.signal);
  await expect(late).rejects.toThrow('the client has gone');
  await store.close();
}, 60_000);
