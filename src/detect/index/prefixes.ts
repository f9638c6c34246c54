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

/** Finds which of many folded prefixes a text starts with: one look at its first unit settles it for most. */
export class PrefixTable {
  readonly #all: readonly Entry[];
  readonly #byFirst = new Map<number, Entry[]>();

  /** @param entries prefixes of at least one unit. */
  constructor(entries: readonly Entry[]) {
    this.#all = entries;
    for (const entry of entries) {
      const first = entry.prefix.charCodeAt(0);
      if (first > 126) continue;
      const list = this.#byFirst.get(first);
      if (list === undefined) this.#byFirst.set(first, [entry]);
      else list.push(entry);
    }
  }

  /** Calls back for every prefix of the folded text. `text` is as it is, not folded. */
  find(text: string, found: (payload: number) => void): void {
    if (text === '') return;
    const first = text.charCodeAt(0);
    // Some letters outside ASCII fold into it.
    const candidates = first > 126 ? this.#all : this.#byFirst.get(lowerAscii[first] as number);
    if (candidates === undefined) return;
    for (const { prefix, payload } of candidates) if (startsWithFolded(text, prefix)) found(payload);
  }
}
