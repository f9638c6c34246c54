import type { Event } from '../../model/index.ts';
import type { Context, Slots } from './context.ts';
import { declaresLogsource } from './field.ts';
import { compileNode, type Predicate } from './predicate.ts';
import type { Leaf } from './witness.ts';

/** Columns of short lists: an event's value is its class. */
const listed = new Set(['event_type', 'format']);
/** Fields in which senders write what they like: what matters is only which clauses about the value hold. */
const declared = ['logsource.product', 'logsource.category', 'logsource.service'] as const;
const open = ['program', ...declared] as const;

/** Whether a clause is about the kind of an event: its type, format, program, and the log source that it declares. */
export const isKindLeaf = (leaf: Leaf): boolean =>
  leaf.field.view === 'event' &&
  leaf.field.from === undefined &&
  leaf.test.op !== 'fieldref' &&
  (listed.has(leaf.field.path) || open.some((path) => path === leaf.field.path));

/** Classes per open field: four of them make a number that a double holds exactly. */
const mostClasses = 4096;
/** Values remembered per open field. */
const mostRemembered = 4096;

/** One open field: which of the rules' clauses about it hold for a value, as a number. */
class OpenField {
  readonly #read: (event: Event) => unknown;
  readonly #leaves: readonly Predicate[];
  readonly #classes = new Map<string, number>();
  readonly #known = new Map<unknown, number>();

  constructor(read: (event: Event) => unknown, leaves: readonly Predicate[]) {
    this.#read = read;
    this.#leaves = leaves;
  }

  classOf(event: Event, probe: Context): number {
    const value = this.#read(event);
    const known = this.#known.get(value);
    if (known !== undefined) return known;
    probe.begin(event);
    const outcome = this.#leaves.map((leaf) => (leaf(probe) ? '1' : '0')).join('');
    let number = this.#classes.get(outcome);
    if (number === undefined) {
      if (this.#classes.size >= mostClasses) return -1;
      number = this.#classes.size;
      this.#classes.set(outcome, number);
    }
    if (this.#known.size >= mostRemembered) this.#known.clear();
    this.#known.set(value, number);
    return number;
  }
}

/** Tells kinds of events apart as far as a set of rules does. */
export class Kinds {
  #program: OpenField | null = null;
  readonly #declared: OpenField[] = [];
  /** What most events are: those that declare nothing. */
  #undeclared: number | null = null;
  readonly #probe: Context;

  /** @param tests the clauses about kinds, each once. */
  constructor(tests: Iterable<Leaf>, slots: Slots, probe: Context) {
    this.#probe = probe;
    const byPath = new Map<string, Leaf[]>(open.map((path) => [path, []]));
    for (const test of tests) byPath.get(test.field.path)?.push(test);
    for (const [path, leaves] of byPath) {
      if (leaves.length === 0) continue;
      const slot = slots.of({ view: 'event', path });
      const predicates = leaves.map((leaf) => compileNode(leaf, slots));
      const field = new OpenField((event) => slots.accessors[slot]?.(event), predicates);
      if (path === 'program') this.#program = field;
      else this.#declared.push(field);
    }
  }

  /** Equal for events of which the same clauses about the open fields hold; -1: there are too many kinds to tell. */
  of(event: Event): number {
    const program = this.#program === null ? 0 : this.#program.classOf(event, this.#probe);
    const source = this.#declaredBy(event);
    return program < 0 || source < 0 ? -1 : program + source * mostClasses;
  }

  #declaredBy(event: Event): number {
    const isSilent = !declaresLogsource(event);
    if (isSilent && this.#undeclared !== null) return this.#undeclared;
    let source = 0;
    for (const field of this.#declared) {
      const number = field.classOf(event, this.#probe);
      if (number < 0) return -1;
      source = source * mostClasses + number;
    }
    if (isSilent) this.#undeclared = source;
    return source;
  }
}
