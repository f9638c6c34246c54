import type { Event } from '../../model/index.ts';
import type { Node } from '../form.ts';
import { Context, type Slot, Slots } from '../index/context.ts';
import { fieldKey, fold } from '../index/field.ts';
import { type LiteralScan, literalScan } from '../index/literals.ts';
import { compileNode, type Predicate } from '../index/predicate.ts';

/** From so many `contains` of one field on, all of them are looked for at once. */
const manySearches = 16;

/** Searches of one field that are alternatives of each other, and which of them the event at hand has. */
interface Searches {
  slot: Slot;
  scan: LiteralScan;
  clauses: readonly Node[];
  /** The event that `found` is about. */
  event: Event | null;
  found: Set<Node>;
}

/** Asks the clauses of one tree one by one. A field is read, and made lower case, once per event. */
export class Asker {
  readonly #context: Context;
  readonly #predicates = new Map<Node, Predicate>();
  readonly #searches = new Map<Node, Searches>();
  #event: Event | null = null;

  constructor(root: Node) {
    const slots = new Slots();
    const compile = (node: Node): void => {
      if (node.kind === 'not') compile(node.child);
      else if ('children' in node) {
        if (node.kind === 'or') this.#gather(node.children, slots);
        for (const child of node.children) compile(child);
      } else if (!this.#searches.has(node)) this.#predicates.set(node, compileNode(node, slots));
    };
    compile(root);
    this.#context = new Context(slots);
  }

  #gather(children: readonly Node[], slots: Slots): void {
    const byField = new Map<string, { slot: Slot; clauses: Node[]; literals: string[] }>();
    for (const child of children) {
      if (!('test' in child) || child.test.op !== 'contains' || child.test.cased || child.test.value === '') continue;
      const key = child.kind === 'leaf' ? fieldKey(child.field) : '';
      let group = byField.get(key);
      if (group === undefined) {
        group = { slot: child.kind === 'leaf' ? slots.of(child.field) : slots.keywords(), clauses: [], literals: [] };
        byField.set(key, group);
      }
      group.clauses.push(child);
      group.literals.push(fold(child.test.value));
    }
    for (const { slot, clauses, literals } of byField.values()) {
      if (clauses.length < manySearches) continue;
      const scan = literalScan(literals.map((literal, payload) => ({ literal, payload })));
      const searches: Searches = { slot, scan, clauses, event: null, found: new Set() };
      for (const clause of clauses) this.#searches.set(clause, searches);
    }
  }

  begin(event: Event): void {
    if (event === this.#event) return;
    this.#event = event;
    this.#context.begin(event);
  }

  /** Whether a clause (a leaf of the tree) holds for the event at hand. */
  holds(clause: Node): boolean {
    const searches = this.#searches.get(clause);
    if (searches === undefined) return this.#predicates.get(clause)?.(this.#context) === true;
    if (searches.event !== this.#event) this.#search(searches);
    return searches.found.has(clause);
  }

  #search(searches: Searches): void {
    const { clauses, found, scan } = searches;
    searches.event = this.#event;
    found.clear();
    const note = (place: number): void => {
      found.add(clauses[place] as Node);
    };
    const texts = this.#context.text(searches.slot);
    if (typeof texts === 'string') scan.scan(texts, note);
    else for (const text of texts ?? []) scan.scan(text, note);
  }
}

const askers = new WeakMap<Node, Asker>();

/** The asker of a tree, ready for an event. Made once: a rule that fires once fires again. */
export function askerOf(root: Node, event: Event): Asker {
  let asker = askers.get(root);
  if (asker === undefined) {
    asker = new Asker(root);
    askers.set(root, asker);
  }
  asker.begin(event);
  return asker;
}
