import type { Event } from '../../model/index.ts';
import type { Node } from '../form.ts';
import { Context, Slots } from '../index/context.ts';
import { compileNode, type Predicate } from '../index/predicate.ts';

/** Asks the clauses of one tree one by one. A field is read, and made lower case, once per event. */
export class Asker {
  readonly #context: Context;
  readonly #predicates = new Map<Node, Predicate>();

  constructor(root: Node) {
    const slots = new Slots();
    const compile = (node: Node): void => {
      if (node.kind === 'not') compile(node.child);
      else if ('children' in node) for (const child of node.children) compile(child);
      else this.#predicates.set(node, compileNode(node, slots));
    };
    compile(root);
    this.#context = new Context(slots);
  }

  begin(event: Event): void {
    this.#context.begin(event);
  }

  /** Whether a clause (a leaf of the tree) holds for the event at hand. */
  holds(clause: Node): boolean {
    return this.#predicates.get(clause)?.(this.#context) === true;
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
