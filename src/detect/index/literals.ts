/** Finds which of many literal texts occur in a text. */
export interface LiteralScan {
  /** Calls back once per occurring literal's payload (possibly more than once for the same one). */
  scan(text: string, found: (payload: number) => void): void;
}

/** Up to this many literals are searched one by one: V8's own search beats an automaton in JavaScript. */
const fewLiterals = 8;

export function literalScan(entries: readonly { literal: string; payload: number }[]): LiteralScan {
  return entries.length <= fewLiterals ? oneByOne(entries) : new AhoCorasick(entries);
}

function oneByOne(entries: readonly { literal: string; payload: number }[]): LiteralScan {
  return {
    scan(text, found) {
      for (const entry of entries) if (text.includes(entry.literal)) found(entry.payload);
    },
  };
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
