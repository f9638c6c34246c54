import type { Event } from '../../model/index.ts';
import { isAttributable, type Seen } from './seen.ts';

/** Records are allotted by so many: 1.25 MiB. */
const chunkBits = 15;
const chunkSize = 1 << chunkBits;
const slotMask = chunkSize - 1;

/*
 * A record is ten 32-bit words: the event time (a double), the records before and after it, the event's number among those
 * that are held, flags, and its id (a UUID's 128 bits).
 */
const words = 10;
const before = 2;
const after = 3;
const heldAs = 4;
const flags = 5;
const idAt = 6;

const attributable = 1;
/** The id is no UUID in lower case: it is kept as text. */
const otherId = 2;
/** Restored from a snapshot that has its time only. */
const nameless = 4;

/** No record. */
export const none = -1;

/**
 * Counted events in chains, one per group, outside of the heap: what a million groups keep is neither looked through by the
 * garbage collector nor spread over a dozen objects each.
 */
export class Ledger {
  readonly #doubles: Float64Array[] = [];
  readonly #ints: Int32Array[] = [];
  readonly #otherIds = new Map<number, string>();
  /** Records that were never used begin here. */
  #end = 0;
  /** The first of those that were freed; each names the next. */
  #free = none;

  /** A new record that is in no chain yet. */
  take(time: number, event: Event, held: number): number {
    return this.#write(time, held, event.id, isAttributable(event) ? attributable : 0);
  }

  /** As {@link take}, of what is left of an event; null: only its time is known. */
  takeSeen(time: number, seen: Seen | null): number {
    if (seen === null) return this.#write(time, 0, '', nameless);
    return this.#write(time, seen.number, seen.id, seen.attributable ? attributable : 0);
  }

  #write(time: number, held: number, id: string, flag: number): number {
    const record = this.#allot();
    const at = (record & slotMask) * words;
    const ints = this.#ints[record >> chunkBits] as Int32Array;
    (this.#doubles[record >> chunkBits] as Float64Array)[at >> 1] = time;
    ints[at + before] = none;
    ints[at + after] = none;
    ints[at + heldAs] = held;
    ints[at + flags] = flag;
    if (flag !== nameless && !writeUuid(ints, at + idAt, id)) {
      ints[at + flags] = flag | otherId;
      this.#otherIds.set(record, id);
    }
    return record;
  }

  #allot(): number {
    const free = this.#free;
    if (free !== none) {
      this.#free = this.after(free);
      return free;
    }
    const record = this.#end;
    if ((record & slotMask) === 0) {
      const buffer = new ArrayBuffer(chunkSize * words * 4);
      this.#doubles.push(new Float64Array(buffer));
      this.#ints.push(new Int32Array(buffer));
    }
    this.#end = record + 1;
    return record;
  }

  free(record: number): void {
    const ints = this.#ints[record >> chunkBits] as Int32Array;
    const at = (record & slotMask) * words;
    if (((ints[at + flags] as number) & otherId) !== 0) this.#otherIds.delete(record);
    ints[at + after] = this.#free;
    this.#free = record;
  }

  time(record: number): number {
    return (this.#doubles[record >> chunkBits] as Float64Array)[((record & slotMask) * words) >> 1] as number;
  }

  before(record: number): number {
    return (this.#ints[record >> chunkBits] as Int32Array)[(record & slotMask) * words + before] as number;
  }

  after(record: number): number {
    return (this.#ints[record >> chunkBits] as Int32Array)[(record & slotMask) * words + after] as number;
  }

  /** Puts two records next to each other; {@link none} is a chain's end. */
  link(first: number, second: number): void {
    if (first !== none) (this.#ints[first >> chunkBits] as Int32Array)[(first & slotMask) * words + after] = second;
    if (second !== none) (this.#ints[second >> chunkBits] as Int32Array)[(second & slotMask) * words + before] = first;
  }

  /** null: only its time is known. */
  seen(record: number): Seen | null {
    const ints = this.#ints[record >> chunkBits] as Int32Array;
    const at = (record & slotMask) * words;
    const flag = ints[at + flags] as number;
    if ((flag & nameless) !== 0) return null;
    const id = (flag & otherId) !== 0 ? (this.#otherIds.get(record) as string) : uuidAt(ints, at + idAt);
    return {
      number: ints[at + heldAs] as number,
      id,
      time: this.time(record),
      attributable: (flag & attributable) !== 0,
    };
  }

  clear(): void {
    this.#doubles.length = 0;
    this.#ints.length = 0;
    this.#otherIds.clear();
    this.#end = 0;
    this.#free = none;
  }
}

/** The value of each hexadecimal digit in lower case by its character code; -1 of anything else. */
const values = new Int8Array(128).fill(-1);
for (const [value, digit] of [...'0123456789abcdef'].entries()) values[digit.charCodeAt(0)] = value;

/** Four hexadecimal digits as a number; negative where they are none. */
function hex4(text: string, at: number): number {
  return (
    ((values[text.charCodeAt(at)] ?? -1) << 12) |
    ((values[text.charCodeAt(at + 1)] ?? -1) << 8) |
    ((values[text.charCodeAt(at + 2)] ?? -1) << 4) |
    (values[text.charCodeAt(at + 3)] ?? -1)
  );
}

const dash = 45;

/** Writes a UUID's bits; false where the text is none, or not in lower case. */
function writeUuid(ints: Int32Array, at: number, id: string): boolean {
  if (id.length !== 36) return false;
  const a = hex4(id, 0);
  const b = hex4(id, 4);
  const c = hex4(id, 9);
  const d = hex4(id, 14);
  const e = hex4(id, 19);
  const f = hex4(id, 24);
  const g = hex4(id, 28);
  const h = hex4(id, 32);
  if ((a | b | c | d | e | f | g | h) < 0) return false;
  if (id.charCodeAt(8) !== dash || id.charCodeAt(13) !== dash) return false;
  if (id.charCodeAt(18) !== dash || id.charCodeAt(23) !== dash) return false;
  ints[at] = (a << 16) | b;
  ints[at + 1] = (c << 16) | d;
  ints[at + 2] = (e << 16) | f;
  ints[at + 3] = (g << 16) | h;
  return true;
}

const digits = Uint8Array.from('0123456789abcdef', (digit) => digit.charCodeAt(0));
const codes = new Array<number>(36).fill(dash);

/** In one step: pieced together it would be a tree of strings. */
function uuidAt(ints: Int32Array, at: number): string {
  let place = 0;
  for (let word = 0; word < 4; word += 1) {
    const bits = ints[at + word] as number;
    for (let shift = 28; shift >= 0; shift -= 4) {
      if (place === 8 || place === 13 || place === 18 || place === 23) place += 1;
      codes[place] = digits[(bits >>> shift) & 15] as number;
      place += 1;
    }
  }
  return String.fromCharCode(...codes);
}
