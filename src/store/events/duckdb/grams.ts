import type { EventCondition } from '../../../model/index.ts';
import type { EventFilter } from '../types.ts';

/** Bits of a slice's filter: a mebibyte. */
const bits = 1 << 23;
export const gramBytes = bits / 8;

/** Lengths of the parts that are remembered of each word: the longer tells more, the shorter is for short words. */
const [long, short] = [6, 3];

/**
 * Which parts of words stand in the raw lines of a sealed slice: a text that lacks one of its parts there is nowhere in the
 * slice, and the slice need not be read. It may say yes where there is nothing, never no where there is something.
 */
export class Grams {
  readonly bytes: Uint8Array;

  constructor(bytes: Uint8Array = new Uint8Array(gramBytes)) {
    this.bytes = bytes;
  }

  /** @param word without blanks, in lower case as the store folds */
  add(word: string): void {
    for (const length of [long, short]) {
      for (let at = 0; at + length <= word.length; at += 1) this.#set(hashOf(word, at, length));
    }
  }

  mayHold(text: string): boolean {
    return partsOf(text).every((part) => {
      const length = part.length >= long ? long : short;
      for (let at = 0; at + length <= part.length; at += 1) if (!this.#has(hashOf(part, at, length))) return false;
      return true;
    });
  }

  #set(hash: number): void {
    this.bytes[hash >>> 3] = (this.bytes[hash >>> 3] as number) | (1 << (hash & 7));
  }

  #has(hash: number): boolean {
    return ((this.bytes[hash >>> 3] as number) & (1 << (hash & 7))) !== 0;
  }
}

/** FNV-1a over UTF-16 units. */
function hashOf(text: string, from: number, length: number): number {
  let hash = 0x811c9dc5 ^ length;
  for (let i = from; i < from + length; i += 1) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  return (hash ^ (hash >>> 15)) & (bits - 1);
}

/** ASCII without blanks: in other letters, stores and JavaScript do not agree on lower case. */
const partsOf = (text: string): string[] => text.toLowerCase().match(/[!-~]+/g) ?? [];

/** Texts that every event of the filter has in its raw line, case-blind. */
export function requiredTexts(filter: EventFilter): string[] {
  const found = filter.text === undefined || filter.text === '' ? [] : [filter.text];
  return filter.condition === undefined ? found : [...found, ...requiredBy(filter.condition)];
}

function requiredBy(condition: EventCondition): string[] {
  if (condition.op === 'all') return condition.of.flatMap(requiredBy);
  if (condition.op === 'any' && condition.of.length === 1) return requiredBy(condition.of[0] as EventCondition);
  const isText = condition.op === 'contains' || condition.op === 'startswith' || condition.op === 'endswith';
  // `fold: true` also takes another letter for an s.
  if (!isText || condition.column !== 'raw' || condition.values.length !== 1 || condition.fold === true) return [];
  return [...condition.values];
}
