import { parentPort, workerData } from 'node:worker_threads';
import type { EventStoreCall, EventStoreReply } from './client.ts';
import type { EventStore } from './contract.ts';
import { type DuckdbStoreOptions, openDuckdbStore } from './events/duckdb/store.ts';

/* The store's thread. It owns DuckDB, whose own threads do the work: this loop never blocks for long. */

const main = parentPort;
if (main === null) throw new Error('store/worker.ts is the entry of a worker thread');

// Not awaited here: calls that arrive meanwhile wait for it, each of them hears if it failed.
const opening: Promise<EventStore> = openDuckdbStore(workerData as DuckdbStoreOptions);
opening.catch(() => undefined);

main.on('message', async ({ id, method, args }: EventStoreCall) => {
  let reply: EventStoreReply;
  try {
    const store = await opening;
    const call = store[method] as (...args: unknown[]) => Promise<unknown>;
    reply = { id, result: await call.apply(store, args) };
  } catch (error) {
    reply = { id, error: (error as Error).message };
  }
  main.postMessage(reply);
  if (method === 'close') main.close();
});
