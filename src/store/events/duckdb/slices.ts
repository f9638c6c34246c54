import { mkdirSync, readdirSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { DuckDBConnection } from '@duckdb/node-api';
import { createTables } from './sql.ts';

const schemaVersion = 1;
const fileName = /^(\d{6,})\.duckdb$/;

/** One DuckDB file of events. It describes itself, so that there is no catalogue to disagree with. */
export interface Slice {
  id: number;
  path: string;
  /** Name it is attached under. */
  name: string;
  rows: number;
  /** Event times of its oldest and newest event, epoch ms; null while empty. */
  first: number | null;
  last: number | null;
}

/** Attaches every slice of the folder, oldest first, and creates the first one where there is none. */
export async function attachSlices(connection: DuckDBConnection, folder: string): Promise<Slice[]> {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const ids = readdirSync(folder)
    .flatMap((name) => fileName.exec(name)?.[1] ?? [])
    .map(Number)
    .sort((a, b) => a - b);
  const slices: Slice[] = [];
  for (const id of ids) slices.push(await attach(connection, folder, id));
  if (slices.length === 0) slices.push(await createSlice(connection, folder, 1));
  return slices;
}

export async function createSlice(connection: DuckDBConnection, folder: string, id: number): Promise<Slice> {
  const slice = sliceOf(folder, id);
  await connection.run(`ATTACH '${slice.path.replaceAll("'", "''")}' AS ${slice.name}`);
  await connection.run('BEGIN');
  await connection.run(createTables(slice.name));
  await connection.run(`INSERT INTO ${slice.name}.meta VALUES (${schemaVersion})`);
  await connection.run('COMMIT');
  return slice;
}

async function attach(connection: DuckDBConnection, folder: string, id: number): Promise<Slice> {
  const slice = sliceOf(folder, id);
  await connection.run(`ATTACH '${slice.path.replaceAll("'", "''")}' AS ${slice.name}`);
  const tables = await connection.runAndReadAll(
    'SELECT count(*)::INTEGER FROM duckdb_tables() WHERE database_name = ? AND table_name = ?',
    [slice.name, 'meta'],
  );
  if (tables.getRowsJS()[0]?.[0] === 0) {
    // Killed between the file's creation and its first commit: it holds nothing.
    await connection.run('BEGIN');
    await connection.run(createTables(slice.name));
    await connection.run(`INSERT INTO ${slice.name}.meta VALUES (${schemaVersion})`);
    await connection.run('COMMIT');
  }
  const version = Number(
    (await connection.runAndReadAll(`SELECT schema_version FROM ${slice.name}.meta`)).getRowsJS()[0]?.[0],
  );
  if (version > schemaVersion) {
    throw new Error(
      `${slice.path} was written by a newer Phosor (schema ${version}, this one knows ${schemaVersion}). ` +
        'Start the newer version, or choose another data folder with --data-dir.',
    );
  }
  await measure(connection, slice);
  return slice;
}

function sliceOf(folder: string, id: number): Slice {
  const digits = String(id).padStart(6, '0');
  return { id, path: join(folder, `${digits}.duckdb`), name: `slice_${digits}`, rows: 0, first: null, last: null };
}

/** Reads rows and times anew. A few milliseconds. */
export async function measure(connection: DuckDBConnection, slice: Slice): Promise<void> {
  const found = await connection.runAndReadAll(
    `SELECT count(*)::DOUBLE, min("time")::DOUBLE, max("time")::DOUBLE FROM ${slice.name}.events`,
  );
  const [rows, first, last] = found.getRowsJS()[0] as [number, number | null, number | null];
  Object.assign(slice, { rows, first, last });
}

/** Bytes on disk, write-ahead log included. */
export function bytesOf(slice: Slice): number {
  let bytes = 0;
  for (const file of [slice.path, `${slice.path}.wal`]) bytes += statSync(file, { throwIfNoEntry: false })?.size ?? 0;
  return bytes;
}

/** Detaches and deletes: the space is back at once. Nobody may be reading it. */
export async function dropSlice(connection: DuckDBConnection, slice: Slice): Promise<void> {
  await connection.run(`DETACH ${slice.name}`);
  for (const file of [slice.path, `${slice.path}.wal`]) rmSync(file, { force: true });
}
