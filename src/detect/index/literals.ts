import { fold } from './field.ts';

/** Finds which of many folded literal texts occur in a text. */
export interface LiteralScan {
  /** Calls back at least once per literal that occurs in the folded text. `text` is as it is, not folded. */
  scan(text: string, found: (payload: number) => void): void;
}

interface Entry {
  literal: string;
  payload: number;
}

/** Up to this many literals are looked for one by one once one of them is known to occur. */
const fewLiterals = 6;
/** Up to this many, one native expression says first whether any of them occurs: twice as fast as an automaton here. */
const quickLiterals = 100;

export function literalScan(entries: readonly Entry[]): LiteralScan {
  const exact = entries.length <= fewLiterals ? new OneByOne(entries) : new AhoCorasick(entries);
  const literals = [...new Set(entries.map((entry) => entry.literal))];
  const isAscii = literals.every((literal) => /^[ -~]*$/.test(literal));
  return isAscii && literals.length <= quickLiterals ? new Quick(literals, exact) : exact;
}

/** Letters that fold to ASCII letters; looking for them is free in a one-byte string. */
const foldsToAscii = (text: string): boolean =>
  text.includes('\u017f') || text.includes('\u212a') || text.includes('\u0130');

const escaped = (literal: string): string => literal.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&');

/** Asks first whether any literal occurs: all of them as one expression without any operator but `|`. */
class Quick implements LiteralScan {
  readonly #any: RegExp;
  readonly #exact: LiteralScan;

  constructor(literals: readonly string[], exact: LiteralScan) {
    this.#any = new RegExp(literals.map(escaped).join('|'), 'i');
    this.#exact = exact;
  }

  scan(text: string, found: (payload: number) => void): void {
    if (this.#any.test(text) || foldsToAscii(text)) this.#exact.scan(text, found);
  }
}

class OneByOne implements LiteralScan {
  readonly #entries: readonly Entry[];

  constructor(entries: readonly Entry[]) {
    this.#entries = entries;
  }

  scan(text: string, found: (payload: number) => void): void {
    const folded = fold(text);
    for (const entry of this.#entries) if (folded.includes(entry.literal)) found(entry.payload);
  }
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
