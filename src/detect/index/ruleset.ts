import { ipv6Prefix } from '../../model/address.ts';
import type { Event, Match, RuleDoc } from '../../model/index.ts';
import type { CompiledRule, RuleProblem, RuleSet } from '../contract.ts';
import type { FrontEnd, RuleForm } from '../form.ts';
import { hash128 } from '../hash.ts';
import { Context, type Slot } from './context.ts';
import type { LiteralScan } from './literals.ts';
import { always, never, type Plan, Planner } from './plan.ts';
import type { PrefixTable } from './prefixes.ts';
import { toEnd } from './steps.ts';
import { type GroupKey, nodesOf, type Selection, type Unit, Units, type Use } from './units.ts';
import { keysInSteps, Workshop } from './workshop.ts';

/** The rule set as the correlator sees it. */
export interface EngineRules extends RuleSet {
  /** Selections that were evaluated so far, for benchmarks. */
  readonly candidates: number;
  readonly units: ReadonlyMap<string, Unit>;
  /** Makes the Match of a step (also of one fed by an inner correlation), or null where a group field or the value is missing. */
  stepMatch(unit: Unit, step: number, event: Event, seq: number): Match | null;
}

/** The correlator's view of a rule set. */
export function engineRules(rules: RuleSet): EngineRules {
  if (!('units' in rules)) throw new Error('a correlator needs a rule set made by compileRules');
  return rules as EngineRules;
}

/** Compiles rules into a set. Disabled rules are checked and left out. */
export function buildRuleSet(docs: readonly RuleDoc[], frontEnd: FrontEnd): EngineRules {
  return toEnd(rulesInSteps(docs, frontEnd, null));
}

/**
 * The same in steps, each of which is short whatever the number of rules: who has other work to do goes on with it in between.
 *
 * @param previous the set that is replaced: what did not change is taken over from it.
 */
export function* rulesInSteps(
  docs: readonly RuleDoc[],
  frontEnd: FrontEnd,
  previous: EngineRules | null,
): Generator<void, EngineRules> {
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
  yield;
  const nodes = forms.flatMap(({ form }) => [...nodesOf(form.root)]);
  yield* keysInSteps(nodes);
  const known = previous instanceof IndexedRules && previous.workshop.fits(nodes) ? previous.workshop : null;
  const workshop = known ?? (yield* Workshop.make(nodes));
  const units = new Units(workshop);
  const rules: CompiledRule[] = [];
  for (const { doc, form } of forms) {
    rules.push(units.add(doc, form));
    yield;
  }
  const made = new IndexedRules(rules, problems, units, workshop);
  yield;
  if (previous instanceof IndexedRules) yield* made.prepareFor(previous);
  return made;
}

class IndexedRules implements EngineRules {
  readonly rules: readonly CompiledRule[];
  readonly problems: readonly RuleProblem[];
  readonly units: ReadonlyMap<string, Unit>;
  readonly #units: Units;
  readonly workshop: Workshop;
  /** By number of its tree in the workshop. */
  readonly #selections: readonly (Selection | undefined)[];
  /** By the same number: the place in the order of the rules. */
  readonly #ranks: Uint32Array;
  readonly #planner: Planner;
  readonly #context: Context;
  /** Selections that are already in `#candidates` for the event at hand. */
  readonly #seen: Float64Array;
  #epoch = 0;
  readonly #candidates: number[] = [];
  /** By selection number: what is left of it for the event at hand. */
  #states: Plan['states'] = new Uint8Array(0);
  /** Group keys of the event at hand: undefined until read, null where a field is missing. */
  readonly #groups: (readonly string[] | null | undefined)[];
  #groupsRead = false;
  candidates = 0;

  constructor(rules: readonly CompiledRule[], problems: readonly RuleProblem[], units: Units, workshop: Workshop) {
    this.rules = rules;
    this.problems = problems;
    this.workshop = workshop;
    this.#units = units;
    this.units = units.byId;
    const size = workshop.nodes.length;
    const selections = new Array<Selection | undefined>(size).fill(undefined);
    this.#ranks = new Uint32Array(size);
    for (const [rank, selection] of units.selections.entries()) {
      selections[selection.number] = selection;
      this.#ranks[selection.number] = rank;
    }
    this.#selections = selections;
    this.#planner = new Planner(
      workshop,
      units.selections.map(({ number }) => number),
    );
    this.#seen = new Float64Array(size);
    this.#groups = units.groups.map(() => undefined);
    this.#context = new Context(workshop.slots);
  }

  /** Makes the plans that the previous set has needed: events do not wait for them then. */
  *prepareFor(previous: IndexedRules): Generator<void, void> {
    for (const sample of previous.#planner.samples) yield* this.#planner.prepare(sample);
  }

  match(event: Event, seq: number, out: Match[]): void {
    const plan = this.#planner.planOf(event);
    if (plan.indexes.length === 0 && plan.always.length === 0) return;
    this.#states = plan.states;
    const context = this.#context;
    this.#begin(event);
    const candidates = this.#candidates;
    candidates.length = 0;
    if (plan.always.length > 0) this.#propose(plan.always);
    for (const index of plan.indexes) {
      if (index.exact !== null) this.#lookUp(index.exact, context.folded(index.slot));
      if (index.prefixes !== null) this.#search(index.prefixes, index.slot);
      if (index.literals !== null) this.#scan(index.literals, index.slot);
      if (index.present.length > 0) {
        const value = context.value(index.slot);
        if (value !== undefined && value !== null) this.#propose(index.present);
      }
    }
    if (candidates.length === 0) return;
    this.candidates += candidates.length;
    // Rule order, whatever the index found first.
    if (candidates.length > 1) sortFew(candidates, this.#ranks);
    for (const number of candidates) {
      if (plan.states[number] !== always) {
        const predicate = plan.predicates[number] ?? this.#planner.predicate(plan, number);
        if (!predicate(context)) continue;
      }
      for (const use of (this.#selections[number] as Selection).uses) {
        const match = this.#matchOf(use, seq);
        if (match !== null) out.push(match);
      }
    }
  }

  #begin(event: Event): void {
    this.#context.begin(event);
    this.#epoch += 1;
    if (this.#groupsRead) {
      this.#groups.fill(undefined);
      this.#groupsRead = false;
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
    if (this.#states[selection] === never || this.#seen[selection] === this.#epoch) return;
    this.#seen[selection] = this.#epoch;
    this.#candidates.push(selection);
  };

  #scan(literals: LiteralScan, slot: Slot): void {
    const texts = this.#context.text(slot);
    if (typeof texts === 'string') literals.scan(texts, this.#proposeOne);
    else if (texts !== null) for (const text of texts) literals.scan(text, this.#proposeOne);
  }

  #search(prefixes: PrefixTable, slot: Slot): void {
    const texts = this.#context.text(slot);
    if (typeof texts === 'string') prefixes.find(texts, this.#proposeOne);
    else if (texts !== null) for (const text of texts) prefixes.find(text, this.#proposeOne);
  }

  #propose(selections: readonly number[]): void {
    for (const selection of selections) this.#proposeOne(selection);
  }

  stepMatch(unit: Unit, step: number, event: Event, seq: number): Match | null {
    const use = unit.stepUses[step];
    if (use === undefined) return null;
    if (this.#context.event !== event) this.#begin(event);
    return this.#matchOf(use, seq);
  }

  #matchOf(use: Use, seq: number): Match | null {
    const { event } = this.#context;
    const { unit } = use;
    let group: readonly string[] | null = null;
    if (use.group >= 0) {
      group = this.#group(use.group);
      // A detection on its own always alerts.
      if (group === null && unit.part.kind === 'correlation') {
        unit.missingGroup += 1;
        return null;
      }
    }
    let value: string | null = null;
    if (use.value.length > 0) {
      value = countedValue(use.value, this.#context);
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

  #group(number: number): readonly string[] | null {
    const known = this.#groups[number];
    if (known !== undefined) return known;
    this.#groupsRead = true;
    const key = this.#units.groups[number] as GroupKey;
    let group = groupOf(key.slots, this.#context, key.prefix);
    if (group === null && key.orElse !== null) group = groupOf([key.orElse], this.#context, null);
    this.#groups[number] = group;
    return group;
  }
}

/** Insertion sort by rank: candidates are few and nearly in order. */
function sortFew(numbers: number[], ranks: Uint32Array): void {
  for (let i = 1; i < numbers.length; i += 1) {
    const one = numbers[i] as number;
    const rank = ranks[one] as number;
    let place = i;
    while (place > 0 && (ranks[numbers[place - 1] as number] as number) > rank) {
      numbers[place] = numbers[place - 1] as number;
      place -= 1;
    }
    numbers[place] = one;
  }
}

/** Longest group or counted value that is kept, in UTF-16 units. */
const longestKey = 256;

/** Values come from logs and may be as long as a line: a long one is cut and told apart by its hash. */
const bounded = (text: string): string =>
  text.length <= longestKey ? text : `${text.slice(0, longestKey - 40).toWellFormed()}… ${hash128(text)}`;

function groupOf(slots: readonly Slot[], context: Context, prefix: number | null): string[] | null {
  const group: string[] = [];
  for (const slot of slots) {
    const texts = context.text(slot);
    const text = typeof texts === 'string' ? texts : texts?.[0];
    if (text === undefined || text === '') return null;
    group.push(bounded(prefix === null ? text : ipv6Prefix(text, prefix)));
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
  return joined === null ? null : bounded(joined);
}
