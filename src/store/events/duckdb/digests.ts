import fs from 'node:fs';
import path from 'node:path';
import type { EventCondition } from '../../../model/index.ts';
import type { EventFilter } from '../types.ts';
import { type Cube, cubeStepMs, cubes } from './cubes.ts';
import type { Engine } from './engine.ts';
import { MergedCounts } from './merged-counts.ts';
import { type Condition, compileFilter } from './query.ts';
import type { Slice } from './slices.ts';
import { buildTextCounts, hasTextCounts, relationOf, textFiles, textsName } from './text-counts.ts';
import { isNothing, Words, wordsBytes } from './words.ts';

/** Rows of words that are fetched at a time. */
const wordsAtOnce = 25_000;
/** Before rows of the newest slice are counted, they must be so large a part of it. */
const grownPart = 12;

/** What is known of a slice's rows below `upTo`. */
interface Digest {
  /** Row ids below it are counted. */
  upTo: number;
  /** Path of the files, without the name of what is counted. */
  stem: string;
  /** Counts by the shapes of lines too. */
  hasTexts: boolean;
}

/**
 * What is computed once of a slice, in files beside it: counts by some columns ({@link cubes}) and the parts of its words.
 * A sealed slice has it of all rows; the newest of all but the last ones, which are read as they are. Built one after the
 * other, beside everything else.
 */
export class Digests {
  readonly #engine: Engine;
  readonly #digests = new Map<Slice, Digest>();
  readonly #narrowed = new WeakMap<EventCondition, Map<string, EventCondition>>();
  /** What lay beside them was looked at: from then on the files are only ours. */
  readonly #taken = new WeakSet<Slice>();
  readonly #growing = new Set<Slice>();
  /** How often a slice was forgotten. */
  readonly #changes = new Map<Slice, number>();
  /** Waited for before files that were replaced are removed. */
  readonly #readersDone: () => Promise<unknown>;
  /** And so many. */
  readonly #leastGrown: number;
  readonly #read = new Uint8Array(wordsBytes);
  readonly #merged: MergedCounts;
  #building: Promise<unknown> = Promise.resolve();
  #isClosed = false;
  readonly #gone = new AbortController();

  /** @param folder of the slices */
  constructor(engine: Engine, folder: string, leastGrown: number, readersDone: () => Promise<unknown>) {
    this.#engine = engine;
    this.#leastGrown = leastGrown;
    this.#readersDone = readersDone;
    this.#merged = new MergedCounts(path.join(folder, 'kept'), (sql, values) => this.#ask(sql, values), readersDone);
  }

  /** Everything in the slice is counted so, or all of it but the last rows. */
  has(slice: Slice, ...by: (Cube | undefined)[]): boolean {
    const digest = this.#digests.get(slice);
    return digest !== undefined && by.every((cube) => cube !== undefined && (digest.hasTexts || !cube.isOfTexts));
  }

  /** To be called for each slice at the start, when it has grown and when it is sealed. */
  take(slice: Slice): void {
    if (!this.#taken.has(slice)) this.#load(slice);
    const missing = slice.end - (this.#digests.get(slice)?.upTo ?? 0);
    if (missing <= (slice.sealed ? 0 : Math.max(this.#leastGrown, slice.end / grownPart)) || this.#growing.has(slice))
      return;
    this.#growing.add(slice);
    this.#building = this.#building
      .then(() => this.#build(slice))
      .then(
        () => {
          this.#growing.delete(slice);
          // It was sealed, changed, or has grown on, meanwhile.
          if (!this.#isClosed && fs.existsSync(slice.path)) this.take(slice);
        },
        () => {
          this.#growing.delete(slice);
          this.forget(slice);
        },
      );
  }

  /** The slice has changed, or is going away. Its files are removed. */
  forget(slice: Slice): void {
    this.#changes.set(slice, (this.#changes.get(slice) ?? 0) + 1);
    this.#digests.delete(slice);
    removeDigests(slice.path);
  }

  close(): Promise<unknown> {
    this.#isClosed = true;
    this.#gone.abort(new Error('The event store is closed.'));
    return this.#building;
  }

  /**
   * The filter as SQL over the slice's events, cheaper where its words are known.
   *
   * @param first number of the first placeholder
   * @returns null: nothing in the slice fits
   */
  compile(slice: Slice, filter: EventFilter, first = 1): Condition | null {
    const digest = this.#digests.get(slice);
    const { from, to, ...timeless } = filter;
    const plain = asCondition(timeless);
    const condition = digest === undefined ? plain.condition : this.#narrow(digest, plain.condition);
    if (digest === undefined || condition === undefined || condition === plain.condition) {
      return compileFilter({ ...filter, ...plain }, first);
    }
    const isNone = isNothing(condition);
    if (isWhole(slice, digest)) return isNone ? null : compileFilter({ ...filter, ...plain, condition }, first);
    const time = compileFilter({ ...(from !== undefined && { from }), ...(to !== undefined && { to }) }, first);
    const values = [...time.values];
    const known = isNone ? null : compileFilter({ ...plain, condition }, first + values.length);
    if (known !== null) values.push(...known.values);
    const rest = compileFilter(plain, first + values.length);
    values.push(...rest.values);
    const below = known === null ? '' : `(rowid < ${digest.upTo} AND ${known.sql}) OR `;
    return { sql: `${time.sql} AND (${below}(rowid >= ${digest.upTo} AND ${rest.sql}))`, values };
  }

  /**
   * What to count, as SQL of a relation with the columns and `n`: counts where a slice has them inside of the filter's time,
   * else its events.
   *
   * @param values to which values are added
   * @param isBySlice also gives a column `slice`, its name
   * @returns null where there is nothing to count
   */
  source(
    slices: readonly Slice[],
    filter: EventFilter,
    cube: Cube | undefined,
    columns: string,
    values: (string | bigint)[],
    isBySlice = false,
  ): string | null {
    const parts: string[] = [];
    const addEvents = (slice: Slice, more: string): void => {
      const where = this.compile(slice, filter, values.length + 1);
      if (where === null) return;
      values.push(...where.values);
      parts.push(
        `SELECT ${columns}, time AS last, 1 AS n${isBySlice ? `, '${slice.name}' AS slice` : ''} FROM ${slice.name}.events WHERE ${more === '' ? '' : `${more} AND `}${where.sql}`,
      );
    };
    const addCounts = (of: Slice[], inner: Inner, isForGood = false): void => {
      if (cube === undefined) return;
      const { from, to, ...timeless } = filter;
      const where = compileFilter({ ...timeless, ...inner }, values.length + 1);
      const stems = of.flatMap((slice) => this.#digests.get(slice)?.stem ?? []);
      const names = of.map((slice) => `WHEN ${slice.id} THEN '${slice.name}'`).join(' ');
      const name = isBySlice
        ? `, CASE regexp_extract(filename, '(\\d+)[.]\\d+[.][a-z_]+[.]digest$', 1)::BIGINT ${names} END AS slice`
        : '';
      const relation = relationOf(cube, stems, isBySlice);
      const counts = (of: string, by: string): string => `SELECT ${of}, last, n${name} FROM ${relation} WHERE ${by}`;
      if (isForGood && this.#addMerged(parts, of, columns, where, counts, values, isBySlice)) return;
      values.push(...where.values);
      parts.push(counts(columns, where.sql));
    };
    const whole: Slice[] = [];
    for (const slice of slices) {
      const digest = this.#digests.get(slice);
      const inner = cube !== undefined && this.has(slice, cube) ? innerOf(slice, filter, cube) : null;
      if (digest === undefined || inner === null) {
        addEvents(slice, '');
        continue;
      }
      // What lies before the first whole step and behind the last, and what came after the rows that were counted.
      const outer = [
        ...(inner.from === undefined ? [] : [`time < ${inner.from}`]),
        ...(inner.to === undefined ? [] : [`time >= ${inner.to}`]),
      ];
      if (outer.length === 0) whole.push(slice);
      else addCounts([slice], inner);
      if (!isWhole(slice, digest)) outer.push(`rowid >= ${digest.upTo}`);
      if (outer.length > 0) addEvents(slice, `(${outer.join(' OR ')})`);
    }
    const isSealed = (slice: Slice): boolean => slice.sealed;
    const [sealed, growing] = [whole.filter(isSealed), whole.filter((slice) => !isSealed(slice))];
    if (sealed.length > 0) addCounts(sealed, {}, true);
    if (growing.length > 0) addCounts(growing, {});
    return parts.length === 0 ? null : `(${parts.join(' UNION ALL ')})`;
  }

  /** Reads counts of slices that change no more from where they were merged before. @returns false: they were not */
  #addMerged(
    parts: string[],
    of: readonly Slice[],
    columns: string,
    where: Condition,
    counts: (columns: string, where: string) => string,
    values: readonly (string | bigint)[],
    isBySlice: boolean,
  ): boolean {
    const bound: (string | bigint)[] = [];
    const all = [...values, ...where.values];
    // What a question binds before these counts is told to it by their numbers.
    const renumbered = (sql: string): string =>
      sql.replaceAll(/\$(\d+)(?=::)/g, (_, number) => {
        bound.push(all[Number(number) - 1] ?? '');
        return `$${bound.length}`;
      });
    const state = of.map((slice) => `${slice.id}:${this.#changes.get(slice) ?? 0}`).join(' ');
    const file = this.#merged.fileOf(state, counts(renumbered(columns), renumbered(where.sql)), bound);
    if (file === null) return false;
    const more = isBySlice ? ', slice' : '';
    parts.push(`SELECT * EXCLUDE (last, n${more}), last, n${more} FROM read_parquet('${quoted(file)}')`);
    // A value that nothing refers to is an error.
    const [some] = of;
    if (columns.includes('$') && some !== undefined)
      parts.push(
        `SELECT ${columns}, time AS last, 1 AS n${isBySlice ? `, '' AS slice` : ''} FROM ${some.name}.events WHERE FALSE`,
      );
    return true;
  }

  #narrow(digest: Digest, condition: EventCondition | undefined): EventCondition | undefined {
    if (condition === undefined || !looksAtText(condition)) return condition;
    const known = this.#narrowed.get(condition) ?? new Map<string, EventCondition>();
    this.#narrowed.set(condition, known);
    const found = known.get(digest.stem);
    if (found !== undefined) return found;
    let narrowed = condition;
    try {
      const file = fs.openSync(`${digest.stem}.words.digest`, 'r');
      try {
        if (fs.readSync(file, this.#read, 0, wordsBytes, 0) === wordsBytes) {
          narrowed = new Words(this.#read).narrow(condition);
        }
      } finally {
        fs.closeSync(file);
      }
    } catch {
      // It was replaced meanwhile: the events are read as they are.
    }
    known.set(digest.stem, narrowed);
    return narrowed;
  }

  #load(slice: Slice): void {
    this.#taken.add(slice);
    const base = baseOf(slice.path);
    const counted = filesOf(slice.path).flatMap((name) => /^\d+\.(\d+)\.words\.digest$/.exec(name)?.[1] ?? []);
    for (const upTo of counted.map(Number).sort((a, b) => b - a)) {
      const stem = `${base}.${upTo}`;
      const isThere =
        upTo <= slice.end &&
        cubes.every(({ name }) => fs.existsSync(`${stem}.${name}.digest`)) &&
        fs.existsSync(`${stem}.${textsName}.digest`) &&
        fs.statSync(`${stem}.words.digest`, { throwIfNoEntry: false })?.size === wordsBytes;
      if (!isThere) continue;
      this.#digests.set(slice, { upTo, stem, hasTexts: hasTextCounts(stem) });
      break;
    }
    removeDigests(slice.path, this.#digests.get(slice));
  }

  async #build(slice: Slice): Promise<void> {
    if (this.#isClosed || !fs.existsSync(slice.path)) return;
    const table = `${slice.name}.events`;
    const before = this.#digests.get(slice);
    const changes = this.#changes.get(slice);
    const from = before?.upTo ?? 0;
    const [size] = await this.#ask(`SELECT max(rowid) + 1 AS "end" FROM ${table}`);
    const upTo = Number(size?.end ?? 0);
    if (upTo <= from) return;
    const digest: Digest = { upTo, stem: `${baseOf(slice.path)}.${upTo}`, hasTexts: false };
    const rows = `rowid >= ${from} AND rowid < ${upTo}`;
    for (const { name, select } of cubes) {
      const file = `${digest.stem}.${name}.digest`;
      const added = `SELECT ${select.join(', ')}, max(e.time) AS last, count(*) AS n FROM ${table} e WHERE ${rows} GROUP BY ALL`;
      const all =
        before === undefined
          ? added
          : `SELECT * EXCLUDE (last, n), max(last) AS last, sum(n)::BIGINT AS n FROM (${added} UNION ALL BY NAME FROM read_parquet('${quoted(`${before.stem}.${name}.digest`)}')) GROUP BY ALL`;
      await this.#ask(`COPY (${all}) TO '${quoted(`${file}.new`)}' (FORMAT parquet)`);
      fs.chmodSync(`${file}.new`, 0o600);
      fs.renameSync(`${file}.new`, file);
    }
    digest.hasTexts = await buildTextCounts({
      ask: (sql, values) => this.#ask(sql, values),
      slice,
      from,
      upTo,
      stem: digest.stem,
      before: before === undefined ? undefined : before.hasTexts ? before.stem : null,
    });
    const words = new Words(
      before === undefined ? undefined : new Uint8Array(fs.readFileSync(`${before.stem}.words.digest`)),
    );
    await this.#addWords(words, table, from, upTo);
    const file = `${digest.stem}.words.digest`;
    fs.writeFileSync(`${file}.new`, words.bytes, { mode: 0o600 });
    fs.renameSync(`${file}.new`, file);
    // Dropped, or changed, while it was built: nothing may be left of it.
    if (!fs.existsSync(slice.path) || this.#changes.get(slice) !== changes) return removeDigests(slice.path);
    this.#digests.set(slice, digest);
    // Whoever reads the ones before has begun by now.
    if (before !== undefined) void this.#readersDone().then(() => removeFiles(before));
  }

  /** In parts by row: all words of a slice at once would not fit into the engine's memory. */
  async #addWords(words: Words, table: string, from: number, upTo: number): Promise<void> {
    for (let at = from; at < upTo; at += wordsAtOnce) {
      const rows = `rowid >= ${at} AND rowid < ${Math.min(upTo, at + wordsAtOnce)}`;
      const split = `SELECT DISTINCT unnest(string_split(raw, ' ')) AS w FROM ${table} WHERE ${rows}`;
      const [row] = await this.#ask(`SELECT encode(string_agg(w, ' ')) AS words FROM (${split})`);
      if (row?.words instanceof Uint8Array) words.add(row.words);
      const foreign = await this.#ask(
        `SELECT w, lower(w) AS l FROM (${split} AND strlen(raw) <> length(raw)) WHERE strlen(w) <> length(w)`,
      );
      for (const { w, l } of foreign) words.addForeign(String(w), String(l));
    }
  }

  #ask(sql: string, values: readonly (string | bigint)[] = []): ReturnType<Engine['read']> {
    return this.#engine.aside(sql, values, this.#gone.signal);
  }
}

const isWhole = (slice: Slice, { upTo }: Digest): boolean => slice.sealed && upTo >= slice.end;

interface Inner {
  from?: number;
  to?: number;
}

/** The part of the filter's time that counts say everything of; its bounds are undefined where the slice lies inside. */
function innerOf(slice: Slice, { from, to }: EventFilter, cube: Cube): Inner | null {
  const [first, last] = [slice.first ?? 0, slice.last ?? 0];
  const isCut = { from: from !== undefined && from > first, to: to !== undefined && to <= last };
  if (!isCut.from && !isCut.to) return {};
  if (!cube.has.has('time')) return null;
  const inner = {
    ...(isCut.from && from !== undefined && { from: Math.ceil(from / cubeStepMs) * cubeStepMs }),
    ...(isCut.to && to !== undefined && { to: Math.floor(to / cubeStepMs) * cubeStepMs }),
  };
  return (inner.from ?? first) < (inner.to ?? last) ? inner : null;
}

/** The filter with its text as a condition. */
function asCondition({ text, condition, ...filter }: EventFilter): EventFilter {
  if (text === undefined || text === '') return { ...filter, ...(condition !== undefined && { condition }) };
  const contains: EventCondition = { op: 'contains', column: 'raw', values: [text.toWellFormed()], fold: 'simple' };
  return { ...filter, condition: condition === undefined ? contains : { op: 'all', of: [contains, condition] } };
}

/** Whether what is known of words may change anything. */
function looksAtText(condition: EventCondition): boolean {
  if (condition.op === 'all' || condition.op === 'any') return condition.of.some(looksAtText);
  if (condition.op === 'not') return looksAtText(condition.of);
  return 'column' in condition && condition.column === 'raw' && condition.op !== 'null';
}

const quoted = (text: string): string => text.replaceAll("'", "''");
const baseOf = (slicePath: string): string => slicePath.replace(/\.duckdb$/, '');

/** Names of everything that was computed of a slice. */
function filesOf(slicePath: string): string[] {
  const name = `${path.basename(baseOf(slicePath))}.`;
  return fs
    .readdirSync(path.dirname(slicePath))
    .filter((each) => each.startsWith(name) && /\.digest(\.new)?$/.test(each));
}

function removeFiles({ stem }: Digest): void {
  for (const name of [...cubes.map(({ name }) => name), ...textFiles, 'words'])
    fs.rmSync(`${stem}.${name}.digest`, { force: true });
}

/** Removes what was computed of a slice, but for what is given. */
function removeDigests(slicePath: string, kept?: Digest): void {
  const folder = path.dirname(slicePath);
  const ours = kept === undefined ? undefined : `${path.basename(kept.stem)}.`;
  for (const name of filesOf(slicePath)) {
    if (ours === undefined || !name.startsWith(ours)) fs.rmSync(path.join(folder, name), { force: true });
  }
}
