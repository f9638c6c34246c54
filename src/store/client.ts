import { MessageChannel, type MessagePort, type Worker } from 'node:worker_threads';
import type { EventStore } from './contract.ts';
import type { StoreAnswer, StoreCall, StoreCancel, StoreReader } from './worker.ts';

/** A port of the event store's worker, for a thread that reads beside others ({@link connectHistory}). Hand it over. */
export function openStoreReader(worker: Worker): MessagePort {
  const { port1, port2 } = new MessageChannel();
  worker.postMessage({ port: port1 } satisfies StoreReader, [port1]);
  return port2;
}

/** What a reader's port answers. */
export type HistoryReader = Pick<EventStore, 'spans' | 'columns' | 'crowds' | 'byIds' | 'histogram' | 'info'>;

/** The event store behind a port that {@link openStoreReader} made. */
export const connectHistory = (port: MessagePort): HistoryReader => connect(port);

/** The event store that lives in `worker` (store/worker.ts). Errors keep their message; a worker that ends fails every call. */
export const connectEventStore = (worker: Worker): EventStore => connect(worker);

function connect(worker: Worker | MessagePort): EventStore {
  interface Waiting {
    resolve: (value: never) => void;
    reject: (error: Error) => void;
    onPart?: (part: never) => void;
  }
  const waiting = new Map<number, Waiting>();
  let lastId = 0;
  let ended: string | null = null;

  worker.on('message', (answer: StoreAnswer) => {
    const call = waiting.get(answer.id);
    if (call === undefined) return;
    if ('part' in answer) return call.onPart?.(answer.part as never);
    waiting.delete(answer.id);
    if ('error' in answer) call.reject(new Error(answer.error));
    else call.resolve(answer.value as never);
  });
  const fail = (reason: string): void => {
    ended = reason;
    for (const { reject } of waiting.values()) reject(new Error(reason));
    waiting.clear();
  };
  worker.on('error', (error: unknown) =>
    fail(`The event store failed: ${error instanceof Error ? error.message : error}`),
  );
  // A worker says `exit`, a port `close`.
  for (const end of ['exit', 'close']) worker.on(end, () => fail('The event store has ended.'));

  function call<T>(method: keyof EventStore, ...args: unknown[]): Promise<T> {
    if (ended !== null) return Promise.reject(new Error(ended));
    return new Promise<T>((resolve, reject) => {
      lastId += 1;
      waiting.set(lastId, { resolve, reject });
      worker.postMessage({ id: lastId, method, args } satisfies StoreCall, []);
    });
  }

  const search: EventStore['search'] = (request, onPart, signal) => {
    if (ended !== null) return Promise.reject(new Error(ended));
    if (signal?.aborted) return Promise.reject(signal.reason);
    lastId += 1;
    const id = lastId;
    const cancel = (): void => {
      waiting.get(id)?.reject(signal?.reason);
      waiting.delete(id);
      worker.postMessage({ cancel: id } satisfies StoreCancel, []);
    };
    signal?.addEventListener('abort', cancel, { once: true });
    return new Promise<never>((resolve, reject) => {
      waiting.set(id, { resolve, reject, onPart });
      worker.postMessage({ id, method: 'search', args: [request] } satisfies StoreCall, []);
    }).finally(() => signal?.removeEventListener('abort', cancel));
  };

  const store: EventStore = {
    search,
    load: (segments) => call('load', segments),
    page: (...args) => call('page', ...args),
    byIds: (ids) => call('byIds', ids),
    count: (filter) => call('count', filter),
    pageAt: (...args) => call('pageAt', ...args),
    tally: (...args) => call('tally', ...args),
    variety: (...args) => call('variety', ...args),
    exportParquet: (...args) => call('exportParquet', ...args),
    histogram: (...args) => call('histogram', ...args),
    top: (...args) => call('top', ...args),
    spans: (from, to, rows, where) => call('spans', from, to, rows, where),
    crowds: (request) => call('crowds', request),
    columns: (request) => call('columns', request),
    info: () => call('info'),
    giveBack: () => call('giveBack'),
    retain: (...args) => call('retain', ...args),
    stage: (folder) => call('stage', folder),
    settled: async () => store,
    close: () => call('close'),
  };
  return store;
}
