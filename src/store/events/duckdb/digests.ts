import fs from 'node:fs';
import type { EventFilter } from '../types.ts';
import { type Cube, cubes } from './cubes.ts';
import type { Engine } from './engine.ts';
import { Grams, gramBytes, requiredTexts } from './grams.ts';
import { compileFilter } from './query.ts';
import type { Slice } from './slices.ts';

/** Rows of words that are fetched at a time. */
const wordsAtOnce = 200_000;

/**
 * What is computed once of a sealed slice, in files beside it: counts by some columns ({@link cubes}) and a filter over the
 * parts of its words. Slices without are read as they are. Built one after the other, beside everything else.
 */
export class Digests {
  readonly #engine: Engine;
  readonly #grams = new Map<Slice, Grams>();
  #building: Promise<unknown> = Promise.resolve();
  #isClosed = false;
  readonly #gone = new AbortController();

  constructor(engine: Engine) {
    this.#engine = engine;
  }

  has(slice: Slice): boolean {
    return this.#grams.has(slice);
  }

  /** To be called for each slice that is sealed, at the start and later. */
  take(slice: Slice): void {
    if (this.#load(slice)) return;
    this.#building = this.#building.then(() => this.#build(slice)).catch(() => this.forget(slice));
  }

  /** The slice has changed, or is going away. Its files are removed. */
  forget(slice: Slice): void {
    this.#grams.delete(slice);
    removeDigest(slice.path);
  }

  close(): Promise<unknown> {
    this.#isClosed = true;
    this.#gone.abort(new Error('The event store is closed.'));
    return this.#building;
  }

  /** False: nothing in the slice can have the texts that the filter wants in the raw line. */
  mayHold(slice: Slice, filter: EventFilter): boolean {
    const grams = this.#grams.get(slice);
    return grams === undefined || requiredTexts(filter).every((text) => grams.mayHold(text));
  }

  /**
   * What to count, as SQL of a relation with the columns and `n`: counts where a slice has them and lies inside of the
   * filter's time as a whole, else its events.
   *
   * @param values to which values are added
   * @returns null where there is nothing to count
   */
  source(
    slices: readonly Slice[],
    filter: EventFilter,
    cube: Cube | undefined,
    columns: string,
    values: (string | bigint)[],
  ): string | null {
    const isWhole = ({ first, last }: Slice): boolean =>
      (filter.from === undefined || (first ?? 0) >= filter.from) &&
      (filter.to === undefined || (last ?? 0) < filter.to);
    const counted = cube === undefined ? [] : slices.filter((slice) => this.has(slice) && isWhole(slice));
    const others = slices.filter((slice) => !counted.includes(slice) && this.mayHold(slice, filter));
    const parts: string[] = [];
    if (others.length > 0) {
      const { sql, values: more } = compileFilter(filter, values.length + 1);
      values.push(...more);
      parts.push(
        ...others.map(({ name }) => `SELECT ${columns}, time AS last, 1 AS n FROM ${name}.events WHERE ${sql}`),
      );
    }
    if (counted.length > 0 && cube !== undefined) {
      const { from, to, ...timeless } = filter;
      const { sql, values: more } = compileFilter(timeless, values.length + 1);
      values.push(...more);
      const files = counted.map((slice) => `'${fileOf(slice.path, cube.name).replaceAll("'", "''")}'`).join(', ');
      parts.push(`SELECT ${columns}, last, n FROM read_parquet([${files}]) WHERE ${sql}`);
    }
    return parts.length === 0 ? null : `(${parts.join(' UNION ALL ')})`;
  }

  #load(slice: Slice): boolean {
    if (!cubes.every(({ name }) => fs.existsSync(fileOf(slice.path, name)))) return false;
    const file = fileOf(slice.path, 'words');
    if (fs.statSync(file, { throwIfNoEntry: false })?.size !== gramBytes) return false;
    this.#grams.set(slice, new Grams(new Uint8Array(fs.readFileSync(file))));
    return true;
  }

  async #build(slice: Slice): Promise<void> {
    if (this.#isClosed || !fs.existsSync(slice.path)) return;
    const table = `${slice.name}.events`;
    for (const { name, select } of cubes) {
      const file = fileOf(slice.path, name);
      await this.#engine.read(
        `COPY (SELECT ${select.join(', ')}, max(e.time) AS last, count(*) AS n FROM ${table} e GROUP BY ALL) TO '${`${file}.new`.replaceAll("'", "''")}' (FORMAT parquet)`,
        [],
        this.#gone.signal,
      );
      fs.chmodSync(`${file}.new`, 0o600);
      fs.renameSync(`${file}.new`, file);
    }
    const grams = await this.#words(table);
    const file = fileOf(slice.path, 'words');
    fs.writeFileSync(`${file}.new`, grams.bytes, { mode: 0o600 });
    fs.renameSync(`${file}.new`, file);
    // Dropped while it was built: nothing may be left of it.
    if (fs.existsSync(slice.path)) this.#grams.set(slice, grams);
    else removeDigest(slice.path);
  }

  /** In parts by row: all words of a slice at once would not fit into the engine's memory. */
  async #words(table: string): Promise<Grams> {
    const grams = new Grams();
    const [size] = await this.#engine.read(`SELECT max(rowid) AS last FROM ${table}`, [], this.#gone.signal);
    const last = Number(size?.last ?? -1);
    for (let from = 0; from <= last; from += wordsAtOnce) {
      const rows = await this.#engine.read(
        `SELECT DISTINCT unnest(string_split(lower(raw), ' ')) AS word FROM ${table} WHERE rowid BETWEEN ${from} AND ${from + wordsAtOnce - 1}`,
        [],
        this.#gone.signal,
      );
      for (const { word } of rows) grams.add(String(word));
    }
    return grams;
  }
}

const fileOf = (slicePath: string, name: string): string => slicePath.replace(/\.duckdb$/, `.${name}.digest`);

/** Removes what was computed of a slice. */
function removeDigest(slicePath: string): void {
  for (const name of [...cubes.map(({ name }) => name), 'words']) {
    for (const end of ['', '.new']) fs.rmSync(`${fileOf(slicePath, name)}${end}`, { force: true });
  }
}
