import { type Event, newEvent } from '../../model/index.ts';
import type { Node } from '../form.ts';
import { Context, type Slot } from './context.ts';
import { Kinds } from './kinds.ts';
import type { Predicate } from './predicate.ts';
import { toEnd } from './steps.ts';
import { type FieldIndex, fieldIndex, type Placed, place } from './tables.ts';
import type { Leaf } from './witness.ts';
import type { Workshop } from './workshop.ts';

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

/** Kinds with a plan of their own; the rest, which only somebody who makes them up can send, share one for all. */
const mostPlans = 512;

/** Kinds whose plans the next rule set makes before it is used. */
const mostSamples = 64;

/** Selections that are looked at in one step. */
const selectionsAtOnce = 500;

/** Makes plans as kinds of events turn up. What is the same in two plans is made once. */
export class Planner {
  readonly #workshop: Workshop;
  /** Numbers of the set's selections. */
  readonly #numbers: readonly number[];
  readonly #kinds: Kinds;
  readonly #plans = new Map<string, Map<string, Map<number, Plan>>>();
  #planCount = 0;
  /** One event of each kind that was seen first, with nothing in it but its kind. */
  readonly samples: Event[] = [];
  #general: Plan | null = null;
  readonly #probe: Context;
  readonly #outcomes = new Map<Leaf, boolean>();
  readonly #gates = new Map<Node, boolean>();
  /** What is left of nodes for the sample at hand. */
  #known: Rests = new Map();

  constructor(workshop: Workshop, numbers: readonly number[]) {
    this.#workshop = workshop;
    this.#numbers = numbers;
    this.#probe = new Context(workshop.slots);
    const tests = new Set<Leaf>();
    for (const number of numbers) {
      for (const test of workshop.kindTestsOf(workshop.nodes[number] as Node)) tests.add(test);
    }
    this.#kinds = new Kinds(tests, workshop.slots, this.#probe);
  }

  planOf(event: Event): Plan {
    const byKind = this.#byKindOf(event);
    const kind = this.#kinds.of(event);
    const plan = byKind.get(kind);
    return plan !== undefined ? plan : this.#newPlan(event, byKind, kind);
  }

  #byKindOf(event: Event): Map<number, Plan> {
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
    return byKind;
  }

  #newPlan(event: Event, byKind: Map<number, Plan>, kind: number): Plan {
    if (kind < 0 || this.#planCount >= mostPlans) {
      this.#general ??= toEnd(this.#plan(null));
      return this.#general;
    }
    const sample = kindOnly(event);
    const plan = toEnd(this.#plan(sample));
    this.#keep(plan, sample, byKind, kind);
    return plan;
  }

  #keep(plan: Plan, sample: Event, byKind: Map<number, Plan>, kind: number): void {
    this.#planCount += 1;
    if (this.samples.length < mostSamples) this.samples.push(sample);
    byKind.set(kind, plan);
  }

  /** Makes the plan of a kind where there is none yet. In steps, before events are matched. */
  *prepare(sample: Event): Generator<void, void> {
    const byKind = this.#byKindOf(sample);
    const kind = this.#kinds.of(sample);
    if (kind < 0 || byKind.has(kind) || this.#planCount >= mostPlans) return;
    this.#keep(yield* this.#plan(sample), sample, byKind, kind);
    yield;
  }

  /** What is left to test of a selection. */
  predicate(plan: Plan, selection: number): Predicate {
    const predicate = this.#workshop.predicateOf(
      plan.rests.get(selection) ?? (this.#workshop.nodes[selection] as Node),
    );
    plan.predicates[selection] = predicate;
    return predicate;
  }

  /** @param sample an event with nothing in it but its kind; null: the plan for any kind. */
  *#plan(sample: Event | null): Generator<void, Plan> {
    const workshop = this.#workshop;
    const { shared, nodes } = workshop;
    if (sample !== null) {
      this.#probe.begin(sample);
      this.#known = restsOf(sample);
    }
    this.#outcomes.clear();
    this.#gates.clear();
    const alwaysThose: number[] = [];
    const states = new Uint8Array(nodes.length);
    const rests = new Map<number, Node>();
    const own = new Map<Slot, Placed[]>();
    const sharedOnes: number[] = [];
    let done = 0;
    for (const selection of this.#numbers) {
      done += 1;
      if (done % selectionsAtOnce === 0) yield;
      const node = nodes[selection] as Node;
      const rest = sample === null ? node : this.#restOf(node);
      if (rest === false) continue;
      if (rest === true) {
        states[selection] = always;
        alwaysThose.push(selection);
        continue;
      }
      states[selection] = isConjunct(node, rest) && workshop.isSure(rest) ? always : tested;
      if (rest !== node) rests.set(selection, rest);
      if (shared?.has(selection)) {
        sharedOnes.push(selection);
        continue;
      }
      const found = workshop.witnessesOf(rest);
      if (found === null) alwaysThose.push(selection);
      else for (const witness of found.list) place(own, workshop.slotOf(witness), { witness, selection });
    }
    yield;
    const indexes: FieldIndex[] = [];
    if (shared !== null) {
      for (const [slot, { entries, parts, present }] of shared.wantedOf(sharedOnes)) {
        const table = shared.tableFor(slot, entries);
        if (table !== null) indexes.push({ ...table, present });
        else for (const { placed } of parts) for (const one of placed) place(own, slot, one);
      }
    }
    for (const [slot, placed] of own) {
      indexes.push(yield* fieldIndex(slot, placed, (entries) => workshop.scan(entries)));
      yield;
    }
    const predicates = new Array<Predicate | undefined>(nodes.length).fill(undefined);
    return { indexes, always: alwaysThose, states, rests, predicates };
  }

  /** Whether a clause about the kind holds for the probe: thousands of rules ask the same few. */
  #outcomeOf(leaf: Leaf): boolean {
    const test = this.#workshop.kindTestOf(leaf);
    let outcome = this.#outcomes.get(test);
    if (outcome === undefined) {
      outcome = this.#workshop.predicateOf(test)(this.#probe);
      this.#outcomes.set(test, outcome);
    }
    return outcome;
  }

  /** The same as {@link #simplify}; what many rules ask of the kind is answered once. */
  #restOf(node: Node): Node | boolean {
    const split = this.#workshop.gatesOf(node);
    if (split === null) {
      let rest = this.#known.get(node);
      if (rest === undefined) {
        rest = this.#simplify(node);
        this.#known.set(node, rest);
      }
      return rest;
    }
    for (const gate of split.gates) {
      let isOpen = this.#gates.get(gate);
      if (isOpen === undefined) {
        isOpen = this.#simplify(gate) === true;
        this.#gates.set(gate, isOpen);
      }
      if (!isOpen) return false;
    }
    return split.gates.length === 0 ? node : split.rest;
  }

  /** The node with what the probe's kind decides taken out; the same object where nothing is. */
  #simplify(node: Node): Node | boolean {
    if (!this.#workshop.isAboutKinds(node)) return node;
    switch (node.kind) {
      case 'keyword':
        return node;
      case 'leaf':
        return this.#outcomeOf(node);
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
}

type Rests = Map<Node, Node | boolean>;

/** What a kind leaves of a node is the same in every set of rules: when one rule changes, that of the others is known. */
const rests = new WeakMap<Event, Rests>();

function restsOf(sample: Event): Rests {
  let known = rests.get(sample);
  if (known === undefined) {
    known = new Map();
    rests.set(sample, known);
  }
  return known;
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
