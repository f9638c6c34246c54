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

/** main → store: the answer to a call is not wanted any more. */
export interface StoreCancel {
  cancel: number;
}

/** `part`: there is more to come. */
export type StoreAnswer =
  | { id: number; value: unknown }
  | { id: number; part: unknown }
  | { id: number; error: string };

const parent = parentPort;
if (parent === null) throw new Error('store/worker.ts is the entry of a worker thread');

const opening = openDuckdbStore(workerData as DuckdbOptions);
// A failed start is told to whoever calls; the calls wait until then.
opening.catch(() => undefined);

/** What a reader's port may ask for. */
const reading: ReadonlySet<keyof EventStore> = new Set(['spans', 'columns', 'crowds', 'byIds', 'histogram', 'info']);

interface Answered {
  answer: StoreAnswer;
  moved: ArrayBuffer[];
}

async function answerTo(
  { id, method, args }: StoreCall,
  signal?: AbortSignal,
  tell?: (answer: StoreAnswer) => void,
): Promise<Answered> {
  try {
    const store = await opening;
    if (method === 'search') {
      const [request] = args as [Parameters<EventStore['search']>[0]];
      return { answer: { id, value: await store.search(request, (part) => tell?.({ id, part }), signal) }, moved: [] };
    }
    if (method === 'columns') {
      const value = await store.columns(args[0] as Parameters<EventStore['columns']>[0], signal);
      return { answer: { id, value }, moved: buffersOf(value) };
    }
    if (method === 'spans') {
      const [from, to, rows, where] = args as Parameters<EventStore['spans']>;
      return { answer: { id, value: await store.spans(from, to, rows, where, signal) }, moved: [] };
    }
    if (method === 'crowds') {
      const [request] = args as [Parameters<EventStore['crowds']>[0]];
      return { answer: { id, value: await store.crowds(request, signal) }, moved: [] };
    }
    const value = await (store[method] as (...args: unknown[]) => Promise<unknown>).apply(store, args);
    return { answer: { id, value }, moved: [] };
  } catch (error) {
    return { answer: { id, error: error instanceof Error ? error.message : String(error) }, moved: [] };
  }
}

/** Calls that can be cancelled. */
const running = new Map<number, AbortController>();

parent.on('message', async (message: StoreCall | StoreCancel | StoreReader) => {
  if ('port' in message) return serve(message.port);
  if ('cancel' in message) return running.get(message.cancel)?.abort(new Error('The search was cancelled.'));
  const gone = new AbortController();
  if (message.method === 'search') running.set(message.id, gone);
  const { answer, moved } = await answerTo(message, gone.signal, (part) => parent.postMessage(part));
  running.delete(message.id);
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
