import type { EventCondition, Fold, TextTest } from '../../../model/index.ts';

/** Bits for parts of six characters: a mebibyte. */
const bloomBits = 1 << 23;
/** What an address bar shows of ASCII, blanks left out: `!` to `~`. */
const [lowest, highest] = [33, 126];
const range = highest - lowest + 1;
const bloomBytes = bloomBits / 8;
const trioBytes = Math.ceil(range ** 3 / 8);
const oddAt = bloomBytes + trioBytes;
export const wordsBytes = oddAt + 1;

/** More ways to write a text than this are looked for in lower case: that costs as much as so many looks at the line. */
const mostForms = 3;
/** Beginnings that are followed at a time. */
const mostBeginnings = 64;

/**
 * Which parts of words stand in the raw lines of a slice, in the case they are written in: every three characters in a row,
 * exactly, and every six as a filter, which may say yes where there is nothing, never no where there is something. So a text
 * that is nowhere in the slice need not be looked for, and one that is always written the same way is looked for as it is
 * written, which takes half as long as in lower case.
 */
export class Words {
  readonly bytes: Uint8Array;

  constructor(bytes: Uint8Array = new Uint8Array(wordsBytes)) {
    this.bytes = bytes;
  }

  /** Some letter beyond ASCII is folded into an ASCII one: how words are written does not say how they read in lower case. */
  get isOdd(): boolean {
    return this.bytes[oddAt] === 1;
  }

  /** @param text any number of words with blanks between, as UTF-8 */
  add(text: Uint8Array): void {
    const { bytes } = this;
    // The last three trios: where they end three and six characters back.
    let run = 0;
    let a = 0;
    let b = 0;
    let before = 0;
    let before2 = 0;
    let before3 = 0;
    for (let i = 0; i < text.length; i += 1) {
      const c = (text[i] as number) - lowest;
      if (c < 0 || c >= range) {
        run = 0;
        continue;
      }
      run += 1;
      if (run >= 3) {
        const trio = (a * range + b) * range + c;
        const at = bloomBytes + (trio >>> 3);
        bytes[at] = (bytes[at] as number) | (1 << (trio & 7));
        if (run >= 6) {
          const hash = hashOf(before3, trio);
          bytes[hash >>> 3] = (bytes[hash >>> 3] as number) | (1 << (hash & 7));
        }
        before3 = before2;
        before2 = before;
        before = trio;
      }
      a = b;
      b = c;
    }
  }

  /**
   * A word with other letters than ASCII, and how the store writes it in lower case. It must have been given to {@link add}.
   */
  addForeign(word: string, lower: string): void {
    const ascii = (text: string): string => text.replaceAll(/[^\0-\x7f]/g, '');
    if (ascii(word).toLowerCase() === ascii(lower) && !word.includes('ſ')) return;
    this.bytes[oddAt] = 1;
    this.add(Buffer.from(lower));
  }

  /**
   * In which ways of writing an ASCII text may stand in the slice, of all that are the same in lower case.
   *
   * @returns null: too many to tell
   */
  formsOf(text: string): string[] | null {
    let forms = [''];
    for (const part of text.match(/[!-~]+|[^!-~]+/g) ?? []) {
      const ways = isPlain(part) ? this.#waysOf(part.toLowerCase()) : [part];
      if (ways === null) return null;
      forms = forms.flatMap((form) => ways.map((way) => form + way));
      if (forms.length > mostBeginnings) return null;
    }
    return forms;
  }

  #waysOf(part: string): string[] | null {
    let ways = [''];
    for (const small of part) {
      const large = small.toUpperCase();
      const letters = large === small ? [small] : [small, large];
      ways = ways.flatMap((way) => letters.map((letter) => way + letter)).filter((way) => this.#endsHere(way));
      if (ways.length > mostBeginnings) return null;
    }
    return ways;
  }

  /** Whether the last characters may stand so in a row. */
  #endsHere(way: string): boolean {
    const { bytes } = this;
    const end = way.length;
    if (end < 3) return true;
    const last = trioAt(way, end - 3);
    if (((bytes[bloomBytes + (last >>> 3)] as number) & (1 << (last & 7))) === 0) return false;
    if (end < 6) return true;
    const hash = hashOf(trioAt(way, end - 6), last);
    return ((bytes[hash >>> 3] as number) & (1 << (hash & 7))) !== 0;
  }

  /**
   * The condition as it may be asked of this slice: it holds for the same events there. What holds for none is `any` of
   * nothing.
   */
  narrow(condition: EventCondition): EventCondition {
    switch (condition.op) {
      case 'all': {
        const of = this.#narrowAll(condition.of);
        return of.some(isNothing) ? nothing : of === condition.of ? condition : { op: 'all', of };
      }
      case 'any': {
        const of = this.#narrowAll(condition.of);
        return of === condition.of ? condition : { op: 'any', of: of.filter((part) => !isNothing(part)) };
      }
      case 'not': {
        const of = this.narrow(condition.of);
        return of === condition.of ? condition : { op: 'not', of };
      }
      case 'contains':
      case 'startswith':
      case 'endswith':
        return condition.column === 'raw' ? this.#narrowText(condition) : condition;
      default:
        return condition;
    }
  }

  /** The same list where nothing changes. */
  #narrowAll(of: readonly EventCondition[]): readonly EventCondition[] {
    const narrowed = of.map((part) => this.narrow(part));
    return narrowed.every((part, i) => part === of[i]) ? of : narrowed;
  }

  #narrowText(test: Extract<EventCondition, TextTest>): EventCondition {
    const found = test.values.map((value) => this.#formsUnder(value, test.fold));
    const kept = test.values.filter((_, i) => found[i] === null || found[i]?.length !== 0);
    if (kept.length === 0) return nothing;
    const forms = found.some((ways) => ways === null) ? null : found.flatMap((ways) => ways ?? []);
    if (test.fold === false || this.isOdd || forms === null || forms.length > mostForms * kept.length) {
      return kept.length === test.values.length ? test : { ...test, values: kept };
    }
    return { ...test, values: forms, fold: false };
  }

  #formsUnder(value: string, fold: Fold): string[] | null {
    if (fold === false) {
      const parts = value.match(/[!-~]+/g) ?? [];
      const isHere = parts.every((part) => [...part].every((_, i) => this.#endsHere(part.slice(0, i + 1))));
      return isHere ? [value] : [];
    }
    // With `fold: true` another letter stands for an s, and values must be in lower case to be found.
    if (fold === true && (this.isOdd || value !== value.toLowerCase())) return null;
    // Beyond ASCII, stores and JavaScript do not agree on lower case.
    if (/[^\0-\x7f]/.test(value)) {
      const parts = value.match(/[!-~]+/g) ?? [];
      return parts.some((part) => this.#waysOf(part.toLowerCase())?.length === 0) ? [] : null;
    }
    return this.formsOf(value);
  }
}

const nothing: EventCondition = { op: 'any', of: [] };
export const isNothing = (condition: EventCondition): boolean => condition.op === 'any' && condition.of.length === 0;
const isPlain = (part: string): boolean => /^[!-~]/.test(part);

function trioAt(text: string, at: number): number {
  const code = (i: number): number => text.charCodeAt(at + i) - lowest;
  return (code(0) * range + code(1)) * range + code(2);
}

function hashOf(first: number, second: number): number {
  const hash = Math.imul(first, 0x9e3779b1) ^ Math.imul(second ^ (second >>> 7), 0x85ebca6b);
  return (hash ^ (hash >>> 15)) & (bloomBits - 1);
}
