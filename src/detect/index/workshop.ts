import type { Field, Node } from '../form.ts';
import { hash128 } from '../hash.ts';
import { type Slot, Slots } from './context.ts';
import { fieldKey } from './field.ts';
import { isKindLeaf } from './kinds.ts';
import { type LiteralScan, literalScan, literalScanInSteps } from './literals.ts';
import { compileNode, type Predicate } from './predicate.ts';
import { SharedTables } from './tables.ts';
import {
  everyWitness,
  isProof,
  type Leaf,
  type Witness,
  type WitnessChoice,
  type Witnesses,
  witnessesOf,
} from './witness.ts';

/** More clause trees than this share the tables of their fields between kinds of events. */
const fewNodes = 500;
/** Literal scans of no more entries are kept for the next plan that needs the same. */
const fewEntries = 300;

/** What a conjunction asks of the kind of an event, and what is left where that holds. */
export interface Gates {
  gates: readonly Node[];
  rest: Node | true;
}

/**
 * What rule sets that follow one another have in common: clause trees by number and all that is made of them. When a few rules of
 * many change, the next set takes the workshop over, and only what is new is made.
 */
export class Workshop {
  readonly slots = new Slots();
  readonly nodes: Node[] = [];
  readonly shared: SharedTables | null;
  readonly #numbers = new Map<string, number>();
  /** How many trees the shared tables were made of. */
  readonly #base: number;
  readonly #predicates = new Map<Node, Predicate>();
  readonly #witnesses = new Map<Node, Witnesses | null>();
  readonly #aboutKinds = new Map<Node, boolean>();
  readonly #sure = new Map<Node, boolean>();
  readonly #gates = new Map<Node, Gates | null>();
  readonly #gateByKey = new Map<string, Node>();
  readonly #kindTests = new Map<Node, readonly Leaf[]>();
  readonly #testOfLeaf = new Map<Leaf, Leaf>();
  readonly #testByKey = new Map<string, Leaf>();
  readonly #scans = new Map<string, LiteralScan>();
  readonly #uses = new Map<string, number>();
  readonly #choice: WitnessChoice = {
    uses: (witness) => this.#uses.get(witnessKey(witness)) ?? 1,
    skips: () => false,
  };

  private constructor(nodes: readonly Node[]) {
    for (const node of nodes) this.numberOf(node);
    this.#base = this.nodes.length;
    this.shared = this.#base > fewNodes ? new SharedTables() : null;
  }

  /** A workshop for a set of clause trees, made in steps that are short whatever their number. */
  static *make(nodes: readonly Node[]): Generator<void, Workshop> {
    yield* keysInSteps(nodes);
    const workshop = new Workshop(nodes);
    // All fields of few rules get their slots now: the contexts' tables are sized once.
    if (workshop.shared === null) for (const node of workshop.nodes) workshop.predicateOf(node);
    else yield* workshop.#fill(workshop.shared);
    return workshop;
  }

  *#fill(shared: SharedTables): Generator<void, void> {
    for (const node of this.nodes) {
      this.kindTestsOf(node);
      this.gatesOf(node);
      for (const key of new Set([...everyWitness(node)].map(witnessKey)))
        this.#uses.set(key, (this.#uses.get(key) ?? 0) + 1);
      yield;
    }
    const choice = { ...this.#choice, skips: isKindLeaf };
    yield* shared.fill(this.nodes, choice, (witness) => this.slotOf(witness));
  }

  /** Whether a set of clause trees is so much like what this was made for that taking it over pays. */
  fits(nodes: readonly Node[]): boolean {
    if (this.shared === null) return false;
    let added = 0;
    for (const node of nodes) if (!this.#numbers.has(nodeKey(node))) added += 1;
    const all = this.nodes.length + added;
    return all - this.#base <= Math.max(200, this.#base / 4) && all <= nodes.length * 2 + 200;
  }

  /** The number of a tree; equal trees have the same. */
  numberOf(node: Node): number {
    const key = nodeKey(node);
    let number = this.#numbers.get(key);
    if (number === undefined) {
      number = this.nodes.length;
      this.#numbers.set(key, number);
      this.nodes.push(node);
    }
    return number;
  }

  slotOf({ field }: Witness): Slot {
    return field === 'keywords' ? this.slots.keywords() : this.slots.of(field);
  }

  predicateOf(node: Node): Predicate {
    let predicate = this.#predicates.get(node);
    if (predicate === undefined) {
      predicate = compileNode(node, this.slots);
      this.#predicates.set(node, predicate);
    }
    return predicate;
  }

  witnessesOf(node: Node): Witnesses | null {
    let found = this.#witnesses.get(node);
    if (found === undefined) {
      found = witnessesOf(node, this.#choice);
      this.#witnesses.set(node, found);
    }
    return found;
  }

  /** Whether any of a node's witnesses is proof that it matches. */
  isSure(node: Node): boolean {
    let sure = this.#sure.get(node);
    if (sure === undefined) {
      sure = isProof(node);
      this.#sure.set(node, sure);
    }
    return sure;
  }

  /** Whether any clause of a node is about the kind of an event. */
  isAboutKinds(node: Node): boolean {
    if (node.kind === 'leaf') return isKindLeaf(node);
    if (node.kind === 'keyword') return false;
    const known = this.#aboutKinds.get(node);
    if (known !== undefined) return known;
    const children = node.kind === 'not' ? [node.child] : node.children;
    const found = children.some((child) => this.isAboutKinds(child));
    this.#aboutKinds.set(node, found);
    return found;
  }

  /** A conjunction as what it asks of the kind of an event (equal trees are the same object) and the rest; null: it is no such one. */
  gatesOf(node: Node): Gates | null {
    let gates = this.#gates.get(node);
    if (gates === undefined) {
      gates = this.#splitGates(node);
      this.#gates.set(node, gates);
    }
    return gates;
  }

  #splitGates(node: Node): Gates | null {
    if (node.kind !== 'and') return null;
    const rest = node.children.filter((child) => !this.isAboutKinds(child));
    const about = node.children.filter((child) => this.isAboutKinds(child));
    if (!about.every(isOnlyAboutKinds)) return null;
    const gates = about.map((child) => {
      const key = nodeKey(child);
      const known = this.#gateByKey.get(key) ?? child;
      this.#gateByKey.set(key, known);
      return known;
    });
    if (rest.length === 0) return { gates, rest: true };
    return { gates, rest: rest.length === 1 ? (rest[0] as Node) : { ...node, children: rest } };
  }

  /** The clauses about kinds in a node, each equal one once. */
  kindTestsOf(node: Node): readonly Leaf[] {
    let tests = this.#kindTests.get(node);
    if (tests === undefined) {
      const found = new Set<Leaf>();
      this.#gather(node, found);
      tests = [...found];
      this.#kindTests.set(node, tests);
    }
    return tests;
  }

  #gather(node: Node, into: Set<Leaf>): void {
    if (node.kind === 'keyword' || !this.isAboutKinds(node)) return;
    if (node.kind === 'leaf') into.add(this.kindTestOf(node));
    else for (const child of node.kind === 'not' ? [node.child] : node.children) this.#gather(child, into);
  }

  /** One clause that stands for all that are equal to this one. */
  kindTestOf(leaf: Leaf): Leaf {
    let test = this.#testOfLeaf.get(leaf);
    if (test === undefined) {
      const key = JSON.stringify([leaf.field.path, leaf.test]);
      test = this.#testByKey.get(key) ?? leaf;
      this.#testByKey.set(key, test);
      this.#testOfLeaf.set(leaf, test);
    }
    return test;
  }

  *scan(entries: readonly { literal: string; payload: number }[]): Generator<void, LiteralScan> {
    if (entries.length > fewEntries) return yield* literalScanInSteps(entries);
    const key = JSON.stringify(entries.map((entry) => [entry.literal, entry.payload]));
    let scan = this.#scans.get(key);
    if (scan === undefined) {
      scan = literalScan(entries);
      this.#scans.set(key, scan);
    }
    return scan;
  }
}

function isOnlyAboutKinds(node: Node): boolean {
  if (node.kind === 'leaf') return isKindLeaf(node);
  if (node.kind === 'keyword') return false;
  return node.kind === 'not' ? isOnlyAboutKinds(node.child) : node.children.every(isOnlyAboutKinds);
}

const nodeKeys = new WeakMap<Node, string>();

/** Equal for equal trees. */
function nodeKey(node: Node): string {
  let key = nodeKeys.get(node);
  if (key === undefined) {
    const parts: string[] = [];
    write(node, parts);
    key = hash128(parts.join(' '));
    nodeKeys.set(node, key);
  }
  return key;
}

/** The keys of many trees, which are known then. In steps: they are a good part of the work. */
export function* keysInSteps(nodes: readonly Node[]): Generator<void, void> {
  for (const node of nodes) {
    nodeKey(node);
    yield;
  }
}

/** A tree as text. Thousands of clauses read the same field, whose mapping is long: it stands there as its hash. */
function write(node: Node, into: string[]): void {
  into.push(node.kind, JSON.stringify(node.label));
  switch (node.kind) {
    case 'not':
      write(node.child, into);
      break;
    case 'and':
    case 'or':
      into.push(String(node.children.length));
      for (const child of node.children) write(child, into);
      break;
    case 'leaf':
      into.push(shortKey(node.field), JSON.stringify(node.test));
      break;
    case 'keyword':
      into.push(JSON.stringify(node.test));
      break;
  }
}

const shortKeys = new WeakMap<Field, string>();

function shortKey(field: Field): string {
  let key = shortKeys.get(field);
  if (key === undefined) {
    key = field.from === undefined ? JSON.stringify(fieldKey(field)) : hash128(fieldKey(field));
    shortKeys.set(field, key);
  }
  return key;
}

const fieldKeys = new WeakMap<object, string>();

function witnessKey({ kind, field, ...rest }: Witness): string {
  let name = 'keywords';
  if (field !== 'keywords') {
    name = fieldKeys.get(field) ?? fieldKey(field);
    fieldKeys.set(field, name);
  }
  return `${kind[0]}${name}\u0000${'value' in rest ? rest.value : ''}`;
}
