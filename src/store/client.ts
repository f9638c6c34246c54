import type { Worker } from 'node:worker_threads';
import type { EventStore } from './contract.ts';

export interface EventStoreCall {
  id: number;
  method: keyof EventStore;
  args: unknown[];
}

export type EventStoreReply = { id: number; result: unknown } | { id: number; error: string };

/** The event store of another thread (worker.ts) as if it were here. Errors keep their sentence. */
export function connectEventStore(worker: Worker): EventStore {
  const waiting = new Map<number, { resolve: (value: never) => void; reject: (error: Error) => void }>();
  let lastId = 0;
  worker.on('message', (reply: EventStoreReply) => {
    const call = waiting.get(reply.id);
    waiting.delete(reply.id);
    if ('error' in reply) call?.reject(new Error(reply.error));
    else call?.resolve(reply.result as never);
  });
  const ask =
    <M extends keyof EventStore>(method: M) =>
    (...args: Parameters<EventStore[M]>): ReturnType<EventStore[M]> =>
      new Promise((resolve, reject) => {
        lastId += 1;
        waiting.set(lastId, { resolve, reject });
        worker.postMessage({ id: lastId, method, args } satisfies EventStoreCall);
      }) as ReturnType<EventStore[M]>;
  return {
    load: ask('load'),
    page: ask('page'),
    byIds: ask('byIds'),
    count: ask('count'),
    histogram: ask('histogram'),
    top: ask('top'),
    info: ask('info'),
    retain: ask('retain'),
    close: ask('close'),
  };
}
