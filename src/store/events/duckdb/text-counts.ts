import fs from 'node:fs';
import { type Cube, textCubes } from './cubes.ts';
import type { Row } from './engine.ts';
import { Shapes } from './shapes.ts';
import type { Slice } from './slices.ts';

/** Name of the file with the shapes of a slice's lines; it is empty where they are too many. */
export const textsName = 'texts';
export const textFiles: readonly string[] = [...textCubes.map(({ name }) => name), textsName];

/** Rows that are told apart by their shapes at a time, in blocks of so many. */
const rowsAtOnce = 25_000;
const blockRows = 5000;
const bytesAtOnce = 8 * 1024 * 1024;
const mostBlockBytes = 32 * 1024 * 1024;
/** Counts that are more rows than this for each event are not worth keeping. */
const mostCountsPerRow = 2;
/** Numbers of shapes differ between slices. */
const shapesPerSlice = 2 ** 20;

interface Build {
  /** A statement whose answer is small. */
  ask: (sql: string, values?: readonly string[]) => Promise<Row[]>;
  slice: Slice;
  from: number;
  upTo: number;
  /** Path of the files to be made, without their names. */
  stem: string;
  /** The same of what was counted below `from`. Undefined: nothing was; null: not so. */
  before: string | null | undefined;
}

/**
 * Counts a slice's rows by the shapes of their lines and some columns: as {@link textCubes}, in which the number of a shape
 * stands for the line.
 *
 * @returns whether there are such counts: not where lines repeat too little
 */
export async function buildTextCounts(build: Build): Promise<boolean> {
  const { ask, stem, before } = build;
  try {
    const shapes = before === null ? null : await countParts(build);
    const isKept = shapes !== null && (await writeCounts(build, shapes));
    // Empty: it was tried.
    if (!isKept) fs.writeFileSync(`${stem}.${textsName}.digest`, '', { mode: 0o600 });
    return isKept;
  } finally {
    for (const name of ['lines', 'values', textsName])
      await ask(`DROP TABLE IF EXISTS ${tableOf(name)}`).catch(() => undefined);
  }
}

/** Whether the files that belong to a text's file are there. */
export const hasTextCounts = (stem: string): boolean =>
  (fs.statSync(`${stem}.${textsName}.digest`, { throwIfNoEntry: false })?.size ?? 0) > 0 &&
  textCubes.every(({ name }) => fs.existsSync(`${stem}.${name}.digest`));

/** Counts as a relation, those by shapes with `raw`, the shape; with `filename` where it is asked for. */
export function relationOf(cube: Cube, stems: readonly string[], hasName = false): string {
  const counts = read(stems, cube.name, hasName ? ', filename = true' : '');
  if (!cube.isOfTexts) return counts;
  return `(SELECT c.* EXCLUDE (shape), t.raw FROM ${counts} c JOIN ${read(stems, textsName)} t USING (shape))`;
}

const read = (stems: readonly string[], name: string, more = ''): string =>
  `read_parquet([${stems.map((stem) => `'${quoted(`${stem}.${name}.digest`)}'`).join(', ')}]${more})`;
const quoted = (text: string): string => text.replaceAll("'", "''");
/** In the engine's memory: one slice is counted at a time. */
const tableOf = (name: string): string => `memory.main.counted_${name}`;

/** Columns that some counts are by, and of which: all are counted in one look. */
const columns = [...new Set(textCubes.flatMap(({ select }) => select.map(nameOf)))];
const setOf = ({ select }: Cube): number =>
  columns.reduce((bits, column) => bits * 2 + (select.some((each) => nameOf(each) === column) ? 0 : 1), 0);

function nameOf(selected: string): string {
  return selected.split(' AS ').at(-1)?.replaceAll('"', '') ?? selected;
}

const named = (names: readonly string[]): string => names.map((name) => `"${name}"`).join(', ');

/** @returns null: there are too many shapes, or counts */
async function countParts({ ask, slice, from, upTo, before }: Build): Promise<Shapes | null> {
  const shapes = new Shapes();
  if (typeof before === 'string') {
    for (const { raw } of await ask(`SELECT raw FROM ${read([before], textsName)} ORDER BY shape`)) {
      const bytes = Buffer.from(String(raw));
      shapes.numberOf(bytes, 0, bytes.length);
    }
  }
  const events = `${slice.name}.events`;
  const rows = (a: number, b: number): string => `e.rowid >= ${a} AND e.rowid < ${b}`;
  const selected = [...new Set(textCubes.flatMap(({ select }) => select))].join(', ');
  const sets = textCubes.map(({ select }) => `(shape, ${named(select.map(nameOf))})`).join(', ');
  const counts = (of: string): string =>
    `SELECT grouping(${named(columns)})::INTEGER AS kind, shape, ${named(columns)}, max(happened) AS last, count(*) AS n` +
    ` FROM (SELECT shape, e.time AS happened, ${selected} FROM ${of}) GROUP BY GROUPING SETS (${sets})`;
  await ask(
    `CREATE OR REPLACE TABLE ${tableOf('values')} AS FROM (${counts(`(SELECT *, 0::BIGINT AS shape FROM ${events} LIMIT 1) e`)}) LIMIT 0`,
  );
  const parts = partsOf(
    await ask(
      `SELECT (e.rowid // ${blockRows})::DOUBLE AS block, sum(strlen(raw))::DOUBLE AS bytes FROM ${events} e WHERE ${rows(from, upTo)} GROUP BY 1 ORDER BY 1`,
    ),
  );
  if (parts === null) return null;
  for (const part of parts) {
    const [a, b] = [Math.max(from, part.from), Math.min(upTo, part.to)];
    const [lines] = await ask(
      `SELECT list((e.rowid - ${a})::INTEGER) AS rows, list(strlen(raw)::INTEGER) AS lengths, encode(string_agg(raw, '')) AS bytes FROM ${events} e WHERE ${rows(a, b)}`,
    );
    if (lines === undefined || !Array.isArray(lines.rows) || !Array.isArray(lines.lengths)) continue;
    const bytes = lines.bytes instanceof Uint8Array ? lines.bytes : new Uint8Array(0);
    let at = 0;
    const numbers = (lines.lengths as number[]).map((length) => {
      const number = shapes.numberOf(bytes, at, at + length);
      at += length;
      return slice.id * shapesPerSlice + number;
    });
    if (shapes.isFull) return null;
    // A table of its own: of what comes out of JSON it is not known that it is the smaller side.
    await ask(
      `CREATE OR REPLACE TABLE ${tableOf('lines')} AS SELECT unnest(from_json($1::VARCHAR, '["BIGINT"]')) + ${a} AS line, unnest(from_json($2::VARCHAR, '["BIGINT"]')) AS shape`,
      [JSON.stringify(lines.rows), JSON.stringify(numbers)],
    );
    await ask(
      `INSERT INTO ${tableOf('values')} ${counts(`${events} e JOIN ${tableOf('lines')} l ON e.rowid = l.line WHERE ${rows(a, b)}`)}`,
    );
    const [size] = await ask(`SELECT count(*)::DOUBLE AS n FROM ${tableOf('values')}`);
    if (Number(size?.n ?? 0) > Math.max(2 * rowsAtOnce, mostCountsPerRow * (b - from))) return null;
  }
  return shapes;
}

/** Spans of row ids with few enough bytes; null: some lines are too long. */
function partsOf(blocks: readonly Row[]): { from: number; to: number }[] | null {
  const parts: { from: number; to: number; bytes: number }[] = [];
  for (const block of blocks) {
    const bytes = Number(block.bytes);
    if (bytes > mostBlockBytes) return null;
    const from = Number(block.block) * blockRows;
    const last = parts.at(-1);
    if (last !== undefined && from + blockRows - last.from <= rowsAtOnce && last.bytes + bytes <= bytesAtOnce) {
      last.to = from + blockRows;
      last.bytes += bytes;
    } else parts.push({ from, to: from + blockRows, bytes });
  }
  return parts;
}

/** @returns false: there are too many counts */
async function writeCounts({ ask, slice, upTo, stem, before }: Build, shapes: Shapes): Promise<boolean> {
  const known = typeof before === 'string' ? [before] : [];
  let written = 0;
  const write = async (name: string, select: string): Promise<void> => {
    const file = `${stem}.${name}.digest`;
    const [copied] = await ask(`COPY (${select}) TO '${quoted(`${file}.new`)}' (FORMAT parquet)`);
    fs.chmodSync(`${file}.new`, 0o600);
    fs.renameSync(`${file}.new`, file);
    if (name !== textsName) written += Number(copied?.Count ?? 0);
  };
  for (const cube of textCubes) {
    const { name, select } = cube;
    const all = [
      `SELECT shape, ${named(select.map(nameOf))}, last, n FROM ${tableOf('values')} WHERE kind = ${setOf(cube)}`,
      ...known.map((old) => `FROM ${read([old], name)}`),
    ];
    await write(
      name,
      `SELECT * EXCLUDE (last, n), max(last) AS last, sum(n)::BIGINT AS n FROM (${all.join(' UNION ALL BY NAME ')}) GROUP BY ALL`,
    );
  }
  await ask(`CREATE OR REPLACE TABLE ${tableOf(textsName)} (shape BIGINT, raw VARCHAR)`);
  const texts = shapes.texts();
  for (let at = 0; at < texts.length; at += 1000) {
    await ask(
      `INSERT INTO ${tableOf(textsName)} SELECT ${slice.id * shapesPerSlice + at} + generate_subscripts(raw, 1) - 1, unnest(raw) FROM (SELECT from_json($1::VARCHAR, '["VARCHAR"]') AS raw)`,
      [JSON.stringify(texts.slice(at, at + 1000))],
    );
  }
  // The last one: it says that all of them are there.
  if (written <= mostCountsPerRow * upTo) await write(textsName, `FROM ${tableOf(textsName)}`);
  return written <= mostCountsPerRow * upTo;
}
