import { readdirSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { ReplayHead, ReplayLimits, ReplayReader, StateStore } from '../contract.ts';
import { openSqliteState } from '../state/sqlite/state.ts';

/*
 * Results of replays: a file each in `<data>/replays`, of the same form as the state store, which knows how to find alerts.
 * While one is written it is called `<id>.<process>.partial`.
 */

/** Settings of the file in which a replay tells what it is. */
export const headKey = 'replay.head';
export const rulesKey = 'replay.rules';
/** Beside the file itself, what SQLite may leave. */
const endings = ['', '-wal', '-shm'];
const partialName = /^[0-9a-z]+\.(\d+)\.partial(?:-wal|-shm)?$/;

/** A replay that is kept. `head` is null where the file cannot be read; `problem` says why. */
export type KeptReplay = { id: string; bytes: number; at: number } & (
  | { head: ReplayHead; problem: null }
  | { head: null; problem: string }
);

/** Ids are made here, and come back in addresses: nothing else is ever a part of a path. */
export const isReplayId = (id: string): boolean => /^[0-9a-z]{6,40}$/.test(id);

/** Sorts by time of making; `random`: 32 bits. */
export function newReplayId(now: number, random: number): string {
  return `${now.toString(36).padStart(9, '0')}${(random >>> 0).toString(36).padStart(7, '0')}`;
}

/** The results of replays in a folder, which need not exist. Several processes may use it at the same time. */
export class ReplayFolder {
  readonly path: string;
  readonly #known = new Map<string, { mtime: number; kept: KeptReplay }>();

  constructor(path: string) {
    this.path = path;
  }

  /** All that are finished, newest first. */
  list(): KeptReplay[] {
    const kept: KeptReplay[] = [];
    for (const name of this.#names()) {
      const id = name.endsWith('.sqlite') ? name.slice(0, -'.sqlite'.length) : '';
      const one = isReplayId(id) ? this.#kept(id) : null;
      if (one !== null) kept.push(one);
    }
    return kept.sort((a, b) => b.at - a.at || (a.id < b.id ? 1 : -1));
  }

  /** Opens one for as long as `work` takes; null: there is none that can be read. */
  read<T>(id: string, work: (replay: ReplayReader) => T): T | null {
    if (!isReplayId(id) || statOf(this.file(id)) === null) return null;
    let state: StateStore;
    try {
      state = openSqliteState(this.file(id), { copy: false });
    } catch {
      return null;
    }
    try {
      const head = state.settings.get(headKey) as ReplayHead | undefined;
      const rules = state.settings.get(rulesKey) as ReplayReader['rules'] | undefined;
      return head === undefined ? null : work({ head, rules: rules ?? [], alerts: state.alerts });
    } finally {
      state.close();
    }
  }

  /** @returns whether there was one */
  remove(id: string): boolean {
    if (!isReplayId(id) || statOf(this.file(id)) === null) return false;
    for (const ending of endings) rmSync(this.file(id) + ending, { force: true });
    this.#known.delete(id);
    return true;
  }

  /** Removes the oldest, until one more of `bytes` fits. @returns their names */
  makeRoom(limits: ReplayLimits, bytes: number): string[] {
    const kept = this.list().filter(({ head }) => head?.kept !== false);
    const gone: string[] = [];
    let sum = kept.reduce((total, one) => total + one.bytes, bytes);
    while (kept.length > 0 && (kept.length >= limits.keep || sum > limits.maxBytes)) {
      const oldest = kept.pop() as KeptReplay;
      this.remove(oldest.id);
      sum -= oldest.bytes;
      gone.push(oldest.head?.name ?? oldest.id);
    }
    return gone;
  }

  /** Removes those that were not to be kept and are older. */
  removeUnkept(before: number): void {
    for (const { id, at, head } of this.list()) if (head?.kept === false && at < before) this.remove(id);
  }

  /** Removes what processes that are gone left unfinished. @returns how many */
  removeUnfinished(): number {
    const found = new Set<string>();
    for (const name of this.#names()) {
      const pid = Number(partialName.exec(name)?.[1] ?? Number.NaN);
      if (Number.isNaN(pid) || isAlive(pid)) continue;
      rmSync(join(this.path, name), { force: true });
      found.add(name.replace(/-(?:wal|shm)$/, ''));
    }
    return found.size;
  }

  /** Removes one that is being written, after its writer has ended. */
  removePartial(id: string): void {
    if (isReplayId(id)) for (const ending of endings) rmSync(this.partial(id) + ending, { force: true });
  }

  file(id: string): string {
    return join(this.path, `${id}.sqlite`);
  }

  partial(id: string): string {
    return join(this.path, `${id}.${process.pid}.partial`);
  }

  #names(): string[] {
    try {
      return readdirSync(this.path);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
      throw error;
    }
  }

  /** A finished file does not change: its head is read once. */
  #kept(id: string): KeptReplay | null {
    const stat = statOf(this.file(id));
    if (stat === null) return null;
    const known = this.#known.get(id);
    if (known !== undefined && known.mtime === stat.mtimeMs) return known.kept;
    const head = this.read(id, (replay) => replay.head);
    const problem = 'Its file cannot be read: it is damaged, or of a newer Phosor. Delete it, or start that version.';
    const facts = { id, bytes: stat.size };
    const kept: KeptReplay = head
      ? { ...facts, at: head.created_at, head, problem: null }
      : { ...facts, at: stat.mtimeMs, head: null, problem };
    this.#known.set(id, { mtime: statOf(this.file(id))?.mtimeMs ?? stat.mtimeMs, kept });
    return kept;
  }
}

function statOf(path: string): { size: number; mtimeMs: number } | null {
  const stat = statSync(path, { throwIfNoEntry: false });
  return stat?.isFile() ? stat : null;
}

/** Its own unfinished files are those of a process of the same number before: nothing runs yet when this is asked. */
function isAlive(pid: number): boolean {
  if (pid === process.pid) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
