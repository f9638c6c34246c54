import { type Event, newEvent } from '../../model/index.ts';
import type { Node } from '../form.ts';
import { Context, type Slot, type Slots } from './context.ts';
import { fieldKey } from './field.ts';
import { isKindLeaf, Kinds } from './kinds.ts';
import { type LiteralScan, literalScan } from './literals.ts';
import { compileNode, type Predicate } from './predicate.ts';
import { PrefixTable } from './prefixes.ts';
import type { Selection } from './units.ts';
import { everyWitness, isProof, type Witness, type WitnessChoice, type Witnesses, witnessesOf } from './witness.ts';

/** What is looked up per event in one field; the numbers are those of selections. */
export interface FieldIndex {
  slot: Slot;
  exact: Map<string, number[]> | null;
  literals: LiteralScan | null;
  prefixes: PrefixTable | null;
  present: readonly number[];
}

/**
 * What is left of a selection for a kind of events: it cannot match, it matches whenever it is proposed, or it has to be
 * tested.
 */
export const never = 0;
export const always = 1;
const tested = 2;

/**
 * What is left to do for events of one kind (event type, format, program, declared log source): selections that cannot
 * match are gone, clauses that hold for the whole kind are gone from the others.
 */
export interface Plan {
  indexes: readonly FieldIndex[];
  /** Candidates without a look-up: they have no witness, or hold for every event of the kind. */
  always: readonly number[];
  /** By selection number. Indexes may propose what cannot match. */
  states: Uint8Array;
  /** By selection number: what is left where it is not the whole node. */
  rests: Map<number, Node>;
  /** By selection number, made when first asked for: most rules are never candidates. */
  predicates: (Predicate | undefined)[];
}

/** More selections than this share the tables of their fields between plans. */
const fewSelections = 500;
/** A plan has its own table of a field where it has no more entries than this. */
const fewEntries = 300;
/** Kinds with a plan of their own; the rest, which only somebody who makes them up can send, share one for all. */
const mostPlans = 512;

interface Placed {
  witness: Witness;
  selection: number;
}

/** Makes plans as kinds of events turn up. What is the same in two plans is made once. */
export class Planner {
  readonly #slots: Slots;
  readonly #selections: readonly Selection[];
  readonly #kinds: Kinds;
  readonly #plans = new Map<string, Map<string, Map<number, Plan>>>();
  #planCount = 0;
  #general: Plan | null = null;
  readonly #predicates = new Map<Node, Predicate>();
  readonly #witnesses = new Map<Node, Witnesses | null>();
  readonly #aboutKinds = new Map<Node, boolean>();
  readonly #sure = new Map<Node, boolean>();
  readonly #scans = new Map<string, LiteralScan>();
  readonly #uses = new Map<string, number>();
  readonly #shared: SharedTables | null;
  readonly #probe: Context;
  readonly #choice: WitnessChoice;

  constructor(slots: Slots, selections: readonly Selection[]) {
    this.#slots = slots;
    this.#selections = selections;
    this.#probe = new Context(slots);
    const nodes = selections.map(({ node }) => node);
    this.#kinds = new Kinds(nodes, slots, this.#probe);
    const isBig = selections.length > fewSelections;
    // All fields of few rules get their slots now: the contexts' tables are sized once.
    if (!isBig) for (const node of nodes) this.#predicateOf(node);
    for (const node of isBig ? nodes : []) {
      for (const key of new Set([...everyWitness(node)].map(keyOf)))
        this.#uses.set(key, (this.#uses.get(key) ?? 0) + 1);
    }
    this.#choice = { uses: (witness) => this.#uses.get(keyOf(witness)) ?? 1, skips: () => false };
    this.#shared = isBig
      ? new SharedTables(nodes, { ...this.#choice, skips: isKindLeaf }, (one) => this.#slotOf(one))
      : null;
  }

  planOf(event: Event): Plan {
    let byFormat = this.#plans.get(event.event_type);
    if (byFormat === undefined) {
      byFormat = new Map();
      this.#plans.set(event.event_type, byFormat);
    }
    let byKind = byFormat.get(event.format);
    if (byKind === undefined) {
      byKind = new Map();
      byFormat.set(event.format, byKind);
    }
    const kind = this.#kinds.of(event);
    const plan = byKind.get(kind);
    return plan !== undefined ? plan : this.#newPlan(event, byKind, kind);
  }

  #newPlan(event: Event, byKind: Map<number, Plan>, kind: number): Plan {
    if (kind < 0 || this.#planCount >= mostPlans) {
      this.#general ??= this.#plan(null);
      return this.#general;
    }
    this.#planCount += 1;
    const plan = this.#plan(event);
    byKind.set(kind, plan);
    return plan;
  }

  /** What is left to test of a selection. */
  predicate(plan: Plan, selection: number): Predicate {
    const predicate = this.#predicateOf(plan.rests.get(selection) ?? (this.#selections[selection] as Selection).node);
    plan.predicates[selection] = predicate;
    return predicate;
  }

  #plan(event: Event | null): Plan {
    if (event !== null) this.#probe.begin(kindOnly(event));
    const count = this.#selections.length;
    const alwaysThose: number[] = [];
    const states = new Uint8Array(count);
    const rests = new Map<number, Node>();
    const own = new Map<Slot, Placed[]>();
    const sharedOnes: number[] = [];
    for (let selection = 0; selection < count; selection += 1) {
      const { node } = this.#selections[selection] as Selection;
      const rest = event === null ? node : this.#simplify(node);
      if (rest === false) continue;
      if (rest === true) {
        states[selection] = always;
        alwaysThose.push(selection);
        continue;
      }
      states[selection] = isConjunct(node, rest) && this.#isSure(rest) ? always : tested;
      if (rest !== node) rests.set(selection, rest);
      if (this.#shared?.has(selection)) {
        sharedOnes.push(selection);
        continue;
      }
      const found = this.#witnessesOf(rest);
      if (found === null) alwaysThose.push(selection);
      else for (const witness of found.list) place(own, this.#slotOf(witness), { witness, selection });
    }
    const indexes: FieldIndex[] = [];
    if (this.#shared !== null) {
      for (const [slot, placed] of this.#shared.placedOf(sharedOnes)) {
        if (placed.length <= fewEntries) for (const one of placed) place(own, slot, one);
        else indexes.push({ ...this.#shared.tableOf(slot), present: presentOf(placed) });
      }
    }
    for (const [slot, placed] of own) indexes.push(fieldIndex(slot, placed, (entries) => this.#scan(entries)));
    return {
      indexes,
      always: alwaysThose,
      states,
      rests,
      predicates: new Array<Predicate | undefined>(count).fill(undefined),
    };
  }

  #slotOf({ field }: Witness): Slot {
    return field === 'keywords' ? this.#slots.keywords() : this.#slots.of(field);
  }

  #predicateOf(node: Node): Predicate {
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
      found = witnessesOf(node, this.#choice);
      this.#witnesses.set(node, found);
    }
    return found;
  }

  /** Whether any of a node's witnesses is proof that it matches. */
  #isSure(node: Node): boolean {
    let sure = this.#sure.get(node);
    if (sure === undefined) {
      sure = isProof(node);
      this.#sure.set(node, sure);
    }
    return sure;
  }

  /** Whether any clause of a node is about the kind of an event. */
  #isAboutKinds(node: Node): boolean {
    if (node.kind === 'leaf') return isKindLeaf(node);
    if (node.kind === 'keyword') return false;
    const known = this.#aboutKinds.get(node);
    if (known !== undefined) return known;
    const children = node.kind === 'not' ? [node.child] : node.children;
    const found = children.some((child) => this.#isAboutKinds(child));
    this.#aboutKinds.set(node, found);
    return found;
  }

  /** The node with what the probe's kind decides taken out; the same object where nothing is. */
  #simplify(node: Node): Node | boolean {
    if (!this.#isAboutKinds(node)) return node;
    switch (node.kind) {
      case 'keyword':
        return node;
      case 'leaf':
        return this.#predicateOf(node)(this.#probe);
      case 'not': {
        const child = this.#simplify(node.child);
        if (typeof child === 'boolean') return !child;
        return child === node.child ? node : { ...node, child };
      }
      case 'and':
      case 'or': {
        const decides = node.kind === 'or';
        const children: Node[] = [];
        for (const child of node.children) {
          const rest = this.#simplify(child);
          if (rest === decides) return decides;
          if (typeof rest !== 'boolean') children.push(rest);
        }
        if (children.length === 0) return !decides;
        return children.length === 1 ? (children[0] as Node) : { ...node, children };
      }
    }
  }

  #scan(entries: readonly { literal: string; payload: number }[]): LiteralScan {
    if (entries.length > fewEntries) return literalScan(entries);
    const key = JSON.stringify(entries.map((entry) => [entry.literal, entry.payload]));
    let scan = this.#scans.get(key);
    if (scan === undefined) {
      scan = literalScan(entries);
      this.#scans.set(key, scan);
    }
    return scan;
  }
}

/** Whether a part of a node stands for the whole of it: then the witnesses of both are the same. */
const isConjunct = (node: Node, part: Node): boolean =>
  node === part || (node.kind === 'and' && node.children.some((child) => isConjunct(child, part)));

/** An event of which nothing but its kind is known. */
function kindOnly(event: Event): Event {
  const origin = { source: '', source_type: event.source_type, peer: null, hint: null, identity: '' };
  const probe = newEvent(origin, 0, '');
  probe.event_type = event.event_type;
  probe.format = event.format;
  probe.program = event.program;
  for (const key of ['product', 'category', 'service', 'logsource']) {
    const value = event.fields[key];
    if (value !== undefined) probe.fields[key] = value;
  }
  return probe;
}

/** The tables of a big rule set's fields, made once and used by all plans, which leave out what cannot match. */
class SharedTables {
  readonly #bySelection: (readonly (readonly [Slot, Placed])[] | null)[];
  readonly #tables = new Map<Slot, FieldIndex>();

  constructor(nodes: readonly Node[], choice: WitnessChoice, slotOf: (witness: Witness) => Slot) {
    this.#bySelection = nodes.map((node, selection) => {
      const found = witnessesOf(node, choice);
      return found === null ? null : found.list.map((witness) => [slotOf(witness), { witness, selection }] as const);
    });
  }

  has(selection: number): boolean {
    return this.#bySelection[selection] !== null;
  }

  placedOf(selections: readonly number[]): Map<Slot, Placed[]> {
    const bySlot = new Map<Slot, Placed[]>();
    for (const selection of selections) {
      for (const [slot, placed] of this.#bySelection[selection] ?? []) place(bySlot, slot, placed);
    }
    return bySlot;
  }

  tableOf(slot: Slot): FieldIndex {
    let table = this.#tables.get(slot);
    if (table === undefined) {
      const placed = this.#bySelection.flatMap((list) =>
        (list ?? []).flatMap(([at, one]) => (at === slot ? [one] : [])),
      );
      table = fieldIndex(slot, placed, literalScan);
      this.#tables.set(slot, table);
    }
    return table;
  }
}

function place(into: Map<Slot, Placed[]>, slot: Slot, placed: Placed): void {
  const list = into.get(slot);
  if (list === undefined) into.set(slot, [placed]);
  else list.push(placed);
}

const presentOf = (placed: readonly Placed[]): number[] => [
  ...new Set(placed.flatMap(({ witness, selection }) => (witness.kind === 'present' ? [selection] : []))),
];

function keyOf({ kind, field, ...rest }: Witness): string {
  return `${kind[0]}${field === 'keywords' ? field : fieldKey(field)}\u0000${'value' in rest ? rest.value : ''}`;
}

function fieldIndex(
  slot: Slot,
  placed: readonly Placed[],
  scan: (entries: readonly { literal: string; payload: number }[]) => LiteralScan,
): FieldIndex {
  const exact = new Map<string, number[]>();
  const literals: { literal: string; payload: number }[] = [];
  const prefixes: { prefix: string; payload: number }[] = [];
  for (const { witness, selection } of placed) {
    if (witness.kind === 'literal') literals.push({ literal: witness.value, payload: selection });
    else if (witness.kind === 'prefix') prefixes.push({ prefix: witness.value, payload: selection });
    else if (witness.kind === 'exact') {
      const list = exact.get(witness.value);
      if (list === undefined) exact.set(witness.value, [selection]);
      else if (list.at(-1) !== selection) list.push(selection);
    }
  }
  return {
    slot,
    exact: exact.size > 0 ? exact : null,
    literals: literals.length > 0 ? scan(literals) : null,
    prefixes: prefixes.length > 0 ? new PrefixTable(prefixes) : null,
    present: presentOf(placed),
  };
}
