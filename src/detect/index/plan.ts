import { type Event, newEvent } from '../../model/index.ts';
import type { Node } from '../form.ts';
import { Context, type Slot, type Slots } from './context.ts';
import { type LiteralScan, literalScan } from './literals.ts';
import { compileNode, type Predicate } from './predicate.ts';
import { PrefixTable } from './prefixes.ts';
import type { Selection } from './units.ts';
import { type Witness, type Witnesses, witnessesOf } from './witness.ts';

/** What is looked up per event in one field; the numbers are those of selections. */
export interface FieldIndex {
  slot: Slot;
  exact: Map<string, number[]> | null;
  literals: LiteralScan | null;
  prefixes: PrefixTable | null;
  present: number[];
}

/**
 * What is left to do for events of one kind (event type, format and program): selections that cannot match are gone,
 * clauses that hold for the whole kind are gone from the others.
 */
export interface Plan {
  indexes: readonly FieldIndex[];
  /** Candidates without a look-up: they have no witness, or hold for every event of the kind. */
  always: readonly number[];
  /** By selection number; null where it holds for every event of the kind. */
  predicates: (Predicate | null)[];
}

const kindColumns = new Set(['event_type', 'format', 'program']);

type Leaf = Extract<Node, { kind: 'leaf' }>;

/** Makes plans as kinds of events turn up. What is the same in two plans is made once. */
export class Planner {
  readonly #slots: Slots;
  readonly #selections: readonly Selection[];
  readonly #plans = new Map<string, Map<string, Map<number, Plan>>>();
  readonly #programLeaves: Predicate[] = [];
  readonly #programClasses = new Map<string, number>();
  readonly #classOf = new Map<string | null, number>();
  readonly #predicates = new Map<Node, Predicate>();
  readonly #witnesses = new Map<Node, Witnesses | null>();
  readonly #scans = new Map<string, LiteralScan>();
  readonly #probe: Context;

  constructor(slots: Slots, selections: readonly Selection[]) {
    this.#slots = slots;
    this.#selections = selections;
    // All fields get their slots now: the contexts' tables are sized once.
    for (const { node } of selections) this.#predicate(node);
    const tests = new Map<string, Leaf>();
    for (const { node } of selections)
      for (const leaf of leavesOf(node)) if (leaf.field.path === 'program') tests.set(JSON.stringify(leaf.test), leaf);
    for (const leaf of tests.values()) this.#programLeaves.push(this.#predicate(leaf));
    this.#probe = new Context(slots);
  }

  planOf(event: Event): Plan {
    let byFormat = this.#plans.get(event.event_type);
    if (byFormat === undefined) {
      byFormat = new Map();
      this.#plans.set(event.event_type, byFormat);
    }
    let byProgram = byFormat.get(event.format);
    if (byProgram === undefined) {
      byProgram = new Map();
      byFormat.set(event.format, byProgram);
    }
    const program = this.#programClass(event);
    let plan = byProgram.get(program);
    if (plan === undefined) {
      plan = this.#plan(event);
      byProgram.set(program, plan);
    }
    return plan;
  }

  /** Programs are whatever senders write; what matters is only which clauses about the program hold. */
  #programClass(event: Event): number {
    if (this.#programLeaves.length === 0) return 0;
    const known = this.#classOf.get(event.program);
    if (known !== undefined) return known;
    this.#probe.begin(event);
    const outcome = this.#programLeaves.map((leaf) => (leaf(this.#probe) ? '1' : '0')).join('');
    let number = this.#programClasses.get(outcome);
    if (number === undefined) {
      number = this.#programClasses.size;
      this.#programClasses.set(outcome, number);
    }
    if (this.#classOf.size >= 4096) this.#classOf.clear();
    this.#classOf.set(event.program, number);
    return number;
  }

  #plan(event: Event): Plan {
    const origin = { source: '', source_type: event.source_type, peer: null, hint: null, identity: '' };
    const probe = newEvent(origin, 0, '');
    probe.event_type = event.event_type;
    probe.format = event.format;
    probe.program = event.program;
    this.#probe.begin(probe);
    const predicates: (Predicate | null)[] = [];
    const always: number[] = [];
    const bySlot = new Map<Slot, { witness: Witness; selection: number }[]>();
    this.#selections.forEach(({ node }, selection) => {
      const rest = this.#simplify(node);
      predicates.push(typeof rest === 'boolean' ? null : this.#predicate(rest));
      if (rest === false) return;
      const found = rest === true ? null : this.#witnessesOf(rest);
      if (found === null) {
        always.push(selection);
        return;
      }
      for (const witness of found.list) {
        const slot = witness.field === 'keywords' ? this.#slots.keywords() : this.#slots.of(witness.field);
        const list = bySlot.get(slot);
        if (list) list.push({ witness, selection });
        else bySlot.set(slot, [{ witness, selection }]);
      }
    });
    const indexes = [...bySlot].map(([slot, entries]) => this.#fieldIndex(slot, entries));
    return { indexes, always, predicates };
  }

  #predicate(node: Node): Predicate {
    let predicate = this.#predicates.get(node);
    if (predicate === undefined) {
      predicate = compileNode(node, this.#slots);
      this.#predicates.set(node, predicate);
    }
    return predicate;
  }

  #witnessesOf(node: Node): Witnesses | null {
    let found = this.#witnesses.get(node);
    if (found === undefined) {
      found = witnessesOf(node);
      this.#witnesses.set(node, found);
    }
    return found;
  }

  /** The node with what the probe's kind decides taken out; the same object where nothing is. */
  #simplify(node: Node): Node | boolean {
    switch (node.kind) {
      case 'keyword':
        return node;
      case 'leaf':
        return isKindLeaf(node) ? this.#predicate(node)(this.#probe) : node;
      case 'not': {
        const child = this.#simplify(node.child);
        if (typeof child === 'boolean') return !child;
        return child === node.child ? node : { ...node, child };
      }
      case 'and':
      case 'or': {
        const decides = node.kind === 'or';
        const children: Node[] = [];
        let same = true;
        for (const child of node.children) {
          const rest = this.#simplify(child);
          if (rest === decides) return decides;
          if (rest !== child) same = false;
          if (typeof rest !== 'boolean') children.push(rest);
        }
        if (same) return node;
        if (children.length === 0) return !decides;
        return children.length === 1 ? (children[0] as Node) : { ...node, children };
      }
    }
  }

  #fieldIndex(slot: Slot, entries: readonly { witness: Witness; selection: number }[]): FieldIndex {
    const exact = new Map<string, number[]>();
    const literals: { literal: string; payload: number }[] = [];
    const prefixes: { prefix: string; payload: number }[] = [];
    const present = new Set<number>();
    for (const { witness, selection } of entries) {
      if (witness.kind === 'present') present.add(selection);
      else if (witness.kind === 'literal') literals.push({ literal: witness.value, payload: selection });
      else if (witness.kind === 'prefix') prefixes.push({ prefix: witness.value, payload: selection });
      else {
        const list = exact.get(witness.value);
        if (list === undefined) exact.set(witness.value, [selection]);
        else if (list.at(-1) !== selection) list.push(selection);
      }
    }
    return {
      slot,
      exact: exact.size > 0 ? exact : null,
      literals: literals.length > 0 ? this.#scan(literals) : null,
      prefixes: prefixes.length > 0 ? new PrefixTable(prefixes) : null,
      present: [...present],
    };
  }

  #scan(entries: readonly { literal: string; payload: number }[]): LiteralScan {
    const key = JSON.stringify(entries.map((entry) => [entry.literal, entry.payload]));
    let scan = this.#scans.get(key);
    if (scan === undefined) {
      scan = literalScan(entries);
      this.#scans.set(key, scan);
    }
    return scan;
  }
}

const isKindLeaf = (leaf: Leaf): boolean =>
  leaf.field.view === 'event' && kindColumns.has(leaf.field.path) && leaf.test.op !== 'fieldref';

function* leavesOf(node: Node): Generator<Leaf> {
  if (node.kind === 'leaf') {
    if (isKindLeaf(node)) yield node;
  } else if (node.kind === 'not') yield* leavesOf(node.child);
  else if (node.kind !== 'keyword') for (const child of node.children) yield* leavesOf(child);
}
