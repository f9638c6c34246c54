import { fold } from './field.ts';

/** A folded literal and whom it is for. */
export interface Entry {
  literal: string;
  payload: number;
}

/** ASCII capitals as small letters, all other units as they are. */
const lower = Uint16Array.from({ length: 65536 }, (_, unit) => (unit >= 65 && unit <= 90 ? unit + 32 : unit));

/** Letters that fold to ASCII letters; looking for them is free in a one-byte string. */
export const foldsToAscii = (text: string): boolean =>
  text.includes('\u017f') || text.includes('\u212a') || text.includes('\u0130');

const nonAscii = /[^\0-\x7f]/;

/** Two units next to each other as a number. */
const pairAt = (text: string, at: number): number => (text.charCodeAt(at - 1) << 16) | text.charCodeAt(at);

const spread = (pair: number): number => Math.imul(pair, 0x9e3779b1);
const spreadTwo = (before: number, pair: number): number => Math.imul(Math.imul(before, 0x85ebca6b) ^ pair, 0x9e3779b1);

/** A set of hashes: a bit of each, the byte by its first bits, the bit in it by three others. */
class HashBits {
  readonly shift: number;
  readonly flags: Uint8Array;

  constructor(size: number) {
    const bits = Math.min(16, Math.max(6, Math.ceil(Math.log2(size * 8 + 1))));
    this.shift = 32 - bits;
    this.flags = new Uint8Array(1 << bits);
  }

  add(hash: number): void {
    const byte = hash >>> this.shift;
    this.flags[byte] = (this.flags[byte] as number) | (1 << ((hash >>> 8) & 7));
  }

  has(hash: number): boolean {
    return (((this.flags[hash >>> this.shift] as number) >>> ((hash >>> 8) & 7)) & 1) === 1;
  }
}

/** Literals by the hash of a few units of them: a table of what to look at where those stand in a text. */
class GramTable {
  readonly bits: HashBits;
  readonly #byHash = new Map<number, GramEntry[]>();
  /** Those that are known by the four units before as well. */
  readonly #byBoth = new Map<number, GramEntry[]>();
  readonly #both: HashBits;

  constructor(size: number) {
    this.bits = new HashBits(size);
    this.#both = new HashBits(size);
  }

  add(hash: number, entry: GramEntry): void {
    this.bits.add(hash);
    if (entry.end < 8) {
      push(this.#byHash, hash, entry);
      return;
    }
    const both = join(fourBefore(entry.literal, entry.end - 4), hash);
    this.#both.add(both);
    push(this.#byBoth, both, entry);
  }

  /** Looks at the literals of a hash; `at` is the place behind the units. */
  check(hash: number, text: string, at: number, found: (payload: number) => void): void {
    if (at >= 8 && this.#byBoth.size > 0) {
      const both = join(fourBefore(text, at - 4), hash);
      if (this.#both.has(both)) compare(this.#byBoth.get(both), text, at, found);
    }
    if (this.#byHash.size > 0) compare(this.#byHash.get(hash), text, at, found);
  }
}

function push(into: Map<number, GramEntry[]>, hash: number, entry: GramEntry): void {
  const list = into.get(hash);
  if (list === undefined) into.set(hash, [entry]);
  else list.push(entry);
}

function compare(
  entries: readonly GramEntry[] | undefined,
  text: string,
  at: number,
  found: (payload: number) => void,
): void {
  if (entries === undefined) return;
  for (const { literal, end, payloads } of entries) {
    if (occursAt(text, literal, at - end)) for (const payload of payloads) found(payload);
  }
}

/** The hash of the four units before a place. */
function fourBefore(text: string, at: number): number {
  const a = lower[text.charCodeAt(at - 4)] as number;
  const b = lower[text.charCodeAt(at - 3)] as number;
  const c = lower[text.charCodeAt(at - 2)] as number;
  const d = lower[text.charCodeAt(at - 1)] as number;
  return spreadTwo((a << 16) | b, (c << 16) | d);
}

const join = (before: number, hash: number): number => Math.imul(before ^ (hash >>> 7), 0xc2b2ae35) ^ hash;

interface GramEntry {
  literal: string;
  /** Where in the literal the units end that it is found by. */
  end: number;
  payloads: number[];
}

function occursAt(text: string, literal: string, from: number): boolean {
  if (from < 0 || from + literal.length > text.length) return false;
  for (let i = 0; i < literal.length; i += 1) {
    if (lower[text.charCodeAt(from + i)] !== literal.charCodeAt(i)) return false;
  }
  return true;
}

/**
 * Finds any number of literals in one pass: each is known by the four units of it that the fewest others hold (two, where it is
 * shorter), whose hash is looked up at every place of the text. Needs little more memory than the literals themselves.
 */
export class GramScan {
  readonly #fours: GramTable | null;
  readonly #twos: GramTable | null;
  readonly #ones = new Map<number, number[]>();
  /** Whether every literal is ASCII: then only ASCII has to be folded. */
  readonly #ascii: boolean;

  private constructor(parts: { fours: GramTable | null; twos: GramTable | null; ascii: boolean }) {
    this.#fours = parts.fours;
    this.#twos = parts.twos;
    this.#ascii = parts.ascii;
  }

  /**
   * In steps that are short whatever the number of literals.
   *
   * @param entries literals of at least one unit.
   */
  static *make(entries: readonly Entry[]): Generator<void, GramScan> {
    const payloads = new Map<string, number[]>();
    for (const [i, { literal, payload }] of entries.entries()) {
      if (i % literalsAtOnce === literalsAtOnce - 1) yield;
      const known = payloads.get(literal);
      if (known === undefined) payloads.set(literal, [payload]);
      else if (known.at(-1) !== payload) known.push(payload);
    }
    const long = [...payloads.keys()].filter((literal) => literal.length >= 4);
    const short = [...payloads.keys()].filter((literal) => literal.length === 2 || literal.length === 3);
    yield;
    const ascii = !entries.some(({ literal }) => nonAscii.test(literal));
    const fours = long.length === 0 ? null : new GramTable(long.length);
    const twos = short.length === 0 ? null : new GramTable(short.length);
    yield;
    yield* fill(fours, long, payloads, 4, (literal, at) => spreadTwo(pairAt(literal, at - 2), pairAt(literal, at)));
    yield* fill(twos, short, payloads, 2, (literal, at) => spread(pairAt(literal, at)));
    const scan = new GramScan({ fours, twos, ascii });
    for (const [literal, of] of payloads) if (literal.length === 1) scan.#ones.set(literal.charCodeAt(0), of);
    return scan;
  }

  /** Calls back at least once per literal that occurs in the folded text. `text` is as it is, not folded. */
  scan(original: string, found: (payload: number) => void): void {
    const text = foldsToAscii(original) || (!this.#ascii && nonAscii.test(original)) ? fold(original) : original;
    if (this.#fours !== null && this.#twos !== null) scanBoth(this.#fours, this.#twos, text, found);
    else if (this.#fours !== null) scanFours(this.#fours, text, found);
    else if (this.#twos !== null) scanTwos(this.#twos, text, found);
    if (this.#ones.size > 0) this.#scanOnes(text, found);
  }

  #scanOnes(text: string, found: (payload: number) => void): void {
    for (let i = 0; i < text.length; i += 1) {
      const payloads = this.#ones.get(lower[text.charCodeAt(i)] as number);
      if (payloads !== undefined) for (const payload of payloads) found(payload);
    }
  }
}

/** Literals that are looked at in one step. */
const literalsAtOnce = 1000;

/** A literal is known by one of so many places in it at most. */
const mostPlaces = 16;

function* fill(
  table: GramTable | null,
  literals: readonly string[],
  payloads: ReadonlyMap<string, number[]>,
  units: number,
  hashAt: (literal: string, at: number) => number,
): Generator<void, void> {
  if (table === null) return;
  // By the first bits of the hash, which is near enough.
  const uses = new Uint32Array(65536);
  for (const [i, literal] of literals.entries()) {
    if (i % literalsAtOnce === literalsAtOnce - 1) yield;
    const step = stepOf(literal);
    for (let at = firstPlace(literal, units); at < literal.length; at += step) {
      const slot = hashAt(literal, at) >>> 16;
      uses[slot] = (uses[slot] as number) + 1;
    }
  }
  for (const [i, literal] of literals.entries()) {
    if (i % literalsAtOnce === literalsAtOnce - 1) yield;
    const step = stepOf(literal);
    let best = 0;
    let bestPrice = Number.POSITIVE_INFINITY;
    for (let at = firstPlace(literal, units); at < literal.length; at += step) {
      const price = (uses[hashAt(literal, at) >>> 16] as number) * 4 + commonness(literal, at, units);
      if (price < bestPrice) {
        best = at;
        bestPrice = price;
      }
    }
    table.add(hashAt(literal, best), { literal, end: best + 1, payloads: payloads.get(literal) as number[] });
  }
}

const stepOf = (literal: string): number => Math.ceil(literal.length / mostPlaces);
const firstPlace = (literal: string, units: number): number => (units === 4 && literal.length >= 8 ? 7 : units - 1);

/** A rough guess: letters of plain words are in every text, digits and signs less so, rare letters hardly ever. */
const common = new Uint8Array(128).fill(1);
for (const unit of 'dlmpuhg-:xw') common[unit.charCodeAt(0)] = 2;
for (const unit of 'etaoinsr \\/.c') common[unit.charCodeAt(0)] = 3;

function commonness(literal: string, at: number, units: number): number {
  let sum = 0;
  for (let i = at - units + 1; i <= at; i += 1) sum += common[literal.charCodeAt(i)] ?? 1;
  return sum;
}

// The test of a bit is written out: it runs once per unit of every text.

function scanFours(table: GramTable, text: string, found: (payload: number) => void): void {
  const { flags, shift } = table.bits;
  const { length } = text;
  if (length < 4) return;
  let unit = lower[text.charCodeAt(2)] as number;
  let two = ((lower[text.charCodeAt(0)] as number) << 16) | (lower[text.charCodeAt(1)] as number);
  let one = ((two & 0xffff) << 16) | unit;
  for (let i = 3; i < length; i += 1) {
    const next = lower[text.charCodeAt(i)] as number;
    const pair = (unit << 16) | next;
    const hash = Math.imul(Math.imul(two, 0x85ebca6b) ^ pair, 0x9e3779b1);
    if ((((flags[hash >>> shift] as number) >>> ((hash >>> 8) & 7)) & 1) === 1) table.check(hash, text, i + 1, found);
    two = one;
    one = pair;
    unit = next;
  }
}

function scanTwos(table: GramTable, text: string, found: (payload: number) => void): void {
  const { flags, shift } = table.bits;
  let unit = lower[text.charCodeAt(0)] as number;
  for (let i = 1; i < text.length; i += 1) {
    const next = lower[text.charCodeAt(i)] as number;
    const hash = Math.imul((unit << 16) | next, 0x9e3779b1);
    if ((((flags[hash >>> shift] as number) >>> ((hash >>> 8) & 7)) & 1) === 1) table.check(hash, text, i + 1, found);
    unit = next;
  }
}

/** The same as both, in one pass over the text. */
function scanBoth(fours: GramTable, twos: GramTable, text: string, found: (payload: number) => void): void {
  const { flags, shift } = fours.bits;
  const { flags: shortFlags, shift: shortShift } = twos.bits;
  let unit = lower[text.charCodeAt(0)] as number;
  let one = 0;
  let two = 0;
  for (let i = 1; i < text.length; i += 1) {
    const next = lower[text.charCodeAt(i)] as number;
    const pair = (unit << 16) | next;
    const short = Math.imul(pair, 0x9e3779b1);
    if ((((shortFlags[short >>> shortShift] as number) >>> ((short >>> 8) & 7)) & 1) === 1)
      twos.check(short, text, i + 1, found);
    // Before the fourth unit no literal can end: what is looked at then fits none of the texts.
    const hash = Math.imul(Math.imul(two, 0x85ebca6b) ^ pair, 0x9e3779b1);
    if ((((flags[hash >>> shift] as number) >>> ((hash >>> 8) & 7)) & 1) === 1) fours.check(hash, text, i + 1, found);
    two = one;
    one = pair;
    unit = next;
  }
}
