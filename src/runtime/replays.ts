import { randomBytes } from 'node:crypto';
import type { Worker } from 'node:worker_threads';
import type { ReplayCancel, ReplayJob, ReplayReport } from '../replays/messages.ts';
import { type Log, RefusedError } from '../serve/contract.ts';
import { ReplayBusy, type ReplayControl, type ReplayEntry, type ReplayRequest } from '../serve/replays/messages.ts';
import type { ReplayHead, ReplayLimits, ReplayReader } from '../store/contract.ts';
import { newReplayId, ReplayFolder } from '../store/replays/folder.ts';
import { deathOfRun, type HistoryParts, startHistoryThread } from './history-thread.ts';

const maxSeconds = 3600;
const maxAlerts = 50_000;
/** A result that is not kept is there so long at least. */
const unkeptMs = 3_600_000;
/** Of replays that failed: what is remembered, until the next start. */
const maxFailed = 10;

interface Running {
  entry: ReplayEntry;
  thread: Worker;
  ended: Promise<void>;
}

export interface ReplayParts extends HistoryParts {
  /** Where results are kept. */
  folder: string;
  limits: () => ReplayLimits;
  now: () => number;
  log: Log;
}

/** Replays beside everything else, each in a thread that reads from the store's thread and writes its own file. */
export class Replays implements ReplayControl {
  readonly #parts: ReplayParts;
  readonly #folder: ReplayFolder;
  readonly #failed: ReplayEntry[] = [];
  #running: Running | null = null;

  constructor(parts: ReplayParts) {
    this.#parts = parts;
    this.#folder = new ReplayFolder(parts.folder);
    const left = this.#folder.removeUnfinished();
    this.#folder.removeUnkept(Number.POSITIVE_INFINITY);
    if (left > 0)
      parts.log('warn', `${left === 1 ? 'A replay' : `${left} replays`} had not ended when Phosor did: removed.`);
  }

  start({ docs, ...request }: ReplayRequest): ReplayEntry {
    if (this.#running !== null) throw new ReplayBusy('A replay is running.');
    const { now, maxGroupsPerRule } = this.#parts;
    const created_at = now();
    this.#folder.removeUnkept(created_at - unkeptMs);
    const id = newReplayId(created_at, randomBytes(4).readUInt32LE());
    const plan = { ...request, id, created_at, origin: 'history' as const, files: [] };
    const limits = this.#parts.limits();
    const job: ReplayJob = { folder: this.#folder.path, plan, docs, limits, maxGroupsPerRule, maxSeconds, maxAlerts };
    const thread = startHistoryThread('replays/worker', this.#parts, job);
    const entry: ReplayEntry = { ...plan, ...nothingYet };
    let problem: Error | null = null;
    let head: ReplayHead | null = null;
    thread.on('message', (report: ReplayReport) => {
      if (report.type === 'progress') {
        const { events, total, alerts, seconds } = report;
        Object.assign(entry, { events, total, alerts, seconds });
      } else if (report.type === 'done') head = report.head;
      else problem = report.refused ? new RefusedError(report.detail) : new Error(report.detail);
    });
    thread.on('error', (error: unknown) => {
      problem = deathOfRun(error);
    });
    const ended = new Promise<void>((resolve) => {
      thread.on('exit', () => {
        this.#running = null;
        if (head !== null) this.#tell(head);
        else this.#fail(entry, problem);
        resolve();
      });
    });
    this.#running = { entry, thread, ended };
    return entry;
  }

  list(): ReplayEntry[] {
    const running = this.#running === null ? [] : [this.#running.entry];
    // One that has written its file runs until its thread has ended: another may start then.
    const over = this.#folder.list().filter(({ id }) => id !== this.#running?.entry.id);
    const kept = over.map(({ id, bytes, at, head, problem }): ReplayEntry => {
      if (head !== null) return { ...head, bytes, total: null };
      return { ...unknown, id, name: id, created_at: at, state: 'failed', note: problem, bytes };
    });
    return [...running, ...kept, ...this.#failed].sort((a, b) => b.created_at - a.created_at || (a.id < b.id ? 1 : -1));
  }

  limits(): ReplayLimits {
    return this.#parts.limits();
  }

  read<T>(id: string, work: (replay: ReplayReader) => T): T | null {
    return this.#folder.read(id, work);
  }

  cancel(id: string): boolean {
    if (this.#running?.entry.id !== id) return false;
    this.#running.thread.postMessage({ type: 'cancel' } satisfies ReplayCancel);
    return true;
  }

  async remove(id: string): Promise<boolean> {
    const running = this.#running;
    if (running?.entry.id === id) {
      await running.thread.terminate();
      await running.ended;
    }
    const failed = this.#failed.findIndex((entry) => entry.id === id);
    if (failed >= 0) this.#failed.splice(failed, 1);
    return this.#folder.remove(id) || failed >= 0;
  }

  /** Ends what runs; nothing of it is kept. */
  async stop(): Promise<void> {
    const running = this.#running;
    await running?.thread.terminate();
    await running?.ended;
  }

  #tell({ name, removed }: ReplayHead): void {
    if (removed.length === 0) return;
    const { keep, maxBytes } = this.#parts.limits();
    const gone = removed.map((one) => JSON.stringify(one)).join(', ');
    this.#parts.log(
      'info',
      `Replay ${JSON.stringify(name)}: older ones were removed to make room (at most ${keep}, ${maxBytes} bytes): ${gone}.`,
    );
  }

  #fail(entry: ReplayEntry, problem: Error | null): void {
    this.#folder.removePartial(entry.id);
    const isPlain = problem instanceof RefusedError;
    if (problem !== null && !isPlain)
      this.#parts.log('error', `Replay ${JSON.stringify(entry.name)} failed: ${problem.stack}`);
    const note = isPlain ? problem.message : problem ? 'It failed; the log of Phosor says why.' : 'It was ended.';
    this.#failed.unshift({ ...entry, state: 'failed', note, alerts: 0, total: null });
    this.#failed.splice(maxFailed);
  }
}

const nothingYet = {
  events: 0,
  alerts: 0,
  by_severity: {},
  seconds: 0,
  state: 'running',
  note: null,
  removed: [],
  bytes: 0,
  total: null,
} satisfies Partial<ReplayEntry>;

/** What is said of a file that cannot be read. */
const unknown = {
  ...nothingYet,
  by: '',
  origin: 'history',
  files: [],
  from: null,
  to: null,
  rules: 0,
  rule_ids: null,
  kept: true,
} satisfies Partial<ReplayEntry>;
