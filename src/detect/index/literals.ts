import { fold } from './field.ts';
import { type Entry, foldsToAscii, GramScan } from './grams.ts';
import { lowerAscii } from './prefixes.ts';
import { toEnd } from './steps.ts';

/** Finds which of many folded literal texts occur in a text. */
export interface LiteralScan {
  /** Calls back at least once per literal that occurs in the folded text. `text` is as it is, not folded. */
  scan(text: string, found: (payload: number) => void): void;
}

/** More literals than this leave hardly any distance to skip. */
const mostSkipped = 48;

export const literalScan = (entries: readonly Entry[]): LiteralScan => toEnd(literalScanInSteps(entries));

/** The same in steps that are short whatever the number of literals. */
export function* literalScanInSteps(entries: readonly Entry[]): Generator<void, LiteralScan> {
  const canSkip = ({ literal }: Entry): boolean => literal.length >= 2 && /^[ -~]*$/.test(literal);
  if (entries.length <= mostSkipped && entries.every(canSkip)) return new SkippingScan(entries);
  return yield* GramScan.make(entries);
}

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
