import type { EventStore } from '../store/contract.ts';

/** A read sees what was acknowledged before it: the spool is emptied into the store first. */
export function readAfterFlush(store: EventStore, flush: () => Promise<void>): EventStore {
  const after =
    <A extends unknown[], R>(read: (...args: A) => Promise<R>) =>
    async (...args: A): Promise<R> => {
      await flush();
      return read(...args);
    };
  return {
    load: (segments) => store.load(segments),
    page: after((...args) => store.page(...args)),
    byIds: after((ids) => store.byIds(ids)),
    count: after((filter) => store.count(filter)),
    histogram: after((...args) => store.histogram(...args)),
    top: after((...args) => store.top(...args)),
    info: after(() => store.info()),
    retain: (...args) => store.retain(...args),
    close: () => store.close(),
  };
}
