import fs from 'node:fs';
import path from 'node:path';
import { listValue } from '@duckdb/node-api';
import type { Engine, Row } from './engine.ts';
import { columnList, jsonColumns } from './query.ts';
import { idsOf, numberOrNull, type Slice } from './slices.ts';

export interface Segment {
  id: number;
  path: string;
}

export interface Loaded {
  rows: number;
  first: number | null;
  last: number | null;
  ids: Slice['ids'];
}

/** A longer row exists only where a line of a mebibyte was parsed into fields: then the statement is repeated with room. */
const objectBytes = 4 * 1024 * 1024;
const largeObjectBytes = 32 * 1024 * 1024;

/** A block of DuckDB has a quarter of a mebibyte: rows of this length take more of its memory than others of as many bytes. */
const longRowBytes = 16 * 1024;

/** A slice is looked at between loads: one of everything that has waited would make it as large as that. */
const mostLoadBytes = 32 * 1024 * 1024;

/** The segments in parts that are loaded one after the other, in their order. */
export function inLoads(segments: readonly Segment[]): Segment[][] {
  const loads: Segment[][] = [];
  let bytes = Number.POSITIVE_INFINITY;
  for (const segment of segments) {
    const size = fs.statSync(segment.path, { throwIfNoEntry: false })?.size ?? 0;
    if (bytes + size > mostLoadBytes) {
      loads.push([]);
      bytes = 0;
    }
    loads.at(-1)?.push(segment);
    bytes += size;
  }
  return loads;
}

/** Row ids of what the running transaction has added start here (DuckDB's MAX_ROW_ID). */
const ownRows = 'rowid >= 36028797018960000';

/**
 * Loads segments with one statement and one transaction, segment ids included: after a crash they are there or not.
 * A row whose id is stored already (a sender that repeated itself) is not stored again.
 *
 * @param others slices that may hold such rows
 */
export async function loadSegments(
  engine: Engine,
  slice: Slice,
  others: readonly Slice[],
  segments: readonly Segment[],
  isLarge = false,
): Promise<Loaded> {
  const table = `${slice.name}.events`;
  await engine.write('BEGIN');
  try {
    await engine.write(
      `INSERT INTO ${table} (${columnList}) SELECT ${columnList} FROM ${readJson(isLarge)} WHERE _batch IS NULL`,
      [listValue(segments.map((segment) => segment.path))],
    );
    const ids = segments.map((_, i) => `($${i + 1}::BIGINT)`).join(', ');
    await engine.write(
      `INSERT INTO ${slice.name}.segments VALUES ${ids}`,
      segments.map(({ id }) => BigInt(id)),
    );
    let sum = await addedBy(engine, table);
    if (await dropRepeated(engine, slice, others, sum)) sum = await addedBy(engine, table);
    await engine.write('COMMIT');
    const bytes = segments.reduce((all, segment) => all + fs.statSync(segment.path).size, 0);
    if (bytes > Number(sum.rows) * longRowBytes) engine.needRoom();
    return {
      rows: Number(sum.rows),
      first: numberOrNull(sum.first),
      last: numberOrNull(sum.last),
      ids: idsOf(sum.low, sum.high),
    };
  } catch (error) {
    await engine.write('ROLLBACK').catch(() => undefined);
    if (!isLarge && /maximum_object_size/.test(String(error))) {
      return engine.roomy(() => loadSegments(engine, slice, others, segments, true));
    }
    throw error;
  }
}

/** What the running transaction has added. */
async function addedBy(engine: Engine, table: string): Promise<Row> {
  const [sum] = await engine.writerRows(
    `SELECT count(*) AS rows, count(DISTINCT id) AS ids, min(time) AS first, max(time) AS last, min(id)::VARCHAR AS low, max(id)::VARCHAR AS high FROM ${table} WHERE ${ownRows}`,
  );
  return sum ?? { rows: 0, ids: 0 };
}

/** @returns whether there were any */
async function dropRepeated(engine: Engine, slice: Slice, others: readonly Slice[], sum: Row): Promise<boolean> {
  const table = `${slice.name}.events`;
  if (Number(sum.rows) === 0) return false;
  let isAny = false;
  if (sum.rows !== sum.ids) {
    isAny = true;
    await engine.write(
      `DELETE FROM ${table} WHERE ${ownRows} AND rowid NOT IN (SELECT min(rowid) FROM ${table} WHERE ${ownRows} GROUP BY id)`,
    );
  }
  // Ids begin with the event time, so that DuckDB skips the blocks of all other times.
  const between = 'id BETWEEN $1::UUID AND $2::UUID';
  const values = [String(sum.low), String(sum.high)] as const;
  for (const other of [slice, ...others]) {
    // Nearly always what is new is newer than every other slice.
    if (other.ids === null || other.ids.low > values[1] || other.ids.high < values[0]) continue;
    const before = other === slice ? 'rowid < 36028797018960000 AND' : '';
    const stored = `SELECT id FROM ${other.name}.events WHERE ${before} ${between}`;
    const [found] = await engine.writerRows(
      `SELECT count(*) AS rows FROM ${table} WHERE ${ownRows} AND id IN (${stored})`,
      values,
    );
    if (Number(found?.rows ?? 0) > 0) {
      isAny = true;
      await engine.write(`DELETE FROM ${table} WHERE ${ownRows} AND id IN (${stored})`, values);
    }
  }
  return isAny;
}

function readJson(isLarge: boolean): string {
  const size = isLarge ? largeObjectBytes : objectBytes;
  return `read_json($1, format='newline_delimited', columns=${jsonColumns}, maximum_object_size=${size})`;
}

/** Whether the data is to blame. A full disk or too little memory is not cured by leaving out lines. */
export function isRefusal(error: unknown): boolean {
  return /Invalid Input Error|Conversion Error|maximum_object_size/.test(String(error));
}

/**
 * Writes a copy of a refused segment without the lines that DuckDB does not take; those go to `quarantine/`, where a
 * person finds them. Halves until it has each.
 */
export async function withoutBadLines(
  engine: Engine,
  folder: string,
  segment: Segment,
): Promise<{ clean: Segment; quarantined: number }> {
  const temporary = path.join(folder, 'attempt.ndjson');
  const lines = splitLines(fs.readFileSync(segment.path));
  const isTaken = async (part: readonly Buffer[]): Promise<boolean> => {
    fs.writeFileSync(temporary, Buffer.concat(part), { mode: 0o600 });
    try {
      await engine.writerRows(`SELECT bit_xor(hash(${columnList})) FROM ${readJson(true)} WHERE _batch IS NULL`, [
        listValue([temporary]),
      ]);
      return true;
    } catch (error) {
      if (isRefusal(error)) return false;
      throw error;
    }
  };
  const bad = new Set<Buffer>();
  const narrow = async (part: readonly Buffer[]): Promise<void> => {
    if (await isTaken(part)) return;
    if (part.length === 1) {
      bad.add(part[0] as Buffer);
      return;
    }
    const half = part.length >> 1;
    await narrow(part.slice(0, half));
    await narrow(part.slice(half));
  };
  try {
    await engine.roomy(() => narrow(lines));
  } finally {
    fs.rmSync(temporary, { force: true });
  }
  const aside = path.join(folder, 'quarantine');
  fs.mkdirSync(aside, { recursive: true, mode: 0o700 });
  fs.writeFileSync(path.join(aside, path.basename(segment.path)), Buffer.concat([...bad]), { mode: 0o600 });
  const clean = { id: segment.id, path: path.join(folder, `clean-${segment.id}.ndjson`) };
  fs.writeFileSync(clean.path, Buffer.concat(lines.filter((line) => !bad.has(line))), { mode: 0o600 });
  return { clean, quarantined: bad.size };
}

function splitLines(bytes: Buffer): Buffer[] {
  const lines: Buffer[] = [];
  for (let at = 0; at < bytes.length; ) {
    const newline = bytes.indexOf(10, at);
    const end = newline < 0 ? bytes.length : newline + 1;
    lines.push(bytes.subarray(at, end));
    at = end;
  }
  return lines;
}
