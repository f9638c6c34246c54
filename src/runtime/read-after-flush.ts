import type { EventStore, StateStore } from '../store/contract.ts';

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
    giveBack: () => store.giveBack(),
    page: after((...args) => store.page(...args)),
    search: after((...args) => store.search(...args)),
    byIds: after((ids) => store.byIds(ids)),
    count: after((filter) => store.count(filter)),
    pageAt: after((...args) => store.pageAt(...args)),
    tally: after((...args) => store.tally(...args)),
    variety: after((...args) => store.variety(...args)),
    exportParquet: after((...args) => store.exportParquet(...args)),
    histogram: after((...args) => store.histogram(...args)),
    top: after((...args) => store.top(...args)),
    // Reading history is long: whoever does it flushes once before, with `info`.
    spans: (...args) => store.spans(...args),
    crowds: (...args) => store.crowds(...args),
    columns: (...args) => store.columns(...args),
    info: after(() => store.info()),
    settled: after(() => store.settled()),
    retain: (...args) => store.retain(...args),
    stage: after((folder) => store.stage(folder)),
    close: () => store.close(),
  };
}

/** The same for alerts: one that went out over the live stream can be read, and acknowledged, by whoever heard of it. */
export function alertsAfterFlush(state: StateStore, flush: () => void): StateStore {
  const { alerts } = state;
  const after =
    <A extends unknown[], R>(work: (...args: A) => R) =>
    (...args: A): R => {
      flush();
      return work(...args);
    };
  return {
    ...state,
    alerts: {
      upsert: (alert, now) => alerts.upsert(alert, now),
      put: (...args) => alerts.put(...args),
      byId: after((id) => alerts.byId(id)),
      has: after((id) => alerts.has(id)),
      list: after((...args) => alerts.list(...args)),
      count: after((filter) => alerts.count(filter)),
      removeOlder: (...args) => alerts.removeOlder(...args),
      setStatus: after((...args) => alerts.setStatus(...args)),
      histogram: after((...args) => alerts.histogram(...args)),
      topGroups: after((...args) => alerts.topGroups(...args)),
      topRules: after((...args) => alerts.topRules(...args)),
      ofRule: after((...args) => alerts.ofRule(...args)),
      times: after((...args) => alerts.times(...args)),
    },
  };
}
