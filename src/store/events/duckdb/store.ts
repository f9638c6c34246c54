import fs from 'node:fs';
import path from 'node:path';
import { type EventCondition, type EventJson, timeOfId } from '../../../model/index.ts';
import type {
  EventFilter,
  EventOrder,
  EventPage,
  EventStore,
  EventStoreInfo,
  FilterField,
  PageAt,
} from '../../contract.ts';
import { cursorAt, decodeCursor, isUuid } from '../cursor.ts';
import type { ColumnRequest, EventColumns, HistorySpan } from '../history.ts';
import { type EventRow, rowToJson } from '../row.ts';
import type { SearchPart, SearchRequest, SearchSummary } from '../search.ts';
import { Engine, type Row } from './engine.ts';
import { writeParquet } from './export.ts';
import { columnsOf, spansOf } from './history.ts';
import { isOutOfMemory, isRefusal, loadSegments, type Segment, withMoreMemory, withoutBadLines } from './load.ts';
import { pageAtOffset } from './page-at.ts';
import { column, columnList, compileFilter } from './query.ts';
import { newestFirst, toEventRow } from './rows.ts';
import { searchSlices } from './search.ts';
import { type Slice, Slices } from './slices.ts';
import { stageSlices } from './stage.ts';
import { tallyOf } from './tally.ts';

export interface DuckdbOptions {
  folder: string;
  /** Size that is kept to from the start, see {@link EventStore.retain}; a slice is sealed at an eighth of it. */
  maxBytes: number;
  /** False: the size is not kept to until {@link EventStore.retain} says so. */
  isLimited?: boolean;
  memoryLimitMb: number;
  threads?: number;
}

/** A slice is not sealed below this, unless the limit is so small that it must. */
const minSliceRows = 400_000;
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
  const slices = new Slices(engine, folder);
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
  #folder: string;
  /** A slice is sealed at an eighth of it. */
  #maxBytes: number;
  #isLimited: boolean;
  #stagedAt = Number.NEGATIVE_INFINITY;
  readonly #dropped = { slices: 0, rows: 0 };
  #loaded: Set<number>;
  #turn: Promise<unknown> = Promise.resolve();
  #readers = new Set<Promise<unknown>>();

  constructor(engine: Engine, slices: Slices, options: DuckdbOptions, loaded: readonly number[]) {
    this.#engine = engine;
    this.#slices = slices;
    this.#folder = options.folder;
    this.#maxBytes = options.maxBytes;
    this.#isLimited = options.isLimited ?? true;
    this.#loaded = new Set(loaded);
  }

  load(segments: readonly Segment[]): Promise<{ loaded: number[]; rows: number; quarantined: number }> {
    return this.#takeTurn(async () => {
      const fresh = segments.filter(({ id }) => !this.#loaded.has(id));
      const { rows, quarantined } = fresh.length === 0 ? { rows: 0, quarantined: 0 } : await this.#loadAll(fresh);
      // Here, and not only now and then: a flood writes more than the limit in a minute.
      if (rows > 0) await this.#keepToSize();
      return { loaded: segments.map(({ id }) => id), rows, quarantined };
    });
  }

  async page(
    filter: EventFilter,
    limit: number,
    after: string | null,
    order: EventOrder = 'newest',
  ): Promise<EventPage> {
    const isNewest = order === 'newest';
    const cursor = after === null ? null : decodeCursor(after);
    const { from, to } = boundsBehind(filter, cursor, isNewest);
    const { sql, values } = compileFilter({ ...filter, ...definedOnly({ from, to }) });
    const next = values.length + 1;
    const behind = `AND (time, id) ${isNewest ? '<' : '>'} ($${next}::BIGINT, $${next + 1}::UUID)`;
    if (cursor !== null) values.push(BigInt(cursor.time), cursor.id);
    const way = isNewest ? 'DESC' : 'ASC';
    const compare = isNewest ? newestFirst : (a: EventRow, b: EventRow) => newestFirst(b, a);
    return this.#reading(async () => {
      // Once a page is full, a slice that ends before its last row has nothing to add.
      const candidates = this.#within(from, to).sort((a, b) =>
        isNewest ? (b.last ?? 0) - (a.last ?? 0) : (a.first ?? 0) - (b.first ?? 0),
      );
      let found: EventRow[] = [];
      for (const slice of candidates) {
        const last = found[limit];
        if (last !== undefined && (isNewest ? last.time > (slice.last ?? 0) : last.time < (slice.first ?? 0))) break;
        const rows = await this.#engine.read(
          `SELECT ${columnList} FROM ${slice.name}.events WHERE ${sql} ${cursor === null ? '' : behind} ORDER BY time ${way}, id ${way} LIMIT ${Math.trunc(limit) + 1}`,
          values,
        );
        found = [...found, ...rows.map(toEventRow)].sort(compare).slice(0, limit + 1);
      }
      const shown = found.slice(0, limit);
      const end = shown.at(-1);
      return {
        events: shown.map(rowToJson),
        next: found.length > limit && end !== undefined ? cursorAt(end.time, end.id) : null,
      };
    });
  }

  search(request: SearchRequest, onPart: (part: SearchPart) => void, signal?: AbortSignal): Promise<SearchSummary> {
    const { from, to } = request.filter;
    return this.#reading(() => searchSlices(this.#engine, this.#within(from, to), request, onPart, signal));
  }

  byIds(ids: readonly string[]): Promise<EventJson[]> {
    return this.#reading(async () => {
      const wanted = new Set(ids.map((id) => id.toLowerCase()).filter(isUuid));
      const found = new Map<string, EventRow>();
      // First where the time inside the id points; then everywhere, for times that an id cannot carry (before 1970).
      for (const isTimed of [true, false]) {
        for (const slice of [...this.#slices.list].reverse()) {
          const some = [...wanted].filter((id) => !found.has(id) && (!isTimed || mayHold(slice, timeOfId(id) ?? 0)));
          for (let at = 0; at < some.length; at += 500) {
            const part = some.slice(at, at + 500);
            const places = part.map((_, i) => `$${i + 1}::UUID`).join(', ');
            const rows = await this.#engine.read(
              `SELECT ${columnList} FROM ${slice.name}.events WHERE id IN (${places})`,
              part,
            );
            for (const row of rows.map(toEventRow)) found.set(row.id, row);
          }
        }
      }
      return ids.flatMap((id) => found.get(id.toLowerCase()) ?? []).map(rowToJson);
    });
  }

  async count(filter: EventFilter): Promise<number> {
    const [row] = await this.#readAll(filter, (from) => `SELECT count(*) AS count FROM ${from}`, ['id']);
    return Number(row?.count ?? 0);
  }

  pageAt(filter: EventFilter, at: PageAt): Promise<{ events: EventJson[]; total: number }> {
    return this.#reading(() => pageAtOffset(this.#engine, this.#within(filter.from, filter.to), filter, at));
  }

  tally(
    filter: EventFilter,
    cases: readonly EventCondition[],
    by?: FilterField,
  ): Promise<{ key: string | null; case: number; count: number }[]> {
    return this.#reading(() => tallyOf(this.#engine, this.#within(filter.from, filter.to), filter, cases, by));
  }

  exportParquet(filter: EventFilter, file: string): Promise<number> {
    return this.#reading(() => writeParquet(this.#engine, this.#within(filter.from, filter.to), filter, file));
  }

  async histogram(
    filter: EventFilter,
    bucketMs: number,
    by: FilterField,
  ): Promise<{ time: number; key: string; count: number }[]> {
    const width = Math.max(1, Math.trunc(bucketMs));
    const rows = await this.#readAll(
      filter,
      (from) =>
        `SELECT time - ((time % ${width}) + ${width}) % ${width} AS bucket, coalesce(${column(by)}::VARCHAR, '') AS key, count(*) AS count` +
        ` FROM ${from} GROUP BY ALL ORDER BY bucket, key`,
      ['time', by],
    );
    return rows.map((row) => ({ time: Number(row.bucket), key: String(row.key), count: Number(row.count) }));
  }

  async top(
    filter: EventFilter,
    field: FilterField,
    limit: number,
  ): Promise<{ value: string; count: number; last: number }[]> {
    const rows = await this.#readAll(
      filter,
      (from) =>
        `SELECT ${column(field)}::VARCHAR AS value, count(*) AS count, max(time) AS last FROM ${from}` +
        ` WHERE ${column(field)} IS NOT NULL GROUP BY value ORDER BY count DESC, value LIMIT ${Math.trunc(limit)}`,
      ['time', field],
    );
    return rows.map((row) => ({ value: String(row.value), count: Number(row.count), last: Number(row.last) }));
  }

  spans(from: number, to: number, rows: number, signal?: AbortSignal): Promise<HistorySpan[]> {
    return this.#reading(async () => {
      const slices = this.#within(from, to);
      const first = Math.max(from, Math.min(...slices.map(({ first }) => first ?? to)));
      const last = Math.min(to, Math.max(...slices.map(({ last }) => last ?? from)) + 1);
      return spansOf(this.#engine, slices, Math.ceil(first), Math.ceil(last), rows, signal);
    });
  }

  columns(request: ColumnRequest, signal?: AbortSignal): Promise<EventColumns> {
    return this.#reading(() => columnsOf(this.#engine, this.#within(request.from, request.to), request, signal));
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
    };
  }

  retain(maxBytes: number | null, olderThan: number | null): Promise<{ droppedSlices: number; droppedRows: number }> {
    return this.#takeTurn(async () => {
      this.#isLimited = maxBytes !== null;
      this.#maxBytes = maxBytes ?? this.#maxBytes;
      const before = { ...this.#dropped };
      await this.#keepToSize();
      if (olderThan !== null) {
        for (const slice of [...this.#slices.list]) {
          if (slice.last !== null && slice.last < olderThan) await this.#drop(slice);
          else if (slice.first !== null && slice.first < olderThan - ageSlackMs && !this.#isStaged()) {
            this.#dropped.rows += await this.#slices.deleteOlder(slice, olderThan);
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
    return this.#takeTurn(async () => {
      this.#stagedAt = performance.now();
      await stageSlices(this.#slices, folder);
      return { lastSegment: [...this.#loaded].reduce((last, id) => Math.max(last, id), 0) };
    });
  }

  close(): Promise<void> {
    return this.#takeTurn(async () => {
      await Promise.allSettled([...this.#readers]);
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
    await this.#slices.drop(slice, () => Promise.allSettled([...this.#readers]));
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
        return { rows: await withMoreMemory(this.#engine, () => this.#loadTogether(segments)), quarantined: 0 };
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
    const { rows, first, last } = await loadSegments(this.#engine, newest, list.slice(0, -1), segments);
    this.#slices.grown(rows, first, last);
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
    const isFull = (): boolean =>
      newest.bytes >= this.#maxBytes / (newest.rows >= minSliceRows ? 8 : 3) && newest.rows > 0;
    if (!isFull()) return;
    // Its log takes several times the room that the same rows will take in the file.
    await this.#slices.checkpoint();
    if (isFull()) await this.#slices.seal();
  }

  /** Slices that may hold events of the span. */
  #within(from: number | undefined, to: number | undefined): Slice[] {
    return this.#slices.list.filter(
      ({ first, last }) =>
        first !== null && last !== null && (from === undefined || last >= from) && (to === undefined || first < to),
    );
  }

  /** One statement over every slice that matters. `select` gets the name of a relation with the `columns`. */
  #readAll(
    filter: EventFilter,
    select: (from: string) => string,
    columns: readonly FilterField[] | string[],
  ): Promise<Row[]> {
    const { sql, values } = compileFilter(filter);
    const names = [...new Set(columns)].map((name) => `"${name}"`).join(', ');
    return this.#reading(async () => {
      const slices = this.#within(filter.from, filter.to);
      if (slices.length === 0) return [];
      const parts = slices.map(({ name }) => `SELECT ${names} FROM ${name}.events WHERE ${sql}`);
      return this.#engine.read(select(`(${parts.join(' UNION ALL ')})`), values);
    });
  }

  #reading<T>(work: () => Promise<T>): Promise<T> {
    const running = work();
    this.#readers.add(running);
    const done = (): void => void this.#readers.delete(running);
    running.then(done, done);
    return running;
  }

  #takeTurn<T>(work: () => Promise<T>): Promise<T> {
    const turn = this.#turn.then(work);
    this.#turn = turn.catch(() => undefined);
    return turn;
  }
}

/** The span that a page behind a cursor may lie in. */
function boundsBehind(
  { from, to }: EventFilter,
  cursor: { time: number } | null,
  isNewest: boolean,
): { from: number | undefined; to: number | undefined } {
  if (cursor === null) return { from, to };
  return isNewest
    ? { from, to: Math.min(to ?? Number.POSITIVE_INFINITY, cursor.time + 1) }
    : { from: Math.max(from ?? Number.NEGATIVE_INFINITY, cursor.time), to };
}

const definedOnly = ({ from, to }: { from: number | undefined; to: number | undefined }): EventFilter => ({
  ...(from !== undefined && { from }),
  ...(to !== undefined && { to }),
});

function mayHold({ first, last }: Slice, time: number): boolean {
  return first !== null && last !== null && time >= first && time <= last;
}
