import type { AlertChange, AlertExtent, Correlator, RuleSet } from './detect/contract.ts';
import { createCorrelator } from './detect/index.ts';
import type { Alert } from './model/index.ts';

export interface StepOptions {
  /** What of each alert is wanted; everything where absent. */
  detail?: AlertExtent | undefined;
  /** Points in event time, epoch ms. With any, the replay ends at the last, and alerts are told as they stand at each. */
  at?: readonly number[] | undefined;
  /** Called at each of them, before the alerts that are new or have grown since the one before. */
  onStep?: ((at: number) => void) | undefined;
  /** Cap of live groups per rule; the stalest are forgotten. */
  maxGroupsPerRule?: number | undefined;
}

/** A correlator for replay, and when its alerts are told: each once, at its close, or step by step. */
export class Told {
  readonly correlator: Correlator;
  readonly #onStep: (at: number) => void;
  readonly #changed = new Map<string, AlertChange>();
  readonly #steps: number[];
  readonly #isStepped: boolean;
  readonly #only: ReadonlySet<string> | undefined;

  /** @param only ids of the compiled rules whose alerts are told, where the others only help */
  constructor(
    rules: RuleSet,
    { detail, at = [], onStep = () => {}, maxGroupsPerRule = 100_000 }: StepOptions,
    only?: ReadonlySet<string>,
  ) {
    this.#only = only;
    this.#steps = [...new Set(at)].sort((a, b) => a - b);
    this.#isStepped = at.length > 0;
    this.#onStep = onStep;
    this.correlator = createCorrelator(rules, {
      maxGroupsPerRule,
      latenessMs: Number.POSITIVE_INFINITY,
      finalOnly: !this.#isStepped,
      late: this.#isStepped,
      ...(detail && { detail }),
    });
  }

  /** Event time of the next step; an event after it must wait for {@link due}. Infinity: there is none. */
  get next(): number {
    return this.#steps[0] ?? Number.POSITIVE_INFINITY;
  }

  /** Whether the last step is over: nothing after it is wanted. */
  get isOver(): boolean {
    return this.#isStepped && this.#steps.length === 0;
  }

  /** Alerts that were raised so far, those that are not told yet included. */
  get raised(): number {
    const rules = Object.entries(this.correlator.stats().per_rule);
    return rules.reduce((sum, [id, { alerts }]) => (this.#only?.has(id) === false ? sum : sum + alerts), 0);
  }

  /** The alerts of the steps before an event of this time, each as it stands then. */
  *due(time: number): Generator<Alert> {
    while (time > this.next) {
      this.#onStep(this.#steps.shift() as number);
      yield* this.#standing();
    }
  }

  /** Takes what an event changed. Alerts that are to be told now. */
  take(changes: readonly AlertChange[]): readonly Alert[] {
    if (!this.#isStepped) return this.#wanted(changes);
    for (const change of changes) this.#changed.set(change.late?.id ?? change.alert.id, change);
    return [];
  }

  /** There are no more events. */
  *end(): Generator<Alert> {
    if (this.#isStepped) yield* this.due(Number.POSITIVE_INFINITY);
    else yield* this.#wanted(this.correlator.close());
  }

  #standing(): Alert[] {
    this.take(this.correlator.flush());
    const alerts = this.#wanted([...this.#changed.values()]);
    this.#changed.clear();
    return alerts.sort((a, b) => a.time - b.time || (a.id < b.id ? -1 : 1));
  }

  #wanted(changes: readonly AlertChange[]): Alert[] {
    const alerts = changes.map(({ alert }) => alert);
    const only = this.#only;
    return only === undefined ? alerts : alerts.filter(({ rule_id }) => only.has(rule_id));
  }
}
