/** The documented detectors over stored history: rules in event time through the engine that runs live, span after span. */
import { columnsFor, everything } from '../backtest/columns.ts';
import { readSpans, type Wanted } from '../backtest/reading.ts';
import { wideRows } from '../backtest/run.ts';
import type { AlertChange, Correlator, RuleSet } from '../detect/contract.ts';
import { engineRules } from '../detect/index/ruleset.ts';
import type { Unit } from '../detect/index/units.ts';
import { compileRules, createCorrelator } from '../detect/index.ts';
import { type Event, isoTime, type Match } from '../model/index.ts';
import { RefusedError } from '../serve/contract.ts';
import {
  type Attack,
  type AttackEvent,
  type ThreatRequest,
  type ThreatResult,
  threatSeverities,
} from '../serve/threats/messages.ts';
import type { HistoryReader } from '../store/client.ts';
import { eventBatches, releaseColumns } from '../store/events/columns.ts';
import type { EventColumns } from '../store/events/history.ts';
import type { EventRow } from '../store/events/row.ts';
import { Budget, Collector } from './collect.ts';
import { narrowed } from './narrow.ts';

export interface ThreatOptions {
  maxGroupsPerRule: number;
  /** After so long a run ends with what it has. */
  maxSeconds: number;
}

export type ThreatReader = Pick<HistoryReader, 'spans' | 'columns' | 'crowds'>;

const narrowRows = 150_000;
/** What answers tell of events, besides what the rules look at. */
const toldColumns = ['src_ip', 'dst_port', 'protocol', 'user'] as const satisfies readonly (keyof EventRow)[];

/** @throws a sentence where a rule does not compile or the store fails. */
export async function findThreats(
  request: ThreatRequest,
  store: ThreatReader,
  options: ThreatOptions,
): Promise<ThreatResult> {
  return new Run(request, store, options).all();
}

class Run {
  readonly #request: ThreatRequest;
  readonly #store: ThreatReader;
  readonly #options: ThreatOptions;
  readonly #began = performance.now();
  readonly #rules: RuleSet;
  readonly #correlator: Correlator;
  readonly #needed: Wanted['needed'];
  readonly #units: readonly Unit[];
  readonly #isWide: boolean;
  readonly #budget = new Budget();
  readonly #collectors: ReadonlyMap<string, Collector>;
  readonly #events: AttackEvent[] = [];
  readonly #matches: Match[] = [];
  #seq = 0;
  #scanned = 0;
  #timeline = 0;
  #endedAt: number | null = null;

  constructor(request: ThreatRequest, store: ThreatReader, options: ThreatOptions) {
    this.#request = request;
    this.#store = store;
    this.#options = options;
    const docs = [...new Map(request.detectors.flatMap((one) => one.docs.map((doc) => [doc.id, doc]))).values()];
    this.#rules = compileRules(docs, {}, new Set(request.detectors.map(({ rule_id }) => rule_id)));
    for (const { rule_id } of request.detectors) {
      if (this.#rules.rules.some(({ doc }) => doc.id === rule_id)) continue;
      const error = this.#rules.problems.find((problem) => problem.rule_id === rule_id && problem.level === 'error');
      throw new RefusedError(error?.message ?? `The rule ${rule_id} raises no alerts by itself. Restore it.`);
    }
    this.#collectors = new Map(request.detectors.map((one) => [one.rule_id, new Collector(one, this.#budget)]));
    this.#correlator = createCorrelator(this.#rules, {
      maxGroupsPerRule: options.maxGroupsPerRule,
      latenessMs: Number.POSITIVE_INFINITY,
      finalOnly: false,
      late: true,
      detail: { first: 0, last: 0, clauses: false },
      maxHeldEvents: 1000,
      perWindow: true,
    });
    const own = [...engineRules(this.#rules).units.values()].filter(({ id }) => this.#collectors.has(id));
    this.#units = own;
    const needed = columnsFor(own.map(({ form }) => form));
    this.#isWide = needed === everything || needed.wide;
    this.#needed = { ...needed, columns: [...new Set([...needed.columns, ...toldColumns])] };
  }

  async all(): Promise<ThreatResult> {
    const { from, to } = this.#request;
    const isAll = this.#request.want === 'timeline';
    const where = await narrowed(this.#units, { from, to }, isAll ? { crowds: async () => null } : this.#store);
    const rows = this.#isWide ? wideRows : narrowRows;
    const fits = where === 'nothing' ? null : where;
    // Of whose events many are read need not be counted before.
    const spans = await this.#store.spans(from, to, rows, this.#isWide ? fits : null);
    const wanted = where === 'nothing' ? [] : spans.filter(({ fitting }) => fitting > 0);
    for await (const { span, parts } of readSpans(this.#store, wanted, { where: fits, needed: this.#needed })) {
      for (const part of parts) {
        this.#look(part);
        releaseColumns(part);
      }
      if (performance.now() - this.#began > this.#options.maxSeconds * 1000 && span.to < to) {
        this.#endedAt = span.to;
        break;
      }
    }
    for (const span of spans) if (span.to <= (this.#endedAt ?? to)) this.#scanned += span.rows;
    return this.#result();
  }

  #look(columns: EventColumns): void {
    for (const events of eventBatches(columns)) for (const event of events) this.#see(event);
  }

  #see(event: Event): void {
    this.#seq += 1;
    const matches = this.#matches;
    matches.length = 0;
    this.#rules.match(event, this.#seq, matches);
    if (matches.length === 0) return;
    if (this.#request.want === 'timeline') {
      this.#note(matches);
      return;
    }
    const changes = this.#correlator.observe(matches);
    for (const match of matches) {
      const collector = this.#collectors.get(match.rule_id);
      collector?.take(match, changes.length === 0 ? null : openedBy(changes, match.rule_id));
    }
  }

  #note(matches: readonly Match[]): void {
    const match = matches.find(({ rule_id }) => this.#collectors.has(rule_id));
    if (match === undefined) return;
    this.#timeline += 1;
    if (this.#events.length >= this.#request.limit) return;
    const { id, time, user, src_ip, dst_port } = match.event;
    this.#events.push({ id, time, user, src_ip, dst_port, step: match.step });
  }

  #result(): ThreatResult {
    const { severities, limit } = this.#request;
    const all = [...this.#collectors.values()].flatMap((collector) => collector.finish());
    const bySeverity = { LOW: 0, MEDIUM: 0, HIGH: 0, CRITICAL: 0 };
    for (const { severity } of all) bySeverity[severity] += 1;
    const wanted = severities === null ? all : all.filter(({ severity }) => severities.includes(severity));
    wanted.sort(mostSevereFirst);
    const attacks = wanted.slice(0, limit);
    const matched = [...this.#collectors.values()].reduce((sum, one) => sum + one.matched, this.#timeline);
    return {
      attacks,
      total: wanted.length,
      bySeverity,
      events: this.#events,
      matched,
      scanned: this.#scanned,
      seconds: Math.round(performance.now() - this.#began) / 1000,
      notes: this.#notes(wanted.length - attacks.length),
    };
  }

  #notes(unlisted: number): string[] {
    const { maxSeconds } = this.#options;
    const { leftOutAttacks, leftOutEvents, forgotten } = this.#budget;
    const evicted = this.#correlator.stats().evicted;
    const notes: string[] = [];
    if (this.#endedAt !== null)
      notes.push(
        `The run ended after ${maxSeconds} s: nothing from ${isoTime(this.#endedAt)} on was looked at. Choose a shorter time.`,
      );
    if (unlisted > 0)
      notes.push(`${unlisted} less severe detections are counted and not listed. Raise the threshold, or filter.`);
    if (this.#timeline > this.#events.length)
      notes.push(`The first ${this.#events.length} of ${this.#timeline} events are listed. Choose a shorter time.`);
    if (leftOutAttacks > 0)
      notes.push(`${leftOutAttacks} windows of further sources were found and not kept. Raise the threshold.`);
    if (leftOutEvents > 0) notes.push(`Of later windows ${leftOutEvents} events are counted and not listed.`);
    if (evicted > 0)
      notes.push(`${evicted} groups were forgotten while their windows filled, because there were too many at a time.`);
    if (forgotten > 0)
      notes.push(`${forgotten} events were counted by the engine and are missing from the lists of their windows.`);
    return notes;
  }
}

/** The alert of a rule that an event has opened. The event has one group for each rule. */
const openedBy = (changes: readonly AlertChange[], ruleId: string): AlertChange | null =>
  changes.find(({ type, late }) => type === 'alert' && late?.rule_id === ruleId) ?? null;

const rankOf = ({ severity }: Attack): number => threatSeverities.indexOf(severity);
const mostSevereFirst = (a: Attack, b: Attack): number =>
  rankOf(b) - rankOf(a) || b.count - a.count || a.first - b.first;
