import { randomBytes } from 'node:crypto';
import { mkdirSync, readdirSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { RefusedError } from '../../serve/contract.ts';
import type { IntelListView, NewIntelList } from '../../serve/intel/types.ts';
import type { IntelListRecord, StateStore } from '../../store/contract.ts';
import { repeat } from '../repeat.ts';
import type { BuildOrder, BuiltList } from './build.ts';
import { shippedLists } from './catalogue.ts';
import { download, refusedUrl } from './download.ts';

const lookEveryMs = 30_000;
const hourMs = 3_600_000;
const mostListBytes = 64 * 1024 * 1024;
const fetchTimeoutMs = 60_000;
/** After a failure: twice as long each time, at most as long as usual. */
const firstRetryMs = 5 * 60_000;
const mostOwnLists = 100;

export interface IntelListsOptions {
  state: StateStore;
  dataDir: string;
  now: () => number;
  log: (level: 'info' | 'warn' | 'error', message: string) => void;
  allowPrivate: () => boolean;
  /** What is matched has changed. */
  onChange: () => void;
}

/**
 * The lists that people switched on: fetches them when they are due, keeps the last good copy of each on disk, and knows what
 * became of them. Nothing is fetched that nobody switched on.
 */
export class IntelLists {
  readonly #options: IntelListsOptions;
  readonly #folder: string;
  readonly #ownFolder: string;
  readonly #fetching = new Map<string, Promise<void>>();
  readonly #stopping = new AbortController();
  readonly #timer: NodeJS.Timeout;
  #built: readonly BuiltList[] = [];
  #folderState = '';

  constructor(options: IntelListsOptions) {
    this.#options = options;
    this.#ownFolder = join(options.dataDir, 'intel');
    this.#folder = join(this.#ownFolder, 'lists');
    mkdirSync(this.#folder, { recursive: true, mode: 0o700 });
    this.#folderState = this.#folderNow();
    this.#timer = repeat(lookEveryMs, 'Lists were not looked at', options.log, () => this.#look());
  }

  stop(): void {
    clearInterval(this.#timer);
    this.#stopping.abort();
  }

  /** What is to be matched now. */
  order(): Pick<BuildOrder, 'lists' | 'folder'> {
    const lists = this.#records()
      .filter(({ enabled, bytes }) => enabled && bytes !== null)
      .map(({ id, category, level }) => ({ feed: { id, category, level }, path: this.#pathOf(id) }));
    return { lists, folder: { path: this.#ownFolder, category: 'own', level: 'malicious' } };
  }

  /** Whether there is nothing to be matched: no list is on, and there is no file in the folder. */
  get isEmpty(): boolean {
    return this.order().lists.length === 0 && this.#folderNow() === '';
  }

  /** What became of the lists when they were last put together. */
  note(built: readonly BuiltList[]): void {
    this.#built = built;
  }

  /** Looks whether something is due, soon after the start as well. */
  begin(): void {
    this.#look();
  }

  views(): IntelListView[] {
    const files = this.#built.filter(({ fromFolder }) => fromFolder).map((built) => this.#viewOfFile(built));
    return [...this.#records().map((record) => this.#view(record)), ...files];
  }

  add(list: NewIntelList): IntelListView {
    this.#checkRoom();
    let url: URL;
    try {
      url = new URL(list.url);
    } catch {
      throw new RefusedError(`"${list.url}" is no address of a list. It begins with https://.`);
    }
    const refusal = refusedUrl(url, this.#options.allowPrivate());
    if (refusal !== null) throw new RefusedError(refusal);
    const record = { ...freshRecord(newId(list.name)), ...list, url: url.href, enabled: true };
    this.#put(record);
    void this.#fetch(record.id);
    return this.#view(record);
  }

  async upload(
    id: string | null,
    list: Omit<NewIntelList, 'url' | 'everyHours'>,
    text: string,
  ): Promise<IntelListView> {
    const known = id === null ? null : this.#record(id);
    if (known === null) this.#checkRoom();
    else if (known.url !== null) throw new RefusedError(`${known.name} is fetched from its address and takes no file.`);
    const now = this.#options.now();
    const record: IntelListRecord = {
      ...(known ?? freshRecord(newId(list.name))),
      ...list,
      url: null,
      enabled: true,
      fetched_at: now,
      tried_at: now,
      bytes: Buffer.byteLength(text),
    };
    this.#write(record.id, text);
    this.#put(record);
    this.#options.onChange();
    return this.#view(record);
  }

  change(
    id: string,
    change: Partial<Pick<IntelListRecord, 'enabled' | 'level' | 'everyHours' | 'name'>>,
  ): IntelListView {
    const before = this.#record(id);
    const record = { ...before, ...change };
    this.#put(record);
    const isNew = record.enabled && !before.enabled;
    if (record.enabled !== before.enabled || record.level !== before.level) this.#options.onChange();
    if (isNew && record.url !== null && this.#dueAt(record) <= this.#options.now()) void this.#fetch(id);
    return this.#view(record);
  }

  remove(id: string): boolean {
    const record = this.#records().find((each) => each.id === id);
    if (record === undefined) return false;
    if (shippedLists.some((list) => list.id === id))
      throw new RefusedError(`${record.name} comes with Phosor: switch it off instead.`);
    this.#options.state.intel.removeList(id);
    rmSync(this.#pathOf(id), { force: true });
    this.#options.onChange();
    return true;
  }

  async fetchNow(id: string): Promise<IntelListView> {
    const record = this.#record(id);
    if (record.url === null) throw new RefusedError(`${record.name} has no address to fetch it from.`);
    if (!record.enabled) throw new RefusedError(`${record.name} is off. Switch it on first: then it is fetched.`);
    await this.#fetch(id);
    return this.#view(this.#record(id));
  }

  #look(): void {
    const folder = this.#folderNow();
    if (folder !== this.#folderState) {
      this.#folderState = folder;
      this.#options.onChange();
    }
    const now = this.#options.now();
    for (const record of this.#records()) {
      if (record.enabled && record.url !== null && this.#dueAt(record) <= now) void this.#fetch(record.id);
    }
  }

  #fetch(id: string): Promise<void> {
    let running = this.#fetching.get(id);
    if (running === undefined) {
      running = this.#fetchOnce(this.#record(id)).finally(() => this.#fetching.delete(id));
      this.#fetching.set(id, running);
    }
    return running;
  }

  async #fetchOnce(asked: IntelListRecord): Promise<void> {
    const { now, log, allowPrivate } = this.#options;
    const result: Partial<IntelListRecord> = { tried_at: now() };
    let changed = false;
    try {
      const answer = await download(asked.url ?? '', {
        maxBytes: mostListBytes,
        timeoutMs: fetchTimeoutMs,
        allowPrivate: allowPrivate(),
        signal: this.#stopping.signal,
        conditional: asked.bytes === null ? {} : { etag: asked.etag, lastModified: asked.last_modified },
      });
      if (answer.status !== 304) {
        if (answer.status !== 200) throw new Error(`The server answers ${answer.status}.`);
        const text = answer.body.toString('latin1');
        const wrong = whyNoList(text);
        if (wrong !== null) throw new Error(wrong);
        this.#write(asked.id, text);
        changed = true;
        result.bytes = answer.body.length;
        result.etag = answer.headers.etag ?? null;
        result.last_modified = answer.headers['last-modified'] ?? null;
      }
      Object.assign(result, { fetched_at: now(), error: null, failures: 0 });
    } catch (error) {
      if (this.#stopping.signal.aborted) return;
      const why = error instanceof Error ? error.message : String(error);
      Object.assign(result, { error: why, failures: asked.failures + 1 });
      log('warn', `The list ${asked.name} was not fetched: ${why}`);
    }
    // It may have been changed or removed meanwhile.
    const current = this.#records().find(({ id }) => id === asked.id);
    if (current === undefined) return rmSync(this.#pathOf(asked.id), { force: true });
    this.#put({ ...current, ...result });
    if (changed) this.#options.onChange();
  }

  #dueAt({ fetched_at, tried_at, failures, everyHours }: IntelListRecord): number {
    if (failures > 0) return (tried_at ?? 0) + Math.min(firstRetryMs * 2 ** (failures - 1), everyHours * hourMs);
    return fetched_at === null ? 0 : fetched_at + everyHours * hourMs;
  }

  /** What comes with Phosor as people left it, and behind it their own. */
  #records(): IntelListRecord[] {
    const stored = new Map(this.#options.state.intel.lists().map((list) => [list.id, list]));
    const shipped = shippedLists.map(({ description: _, ...list }) => {
      const known = stored.get(list.id);
      stored.delete(list.id);
      return { ...freshRecord(list.id), ...list, ...known, url: list.url, category: list.category };
    });
    return [...shipped, ...stored.values()];
  }

  #record(id: string): IntelListRecord {
    const record = this.#records().find((each) => each.id === id);
    if (record === undefined) throw new RefusedError(`There is no list "${id}".`);
    return record;
  }

  #put(record: IntelListRecord): void {
    this.#options.state.intel.putList(record);
  }

  #checkRoom(): void {
    if (this.#options.state.intel.lists().length >= mostOwnLists + shippedLists.length)
      throw new RefusedError(`There are ${mostOwnLists} lists of your own already. Remove one first.`);
  }

  #view(record: IntelListRecord): IntelListView {
    const { etag: _, last_modified: __, failures: ___, ...shown } = record;
    const shipped = shippedLists.find(({ id }) => id === record.id);
    const built = record.enabled ? this.#built.find(({ feed }) => feed.id === record.id) : undefined;
    return {
      ...shown,
      origin: shipped === undefined ? 'own' : 'shipped',
      description: shipped?.description ?? '',
      error: record.error ?? built?.problem ?? null,
      ...counts(built),
      fetching: this.#fetching.has(record.id),
      next_at: record.enabled && record.url !== null ? this.#dueAt(record) : null,
    };
  }

  #viewOfFile(built: BuiltList): IntelListView {
    const { id, category, level } = built.feed;
    const name = id.replace(/^file:/, '');
    return {
      id,
      name,
      url: null,
      category,
      level,
      enabled: true,
      everyHours: 0,
      fetched_at: built.modified_at,
      tried_at: null,
      error: built.problem,
      bytes: built.bytes,
      origin: 'folder',
      description: 'A file in the folder intel of the data folder. It is read again when it changes.',
      ...counts(built),
      fetching: false,
      next_at: null,
    };
  }

  /** The copy on disk is never half of a list. */
  #write(id: string, text: string): void {
    const path = this.#pathOf(id);
    writeFileSync(`${path}.new`, text, { mode: 0o600, encoding: 'latin1' });
    renameSync(`${path}.new`, path);
  }

  #pathOf = (id: string): string => join(this.#folder, `${id}.list`);

  /** Names, sizes and times of the user's own files. */
  #folderNow(): string {
    return readdirSync(this.#ownFolder, { withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map(({ name }) => {
        try {
          const { size, mtimeMs } = statSync(join(this.#ownFolder, name));
          return `${name} ${size} ${mtimeMs}`;
        } catch {
          return name;
        }
      })
      .sort()
      .join('\n');
  }
}

/** Why an answer cannot be a list, although the server says 200; null: it may be one, if only of comments. */
function whyNoList(text: string): string | null {
  if (/^\s*<(?:!doctype|html)/i.test(text)) return 'The server sends a web page instead of a list.';
  if (text.trim() === '') return 'The server sends an empty file.';
  if (/^\s*\{/.test(text) && !/\d\.\d+\.\d+\.\d|[\da-f]::?[\da-f]/i.test(text))
    return 'The server sends a message instead of a list: there is no address in it.';
  return null;
}

/** Stands in events and alerts: people should know the list by it. */
function newId(name: string): string {
  const plain = name
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .slice(0, 40)
    .replace(/^-|-$/g, '');
  return `${plain || 'own'}-${randomBytes(2).toString('hex')}`;
}

const counts = (built: BuiltList | undefined): Pick<IntelListView, 'entries' | 'left_out'> => ({
  entries: built?.count?.entries ?? null,
  left_out: built?.count
    ? { unread: built.count.unread, too_wide: built.count.tooWide, internal: built.count.internal }
    : null,
});

const freshRecord = (id: string): IntelListRecord => ({
  id,
  name: id,
  url: null,
  category: 'own',
  level: 'malicious',
  enabled: false,
  everyHours: 24,
  fetched_at: null,
  tried_at: null,
  error: null,
  failures: 0,
  etag: null,
  last_modified: null,
  bytes: null,
});
