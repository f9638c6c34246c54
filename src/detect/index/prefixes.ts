import { fold } from './field.ts';

/** ASCII units in lower case; 0 for all others. */
export const lowerAscii = Uint8Array.from({ length: 65536 }, (_, unit) =>
  unit >= 65 && unit <= 90 ? unit + 32 : unit < 127 ? unit : 0,
);

/** Whether the folded text starts with a folded prefix. ASCII texts are compared as they are. */
export function startsWithFolded(text: string, prefix: string): boolean {
  for (let i = 0; i < prefix.length; i += 1) {
    if (i === text.length) return false;
    const unit = text.charCodeAt(i);
    if (unit > 126) return fold(text).startsWith(prefix);
    if (lowerAscii[unit] !== prefix.charCodeAt(i)) return false;
  }
  return true;
}

interface Entry {
  prefix: string;
  payload: number;
}

/** So many prefixes with the same first unit are compared one by one; more are found by the hash of all they hold. */
const fewPrefixes = 6;

/** Finds which of many folded prefixes a text starts with: one look at its first unit settles it for most. */
export class PrefixTable {
  readonly #all: readonly Entry[];
  readonly #byFirst = new Map<number, Entry[] | PrefixHashes>();

  /** @param entries prefixes of at least one unit. */
  constructor(entries: readonly Entry[]) {
    this.#all = entries;
    const byFirst = new Map<number, Entry[]>();
    for (const entry of entries) {
      const first = entry.prefix.charCodeAt(0);
      if (first > 126) continue;
      const list = byFirst.get(first);
      if (list === undefined) byFirst.set(first, [entry]);
      else list.push(entry);
    }
    for (const [first, list] of byFirst)
      this.#byFirst.set(first, list.length > fewPrefixes ? new PrefixHashes(list) : list);
  }

  /** Calls back for every prefix of the folded text. `text` is as it is, not folded. */
  find(text: string, found: (payload: number) => void): void {
    if (text === '') return;
    const first = text.charCodeAt(0);
    // Some letters outside ASCII fold into it.
    const candidates = first > 126 ? this.#all : this.#byFirst.get(lowerAscii[first] as number);
    if (candidates === undefined) return;
    if (candidates instanceof PrefixHashes) candidates.find(text, found);
    else for (const { prefix, payload } of candidates) if (startsWithFolded(text, prefix)) found(payload);
  }
}

/** Many prefixes: the hash of the text so far is looked up at every unit, as far as the longest prefix goes. */
class PrefixHashes {
  readonly #all: readonly Entry[];
  readonly #longest: number;
  readonly #shift: number;
  readonly #flags: Uint8Array;
  readonly #byHash = new Map<number, Entry[]>();

  constructor(entries: readonly Entry[]) {
    this.#all = entries;
    this.#longest = entries.reduce((longest, { prefix }) => Math.max(longest, prefix.length), 0);
    const bits = Math.min(16, Math.ceil(Math.log2(entries.length * 16)));
    this.#shift = 32 - bits;
    this.#flags = new Uint8Array(1 << bits);
    for (const entry of entries) {
      let hash = 0;
      for (let i = 0; i < entry.prefix.length; i += 1) hash = next(hash, entry.prefix.charCodeAt(i));
      this.#flags[hash >>> this.#shift] = 1;
      const list = this.#byHash.get(hash);
      if (list === undefined) this.#byHash.set(hash, [entry]);
      else list.push(entry);
    }
  }

  find(text: string, found: (payload: number) => void): void {
    const end = Math.min(text.length, this.#longest);
    let hash = 0;
    for (let i = 0; i < end; i += 1) {
      const unit = text.charCodeAt(i);
      if (unit > 126) {
        // Folding may change what stood before: rare enough to compare them all.
        for (const { prefix, payload } of this.#all) if (startsWithFolded(text, prefix)) found(payload);
        return;
      }
      hash = next(hash, lowerAscii[unit] as number);
      if (this.#flags[hash >>> this.#shift] !== 1) continue;
      for (const { prefix, payload } of this.#byHash.get(hash) ?? []) {
        if (prefix.length === i + 1 && startsWithFolded(text, prefix)) found(payload);
      }
    }
  }
}

const next = (hash: number, unit: number): number => Math.imul(hash ^ unit, 0x9e3779b1);
