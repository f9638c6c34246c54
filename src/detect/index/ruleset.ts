import type { Event, Match, RuleDoc } from '../../model/index.ts';
import { ipv6Prefix } from '../address.ts';
import type { CompiledRule, RuleProblem, RuleSet } from '../contract.ts';
import type { Correlation, Detection, Field, FrontEnd, Node, RuleForm } from '../form.ts';
import { hash128 } from '../hash.ts';
import { Context, type Slot, Slots } from './context.ts';
import { type LiteralScan, literalScan } from './literals.ts';
import { compileNode, type Predicate } from './predicate.ts';
import { type Witness, witnessesOf } from './witness.ts';

/**
 * Something the correlator keeps state for: a rule, or a correlation inside one. An inner unit's id is the rule's id,
 * a slash and its name.
 */
export interface Unit {
  id: string;
  hash: string;
  form: RuleForm;
  part: Detection | Correlation;
  /** Whether its firing is an alert; else it only feeds `parents`. */
  alerts: boolean;
  /** Correlations that this one is a step of. */
  parents: { unit: Unit; step: number }[];
  /** Matches that could not be grouped because a group field was missing. */
  missingGroup: number;
}

/** The rule set as the correlator sees it. */
export interface EngineRules extends RuleSet {
  readonly units: ReadonlyMap<string, Unit>;
  /** Makes the Match of a step (also of one fed by an inner correlation), or null where a group field or the value is missing. */
  stepMatch(unit: Unit, step: number, event: Event, seq: number): Match | null;
}

/** The correlator's view of a rule set. */
export function engineRules(rules: RuleSet): EngineRules {
  if (!('units' in rules)) throw new Error('a correlator needs a rule set made by compileRules');
  return rules as EngineRules;
}

/** Equal for rules that do the same: titles, labels and messages do not count. */
function meaningHash(value: unknown): string {
  return hash128(JSON.stringify(value, (key, part) => (words.has(key) ? undefined : part)));
}
const words = new Set(['title', 'label', 'message']);

/** Who wants to know when a selection is satisfied. */
interface Use {
  unit: Unit;
  step: number;
  group: Slot[] | null;
  value: Slot[];
  prefix: number | null;
}

interface Selection {
  matches: Predicate;
  uses: Use[];
}

/** What is looked up per event in one field. */
interface FieldIndex {
  slot: Slot;
  exact: Map<string, number[]> | null;
  literals: LiteralScan | null;
  present: number[];
}

/** Compiles rules into a set. Disabled rules are checked and left out. */
export function buildRuleSet(docs: readonly RuleDoc[], frontEnd: FrontEnd): EngineRules {
  const problems: RuleProblem[] = [];
  const forms: { doc: RuleDoc; form: RuleForm }[] = [];
  const taken = new Set<string>();
  for (const doc of docs) {
    const result = frontEnd(doc);
    problems.push(...result.problems.map((one) => ({ rule_id: doc.id, ...one })));
    if (!doc.enabled) continue;
    for (const form of result.forms) {
      if (taken.has(form.id)) {
        const message = `two rules have the id ${form.id}; only the first is used`;
        problems.push({ rule_id: doc.id, level: 'error', message, path: 'id', line: null, column: null });
      } else {
        taken.add(form.id);
        forms.push({ doc, form });
      }
    }
  }
  return new IndexedRules(forms, problems);
}

class IndexedRules implements EngineRules {
  readonly rules: readonly CompiledRule[];
  readonly problems: readonly RuleProblem[];
  readonly units = new Map<string, Unit>();
  readonly #slots = new Slots();
  readonly #selections: Selection[] = [];
  readonly #byNode = new Map<string, number>();
  readonly #uses = new Map<string, Use>();
  readonly #index: FieldIndex[];
  readonly #always: number[] = [];
  readonly #context: Context;
  readonly #hostSlot: Slot;
  readonly #sourceSlot: Slot;
  /** Selections that are already in `#candidates` for the event at hand. */
  #seen = new Float64Array(0);
  #epoch = 0;
  readonly #candidates: number[] = [];

  constructor(forms: readonly { doc: RuleDoc; form: RuleForm }[], problems: readonly RuleProblem[]) {
    this.problems = problems;
    this.#sourceSlot = this.#slots.of({ view: 'event', path: 'src_ip' });
    this.#hostSlot = this.#slots.of({ view: 'event', path: 'host' });
    this.rules = forms.map(({ doc, form }) => this.#add(doc, form));
    this.#index = this.#buildIndex();
    this.#seen = new Float64Array(this.#selections.length);
    this.#context = new Context(this.#slots);
  }

  #add(doc: RuleDoc, form: RuleForm): CompiledRule {
    const unit = this.#addUnit(form, form.root, form.id, true);
    const { root } = form;
    return {
      id: form.id,
      hash: unit.hash,
      doc,
      title: form.title,
      severity: form.severity,
      kind: root.kind === 'detection' ? 'detection' : root.type,
      groupBy: root.kind === 'detection' ? (root.groupBy ?? []).map((field) => field.path) : root.groupNames,
      windowSeconds: root.kind === 'detection' ? null : root.timespanMs / 1000,
    };
  }

  #addUnit(form: RuleForm, part: Detection | Correlation, id: string, alerts: boolean): Unit {
    const hash = meaningHash([form.ext, part]);
    const unit: Unit = { id, hash, form, part, alerts, parents: [], missingGroup: 0 };
    this.units.set(id, unit);
    const prefix = form.ext.groupPrefix;
    if (part.kind === 'detection') {
      const group = part.groupBy === null ? null : this.#slotsOf(part.groupBy);
      this.#addUse(part.node, { unit, step: 0, group, value: [], prefix });
      return unit;
    }
    part.steps.forEach((step, index) => {
      const use: Use = {
        unit,
        step: index,
        group: step.groupBy.length === 0 ? null : this.#slotsOf(step.groupBy),
        value: this.#slotsOf(step.value),
        prefix,
      };
      this.#uses.set(`${id}\u0000${index}`, use);
      if (step.of.kind === 'detection') this.#addUse(step.of.node, use);
      else {
        const innerId = `${id}/${step.of.name}`;
        const inner = this.units.get(innerId) ?? this.#addUnit(form, step.of, innerId, false);
        inner.parents.push({ unit, step: index });
      }
    });
    return unit;
  }

  #slotsOf(fields: readonly Field[]): Slot[] {
    return fields.map((field) => this.#slots.of(field));
  }

  /** Equal nodes of different rules are evaluated once. */
  #addUse(node: Node, use: Use): void {
    const key = JSON.stringify(node);
    let number = this.#byNode.get(key);
    if (number === undefined) {
      number = this.#selections.length;
      this.#byNode.set(key, number);
      this.#selections.push({ matches: compileNode(node, this.#slots), uses: [] });
    }
    (this.#selections[number] as Selection).uses.push(use);
  }

  #buildIndex(): FieldIndex[] {
    const bySlot = new Map<Slot, { witness: Witness; selection: number }[]>();
    for (const [key, selection] of this.#byNode) {
      const found = witnessesOf(JSON.parse(key) as Node);
      if (found === null) {
        this.#always.push(selection);
        continue;
      }
      for (const witness of found.list) {
        const slot = witness.field === 'keywords' ? this.#slots.keywords() : this.#slots.of(witness.field);
        const list = bySlot.get(slot) ?? [];
        list.push({ witness, selection });
        bySlot.set(slot, list);
      }
    }
    return [...bySlot].map(([slot, entries]) => fieldIndex(slot, entries));
  }

  match(event: Event, seq: number, out: Match[]): void {
    const context = this.#context;
    context.begin(event);
    this.#epoch += 1;
    const candidates = this.#candidates;
    candidates.length = 0;
    for (const index of this.#index) {
      if (index.exact !== null) this.#lookUp(index.exact, context.folded(index.slot));
      if (index.literals !== null) this.#scan(index.literals, index.slot, context);
      if (index.present.length > 0) {
        const value = context.value(index.slot);
        if (value !== undefined && value !== null) this.#propose(index.present);
      }
    }
    if (this.#always.length > 0) this.#propose(this.#always);
    if (candidates.length === 0) return;
    // Rule order, whatever the index found first.
    if (candidates.length > 1) candidates.sort((a, b) => a - b);
    for (const number of candidates) {
      const selection = this.#selections[number] as Selection;
      if (!selection.matches(context)) continue;
      for (const use of selection.uses) {
        const match = this.#matchOf(use, context, seq);
        if (match !== null) out.push(match);
      }
    }
  }

  #lookUp(exact: Map<string, number[]>, texts: string | readonly string[] | null): void {
    if (texts === null) return;
    if (typeof texts === 'string') {
      const found = exact.get(texts);
      if (found !== undefined) this.#propose(found);
      return;
    }
    for (const text of texts) {
      const found = exact.get(text);
      if (found !== undefined) this.#propose(found);
    }
  }

  readonly #proposeOne = (selection: number): void => {
    if (this.#seen[selection] === this.#epoch) return;
    this.#seen[selection] = this.#epoch;
    this.#candidates.push(selection);
  };

  #scan(literals: LiteralScan, slot: Slot, context: Context): void {
    const text = context.text(slot);
    if (typeof text === 'string') {
      if (literals.mayOccur(text)) literals.scan(context.folded(slot) as string, this.#proposeOne);
    } else if (text !== null) {
      for (const folded of context.folded(slot) as readonly string[]) literals.scan(folded, this.#proposeOne);
    }
  }

  #propose(selections: readonly number[]): void {
    for (const selection of selections) this.#proposeOne(selection);
  }

  stepMatch(unit: Unit, step: number, event: Event, seq: number): Match | null {
    const use = this.#uses.get(`${unit.id}\u0000${step}`);
    if (use === undefined) return null;
    if (this.#context.event !== event) this.#context.begin(event);
    return this.#matchOf(use, this.#context, seq);
  }

  #matchOf(use: Use, context: Context, seq: number): Match | null {
    const { event } = context;
    const { unit } = use;
    let group: string[] | null = null;
    if (unit.part.kind === 'detection') group = this.#detectionGroup(use, context);
    else if (use.group !== null) {
      group = groupOf(use.group, context, use.prefix);
      if (group === null) {
        unit.missingGroup += 1;
        return null;
      }
    }
    let value: string | null = null;
    if (use.value.length > 0) {
      value = countedValue(use.value, context);
      if (value === null) return null;
    }
    return {
      rule_id: unit.id,
      rule_hash: unit.hash,
      step: use.step,
      group,
      time: event.time,
      received_at: event.received_at,
      seq,
      event_id: event.id,
      value,
      event,
    };
  }

  /** A detection on its own always alerts: by its group_by, else by source address, else by host, else all together. */
  #detectionGroup(use: Use, context: Context): string[] | null {
    if (use.group !== null) return groupOf(use.group, context, use.prefix);
    return groupOf([this.#sourceSlot], context, use.prefix) ?? groupOf([this.#hostSlot], context, null);
  }
}

function groupOf(slots: readonly Slot[], context: Context, prefix: number | null): string[] | null {
  const group: string[] = [];
  for (const slot of slots) {
    const texts = context.text(slot);
    const text = typeof texts === 'string' ? texts : texts?.[0];
    if (text === undefined || text === '') return null;
    group.push(prefix === null ? text : ipv6Prefix(text, prefix));
  }
  return group;
}

function countedValue(slots: readonly Slot[], context: Context): string | null {
  let joined: string | null = null;
  for (const slot of slots) {
    const texts = context.text(slot);
    if (texts === null) return null;
    const text = typeof texts === 'string' ? texts : texts.join(', ');
    joined = joined === null ? text : `${joined} · ${text}`;
  }
  return joined;
}

function fieldIndex(slot: Slot, entries: readonly { witness: Witness; selection: number }[]): FieldIndex {
  const exact = new Map<string, number[]>();
  const literals: { literal: string; payload: number }[] = [];
  const present = new Set<number>();
  for (const { witness, selection } of entries) {
    if (witness.kind === 'present') present.add(selection);
    else if (witness.kind === 'literal') literals.push({ literal: witness.value, payload: selection });
    else {
      const list = exact.get(witness.value) ?? [];
      if (!list.includes(selection)) list.push(selection);
      exact.set(witness.value, list);
    }
  }
  return {
    slot,
    exact: exact.size > 0 ? exact : null,
    literals: literals.length > 0 ? literalScan(literals) : null,
    present: [...present],
  };
}
