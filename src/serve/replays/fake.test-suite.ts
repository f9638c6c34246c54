import type { Alert } from '../../model/index.ts';
import type { ReplayReader, StateStore } from '../../store/contract.ts';
import { openSqliteState } from '../../store/state/sqlite/state.ts';
import { ReplayBusy, type ReplayControl, type ReplayEntry, type ReplayRequest } from './messages.ts';

/** 2026-11-20T10:00:00Z */
const time = Date.UTC(2026, 10, 20, 10);

interface Kept {
  entry: ReplayEntry;
  fired: ReplayReader['rules'];
  store: StateStore;
}

/** Remembers what it was asked, and holds what the test put in. */
export class FakeReplays implements ReplayControl {
  readonly asked: ReplayRequest[] = [];
  readonly cancelled: string[] = [];
  isBusy = false;
  readonly #kept: Kept[] = [];

  start(request: ReplayRequest): ReplayEntry {
    if (this.isBusy) throw new ReplayBusy('busy');
    this.asked.push(request);
    const { docs: _, ...plan } = request;
    return this.keep({ ...plan, id: `replay${this.#kept.length + 1}`, state: 'running', total: 10 });
  }

  /** Puts one in, as if it had run. */
  keep(change: Partial<ReplayEntry>, alerts: readonly Alert[] = [], fired: ReplayReader['rules'] = []): ReplayEntry {
    const store = openSqliteState(':memory:');
    for (const alert of alerts) store.alerts.upsert(alert, time);
    const entry: ReplayEntry = { ...sample, alerts: alerts.length, ...change };
    this.#kept.unshift({ entry, fired, store });
    return entry;
  }

  list(): ReplayEntry[] {
    return this.#kept.map(({ entry }) => entry);
  }

  limits() {
    return { keep: 20, maxBytes: 1_000_000 };
  }

  read<T>(id: string, work: (replay: ReplayReader) => T): T | null {
    const found = this.#kept.find(({ entry }) => entry.id === id && entry.state !== 'running');
    return found ? work({ head: found.entry, rules: found.fired, alerts: found.store.alerts }) : null;
  }

  cancel(id: string): boolean {
    const isRunning = this.#kept.some(({ entry }) => entry.id === id && entry.state === 'running');
    if (isRunning) this.cancelled.push(id);
    return isRunning;
  }

  async remove(id: string): Promise<boolean> {
    const at = this.#kept.findIndex(({ entry }) => entry.id === id);
    if (at >= 0) this.#kept.splice(at, 1);
    return at >= 0;
  }
}

const sample: ReplayEntry = {
  id: 'replay0',
  name: 'October',
  by: 'analyst',
  created_at: time,
  origin: 'history',
  files: [],
  from: time - 86_400_000,
  to: time,
  rules: 3,
  rule_ids: null,
  events: 10,
  alerts: 0,
  by_severity: {},
  seconds: 1.5,
  state: 'done',
  note: null,
  removed: [],
  kept: true,
  bytes: 4096,
  total: null,
};
