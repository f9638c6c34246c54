import type { AlertMessage } from '../messages.ts';
import type { Log } from '../serve/contract.ts';
import { budgetOf, dayMs } from '../serve/rules/care.ts';
import type { StateStore } from '../store/contract.ts';
import { TouchedAddresses } from './touched.ts';

/** Says the same as `signal`, to those who read only the tags. */
const signalTag = 'signal';

/** What became of an alert when it was raised; it stays so while it grows. */
type Verdict = 'loud' | 'signal' | 'muted';

/** Alerts whose verdict is remembered. Of others it is read from the store. */
const mostRemembered = 20_000;
/** Times that are kept per rule: more than the largest budget. */
const mostTimes = 10_001;

/**
 * Decides whether people are told of an alert. A muted rule's are dropped; those of a signal (a rule that is over its
 * noise budget, or that somebody saved as one) are kept with severity info and a tag. What was raised before grows on as it was.
 */
export class AlertGate {
  readonly #state: StateStore;
  readonly #now: () => number;
  readonly #log: Log;
  readonly #touched: TouchedAddresses;
  readonly #verdicts = new Map<string, Verdict>();
  /** Times of each rule's alerts within the last 24 hours, in the order they came. */
  readonly #times = new Map<string, number[]>();
  /** Rules that were over their budget when they last raised an alert. */
  readonly #over = new Set<string>();

  constructor(options: { state: StateStore; now: () => number; log: Log }) {
    this.#state = options.state;
    this.#now = options.now;
    this.#log = options.log;
    this.#touched = new TouchedAddresses(options);
  }

  /** The change as it is to be stored and told, or null. */
  pass(change: AlertMessage): AlertMessage | null {
    const { id } = change.head;
    let verdict = this.#verdicts.get(id) ?? this.#stored(id);
    let { type } = change;
    if (verdict === 'muted' && !this.#isMuted(change.head.rule_id)) {
      // It goes on after the mute has ended: now it is news.
      verdict = undefined;
      type = 'alert';
    }
    if (verdict === undefined) {
      verdict = this.#judge(change);
      this.#remember(id, verdict);
    }
    if (verdict === 'muted') return null;
    const told = type === change.type ? change : { ...change, type };
    return verdict === 'signal' ? asSignal(told) : this.#touched.pass(told);
  }

  /** An alert of a former run, or one that was forgotten here. */
  #stored(id: string): Verdict | undefined {
    const alert = this.#state.alerts.byId(id);
    if (alert === null) return undefined;
    const verdict = alert.signal === true ? 'signal' : 'loud';
    this.#remember(id, verdict);
    return verdict;
  }

  #isMuted(rule_id: string): boolean {
    const until = this.#state.ruleCare.byId(rule_id)?.muted_until;
    return until != null && until > this.#now();
  }

  #judge({ head }: AlertMessage): Verdict {
    const { rule_id } = head;
    if (this.#isMuted(rule_id)) return 'muted';
    const now = this.#now();
    const care = this.#state.ruleCare.byId(rule_id);
    const budget = budgetOf(care);
    const times = this.#timesOf(rule_id, now - dayMs, budget);
    if (head.time >= now - dayMs) times.push(head.time);
    if (times.length > mostTimes) times.shift();
    if (care !== null && care.signal_since !== null) return 'signal';
    const isOver = times.length > budget;
    if (isOver !== this.#over.has(rule_id)) this.#turn(rule_id, head.rule_name, isOver, times.length, budget);
    return isOver ? 'signal' : 'loud';
  }

  #timesOf(rule_id: string, from: number, budget: number): number[] {
    let times = this.#times.get(rule_id);
    if (times === undefined) {
      times = this.#state.alerts.times(rule_id, from, mostTimes);
      this.#times.set(rule_id, times);
      if (times.length > budget) this.#over.add(rule_id);
    }
    let old = 0;
    while (old < times.length && (times[old] as number) < from) old += 1;
    if (old > 0) times.splice(0, old);
    return times;
  }

  /** Said once each way, in the log and on the record: nothing is silenced silently. */
  #turn(id: string, name: string, isOver: boolean, count: number, budget: number): void {
    if (isOver) this.#over.add(id);
    else this.#over.delete(id);
    const said = isOver
      ? `The rule "${name}" raised ${count} alerts in 24 hours, more than its budget of ${budget}: it is a signal now, its new alerts are kept as info.`
      : `The rule "${name}" is within its noise budget of ${budget} alerts in 24 hours again.`;
    this.#log(isOver ? 'warn' : 'info', said);
    this.#state.audit.append({
      timestamp: this.#now(),
      action: isOver ? 'rule_demoted' : 'rule_promoted',
      user: null,
      success: true,
      source_ip: null,
      details: { id, name, alerts_24h: count, noise_budget: budget },
    });
  }

  #remember(id: string, verdict: Verdict): void {
    this.#verdicts.delete(id);
    this.#verdicts.set(id, verdict);
    if (this.#verdicts.size <= mostRemembered) return;
    for (const oldest of this.#verdicts.keys()) {
      this.#verdicts.delete(oldest);
      break;
    }
  }
}

function asSignal(change: AlertMessage): AlertMessage {
  const document = JSON.parse(change.document) as { severity: string; tags: string[] };
  const tags = document.tags.includes(signalTag) ? document.tags : [...document.tags, signalTag];
  return {
    ...change,
    head: { ...change.head, severity: 'info', signal: true },
    document: JSON.stringify({ ...document, severity: 'info', tags }),
  };
}
