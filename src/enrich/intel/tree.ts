import { cut } from '../address.ts';

/**
 * Networks in a path-compressed binary tree, as flat arrays.
 *
 * A node stands for a prefix. It has at most two children, one per next bit; chains without a choice are one step. So n networks
 * make at most 2n nodes of 20 bytes (IPv4) or 32 (IPv6). What a step needs lies together, because a step costs what it takes
 * from memory. IPv4 starts behind its first bits, which a table answers: a few steps are left among a million networks.
 *
 * Every node also knows what all the networks around it say (`sets`), so that the last node on the way is the answer. The arrays
 * may lie in memory that threads share: after building, nobody writes.
 */
export interface Tree {
  /** Words of an address: 1 (IPv4) or 4 (IPv6). */
  words: 1 | 4;
  nodes: number;
  /**
   * Per node: the child behind a 0, the child behind a 1 (0: none, node 0 is the root), the lengths (of the prefix in the lowest
   * byte; of the narrowest network around it that says something in the next), and the key's words. Bits behind the prefix are zero.
   */
  data: Uint32Array;
  /** What the networks around say: a number of {@link Sets}. 0: nothing. */
  sets: Uint32Array;
  /** The node to start at, by the first `startBits` bits. IPv4 only; empty: the root. */
  starts: Uint32Array;
  startBits: number;
}

const lengthsAt = 2;
const keyAt = 3;

/** Length of the narrowest network around the node that says something. */
export const matchedBits = ({ data, words }: Tree, node: number): number =>
  ((data[node * (words + keyAt) + lengthsAt] as number) >>> 8) & 255;

/** The node whose prefix is the longest around an address. 0 where there is none but the root. */
export function findNode(tree: Tree, words: Uint32Array): number {
  return tree.words === 1 ? findV4(tree, words[0] as number) : findV6(tree, words);
}

function findV4({ data, starts, startBits }: Tree, address: number): number {
  let at = starts.length > 0 ? (starts[address >>> (32 - startBits)] as number) * 4 : 0;
  for (;;) {
    // A whole address has no children, so the shift stays below 32.
    const length = (data[at + lengthsAt] as number) & 255;
    if (length === 32) return at >>> 2;
    const child = (data[at + ((address >>> (31 - length)) & 1)] as number) * 4;
    if (child === 0) return at >>> 2;
    const bits = (data[child + lengthsAt] as number) & 255;
    if ((address ^ (data[child + keyAt] as number)) >>> (32 - bits) !== 0) return at >>> 2;
    at = child;
  }
}

function findV6({ data }: Tree, words: Uint32Array): number {
  const stride = 4 + keyAt;
  let node = 0;
  for (;;) {
    const length = (data[node * stride + lengthsAt] as number) & 255;
    if (length === 128) return node;
    const child = data[node * stride + bitAt(words, length)] as number;
    if (child === 0 || !covers(data, child * stride, words)) return node;
    node = child;
  }
}

const bitAt = (words: Uint32Array, at: number): number => ((words[at >>> 5] as number) >>> (31 - (at & 31))) & 1;

/** Whether the address begins with the prefix of the node at a place. */
function covers(data: Uint32Array, at: number, words: Uint32Array): boolean {
  let left = (data[at + lengthsAt] as number) & 255;
  for (let i = 0; left > 0; i += 1) {
    const difference = ((words[i] as number) ^ (data[at + keyAt + i] as number)) >>> 0;
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

/** From so many nodes on the table of beginnings is larger: 4 MB instead of 256 KiB. */
const manyNodes = 100_000;

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
    const startBits = nodes > manyNodes ? 20 : 16;
    const tree: Tree = {
      words,
      nodes,
      data: new Uint32Array(allocate(nodes * (words + keyAt) * 4)),
      sets: new Uint32Array(allocate(nodes * 4)),
      starts: new Uint32Array(allocate(words === 1 && nodes > 1 ? 2 ** startBits * 4 : 0)),
      startBits,
    };
    this.#spread(tree);
    if (tree.starts.length > 0) fillStarts(tree);
    return tree;
  }

  /**
   * From the root down: each node says what those above it say, and its own. Nodes are numbered anew in this order, so that
   * those that are asked one after the other lie near each other.
   */
  #spread({ data, sets, words }: Tree): void {
    const stride = words + keyAt;
    /** Old node, new number of its parent, side, matched bits of the parent. */
    const waiting: number[] = [0, 0, 0, 0];
    let next = 0;
    while (waiting.length > 0) {
      const [old, parent, side, above] = waiting.splice(-4) as [number, number, number, number];
      const node = next;
      next += 1;
      const own = this.#own[old] as number;
      const length = this.#bits[old] as number;
      const matched = own === 0 ? above : length;
      const at = node * stride;
      if (node !== 0) data[parent * stride + side] = node;
      sets[node] = node === 0 ? own : this.#sets.union(sets[parent] as number, own);
      data[at + lengthsAt] = length | (matched << 8);
      for (let i = 0; i < words; i += 1) data[at + keyAt + i] = this.#keys[old * words + i] as number;
      for (const way of [1, 0]) {
        const child = this.#children[old * 2 + way] as number;
        if (child !== 0) waiting.push(child, node, way, matched);
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

/** For each value of the first bits the deepest node that is no longer than they are. */
function fillStarts({ data, starts, startBits }: Tree): void {
  for (let top = 0; top < starts.length; top += 1) {
    const address = (top << (32 - startBits)) >>> 0;
    let at = 0;
    for (;;) {
      const length = (data[at + lengthsAt] as number) & 255;
      if (length >= startBits) break;
      const child = (data[at + ((address >>> (31 - length)) & 1)] as number) * 4;
      if (child === 0) break;
      const bits = (data[child + lengthsAt] as number) & 255;
      if (bits > startBits || (address ^ (data[child + keyAt] as number)) >>> (32 - bits) !== 0) break;
      at = child;
    }
    starts[top] = at >>> 2;
  }
}
