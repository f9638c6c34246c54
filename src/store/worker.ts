import { type MessagePort, parentPort, workerData } from 'node:worker_threads';
import type { EventStore } from './contract.ts';
import { buffersOf } from './events/columns.ts';
import { type DuckdbOptions, openDuckdbStore } from './events/duckdb/store.ts';

/* The event store's thread: DuckDB lives here and nowhere else. Answers calls of {@link connectEventStore}. */

export interface StoreCall {
  id: number;
  method: keyof EventStore;
  args: unknown[];
}

/** main → store: another thread may read through this port. When it closes, what it still waits for is interrupted. */
export interface StoreReader {
  port: MessagePort;
}

export type StoreAnswer = { id: number; value: unknown } | { id: number; error: string };

const parent = parentPort;
if (parent === null) throw new Error('store/worker.ts is the entry of a worker thread');

const opening = openDuckdbStore(workerData as DuckdbOptions);
// A failed start is told to whoever calls; the calls wait until then.
opening.catch(() => undefined);

/** What a reader's port may ask for. */
const reading: ReadonlySet<keyof EventStore> = new Set(['spans', 'columns', 'byIds', 'info']);

interface Answered {
  answer: StoreAnswer;
  moved: ArrayBuffer[];
}

async function answerTo({ id, method, args }: StoreCall, signal?: AbortSignal): Promise<Answered> {
  try {
    const store = await opening;
    if (method === 'columns') {
      const value = await store.columns(args[0] as Parameters<EventStore['columns']>[0], signal);
      return { answer: { id, value }, moved: buffersOf(value) };
    }
    if (method === 'spans') {
      const [from, to, rows] = args as [number, number, number];
      return { answer: { id, value: await store.spans(from, to, rows, signal) }, moved: [] };
    }
    const value = await (store[method] as (...args: unknown[]) => Promise<unknown>).apply(store, args);
    return { answer: { id, value }, moved: [] };
  } catch (error) {
    return { answer: { id, error: error instanceof Error ? error.message : String(error) }, moved: [] };
  }
}

parent.on('message', async (message: StoreCall | StoreReader) => {
  if ('port' in message) return serve(message.port);
  const { answer, moved } = await answerTo(message);
  parent.postMessage(answer, moved);
  if (message.method === 'close') parent.close();
});

function serve(port: MessagePort): void {
  const gone = new AbortController();
  port.on('close', () => gone.abort(new Error('The reader is gone.')));
  port.on('message', async (call: StoreCall) => {
    if (!reading.has(call.method)) return;
    const { answer, moved } = await answerTo(call, gone.signal);
    if (!gone.signal.aborted) port.postMessage(answer, moved);
  });
}
