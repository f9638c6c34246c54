import { type AddressKind, addressWords, isExternal, readAddress, writeNetwork } from '../address.ts';
import { type Allocate, findNode, matchedBits, Sets, type Tree, TreeBuilder } from './tree.ts';

/** How bad it is to be on a list: `malicious` raises a critical alert, `suspicious` a medium one. */
export const intelLevels = ['suspicious', 'malicious'] as const;
export type IntelLevel = (typeof intelLevels)[number];

/** A list as its hits name it. */
export interface IntelFeed {
  id: string;
  /** `c2`, `hijacked`, `attacks` … */
  category: string;
  level: IntelLevel;
}

/** What a mark of the tree stands for: a list, and what it calls the entry (a malware family), if anything. */
export interface IntelMark {
  feed: IntelFeed;
  label: string | null;
}

/** Everything that is matched, ready to be shared between threads. */
export interface IntelTables {
  v4: Tree;
  v6: Tree;
  /** Marks by set. */
  sets: readonly (readonly number[])[];
  marks: readonly IntelMark[];
  /** Networks that never match: what the user allows, and this host's own. Set 1 says so. */
  allowed: { v4: Tree; v6: Tree };
  /** Different networks of all lists. */
  networks: number;
}

/** What the lists say about an address. */
export interface IntelHit {
  /** The narrowest network that is listed, or the address. */
  matched: string;
  feeds: string[];
  categories: string[];
  labels: string[];
  level: IntelLevel;
}

/** Finds addresses in the lists. Not reentrant: it reads addresses into room of its own. */
export class IntelLookup {
  readonly #tables: IntelTables;
  readonly #words = addressWords();
  readonly #hits = new Map<number, Omit<IntelHit, 'matched'>>();

  constructor(tables: IntelTables) {
    this.#tables = tables;
  }

  /** Null: no list holds it, it is no address of the open Internet, or it is allowed. */
  find(address: string): IntelHit | null {
    const words = this.#words;
    const kind = readAddress(address, words);
    if (!isExternal(kind, words)) return null;
    const tree = kind === 4 ? this.#tables.v4 : this.#tables.v6;
    const node = findNode(tree, words);
    const set = tree.sets[node] as number;
    if (set === 0 || this.#isAllowed(kind, words)) return null;
    return {
      matched: writeNetwork(kind as 4 | 6, words, matchedBits(tree, node)),
      ...this.#say(set),
    };
  }

  #isAllowed(kind: AddressKind, words: Uint32Array): boolean {
    const tree = kind === 4 ? this.#tables.allowed.v4 : this.#tables.allowed.v6;
    return tree.sets[findNode(tree, words)] !== 0;
  }

  #say(set: number): Omit<IntelHit, 'matched'> {
    let said = this.#hits.get(set);
    if (said === undefined) {
      const marks = (this.#tables.sets[set] ?? []).map((mark) => this.#tables.marks[mark]).filter((mark) => !!mark);
      said = {
        feeds: [...new Set(marks.map(({ feed }) => feed.id))],
        categories: [...new Set(marks.map(({ feed }) => feed.category))],
        labels: [...new Set(marks.map(({ label }) => label).filter((label) => label !== null))],
        level: marks.some(({ feed }) => feed.level === 'malicious') ? 'malicious' : 'suspicious',
      };
      this.#hits.set(set, said);
    }
    return said;
  }
}

/** Gathers lists into {@link IntelTables}. */
export class IntelBuilder {
  readonly #sets = new Sets();
  readonly #allowSets = new Sets();
  readonly #v4: TreeBuilder;
  readonly #v6: TreeBuilder;
  readonly #allowV4 = new TreeBuilder(1, this.#allowSets, 16);
  readonly #allowV6 = new TreeBuilder(4, this.#allowSets, 16);
  readonly #marks: IntelMark[] = [];
  readonly #markOf = new Map<string, number>();

  constructor(expected = 1024) {
    this.#v4 = new TreeBuilder(1, this.#sets, Math.max(16, expected * 2));
    this.#v6 = new TreeBuilder(4, this.#sets);
  }

  get networks(): number {
    return this.#v4.networks + this.#v6.networks;
  }

  add(feed: IntelFeed, kind: 4 | 6, words: Uint32Array, bits: number, label: string | null): void {
    const key = `${feed.id}\n${label ?? ''}`;
    let set = this.#markOf.get(key);
    if (set === undefined) {
      set = this.#sets.of([this.#marks.length]);
      this.#marks.push({ feed, label });
      this.#markOf.set(key, set);
    }
    (kind === 4 ? this.#v4 : this.#v6).add(words, bits, set);
  }

  allow(kind: 4 | 6, words: Uint32Array, bits: number): void {
    (kind === 4 ? this.#allowV4 : this.#allowV6).add(words, bits, this.#allowSets.of([0]));
  }

  finish(allocate?: Allocate): IntelTables {
    const networks = this.networks;
    return {
      v4: this.#v4.finish(allocate),
      v6: this.#v6.finish(allocate),
      allowed: { v4: this.#allowV4.finish(allocate), v6: this.#allowV6.finish(allocate) },
      sets: this.#sets.all(),
      marks: this.#marks,
      networks,
    };
  }
}
