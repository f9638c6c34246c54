import type { RuleDoc } from '../../model/index.ts';
import type { CompiledRule } from '../contract.ts';
import type { Correlation, Detection, Field, Node, RuleForm } from '../form.ts';
import { hash128 } from '../hash.ts';
import type { Slot, Slots } from './context.ts';
import type { Workshop } from './workshop.ts';

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
  /** By step of a correlation: how it is grouped and counted. */
  stepUses: Use[];
  /** Correlations that this one is a step of. */
  parents: { unit: Unit; step: number }[];
  /** Matches that could not be grouped because a group field was missing. */
  missingGroup: number;
}

/** Equal for rules that do the same: titles, labels and messages do not count. */
function meaningHash(ext: object, part: object): string {
  const known = hashes.get(part);
  if (known?.ext === ext) return known.hash;
  const hash = hash128(meaning([ext, part]));
  hashes.set(part, { ext, hash });
  return hash;
}
const hashes = new WeakMap<object, { ext: object; hash: string }>();

const mapped = new WeakMap<object, string>();

/** JSON without what is there for people only. A field's mapping is long and read by many clauses: it stands there as its hash. */
function meaning(value: unknown): string {
  if (value === null || typeof value !== 'object') return JSON.stringify(value) ?? 'null';
  if (!('sources' in value && 'prefixes' in value)) return meaningOf(value);
  let hash = mapped.get(value);
  if (hash === undefined) {
    hash = JSON.stringify(hash128(meaningOf(value)));
    mapped.set(value, hash);
  }
  return hash;
}

function meaningOf(value: object): string {
  let text = '';
  if (Array.isArray(value)) {
    for (const item of value) text += text === '' ? meaning(item) : `,${meaning(item)}`;
    return `[${text}]`;
  }
  for (const [key, item] of Object.entries(value)) {
    if (words.has(key) || item === undefined) continue;
    text += `${text === '' ? '' : ','}${JSON.stringify(key)}:${meaning(item)}`;
  }
  return `{${text}}`;
}
const words = new Set(['title', 'label', 'message', 'messageFields', 'response', 'identity']);

/** Who wants to know when a selection is satisfied. */
export interface Use {
  unit: Unit;
  step: number;
  /** Number of the group key that it is counted under (see {@link GroupKey}); -1: no group. */
  group: number;
  value: Slot[];
}

/** A group key: which fields, cut by which prefix. Shared by the uses that have the same, and read once per event. */
export interface GroupKey {
  slots: Slot[];
  prefix: number | null;
  /** Single detections: the address, else the host, else all together. */
  orElse: Slot | null;
}

/** A distinct tree of clauses and who uses it: equal trees of different rules are evaluated once. */
export interface Selection {
  /** That of its tree in the workshop. */
  number: number;
  uses: Use[];
}

/** What all rules of a set come to: units for the correlator, selections for the index. */
export class Units {
  readonly byId = new Map<string, Unit>();
  readonly selections: Selection[] = [];
  readonly groups: GroupKey[] = [];
  readonly #workshop: Workshop;
  readonly #slots: Slots;
  readonly #byNumber = new Map<number, Selection>();
  readonly #groupNumbers = new Map<string, number>();

  constructor(workshop: Workshop) {
    this.#workshop = workshop;
    this.#slots = workshop.slots;
  }

  add(doc: RuleDoc, form: RuleForm): CompiledRule {
    const unit = this.#addUnit(form, form.root, form.id, !form.ext.signal);
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
      signal: form.ext.signal ?? null,
    };
  }

  #addUnit(form: RuleForm, part: Detection | Correlation, id: string, alerts: boolean): Unit {
    const hash = meaningHash(form.ext, part);
    const unit: Unit = { id, hash, form, part, alerts, stepUses: [], parents: [], missingGroup: 0 };
    this.byId.set(id, unit);
    const prefix = form.ext.groupPrefix;
    if (part.kind === 'detection') {
      this.#addUse(part.node, { unit, step: 0, group: this.#detectionGroup(part.groupBy, prefix), value: [] });
      return unit;
    }
    part.steps.forEach((step, index) => {
      const group = step.groupBy.length === 0 ? -1 : this.#group(this.#slotsOf(step.groupBy), prefix, null);
      const use: Use = { unit, step: index, group, value: this.#slotsOf(step.value) };
      unit.stepUses.push(use);
      if (step.of.kind === 'detection') this.#addUse(step.of.node, use);
      else {
        const innerId = `${id}/${step.of.name}`;
        const inner = this.byId.get(innerId) ?? this.#addUnit(form, step.of, innerId, false);
        inner.parents.push({ unit, step: index });
      }
    });
    return unit;
  }

  #slotsOf(fields: readonly Field[]): Slot[] {
    return fields.map((field) => this.#slots.of(field));
  }

  #detectionGroup(groupBy: readonly Field[] | null, prefix: number | null): number {
    if (groupBy !== null) return this.#group(this.#slotsOf(groupBy), prefix, null);
    const address = this.#slots.of({ view: 'event', path: 'src_ip' });
    return this.#group([address], prefix, this.#slots.of({ view: 'event', path: 'host' }));
  }

  #group(slots: Slot[], prefix: number | null, orElse: Slot | null): number {
    const key = JSON.stringify([slots, prefix, orElse]);
    let number = this.#groupNumbers.get(key);
    if (number === undefined) {
      number = this.groups.length;
      this.#groupNumbers.set(key, number);
      this.groups.push({ slots, prefix, orElse });
    }
    return number;
  }

  #addUse(node: Node, use: Use): void {
    const number = this.#workshop.numberOf(node);
    let selection = this.#byNumber.get(number);
    if (selection === undefined) {
      selection = { number, uses: [] };
      this.#byNumber.set(number, selection);
      this.selections.push(selection);
    }
    selection.uses.push(use);
  }
}

/** The clause trees of a form, those of inner correlations too. */
export function* nodesOf(part: Detection | Correlation): Generator<Node> {
  if (part.kind === 'detection') yield part.node;
  else for (const step of part.steps) yield* nodesOf(step.of);
}
