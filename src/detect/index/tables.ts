import type { Node } from '../form.ts';
import type { Slot } from './context.ts';
import { type LiteralScan, literalScanInSteps } from './literals.ts';
import { PrefixTable } from './prefixes.ts';
import { type Witness, type WitnessChoice, witnessesOf } from './witness.ts';

/** Entries that are looked at in one step. */
const entriesAtOnce = 2000;

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

/** In steps that are short whatever the number of entries, as long as those of `scan` are. */
export function* fieldIndex(
  slot: Slot,
  placed: readonly Placed[],
  scan: (entries: readonly Entry[]) => Generator<void, LiteralScan>,
): Generator<void, FieldIndex> {
  const exact = new Map<string, number[]>();
  const literals: Entry[] = [];
  const prefixes: { prefix: string; payload: number }[] = [];
  for (const [i, { witness, selection }] of placed.entries()) {
    if (i % entriesAtOnce === entriesAtOnce - 1) yield;
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
    literals: literals.length > 0 ? yield* scan(literals) : null,
    prefixes: prefixes.length > 0 ? new PrefixTable(prefixes) : null,
    present: presentOf(placed),
  };
}

function presentOf(placed: readonly Placed[]): number[] {
  const present = new Set<number>();
  for (const { witness, selection } of placed) if (witness.kind === 'present') present.add(selection);
  return [...present];
}

export function place(into: Map<Slot, Placed[]>, slot: Slot, placed: Placed): void {
  const list = into.get(slot);
  if (list === undefined) into.set(slot, [placed]);
  else list.push(placed);
}

/** A selection's witnesses in one field. */
interface InField {
  slot: Slot;
  placed: readonly Placed[];
  isPresent: boolean;
}

/** What some selections look for in one field. */
interface Wanted {
  entries: number;
  parts: InField[];
  present: number[];
}

/** A table of so few entries is made in no time. */
const fewEntries = 300;

/** The tables of a big rule set's fields, made once and used by all plans, which leave out what cannot match. */
export class SharedTables {
  /** Per selection, its witnesses by field; null: it has none that is not about the kind of an event. */
  readonly #bySelection: (readonly InField[] | null)[] = [];
  readonly #tables = new Map<Slot, { table: FieldIndex; size: number }>();

  /** In steps: each is short, whatever the number of rules. */
  *fill(nodes: readonly Node[], choice: WitnessChoice, slotOf: (witness: Witness) => Slot): Generator<void, void> {
    const bySlot = new Map<Slot, Placed[]>();
    for (const [selection, node] of nodes.entries()) {
      const found = witnessesOf(node, choice);
      const own = new Map<Slot, Placed[]>();
      for (const witness of found?.list ?? []) place(own, slotOf(witness), { witness, selection });
      for (const [slot, list] of own) for (const placed of list) place(bySlot, slot, placed);
      const inFields = [...own].map(([slot, placed]) => ({ slot, placed, isPresent: presentOf(placed).length > 0 }));
      this.#bySelection.push(found === null ? null : inFields);
      yield;
    }
    for (const [slot, placed] of bySlot) {
      const table = yield* fieldIndex(slot, placed, literalScanInSteps);
      this.#tables.set(slot, { table, size: placed.length });
      yield;
    }
  }

  /** Whether a selection is in the tables: it has a witness that is not about the kind of an event. */
  has(selection: number): boolean {
    return (this.#bySelection[selection] ?? null) !== null;
  }

  /** The fields in which some selections have witnesses. */
  wantedOf(selections: readonly number[]): Map<Slot, Wanted> {
    const bySlot = new Map<Slot, Wanted>();
    for (const selection of selections) {
      for (const inField of this.#bySelection[selection] ?? []) {
        const { slot, placed, isPresent } = inField;
        let wanted = bySlot.get(slot);
        if (wanted === undefined) {
          wanted = { entries: 0, parts: [], present: [] };
          bySlot.set(slot, wanted);
        }
        wanted.entries += placed.length;
        wanted.parts.push(inField);
        if (isPresent) wanted.present.push(selection);
      }
    }
    return bySlot;
  }

  /** The table of a field; null where so few of its entries are wanted that one of their own is better. */
  tableFor(slot: Slot, wanted: number): FieldIndex | null {
    const { table, size } = this.#tables.get(slot) as { table: FieldIndex; size: number };
    return wanted <= fewEntries && wanted * 2 < size ? null : table;
  }
}
