import fs from 'node:fs';
import path from 'node:path';
import type { EventCondition, EventJson } from '../../../model/index.ts';
import type {
  EventFilter,
  EventOrder,
  EventPage,
  EventStore,
  EventStoreInfo,
  FilterField,
  PageAt,
} from '../../contract.ts';
import type { ColumnRequest, CrowdRequest, EventColumns, HistorySpan } from '../history.ts';
import type { SearchPart, SearchRequest, SearchSummary } from '../search.ts';
import { cubeFor, cubeStepMs, needsOf } from './cubes.ts';
import { Digests } from './digests.ts';
import { Engine, isOutOfMemory, type Row } from './engine.ts';
import { writeParquet } from './export.ts';
import { columnsOf, crowdsOf, spansOf } from './history.ts';
import { inLoads, isRefusal, loadSegments, type Segment, withoutBadLines } from './load.ts';
import { pageAtOffset } from './page-at.ts';
import { boundsBehind, readByIds, readPage } from './pages.ts';
import { column } from './query.ts';
import { searchSlices } from './search.ts';
import { isFull, type Slice, Slices } from './slices.ts';
import { stageSlices } from './stage.ts';
import { tallyOf, varietyOf } from './tally.ts';
import { Turns } from './turns.ts';

export interface DuckdbOptions {
  folder: string;
  /** Size that is kept to from the start, see {@link EventStore.retain}; a slice is sealed at an eighth of it, or at 128 MiB. */
  maxBytes: number;
  /** False: the size is not kept to until {@link EventStore.retain} says so. */
  isLimited?: boolean;
  memoryLimitMb: number;
  /** What work gets that does not do with it; absent: twice as much and 128 MB. */
  roomMb?: number;
  /** The newest slice's log is written into its file at this size; absent: 32 MiB. */
  logBytes?: number;
  /** Rows of the newest slice after which they are counted. */
  countedAfter?: number;
  threads?: number;
}

/** How many ids of loaded segments are remembered: far more than the spool ever holds. */
const rememberedSegments = 200_000;
/** Rows that outlive the age limit by less wait for their slice: deleting single rows is not free. */
const ageSlackMs = 3_600_000;
/** So long rows are not deleted out of files that were given away. */
const stagedMs = 3_600_000;

/** Events in slices, one DuckDB file each. Loads and retention take turns; reads go on beside them. */
export async function openDuckdbStore(options: DuckdbOptions): Promise<EventStore> {
  const { folder } = options;
  fs.mkdirSync(folder, { recursive: true, mode: 0o700 });
  const temporary = path.join(folder, 'tmp');
  fs.rmSync(temporary, { recursive: true, force: true });
  const engine = await Engine.open({ ...options, temporary });
  const slices = new Slices(engine, folder, options.logBytes);
  try {
    const store = new DuckdbStore(engine, slices, options, await slices.open());
    return store;
  } catch (error) {
    engine.close();
    throw error;
  }
}

class DuckdbStore implements EventStore {
  #engine: Engine;
  #slices: Slices;
  #digests: Digests;
  #folder: string;
  /** A slice is sealed at an eighth of it. */
  #maxBytes: number;
  #isLimited: boolean;
  #stagedAt = Number.NEGATIVE_INFINITY;
  readonly #dropped = { slices: 0, rows: 0 };
  #loaded: Set<number>;
  #turns: Turns;

  constructor(engine: Engine, slices: Slices, options: DuckdbOptions, loaded: readonly number[]) {
    this.#engine = engine;
    this.#slices = slices;
    this.#turns = new Turns(slices, (segments) => {
      for (const id of segments) this.#loaded.add(id);
    });
    this.#digests = new Digests(engine, options.folder, options.countedAfter ?? 50_000, () =>
      this.#turns.readersDone(),
    );
    for (const slice of slices.list) this.#digests.take(slice);
    this.#folder = options.folder;
    this.#maxBytes = options.maxBytes;
    this.#isLimited = options.isLimited ?? true;
    this.#loaded = new Set(loaded);
  }

  load(segments: readonly Segment[]): Promise<{ loaded: number[]; rows: number; quarantined: number }> {
    return this.#turns.write(async () => {
      const fresh = segments.filter(({ id }) => !this.#loaded.has(id));
      let rows = 0;
      let quarantined = 0;
      for (const some of inLoads(fresh)) {
        const loaded = await this.#loadAll(some);
        rows += loaded.rows;
        quarantined += loaded.quarantined;
      }
      // Here, and not only now and then: a flood writes more than the limit in a minute.
      if (rows > 0) await this.#keepToSize();
      return { loaded: segments.map(({ id }) => id), rows, quarantined };
    });
  }

  page(
    filter: EventFilter,
    limit: number,
    after: string | null,
    order: EventOrder = 'newest',
    whole = false,
  ): Promise<EventPage> {
    return this.#turns.read(async () => {
      const { from, to } = boundsBehind(filter, after, order);
      return readPage(this.#engine, this.#digests, this.#within(from, to), filter, limit, after, order, whole);
    });
  }

  search(request: SearchRequest, onPart: (part: SearchPart) => void, signal?: AbortSignal): Promise<SearchSummary> {
    const { from, to } = request.filter;
    return this.#turns.read(() =>
      searchSlices(this.#engine, this.#digests, this.#within(from, to), request, onPart, signal),
    );
  }

  byIds(ids: readonly string[]): Promise<EventJson[]> {
    return this.#turns.read(() => readByIds(this.#engine, this.#slices.list, ids));
  }

  async count(filter: EventFilter): Promise<number> {
    const [row] = await this.#counted(filter, [], '0 AS one', (from) => `SELECT sum(n)::DOUBLE AS count FROM ${from}`);
    return Number(row?.count ?? 0);
  }

  pageAt(filter: EventFilter, at: PageAt): Promise<{ events: EventJson[]; total: number }> {
    return this.#turns.read(() =>
      pageAtOffset(this.#engine, this.#digests, this.#within(filter.from, filter.to), filter, at),
    );
  }

  tally(
    filter: EventFilter,
    cases: readonly EventCondition[],
    by?: FilterField,
  ): Promise<{ key: string | null; case: number; count: number }[]> {
    return this.#turns.read(() =>
      tallyOf(this.#engine, this.#digests, this.#within(filter.from, filter.to), filter, cases, by),
    );
  }

  variety(
    filter: EventFilter,
    by: FilterField,
    fields: readonly FilterField[],
  ): Promise<{ key: string; counts: number[] }[]> {
    return this.#turns.read(() =>
      varietyOf(this.#engine, this.#digests, this.#within(filter.from, filter.to), filter, by, fields),
    );
  }

  giveBack(): Promise<void> {
    return this.#engine.giveBack();
  }

  exportParquet(filter: EventFilter, file: string): Promise<number> {
    return this.#turns.read(() => writeParquet(this.#engine, this.#within(filter.from, filter.to), filter, file));
  }

  async histogram(
    filter: EventFilter,
    bucketMs: number,
    by: FilterField,
  ): Promise<{ time: number; key: string; count: number }[]> {
    const width = Math.max(1, Math.trunc(bucketMs));
    const needs = width % cubeStepMs === 0 ? ['time', by] : null;
    const rows = await this.#counted(
      filter,
      needs,
      `time - ((time % ${width}) + ${width}) % ${width} AS bucket, coalesce(${column(by)}::VARCHAR, '') AS key`,
      (from) => `SELECT bucket, key, sum(n)::DOUBLE AS count FROM ${from} GROUP BY bucket, key ORDER BY bucket, key`,
    );
    return rows.map((row) => ({ time: Number(row.bucket), key: String(row.key), count: Number(row.count) }));
  }

  async top(
    filter: EventFilter,
    field: FilterField,
    limit: number,
  ): Promise<{ value: string; count: number; last: number }[]> {
    const rows = await this.#counted(
      filter,
      [field],
      `${column(field)}::VARCHAR AS value`,
      (from) =>
        `SELECT value, sum(n)::DOUBLE AS count, max(last) AS last FROM ${from}` +
        ` WHERE value IS NOT NULL GROUP BY value ORDER BY count DESC, value LIMIT ${Math.trunc(limit)}`,
    );
    return rows.map((row) => ({ value: String(row.value), count: Number(row.count), last: Number(row.last) }));
  }

  spans(
    from: number,
    to: number,
    rows: number,
    where: EventCondition | null = null,
    signal?: AbortSignal,
  ): Promise<HistorySpan[]> {
    return this.#turns.read(async () => {
      const slices = this.#within(from, to);
      const first = Math.max(from, Math.min(...slices.map(({ first }) => first ?? to)));
      const last = Math.min(to, Math.max(...slices.map(({ last }) => last ?? from)) + 1);
      return spansOf(this.#engine, slices, { from: Math.ceil(first), to: Math.ceil(last), rows, where }, signal);
    });
  }

  columns(request: ColumnRequest, signal?: AbortSignal): Promise<EventColumns> {
    return this.#turns.read(() => columnsOf(this.#engine, this.#within(request.from, request.to), request, signal));
  }

  crowds(request: CrowdRequest, signal?: AbortSignal): Promise<string[] | null> {
    return this.#turns.read(() => crowdsOf(this.#engine, this.#within(request.from, request.to), request, signal));
  }

  async info(): Promise<EventStoreInfo> {
    const { list } = this.#slices;
    const firsts = list.flatMap(({ first }) => first ?? []);
    const lasts = list.flatMap(({ last }) => last ?? []);
    return {
      rows: list.reduce((sum, { rows }) => sum + rows, 0),
      bytes: this.#slices.bytes(),
      slices: list.length,
      oldest: firsts.length === 0 ? null : Math.min(...firsts),
      newest: lasts.length === 0 ? null : Math.max(...lasts),
      droppedRows: this.#dropped.rows,
      damaged: this.#slices.damaged,
    };
  }

  settled = async (): Promise<EventStore> => this;

  retain(maxBytes: number | null, olderThan: number | null): Promise<{ droppedSlices: number; droppedRows: number }> {
    return this.#turns.write(async () => {
      this.#isLimited = maxBytes !== null;
      this.#maxBytes = maxBytes ?? this.#maxBytes;
      const before = { ...this.#dropped };
      await this.#keepToSize();
      if (olderThan !== null) {
        for (const slice of [...this.#slices.list]) {
          if (slice.last !== null && slice.last < olderThan) await this.#drop(slice);
          else if (slice.first !== null && slice.first < olderThan - ageSlackMs && !this.#isStaged()) {
            this.#digests.forget(slice);
            this.#dropped.rows += await this.#slices.deleteOlder(slice, olderThan);
            // Once more: counting may have begun meanwhile.
            this.#digests.forget(slice);
            this.#digests.take(slice);
          }
        }
      }
      return {
        droppedSlices: this.#dropped.slices - before.slices,
        droppedRows: this.#dropped.rows - before.rows,
      };
    });
  }

  stage(folder: string): Promise<{ lastSegment: number }> {
    return this.#turns.write(async () => {
      this.#stagedAt = performance.now();
      await stageSlices(this.#slices, folder);
      return { lastSegment: [...this.#loaded].reduce((last, id) => Math.max(last, id), 0) };
    });
  }

  close(): Promise<void> {
    return this.#turns.write(async () => {
      await Promise.allSettled([this.#turns.readersDone(), this.#digests.close()]);
      await this.#slices.checkpoint().catch(() => undefined);
      this.#engine.close();
    });
  }

  /** Somebody may still read the files through links: rows inside them must stay as they are. */
  #isStaged(): boolean {
    return performance.now() - this.#stagedAt < stagedMs;
  }

  async #keepToSize(): Promise<void> {
    const slices = this.#slices;
    if (!this.#isLimited) return;
    const isOver = (): boolean => slices.bytes() > this.#maxBytes && slices.list.some(({ rows }) => rows > 0);
    // The newest one's log counts too: it takes several times the room that its rows will take, and a checkpoint first
    // needs room of its own.
    while (isOver() && slices.list.length > 1) await this.#drop(slices.list[0] as Slice);
    if (isOver()) await slices.checkpoint();
    if (isOver()) await this.#drop(slices.newest);
  }

  async #drop(slice: Slice): Promise<void> {
    if (!slice.sealed) await this.#slices.seal();
    this.#dropped.rows += slice.rows;
    this.#dropped.slices += 1;
    this.#digests.forget(slice);
    await this.#slices.drop(slice, () => this.#turns.readersDone());
    this.#digests.forget(slice);
  }

  async #loadAll(segments: readonly Segment[]): Promise<{ rows: number; quarantined: number }> {
    try {
      return { rows: await this.#loadTogether(segments), quarantined: 0 };
    } catch (error) {
      if (segments.length > 1 && (isRefusal(error) || isOutOfMemory(error))) {
        let rows = 0;
        let quarantined = 0;
        for (const segment of segments) {
          const one = await this.#loadAll([segment]);
          rows += one.rows;
          quarantined += one.quarantined;
        }
        return { rows, quarantined };
      }
      const [segment] = segments;
      if (segment === undefined) throw error;
      if (isOutOfMemory(error)) {
        return { rows: await this.#engine.roomy(() => this.#loadTogether(segments)), quarantined: 0 };
      }
      if (!isRefusal(error)) throw error;
      const { clean, quarantined } = await withoutBadLines(this.#engine, this.#folder, segment);
      try {
        return { rows: await this.#loadTogether([clean]), quarantined };
      } finally {
        fs.rmSync(clean.path, { force: true });
      }
    }
  }

  async #loadTogether(segments: readonly Segment[]): Promise<number> {
    const { newest, list } = this.#slices;
    const { rows, first, last, ids } = await loadSegments(this.#engine, newest, list.slice(0, -1), segments);
    this.#slices.grown(rows, first, last, ids);
    for (const { id } of segments) this.#loaded.add(id);
    if (this.#loaded.size > rememberedSegments) {
      for (const id of this.#loaded) {
        this.#loaded.delete(id);
        if (this.#loaded.size <= rememberedSegments / 2) break;
      }
    }
    await this.#sealWhenFull();
    return rows;
  }

  async #sealWhenFull(): Promise<void> {
    const { newest } = this.#slices;
    await this.#slices.shortenLog();
    if (!isFull(newest, this.#maxBytes)) return this.#digests.take(newest);
    // Its log takes several times the room that the same rows will take in the file.
    await this.#slices.checkpoint();
    if (isFull(newest, this.#maxBytes)) await this.#slices.seal();
    this.#digests.take(newest);
  }

  /** Slices that may hold events of the span. */
  #within(from: number | undefined, to: number | undefined): Slice[] {
    return this.#slices.list.filter(
      ({ first, last }) =>
        first !== null && last !== null && (from === undefined || last >= from) && (to === undefined || first < to),
    );
  }

  /**
   * One statement over every slice that matters, by counts that were made before where there are any.
   *
   * @param needs what is looked at besides the filter; null: what no counts have
   * @param columns what `select` finds in its relation besides `n` and `last`
   */
  #counted(
    filter: EventFilter,
    needs: readonly string[] | null,
    columns: string,
    select: (from: string) => string,
  ): Promise<Row[]> {
    return this.#turns.read(async () => {
      const filtered = needsOf(filter);
      const cube = cubeFor(needs === null || filtered === null ? null : [...needs, ...filtered]);
      const values: (string | bigint)[] = [];
      const slices = this.#within(filter.from, filter.to);
      const source = this.#digests.source(slices, filter, cube, columns, values);
      return source === null ? [] : this.#engine.read(select(source), values);
    });
  }
}
