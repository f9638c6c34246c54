import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { type DuckDBConnection, DuckDBInstance, type DuckDBValue } from '@duckdb/node-api';
import { timeOfId } from '../../../model/index.ts';
import type { EventFilter, EventPage, EventStore, EventStoreInfo, FilterField } from '../../contract.ts';
import { type EventRow, rowToJson } from '../row.ts';
import { Gate } from './gate.ts';
import { putAsideRefused } from './quarantine.ts';
import { attachSlices, bytesOf, createSlice, dropSlice, measure, type Slice } from './slices.ts';
import { conditionOf, readableColumns, selectFromSegments, textOf } from './sql.ts';

export interface DuckdbStoreOptions {
  /** Folder of the slices. */
  folder: string;
  /** Size limit of the whole store: a slice is sealed at an eighth of it. */
  maxBytes: number;
  memoryLimitMb: number;
}

const rowsPerSlice = 400_000;
/** Larger objects are read one segment at a time: the engine reserves twice this per thread. */
const objectBytes = 2 * 1024 * 1024;
const largeObjectBytes = 16 * 1024 * 1024;
const heavyQueries = 2;

/**
 * Events in DuckDB, in slices: one file each, attached to one in-memory instance. The newest slice takes the loads; a
 * transaction writes one file only, so the segment ids that were loaded are recorded in the slice itself.
 */
export async function openDuckdbStore(options: DuckdbStoreOptions): Promise<EventStore> {
  const { folder, memoryLimitMb } = options;
  const scratch = join(folder, 'scratch');
  mkdirSync(scratch, { recursive: true, mode: 0o700 });
  const instance = await DuckDBInstance.create(':memory:', {
    memory_limit: `${memoryLimitMb}MB`,
    threads: '2',
    checkpoint_threshold: '64MB',
    preserve_insertion_order: 'false',
    temp_directory: scratch,
    autoinstall_known_extensions: 'false',
    autoload_known_extensions: 'false',
  });
  const writer = await instance.connect();
  const slices = await attachSlices(writer, folder);
  return new DuckdbStore(options, instance, writer, slices, await loadedSegments(writer, slices));
}

async function loadedSegments(connection: DuckDBConnection, slices: readonly Slice[]): Promise<Set<number>> {
  const loaded = new Set<number>();
  for (const { name } of slices) {
    const found = await connection.runAndReadAll(
      `SELECT id::DOUBLE FROM ${name}.segments ORDER BY id DESC LIMIT 100000`,
    );
    for (const [id] of found.getRowsJS()) loaded.add(id as number);
  }
  return loaded;
}

class DuckdbStore implements EventStore {
  readonly #options: DuckdbStoreOptions;
  readonly #instance: DuckDBInstance;
  readonly #writer: DuckDBConnection;
  readonly #slices: Slice[];
  readonly #loaded: Set<number>;
  readonly #gate = new Gate(heavyQueries);
  readonly #idle: DuckDBConnection[] = [];
  /** Loads and retention, one after the other. */
  #writing: Promise<unknown> = Promise.resolve();

  constructor(
    options: DuckdbStoreOptions,
    instance: DuckDBInstance,
    writer: DuckDBConnection,
    slices: Slice[],
    loaded: Set<number>,
  ) {
    this.#options = options;
    this.#instance = instance;
    this.#writer = writer;
    this.#slices = slices;
    this.#loaded = loaded;
  }

  load(
    segments: readonly { id: number; path: string }[],
  ): Promise<{ loaded: number[]; rows: number; quarantined: number }> {
    return this.#inTurn(async () => {
      const fresh = segments.filter(({ id }) => !this.#loaded.has(id));
      let quarantined = 0;
      const before = this.#newest.rows;
      if (fresh.length > 0) {
        try {
          await this.#insert(
            fresh.map(({ path }) => path),
            fresh.map(({ id }) => id),
            objectBytes,
          );
        } catch (error) {
          if (!isRefusal(error)) throw error;
          for (const segment of fresh) quarantined += await this.#loadCarefully(segment);
        }
        await measure(this.#writer, this.#newest);
      }
      const rows = this.#newest.rows - before;
      await this.#sealIfLarge();
      return { loaded: segments.map(({ id }) => id), rows, quarantined };
    });
  }

  async page(filter: EventFilter, limit: number, after: string | null): Promise<EventPage> {
    const cursor = readCursor(after);
    return this.#reading(async (query) => {
      const condition = conditionOf(filter, cursor);
      const newestFirst = this.#candidates(filter)
        .filter(({ first }) => cursor === null || (first ?? 0) <= cursor.time)
        .sort((a, b) => (b.last ?? 0) - (a.last ?? 0));
      let rows: EventRow[] = [];
      for (const slice of newestFirst) {
        const oldestKept = rows[limit];
        if (oldestKept !== undefined && (slice.last ?? 0) < oldestKept.time) break;
        const found = (await query(
          `SELECT ${readableColumns} FROM ${slice.name}.events ${condition.sql} ORDER BY "time" DESC, "id" DESC LIMIT ${limit + 1}`,
          condition.values,
        )) as unknown as EventRow[];
        rows = [...rows, ...found].sort(newerFirst).slice(0, limit + 1);
      }
      const page = rows.slice(0, limit);
      const last = rows.length > limit ? page.at(-1) : undefined;
      return { events: page.map(rowToJson), next: last === undefined ? null : `${last.time}.${last.id}` };
    });
  }

  byIds(ids: readonly string[]): Promise<ReturnType<typeof rowToJson>[]> {
    return this.#reading(async (query) => {
      const rows: EventRow[] = [];
      for (const id of new Set(ids)) {
        const time = timeOfId(id);
        if (time === null) continue;
        for (const slice of this.#candidates({ from: time, to: time + 1 })) {
          const found = await query(
            `SELECT ${readableColumns} FROM ${slice.name}.events WHERE "time" = ? AND "id" = ?::UUID LIMIT 1`,
            [BigInt(time), id],
          );
          if (found[0] !== undefined) {
            rows.push(found[0] as unknown as EventRow);
            break;
          }
        }
      }
      return rows.sort(newerFirst).map(rowToJson);
    });
  }

  async count(filter: EventFilter): Promise<number> {
    const rows = await this.#overAll(filter, '', 'count(*)::DOUBLE AS n', 'sum(n)::DOUBLE AS n', '');
    return (rows[0]?.n as number | null) ?? 0;
  }

  async histogram(
    filter: EventFilter,
    bucketMs: number,
    by: FilterField,
  ): Promise<{ time: number; key: string; count: number }[]> {
    const bucket = Math.max(1, Math.trunc(bucketMs));
    const rows = await this.#overAll(
      filter,
      'GROUP BY 1, 2',
      `("time" // ${bucket}) * ${bucket} AS t, coalesce(${textOf(by)}, '') AS k, count(*) AS n`,
      't::DOUBLE AS "time", k AS "key", sum(n)::DOUBLE AS "count"',
      'GROUP BY t, k ORDER BY t, k',
    );
    return rows as unknown as { time: number; key: string; count: number }[];
  }

  async top(
    filter: EventFilter,
    field: FilterField,
    limit: number,
  ): Promise<{ value: string; count: number; last: number }[]> {
    const rows = await this.#overAll(
      { ...filter, where: [...(filter.where ?? []), { field, op: 'not', values: [null] }] },
      'GROUP BY 1',
      `${textOf(field)} AS v, count(*) AS n, max("time") AS l`,
      'v AS "value", sum(n)::DOUBLE AS "count", max(l)::DOUBLE AS "last"',
      `GROUP BY v ORDER BY "count" DESC, v LIMIT ${Math.max(1, Math.trunc(limit))}`,
    );
    return rows as unknown as { value: string; count: number; last: number }[];
  }

  async info(): Promise<EventStoreInfo> {
    const filled = this.#slices.filter(({ rows }) => rows > 0);
    return {
      rows: filled.reduce((sum, { rows }) => sum + rows, 0),
      bytes: this.#slices.reduce((sum, slice) => sum + bytesOf(slice), 0),
      slices: this.#slices.length,
      oldest: filled.length === 0 ? null : Math.min(...filled.map(({ first }) => first ?? 0)),
      newest: filled.length === 0 ? null : Math.max(...filled.map(({ last }) => last ?? 0)),
    };
  }

  retain(maxBytes: number, olderThan: number | null): Promise<{ droppedSlices: number; droppedRows: number }> {
    this.#options.maxBytes = maxBytes;
    return this.#inTurn(async () => {
      let droppedSlices = 0;
      let droppedRows = 0;
      for (;;) {
        const total = this.#slices.reduce((sum, slice) => sum + bytesOf(slice), 0);
        const oldest = this.#slices[0] as Slice;
        const isOld = olderThan !== null && oldest.last !== null && oldest.last < olderThan;
        if (total <= maxBytes && !isOld) break;
        // The newest slice takes the loads: where it alone is too large or too old, a new one takes its place first.
        if (this.#slices.length === 1) {
          if (oldest.rows === 0) break;
          await this.#addSlice();
        }
        await this.#gate.alone(() => dropSlice(this.#writer, oldest));
        this.#slices.shift();
        droppedSlices += 1;
        droppedRows += oldest.rows;
      }
      return { droppedSlices, droppedRows };
    });
  }

  async close(): Promise<void> {
    await this.#writing.catch(() => undefined);
    await this.#gate.alone(async () => {
      for (const { name } of this.#slices) await this.#writer.run(`CHECKPOINT ${name}`);
      for (const connection of this.#idle) connection.closeSync();
      this.#writer.closeSync();
      this.#instance.closeSync();
    });
  }

  get #newest(): Slice {
    return this.#slices.at(-1) as Slice;
  }

  /** Slices that can hold events of the filter's time. */
  #candidates({ from, to }: EventFilter): Slice[] {
    return this.#slices.filter(
      ({ first, last }) =>
        first !== null && last !== null && (from === undefined || last >= from) && (to === undefined || first < to),
    );
  }

  /** Aggregates inside each slice, then over the slices. */
  async #overAll(
    filter: EventFilter,
    groupInside: string,
    inside: string,
    outside: string,
    groupOutside: string,
  ): Promise<Record<string, unknown>[]> {
    return this.#reading((query) => {
      const { sql, values } = conditionOf(filter);
      const slices = this.#candidates(filter);
      if (slices.length === 0) return Promise.resolve([]);
      const union = slices
        .map(({ name }) => `SELECT ${inside} FROM ${name}.events ${sql} ${groupInside}`)
        .join(' UNION ALL ');
      return query(
        `SELECT ${outside} FROM (${union}) ${groupOutside}`,
        slices.flatMap(() => values),
      );
    });
  }

  async #insert(paths: readonly string[], ids: readonly number[], maxObject: number): Promise<void> {
    const { name } = this.#newest;
    await this.#writer.run('BEGIN');
    try {
      if (paths.length > 0)
        await this.#writer.run(`INSERT INTO ${name}.events ${selectFromSegments(paths, maxObject)}`);
      await this.#writer.run(`INSERT INTO ${name}.segments VALUES ${ids.map((id) => `(${id})`).join(', ')}`);
      await this.#writer.run('COMMIT');
    } catch (error) {
      await this.#writer.run('ROLLBACK').catch(() => undefined);
      throw error;
    }
    for (const id of ids) this.#loaded.add(id);
  }

  /** One segment after a refusal: first with room for large rows, then without the lines that cannot be read. */
  async #loadCarefully({ id, path }: { id: number; path: string }): Promise<number> {
    try {
      await this.#insert([path], [id], largeObjectBytes);
      return 0;
    } catch (error) {
      if (!isRefusal(error)) throw error;
    }
    const accepts = async (file: string): Promise<boolean> => {
      try {
        await this.#writer.run(`SELECT count(*) FROM (${selectFromSegments([file], largeObjectBytes)})`);
        return true;
      } catch (error) {
        if (!isRefusal(error)) throw error;
        return false;
      }
    };
    const { good, bad } = await putAsideRefused(path, join(this.#options.folder, 'quarantine'), accepts);
    await this.#insert([good], [id], largeObjectBytes);
    rmSync(good, { force: true });
    return bad;
  }

  async #sealIfLarge(): Promise<void> {
    const slice = this.#newest;
    const { maxBytes } = this.#options;
    const isLarge = (): boolean => {
      const bytes = bytesOf(slice);
      return bytes >= maxBytes / 4 || (bytes >= maxBytes / 8 && slice.rows >= rowsPerSlice);
    };
    if (!isLarge()) return;
    // The write-ahead log is not compressed: only what is left after a checkpoint counts.
    await this.#writer.run(`CHECKPOINT ${slice.name}`);
    if (isLarge()) await this.#addSlice();
  }

  async #addSlice(): Promise<void> {
    await this.#writer.run(`CHECKPOINT ${this.#newest.name}`);
    this.#slices.push(await createSlice(this.#writer, this.#options.folder, this.#newest.id + 1));
  }

  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const next = this.#writing.then(work, work);
    this.#writing = next.catch(() => undefined);
    return next;
  }

  /** Lends a connection; at most {@link heavyQueries} at a time. */
  #reading<T>(
    work: (query: (sql: string, values: DuckDBValue[]) => Promise<Record<string, unknown>[]>) => Promise<T>,
  ): Promise<T> {
    return this.#gate.enter(async () => {
      const connection = this.#idle.pop() ?? (await this.#instance.connect());
      try {
        return await work(
          async (sql, values) =>
            (await connection.runAndReadAll(sql, values)).getRowObjectsJS() as Record<string, unknown>[],
        );
      } finally {
        this.#idle.push(connection);
      }
    });
  }
}

/** What a file's content may cause; everything else (disk, memory) is worth trying again. */
function isRefusal(error: unknown): boolean {
  const { message } = error as Error;
  return /Invalid Input Error|Conversion Error|Malformed JSON|maximum_object_size|Invalid unicode/i.test(message);
}

const newerFirst = (a: EventRow, b: EventRow): number => b.time - a.time || (a.id < b.id ? 1 : a.id > b.id ? -1 : 0);

function readCursor(after: string | null): { time: number; id: string } | null {
  const found = after === null ? null : /^(-?\d{1,16})\.([0-9a-f-]{36})$/.exec(after);
  return found === null ? null : { time: Number(found[1]), id: found[2] as string };
}
