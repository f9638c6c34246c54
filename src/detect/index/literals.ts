/** Finds which of many folded literal texts occur in a text. */
export interface LiteralScan {
  /** A cheap look at the text as it is: false means that no literal occurs and the text need not be folded. */
  mayOccur(text: string): boolean;
  /** Calls back once per occurring literal's payload (possibly more than once for the same one). `text` is folded. */
  scan(text: string, found: (payload: number) => void): void;
}

/** Up to this many literals are searched by V8's own search, which beats an automaton in JavaScript. */
const fewLiterals = 8;

export function literalScan(entries: readonly { literal: string; payload: number }[]): LiteralScan {
  return entries.length <= fewLiterals ? new OneByOne(entries) : new AhoCorasick(entries);
}

const escaped = (literal: string): string => literal.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&');

class OneByOne implements LiteralScan {
  readonly #entries: readonly { literal: string; payload: number }[];
  /** All literals as one native expression without any operator but `|`; null where one is not plain ASCII. */
  readonly #quick: RegExp | null;

  constructor(entries: readonly { literal: string; payload: number }[]) {
    this.#entries = entries;
    const literals = [...new Set(entries.map((entry) => entry.literal))];
    const ascii = literals.every((literal) => /^[ -~]*$/.test(literal));
    this.#quick = ascii ? new RegExp(literals.map(escaped).join('|'), 'i') : null;
  }

  mayOccur(text: string): boolean {
    if (this.#quick === null || this.#quick.test(text)) return true;
    // Letters that fold to ASCII but that the expression above does not see; free for one-byte strings.
    return text.includes('\u017f') || text.includes('\u212a') || text.includes('\u0130');
  }

  scan(text: string, found: (payload: number) => void): void {
    for (const entry of this.#entries) if (text.includes(entry.literal)) found(entry.payload);
  }
}

/** Aho-Corasick over a reduced alphabet: units that no literal uses share class 0, which leads back to the root. */
class AhoCorasick implements LiteralScan {
  readonly #classes = new Uint16Array(65536);
  readonly #width: number;
  readonly #next: Int32Array;
  readonly #output: (Int32Array | null)[];

  constructor(entries: readonly { literal: string; payload: number }[]) {
    let classes = 1;
    let size = 1;
    for (const { literal } of entries) {
      size += literal.length;
      for (let i = 0; i < literal.length; i += 1) {
        const unit = literal.charCodeAt(i);
        if (this.#classes[unit] === 0) {
          this.#classes[unit] = classes;
          classes += 1;
        }
      }
    }
    this.#width = classes;
    const width = classes;
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
    this.#output = outputs.map((payloads) => (payloads.length === 0 ? null : Int32Array.from(new Set(payloads))));
  }

  mayOccur(): boolean {
    return true;
  }

  scan(text: string, found: (payload: number) => void): void {
    const classes = this.#classes;
    const next = this.#next;
    const width = this.#width;
    let state = 0;
    for (let i = 0; i < text.length; i += 1) {
      state = next[state + (classes[text.charCodeAt(i)] as number)] as number;
      const output = this.#output[state / width];
      if (output) for (const payload of output) found(payload);
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
