import { parentPort, workerData } from 'node:worker_threads';
import type { EventStore } from './contract.ts';
import { type DuckdbOptions, openDuckdbStore } from './events/duckdb/store.ts';

/* The event store's thread: DuckDB lives here and nowhere else. Answers calls of {@link connectEventStore}. */

export interface StoreCall {
  id: number;
  method: keyof EventStore;
  args: unknown[];
}

export type StoreAnswer = { id: number; value: unknown } | { id: number; error: string };

const parent = parentPort;
if (parent === null) throw new Error('store/worker.ts is the entry of a worker thread');

const opening = openDuckdbStore(workerData as DuckdbOptions);
// A failed start is told to whoever calls; the calls wait until then.
opening.catch(() => undefined);

parent.on('message', async ({ id, method, args }: StoreCall) => {
  let answer: StoreAnswer;
  try {
    const store = await opening;
    answer = { id, value: await (store[method] as (...args: unknown[]) => Promise<unknown>).apply(store, args) };
  } catch (error) {
    answer = { id, error: error instanceof Error ? error.message : String(error) };
  }
  parent.postMessage(answer);
  if (method === 'close') parent.close();
});
