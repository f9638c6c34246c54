import type { Node } from '../form.ts';
import type { Slot } from './context.ts';
import { type LiteralScan, literalScan } from './literals.ts';
import { PrefixTable } from './prefixes.ts';
import { type Witness, type WitnessChoice, witnessesOf } from './witness.ts';

/** What is looked up per event in one field; the numbers are those of selections. */
export interface FieldIndex {
  slot: Slot;
  exact: Map<string, number[]> | null;
  literals: LiteralScan | null;
  prefixes: PrefixTable | null;
  present: readonly number[];
}

/** A witness and the selection that it is for. */
export interface Placed {
  witness: Witness;
  selection: number;
}

interface Entry {
  literal: string;
  payload: number;
}

export function fieldIndex(
  slot: Slot,
  placed: readonly Placed[],
  scan: (entries: readonly Entry[]) => LiteralScan,
): FieldIndex {
  const exact = new Map<string, number[]>();
  const literals: Entry[] = [];
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

export const presentOf = (placed: readonly Placed[]): number[] => [
  ...new Set(placed.flatMap(({ witness, selection }) => (witness.kind === 'present' ? [selection] : []))),
];

export function place(into: Map<Slot, Placed[]>, slot: Slot, placed: Placed): void {
  const list = into.get(slot);
  if (list === undefined) into.set(slot, [placed]);
  else list.push(placed);
}

/** The tables of a big rule set's fields, made once and used by all plans, which leave out what cannot match. */
export class SharedTables {
  readonly #bySelection: (readonly (readonly [Slot, Placed])[] | null)[] = [];
  readonly #tables = new Map<Slot, FieldIndex>();

  /** In steps: each is short, whatever the number of rules. */
  *fill(nodes: readonly Node[], choice: WitnessChoice, slotOf: (witness: Witness) => Slot): Generator<void, void> {
    const bySlot = new Map<Slot, Placed[]>();
    for (const [selection, node] of nodes.entries()) {
      const found = witnessesOf(node, choice);
      const list = found?.list.map((witness) => [slotOf(witness), { witness, selection }] as const) ?? null;
      this.#bySelection.push(list);
      for (const [slot, placed] of list ?? []) place(bySlot, slot, placed);
      yield;
    }
    for (const [slot, placed] of bySlot) {
      this.#tables.set(slot, fieldIndex(slot, placed, literalScan));
      yield;
    }
  }

  /** Whether a selection is in the tables: it has a witness that is not about the kind of an event. */
  has(selection: number): boolean {
    return (this.#bySelection[selection] ?? null) !== null;
  }

  placedOf(selections: readonly number[]): Map<Slot, Placed[]> {
    const bySlot = new Map<Slot, Placed[]>();
    for (const selection of selections) {
      for (const [slot, placed] of this.#bySelection[selection] ?? []) place(bySlot, slot, placed);
    }
    return bySlot;
  }

  tableOf(slot: Slot): FieldIndex {
    return this.#tables.get(slot) as FieldIndex;
  }
}
