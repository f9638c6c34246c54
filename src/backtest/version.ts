import type { AlertChange, Correlator, RuleSet } from '../detect/contract.ts';
import type { Node, RuleForm } from '../detect/form.ts';
import { engineRules } from '../detect/index/ruleset.ts';
import { compileRules, createCorrelator } from '../detect/index.ts';
import { type Alert, type Event, isoTime, type Match } from '../model/index.ts';
import type { BacktestAlert, BacktestVersion } from '../serve/backtest/messages.ts';
import { RefusedError } from '../serve/contract.ts';

/** An alert that may still grow, and the event time at which to look again whether it does. */
interface Growing {
  change: AlertChange;
  lookAt: number;
}

/** What is kept of an alert once it is over. */
export interface Found {
  time: number;
  first: number;
  last: number;
  /** Ids of its events, the last one last. */
  eventIds: readonly string[];
  alert: BacktestAlert;
}

/**
 * One version of a rule at work: the engine as live runs it, without a limit to lateness. Alerts are told when they are
 * over, so that their counts are final.
 */
export class Version {
  readonly forms: readonly RuleForm[];
  readonly nodes: readonly Node[];
  /** All alerts that are over, in the order they ended. */
  readonly found: Found[] = [];
  matched = 0;
  /** Alerts so far, growing ones included. */
  alerts = 0;
  readonly #rules: RuleSet;
  readonly #correlator: Correlator;
  readonly #ids: ReadonlySet<string>;
  /** Rules that only help: what they refer to is theirs, their alerts are not told. */
  readonly #isAlone: boolean;
  readonly #suppressMs: ReadonlyMap<string, number>;
  readonly #matches: Match[] = [];
  #growing: Growing[] = [];
  readonly #firstMatches: string[] = [];

  /** @throws a sentence where the rule does not compile. */
  constructor({ rule_id, docs }: BacktestVersion, maxGroupsPerRule: number) {
    const rules = compileRules(docs);
    const own = rules.rules.filter(({ doc }) => doc.id === rule_id);
    if (own.length === 0) {
      const error = rules.problems.find((problem) => problem.rule_id === rule_id && problem.level === 'error');
      throw new RefusedError(error?.message ?? 'The rule raises no alerts by itself. Run one that does.');
    }
    this.#rules = rules;
    this.#ids = new Set(own.map(({ id }) => id));
    this.#isAlone = own.length === rules.rules.length;
    this.#correlator = createCorrelator(rules, {
      maxGroupsPerRule,
      latenessMs: Number.POSITIVE_INFINITY,
      finalOnly: false,
      late: true,
      detail: { first: 0, last: 0, clauses: false },
      // None is told.
      maxHeldEvents: 1000,
    });
    const units = [...engineRules(rules).units.values()];
    this.forms = [...new Set(units.map(({ form }) => form))];
    this.nodes = this.forms.flatMap((form) => nodesOf(form.root));
    this.#suppressMs = new Map(units.map(({ form }) => [form.id, form.ext.suppressMs]));
  }

  /** Takes the next event in. */
  see(event: Event, seq: number): void {
    const matches = this.#matches;
    matches.length = 0;
    this.#rules.match(event, seq, matches);
    if (matches.length === 0) {
      if (this.#correlator.waiting) this.#note(this.#correlator.advance(event), event.time);
      return;
    }
    if (this.#isAlone || matches.some(({ rule_id }) => this.#isOwn(rule_id))) {
      this.matched += 1;
      if (this.#firstMatches.length < 10) this.#firstMatches.push(event.id);
    }
    this.#note(this.#correlator.observe(matches), event.time);
  }

  /** There are no more events: windows whose time has passed are judged. */
  finish(): void {
    this.#note(this.#correlator.close(), Number.NEGATIVE_INFINITY);
  }

  #note(changes: readonly AlertChange[], time: number): void {
    for (const change of changes) {
      if (change.type !== 'alert' || !(this.#isAlone || this.#ids.has(change.alert.rule_id))) continue;
      this.alerts += 1;
      this.#growing.push({ change, lookAt: time });
    }
  }

  /** Alerts that cannot grow any more: an event of this time would be too late for them. */
  ended(time: number): Found[] {
    const ended: Found[] = [];
    const growing: Growing[] = [];
    for (const one of this.#growing) {
      if (one.lookAt <= time) {
        const { alert } = one.change;
        const until = alert.last + (this.#suppressMs.get(alert.rule_id) ?? 0);
        if (until <= time) {
          ended.push(foundOf(alert));
          continue;
        }
        one.lookAt = until;
      }
      growing.push(one);
    }
    this.#growing = growing;
    this.found.push(...ended);
    return ended;
  }

  /** Ids of events to show: those that completed alerts, else those that match. */
  sampleIds(limit: number): string[] {
    const step = Math.max(1, Math.floor(this.found.length / limit));
    const last = this.found.filter((_, i) => i % step === 0).flatMap(({ eventIds }) => eventIds.at(-1) ?? []);
    return [...new Set([...last.slice(0, limit), ...this.#firstMatches])].slice(0, limit);
  }

  #isOwn(ruleId: string): boolean {
    if (this.#ids.has(ruleId)) return true;
    // An inner correlation is called by its rule's id, a slash and its name.
    for (const id of this.#ids) if (ruleId.startsWith(`${id}/`)) return true;
    return false;
  }
}

/** Whether a rule's windows are judged when they are over: then the time of every event counts, whatever it matches. */
export const isTimed = (part: RuleForm['root']): boolean =>
  part.kind === 'correlation' && (part.atClose === true || part.steps.some((step) => isTimed(step.of)));

/** The detections of a rule. */
export function nodesOf(part: RuleForm['root']): Node[] {
  return part.kind === 'detection' ? [part.node] : part.steps.flatMap((step) => nodesOf(step.of));
}

function foundOf(alert: Alert): Found {
  const { id, time, first, last, severity, message, group, count } = alert;
  return {
    time,
    first,
    last,
    eventIds: alert.event_ids.slice(-1),
    alert: { id, time: isoTime(time), first: isoTime(first), last: isoTime(last), severity, message, group, count },
  };
}
