import type { Worker } from 'node:worker_threads';
import type { EventStore } from './contract.ts';
import type { StoreAnswer, StoreCall } from './worker.ts';

/** The event store that lives in `worker` (store/worker.ts). Errors keep their message; a worker that ends fails every call. */
export function connectEventStore(worker: Worker): EventStore {
  const waiting = new Map<number, { resolve: (value: never) => void; reject: (error: Error) => void }>();
  let lastId = 0;
  let ended: string | null = null;

  worker.on('message', (answer: StoreAnswer) => {
    const call = waiting.get(answer.id);
    waiting.delete(answer.id);
    if (call === undefined) return;
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
  worker.on('exit', () => fail('The event store has ended.'));

  function call<T>(method: keyof EventStore, ...args: unknown[]): Promise<T> {
    if (ended !== null) return Promise.reject(new Error(ended));
    return new Promise<T>((resolve, reject) => {
      lastId += 1;
      waiting.set(lastId, { resolve, reject });
      worker.postMessage({ id: lastId, method, args } satisfies StoreCall);
    });
  }

  return {
    load: (segments) => call('load', segments),
    page: (...args) => call('page', ...args),
    byIds: (ids) => call('byIds', ids),
    count: (filter) => call('count', filter),
    histogram: (...args) => call('histogram', ...args),
    top: (...args) => call('top', ...args),
    info: () => call('info'),
    retain: (...args) => call('retain', ...args),
    close: () => call('close'),
  };
}
