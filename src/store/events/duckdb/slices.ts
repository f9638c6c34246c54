import fs from 'node:fs';
import path from 'node:path';
import { isDamage, namesAside, putAside } from './aside.ts';
import type { Engine } from './engine.ts';
import { tableDefinition } from './query.ts';

export interface Slice {
  id: number;
  /** Name under which it is attached. */
  name: string;
  path: string;
  rows: number;
  bytes: number;
  /** Event times, null while it is empty. */
  first: number | null;
  last: number | null;
  /** The lowest and the highest id; ids order as their texts do. Null while it is empty. */
  ids: { low: string; high: string } | null;
  /** Every row id is below it; rows are only ever added behind. */
  end: number;
  sealed: boolean;
}

const schemaVersion = 1;

/** What brings a slice of version N to N+1. Runs on a slice of which a copy was put aside. */
const migrations: Readonly<Record<number, readonly string[]>> = {};

/** About 50 MB in memory. Half of it costs an eighth more time, because the same rows are written again more often. */
const mostLogBytes = 32 * 1024 * 1024;

const sliceName = /^(\d{6,9})\.duckdb$/;

/**
 * Slice files in a folder: one DuckDB file each, attached all the time, the newest takes the loads. What a catalogue of
 * them would say (rows, first and last event time) is asked of each at the start and then kept here, so that nothing
 * can disagree with the files.
 */
export class Slices {
  #engine: Engine;
  readonly #logBytes: number;
  #folder: string;
  /** Oldest first; never empty after {@link open}. */
  readonly list: Slice[] = [];
  /** What could not be read at the start and was put aside, in sentences. */
  readonly damaged: string[] = [];

  constructor(engine: Engine, folder: string, logBytes = mostLogBytes) {
    this.#engine = engine;
    this.#logBytes = logBytes;
    this.#folder = folder;
  }

  /** Attaches every slice. Returns the ids of the segments that they hold. */
  async open(): Promise<number[]> {
    const numbersOf = (names: readonly string[]): number[] =>
      names.flatMap((name) => sliceName.exec(name)?.[1] ?? []).map(Number);
    const ids = numbersOf(fs.readdirSync(this.#folder)).sort((a, b) => a - b);
    const segments: number[] = [];
    for (const id of ids) {
      const slice = this.#describe(id);
      if (!(await this.#attachSound(slice))) continue;
      Object.assign(slice, { sealed: id !== ids.at(-1) });
      this.list.push(slice);
      segments.push(...(await this.#segments(slice)));
    }
    // A number that was put aside is not given again.
    const last = Math.max(0, ...ids, ...numbersOf(namesAside(this.#folder)));
    if (this.list.at(-1)?.sealed !== false) await this.#create(last + 1);
    return segments;
  }

  get newest(): Slice {
    return this.list.at(-1) as Slice;
  }

  /** After a load: what it added, and the new size. */
  grown(rows: number, first: number | null, last: number | null, ids: Slice['ids']): void {
    const slice = this.newest;
    slice.rows += rows;
    slice.end += rows;
    if (ids !== null) {
      const all = [ids.low, ids.high, ...(slice.ids === null ? [] : [slice.ids.low, slice.ids.high])].sort();
      slice.ids = { low: all[0] ?? ids.low, high: all.at(-1) ?? ids.high };
    }
    if (first !== null) slice.first = slice.first === null ? first : Math.min(slice.first, first);
    if (last !== null) slice.last = slice.last === null ? last : Math.max(slice.last, last);
    slice.bytes = sizeOf(slice.path);
  }

  /** Writes the newest slice's log into its file and starts the next one. */
  async seal(): Promise<void> {
    const slice = this.newest;
    await this.#engine.checkpoint(slice.name);
    slice.bytes = sizeOf(slice.path);
    slice.sealed = true;
    await this.#create(slice.id + 1);
  }

  /**
   * The file is gone when it returns, and so is its space.
   *
   * @param readersDone waited for once nobody new can find the slice: it must not be in use when it is detached
   */
  async drop(slice: Slice, readersDone: () => Promise<unknown>): Promise<void> {
    this.list.splice(this.list.indexOf(slice), 1);
    await readersDone();
    await this.#engine.write(`DETACH ${slice.name}`);
    removeFiles(slice.path);
  }

  async deleteOlder(slice: Slice, olderThan: number): Promise<number> {
    const dropped = await this.#engine.write(`DELETE FROM ${slice.name}.events WHERE time < $1::BIGINT`, [
      BigInt(olderThan),
    ]);
    await this.#engine.checkpoint(slice.name);
    Object.assign(slice, await this.#measure(slice), { bytes: sizeOf(slice.path) });
    return dropped;
  }

  /**
   * Writes the newest slice's log into its file when it has grown long: until then its rows are held in memory. Where that
   * does not succeed, the next load says why.
   */
  async shortenLog(): Promise<void> {
    const log = fs.statSync(`${this.newest.path}.wal`, { throwIfNoEntry: false })?.size ?? 0;
    if (log >= this.#logBytes) await this.checkpoint().catch(() => undefined);
  }

  async checkpoint(): Promise<void> {
    await this.#engine.checkpoint(this.newest.name);
    this.newest.bytes = sizeOf(this.newest.path);
  }

  /**
   * The slice that the engine has closed because it could not write its log into its file, by the error it gives from then
   * on; null: the error says something else.
   */
  closedBy(error: unknown): Slice | null {
    const [, name] = /database "(s\d+)"[^"]* has been invalidated/i.exec(String(error)) ?? [];
    return this.list.find((slice) => slice.name === name) ?? null;
  }

  /**
   * Attaches it anew: its log is read again, and holds everything that was committed. Nobody may be reading it.
   *
   * @returns the ids of the segments that it holds
   */
  async reattach(slice: Slice): Promise<number[]> {
    await this.#engine.write(`DETACH DATABASE IF EXISTS ${slice.name}`);
    await this.#engine.writeRoomy(attachSql(slice));
    Object.assign(slice, await this.#measure(slice), { bytes: sizeOf(slice.path) });
    return this.#segments(slice);
  }

  bytes(): number {
    return this.list.reduce((sum, slice) => sum + slice.bytes, 0);
  }

  #describe(id: number): Slice {
    const name = `s${id}`;
    const file = path.join(this.#folder, `${String(id).padStart(6, '0')}.duckdb`);
    return { id, name, path: file, rows: 0, bytes: 0, first: null, last: null, ids: null, end: 0, sealed: false };
  }

  async #create(id: number): Promise<void> {
    const slice = this.#describe(id);
    await this.#engine.writeRoomy(attachSql(slice));
    await this.#engine.write('BEGIN');
    await this.#engine.write(`CREATE TABLE ${slice.name}.events (${tableDefinition})`);
    await this.#engine.write(`CREATE TABLE ${slice.name}.segments (id BIGINT)`);
    await this.#engine.write(`CREATE TABLE ${slice.name}.schema_version (version INTEGER)`);
    await this.#engine.write(`INSERT INTO ${slice.name}.schema_version VALUES (${schemaVersion})`);
    await this.#engine.write('COMMIT');
    fs.chmodSync(slice.path, 0o600);
    slice.bytes = sizeOf(slice.path);
    this.list.push(slice);
  }

  /** Attaches and measures. A log that is damaged is left out, and a file that is: both are put aside, and told. */
  async #attachSound(slice: Slice): Promise<boolean> {
    const log = `${slice.path}.wal`;
    // A crash came as the file was made.
    if (sizeOf(slice.path) === 0) {
      removeFiles(slice.path);
      return false;
    }
    for (const files of [[log], [slice.path, log]]) {
      try {
        if (!(await this.#attach(slice))) return false;
        Object.assign(slice, await this.#measure(slice), { bytes: sizeOf(slice.path) });
        // Lies in another block, which may be the damaged one.
        await this.#segments(slice);
        return true;
      } catch (error) {
        if (!isDamage(error)) throw error;
        await this.#engine.write(`DETACH DATABASE IF EXISTS ${slice.name}`);
        const isLog = files.length === 1;
        if (isLog && !(fs.existsSync(log) && /WAL/.test(String(error)))) continue;
        this.damaged.push(putAside(files, error));
        if (!isLog) return false;
      }
    }
    return false;
  }

  /** False where the file holds nothing: a crash came between its creation and its first commit. */
  async #attach(slice: Slice): Promise<boolean> {
    await this.#engine.writeRoomy(attachSql(slice));
    const tables = await this.#engine.writerRows(
      'SELECT table_name FROM duckdb_tables() WHERE database_name = $1 AND table_name = $2',
      [slice.name, 'schema_version'],
    );
    if (tables.length === 0) {
      await this.#engine.write(`DETACH ${slice.name}`);
      removeFiles(slice.path);
      return false;
    }
    const [row] = await this.#engine.writerRows(`SELECT max(version) AS version FROM ${slice.name}.schema_version`);
    const version = Number(row?.version);
    if (version > schemaVersion) {
      throw new Error(
        `The events in ${slice.path} were written by a newer Phosor (schema ${version}, this one knows ${schemaVersion}). ` +
          'Start that version again, or move the events folder away to begin with an empty one.',
      );
    }
    if (version < schemaVersion) await this.#migrate(slice, version);
    return true;
  }

  async #migrate(slice: Slice, from: number): Promise<void> {
    await this.#engine.checkpoint(slice.name);
    await this.#engine.write(`DETACH ${slice.name}`);
    fs.copyFileSync(slice.path, `${slice.path}.backup-v${from}`);
    await this.#engine.writeRoomy(attachSql(slice));
    await this.#engine.write('BEGIN');
    for (let version = from; version < schemaVersion; version += 1) {
      for (const statement of migrations[version] ?? []) {
        await this.#engine.write(statement.replaceAll('{slice}', slice.name));
      }
    }
    await this.#engine.write(`UPDATE ${slice.name}.schema_version SET version = ${schemaVersion}`);
    await this.#engine.write('COMMIT');
  }

  async #segments(slice: Slice): Promise<number[]> {
    const rows = await this.#engine.writerRows(`SELECT id FROM ${slice.name}.segments ORDER BY id`);
    return rows.map((row) => Number(row.id));
  }

  async #measure(slice: Slice): Promise<Pick<Slice, 'rows' | 'first' | 'last' | 'ids' | 'end'>> {
    const [row] = await this.#engine.writerRows(
      `SELECT count(*) AS rows, min(time) AS first, max(time) AS last, min(id)::VARCHAR AS low, max(id)::VARCHAR AS high, max(rowid) AS at FROM ${slice.name}.events`,
    );
    return {
      end: Number(row?.at ?? -1) + 1,
      rows: Number(row?.rows ?? 0),
      first: numberOrNull(row?.first),
      last: numberOrNull(row?.last),
      ids: idsOf(row?.low, row?.high),
    };
  }
}

/** A slice is not sealed below this, unless the limit is so small that it must. */
const minSliceRows = 400_000;
/** Larger ones gain nothing, and what is counted of them takes longer to bring up to date. */
const mostSliceBytes = 128 * 1024 * 1024;
/** DuckDB reads 2048 rows at a time whole. Where they are so long, a slice has no more of them than fit into its memory. */
const longRowBytes = 16 * 1024;
const mostLongBytes = 32 * 1024 * 1024;

/** Whether a slice takes no more. @param maxBytes of all slices */
export function isFull({ rows, bytes }: Slice, maxBytes: number): boolean {
  const most = bytes / rows > longRowBytes ? mostLongBytes : mostSliceBytes;
  return rows > 0 && bytes >= Math.min(most, maxBytes / (rows >= minSliceRows ? 8 : 3));
}

export const idsOf = (low: unknown, high: unknown): Slice['ids'] =>
  typeof low === 'string' && typeof high === 'string' ? { low, high } : null;

export function numberOrNull(value: unknown): number | null {
  return value === null || value === undefined ? null : Number(value);
}

/** ATTACH takes no bound values; the path is ours, its quotes are doubled. */
function attachSql(slice: Slice): string {
  return `ATTACH '${slice.path.replaceAll("'", "''")}' AS ${slice.name} (STORAGE_VERSION 'v1.5.0')`;
}

function sizeOf(file: string): number {
  return [file, `${file}.wal`].reduce(
    (sum, each) => sum + (fs.statSync(each, { throwIfNoEntry: false })?.size ?? 0),
    0,
  );
}

function removeFiles(file: string): void {
  for (const each of [file, `${file}.wal`]) fs.rmSync(each, { force: true });
}
