import { fold } from './field.ts';
import { lowerAscii } from './prefixes.ts';

/** Finds which of many folded literal texts occur in a text. */
export interface LiteralScan {
  /** Calls back at least once per literal that occurs in the folded text. `text` is as it is, not folded. */
  scan(text: string, found: (payload: number) => void): void;
}

interface Entry {
  literal: string;
  payload: number;
}

/** More literals than this leave hardly any distance to skip: an automaton is faster then. */
const mostSkipped = 300;

export function literalScan(entries: readonly Entry[]): LiteralScan {
  const canSkip = entries.every(({ literal }) => literal.length >= 2 && /^[ -~]*$/.test(literal));
  return canSkip && entries.length <= mostSkipped ? new SkippingScan(entries) : new AhoCorasick(entries);
}

/** Letters that fold to ASCII letters; looking for them is free in a one-byte string. */
const foldsToAscii = (text: string): boolean =>
  text.includes('\u017f') || text.includes('\u212a') || text.includes('\u0130');

/** A pair of units as a number below 4096: different pairs may share one, which costs a look but loses nothing. */
const pairHash = (first: number, second: number): number => ((first << 5) ^ second) & 4095;

/**
 * Many literals at once by looking at pairs of units (Wu and Manber, 1994): the shortest literal's length less one is
 * skipped where no literal holds the pair. ASCII literals only; text is folded on the way.
 */
class SkippingScan implements LiteralScan {
  /** Units up to the end of the pair that is looked at: the length of the shortest literal. */
  readonly #length: number;
  readonly #skip = new Uint8Array(4096);
  /** By hash of the pair that ends the first `#length` units. */
  readonly #ending = new Map<number, Entry[]>();

  constructor(entries: readonly Entry[]) {
    this.#length = Math.min(255, ...entries.map(({ literal }) => literal.length));
    const length = this.#length;
    this.#skip.fill(length - 1);
    for (const entry of entries) {
      for (let at = 1; at < length; at += 1) {
        const hash = pairHash(entry.literal.charCodeAt(at - 1), entry.literal.charCodeAt(at));
        const distance = length - 1 - at;
        if ((this.#skip[hash] as number) > distance) this.#skip[hash] = distance;
        if (distance === 0) this.#ending.set(hash, [...(this.#ending.get(hash) ?? []), entry]);
      }
    }
  }

  scan(original: string, found: (payload: number) => void): void {
    const text = foldsToAscii(original) ? fold(original) : original;
    const skip = this.#skip;
    const before = this.#length - 1;
    let at = before;
    while (at < text.length) {
      const hash = pairHash(lowerAscii[text.charCodeAt(at - 1)] as number, lowerAscii[text.charCodeAt(at)] as number);
      const distance = skip[hash] as number;
      if (distance > 0) at += distance;
      else {
        for (const entry of this.#ending.get(hash) as Entry[]) {
          if (occursAt(text, entry.literal, at - before)) found(entry.payload);
        }
        at += 1;
      }
    }
  }
}

function occursAt(text: string, literal: string, from: number): boolean {
  if (from + literal.length > text.length) return false;
  for (let i = 0; i < literal.length; i += 1) {
    if (lowerAscii[text.charCodeAt(from + i)] !== literal.charCodeAt(i)) return false;
  }
  return true;
}

/**
 * Aho-Corasick over a reduced alphabet: units that no literal uses share class 0, which leads back to the root.
 * ASCII capitals share the class of their small letter, so that most texts need no folding first.
 */
class AhoCorasick implements LiteralScan {
  readonly #classes = new Uint16Array(65536);
  readonly #next: Int32Array;
  /** By state, pre-multiplied like `#next`: whether a literal ends here. */
  readonly #ends: Uint8Array;
  readonly #output: readonly (readonly number[])[];
  readonly #width: number;
  /** Whether every literal is ASCII: then only ASCII has to be folded. */
  readonly #ascii: boolean;

  constructor(entries: readonly Entry[]) {
    let width = 1;
    let size = 1;
    for (const { literal } of entries) {
      size += literal.length;
      for (let i = 0; i < literal.length; i += 1) {
        const unit = literal.charCodeAt(i);
        if (this.#classes[unit] === 0) {
          this.#classes[unit] = width;
          width += 1;
        }
      }
    }
    for (let unit = 65; unit <= 90; unit += 1) this.#classes[unit] = this.#classes[unit + 32] as number;
    this.#ascii = entries.every(({ literal }) => /^[ -~\t]*$/.test(literal));
    this.#width = width;
    const goto = new Int32Array(size * width).fill(-1);
    const outputs: number[][] = [[]];
    for (const { literal, payload } of entries) {
      let state = 0;
      for (let i = 0; i < literal.length; i += 1) {
        const edge = state * width + (this.#classes[literal.charCodeAt(i)] as number);
        if (goto[edge] === -1) {
          goto[edge] = outputs.length;
          outputs.push([]);
        }
        state = goto[edge] as number;
      }
      (outputs[state] as number[]).push(payload);
    }
    link(goto, outputs, width);
    // States are pre-multiplied by the width, so that the scan needs one addition per unit.
    this.#next = goto.slice(0, outputs.length * width).map((state) => state * width);
    this.#output = outputs.map((payloads) => [...new Set(payloads)]);
    this.#ends = new Uint8Array(outputs.length * width);
    this.#output.forEach((payloads, state) => {
      this.#ends[state * width] = payloads.length > 0 ? 1 : 0;
    });
  }

  scan(original: string, found: (payload: number) => void): void {
    const text = !this.#ascii || foldsToAscii(original) ? fold(original) : original;
    const classes = this.#classes;
    const next = this.#next;
    const ends = this.#ends;
    let state = 0;
    for (let i = 0; i < text.length; i += 1) {
      state = next[state + (classes[text.charCodeAt(i)] as number)] as number;
      if (ends[state] === 1)
        for (const payload of this.#output[state / this.#width] as readonly number[]) found(payload);
    }
  }
}

/** Breadth first: fills missing edges with those of the longest proper suffix and inherits its outputs. */
function link(goto: Int32Array, outputs: number[][], width: number): void {
  const fail = new Int32Array(outputs.length);
  const queue: number[] = [];
  for (let c = 0; c < width; c += 1) {
    const state = goto[c] as number;
    if (state === -1) goto[c] = 0;
    else if (state !== 0) queue.push(state);
  }
  for (let head = 0; head < queue.length; head += 1) {
    const state = queue[head] as number;
    const suffix = fail[state] as number;
    (outputs[state] as number[]).push(...(outputs[suffix] as number[]));
    for (let c = 0; c < width; c += 1) {
      const edge = state * width + c;
      const target = goto[edge] as number;
      const fallback = goto[suffix * width + c] as number;
      if (target === -1) goto[edge] = fallback;
      else {
        fail[target] = fallback;
        queue.push(target);
      }
    }
  }
}
