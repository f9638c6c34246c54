import { cut } from '../address.ts';

/**
 * Networks in a path-compressed binary tree, as flat arrays.
 *
 * A node stands for a prefix. It has at most two children, one per next bit; chains without a choice are one step. So n networks
 * make at most 2n nodes of 18 bytes (IPv4) or 30 (IPv6), and a look-up takes as many steps as the prefixes around an address
 * differ, some twenty among a million. IPv4 starts behind its first 16 bits, which a table answers.
 *
 * Every node also knows what all the networks around it say (`sets`), so that the last node on the way is the answer. The arrays
 * may lie in memory that threads share: after building, nobody writes.
 */
export interface Tree {
  /** Words of an address: 1 (IPv4) or 4 (IPv6). */
  words: 1 | 4;
  nodes: number;
  /** `words` per node; bits behind the prefix are zero. */
  keys: Uint32Array;
  /** Length of the prefix. */
  bits: Uint8Array;
  /** Two per node: behind a 0, behind a 1. 0: none (node 0 is the root). */
  children: Uint32Array;
  /** What the networks around say: an index of {@link Sets}. 0: nothing. */
  sets: Uint32Array;
  /** Length of the narrowest network that says something. */
  matched: Uint8Array;
  /** The node to start at, by the first 16 bits. IPv4 only; empty: the root. */
  starts: Uint32Array;
}

/** The node whose prefix is the longest around an address. 0 where there is none but the root. */
export function findNode(tree: Tree, words: Uint32Array): number {
  return tree.words === 1 ? findV4(tree, words[0] as number) : findV6(tree, words);
}

function findV4({ keys, bits, children, starts }: Tree, address: number): number {
  let node = starts.length > 0 ? (starts[address >>> 16] as number) : 0;
  for (;;) {
    // A whole address has no children, so the shift stays below 32.
    const length = bits[node] as number;
    if (length === 32) return node;
    const child = children[node * 2 + ((address >>> (31 - length)) & 1)] as number;
    if (child === 0 || (address ^ (keys[child] as number)) >>> (32 - (bits[child] as number)) !== 0) return node;
    node = child;
  }
}

function findV6(tree: Tree, words: Uint32Array): number {
  const { bits, children } = tree;
  let node = 0;
  for (;;) {
    const length = bits[node] as number;
    if (length === 128) return node;
    const child = children[node * 2 + bitAt(words, length)] as number;
    if (child === 0 || !covers(tree, child, words)) return node;
    node = child;
  }
}

const bitAt = (words: Uint32Array, at: number): number => ((words[at >>> 5] as number) >>> (31 - (at & 31))) & 1;

/** Whether the address begins with the node's prefix. */
function covers({ words: width, keys, bits }: Tree, node: number, words: Uint32Array): boolean {
  let left = bits[node] as number;
  for (let i = 0; left > 0; i += 1) {
    const difference = ((words[i] as number) ^ (keys[node * width + i] as number)) >>> 0;
    if (left < 32) return difference >>> (32 - left) === 0;
    if (difference !== 0) return false;
    left -= 32;
  }
  return true;
}

/** Combinations of marks, each once. Set 0 is empty. */
export class Sets {
  readonly #members: number[][] = [[]];
  readonly #known = new Map<string, number>([['', 0]]);
  readonly #unions = new Map<number, number>();

  /** The set that holds both. */
  union(a: number, b: number): number {
    if (a === b || b === 0) return a;
    if (a === 0) return b;
    const pair = Math.min(a, b) * 0x400_0000 + Math.max(a, b);
    let union = this.#unions.get(pair);
    if (union === undefined) {
      union = this.of([...this.members(a), ...this.members(b)]);
      this.#unions.set(pair, union);
    }
    return union;
  }

  of(marks: readonly number[]): number {
    const sorted = [...new Set(marks)].sort((a, b) => a - b);
    const key = sorted.join();
    let id = this.#known.get(key);
    if (id === undefined) {
      id = this.#members.length;
      this.#members.push(sorted);
      this.#known.set(key, id);
    }
    return id;
  }

  members(set: number): readonly number[] {
    return this.#members[set] ?? [];
  }

  /** By set. */
  all(): readonly (readonly number[])[] {
    return this.#members;
  }
}

/** Room for arrays: `shared` memory where threads shall read it without a copy. */
export type Allocate = (bytes: number) => ArrayBufferLike;

/** Takes networks in any order; {@link finish} makes the tree. */
export class TreeBuilder {
  readonly #words: 1 | 4;
  readonly #sets: Sets;
  #keys: Uint32Array;
  #bits: Uint8Array;
  #children: Uint32Array;
  #own: Uint32Array;
  #nodes = 1;
  /** Different networks so far. */
  networks = 0;

  constructor(words: 1 | 4, sets: Sets, expected = 1024) {
    this.#words = words;
    this.#sets = sets;
    this.#keys = new Uint32Array(expected * words);
    this.#bits = new Uint8Array(expected);
    this.#children = new Uint32Array(expected * 2);
    this.#own = new Uint32Array(expected);
  }

  /** Adds what `set` says about a network. Bits of `address` behind the prefix are ignored. */
  add(address: Uint32Array, length: number, set: number): void {
    const node = this.#place(address, length);
    const before = this.#own[node] as number;
    if (before === 0) this.networks += 1;
    this.#own[node] = this.#sets.union(before, set);
  }

  /** The node of exactly this network, made where there is none. */
  #place(address: Uint32Array, length: number): number {
    let node = 0;
    for (;;) {
      const here = this.#bits[node] as number;
      if (here === length) return node;
      const side = bitAt(address, here);
      const child = this.#children[node * 2 + side] as number;
      if (child === 0) {
        const leaf = this.#make(address, length);
        this.#children[node * 2 + side] = leaf;
        return leaf;
      }
      const common = this.#common(child, address, Math.min(length, this.#bits[child] as number));
      if (common === this.#bits[child]) {
        node = child;
        continue;
      }
      // The ways part inside the child's prefix: a node at that place, the child behind it.
      const fork = this.#make(address, common);
      this.#children[node * 2 + side] = fork;
      this.#children[fork * 2 + this.#keyBit(child, common)] = child;
      if (common === length) return fork;
      const leaf = this.#make(address, length);
      this.#children[fork * 2 + bitAt(address, common)] = leaf;
      return leaf;
    }
  }

  /** The tree. The builder is used up. */
  finish(allocate: Allocate = (bytes) => new ArrayBuffer(bytes)): Tree {
    const nodes = this.#nodes;
    const words = this.#words;
    const tree: Tree = {
      words,
      nodes,
      keys: new Uint32Array(allocate(nodes * words * 4)),
      bits: new Uint8Array(allocate(nodes)),
      children: new Uint32Array(allocate(nodes * 8)),
      sets: new Uint32Array(allocate(nodes * 4)),
      matched: new Uint8Array(allocate(nodes)),
      starts: new Uint32Array(allocate(words === 1 && nodes > 1 ? 65_536 * 4 : 0)),
    };
    tree.keys.set(this.#keys.subarray(0, nodes * words));
    tree.bits.set(this.#bits.subarray(0, nodes));
    tree.children.set(this.#children.subarray(0, nodes * 2));
    this.#spread(tree);
    if (tree.starts.length > 0) fillStarts(tree);
    return tree;
  }

  /** From the root down: each node says what those above it say, and its own. */
  #spread({ bits, children, sets, matched }: Tree): void {
    const waiting = [0];
    sets[0] = this.#own[0] as number;
    for (let node = waiting.pop(); node !== undefined; node = waiting.pop()) {
      for (let side = 0; side < 2; side += 1) {
        const child = children[node * 2 + side] as number;
        if (child === 0) continue;
        const own = this.#own[child] as number;
        sets[child] = this.#sets.union(sets[node] as number, own);
        matched[child] = own === 0 ? (matched[node] as number) : (bits[child] as number);
        waiting.push(child);
      }
    }
  }

  #make(address: Uint32Array, length: number): number {
    if (this.#nodes === this.#bits.length) this.#grow();
    const node = this.#nodes;
    this.#nodes += 1;
    for (let i = 0; i < this.#words; i += 1)
      this.#keys[node * this.#words + i] = cut(address[i] as number, Math.max(0, Math.min(32, length - i * 32)));
    this.#bits[node] = length;
    return node;
  }

  #grow(): void {
    const size = this.#bits.length * 2;
    const words = <T extends Uint32Array | Uint8Array>(old: T, larger: T): T => {
      larger.set(old);
      return larger;
    };
    this.#keys = words(this.#keys, new Uint32Array(size * this.#words));
    this.#bits = words(this.#bits, new Uint8Array(size));
    this.#children = words(this.#children, new Uint32Array(size * 2));
    this.#own = words(this.#own, new Uint32Array(size));
  }

  /** How many of the first `most` bits the node's prefix shares with the address. */
  #common(node: number, address: Uint32Array, most: number): number {
    for (let i = 0; i * 32 < most; i += 1) {
      const difference = ((this.#keys[node * this.#words + i] as number) ^ (address[i] as number)) >>> 0;
      if (difference !== 0) return Math.min(most, i * 32 + Math.clz32(difference));
    }
    return most;
  }

  #keyBit(node: number, at: number): number {
    return ((this.#keys[node * this.#words + (at >>> 5)] as number) >>> (31 - (at & 31))) & 1;
  }
}

/** For each 16 bits the deepest node that is no longer than they are. */
function fillStarts({ keys, bits, children, starts }: Tree): void {
  for (let top = 0; top < 65_536; top += 1) {
    const address = (top << 16) >>> 0;
    let node = 0;
    while ((bits[node] as number) < 16) {
      const child = children[node * 2 + ((address >>> (31 - (bits[node] as number))) & 1)] as number;
      if (child === 0) break;
      const length = bits[child] as number;
      if (length > 16 || (address ^ (keys[child] as number)) >>> (32 - length) !== 0) break;
      node = child;
    }
    starts[top] = node;
  }
}
