/** The documented detectors over stored history: rules in event time through the engine that runs live, span after span. */
import { readSpans } from '../backtest/reading.ts';
import { wideRows } from '../backtest/run.ts';
import type { AlertChange, Correlator } from '../detect/contract.ts';
import { createCorrelator } from '../detect/index.ts';
import type { Event, Match } from '../model/index.ts';
import type { AttackEvent, ThreatRequest, ThreatResult } from '../serve/threats/messages.ts';
import type { HistoryReader } from '../store/client.ts';
import { eventBatches, releaseColumns } from '../store/events/columns.ts';
import type { EventColumns, EventCondition } from '../store/events/history.ts';
import { Budget, Collector } from './collect.ts';
import { compileDetectors, type Detectors } from './detectors.ts';
import type { Found } from './found.ts';
import { narrowed } from './narrow.ts';
import { resultOf } from './result.ts';

export interface ThreatOptions {
  maxGroupsPerRule: number;
  /** After so long a run ends with what it has. */
  maxSeconds: number;
  /** Waited for after each span of events: so a run that nobody waits for leaves others their turn. */
  pause?: () => Promise<unknown>;
}

export type ThreatReader = Pick<HistoryReader, 'spans' | 'columns' | 'crowds'>;

export const narrowRows = 150_000;

/** @throws a sentence where a rule does not compile or the store fails. */
export async function findThreats(
  request: ThreatRequest,
  store: ThreatReader,
  options: ThreatOptions,
): Promise<ThreatResult> {
  const began = performance.now();
  const detectors = compileDetectors(request.detectors);
  const isAll = request.want === 'timeline';
  const where = await narrowed(detectors.units, request, isAll ? { crowds: async () => null } : store);
  const ran = await new Run(detectors, request, store, options, where).all();
  return resultOf(request, ran, options, performance.now() - began);
}

/** What is looked at, and what is wanted of it. */
type Look = Pick<ThreatRequest, 'from' | 'to' | 'want' | 'limit'>;

/** What a run has come to. */
export interface Ran {
  /** By rule. */
  found: Map<string, Found[]>;
  /** Events that were matched, and events that are stored of the time. */
  matched: number;
  scanned: number;
  /** Where it ended before its time; null: it did not. */
  endedAt: number | null;
  leftOutAttacks: number;
  leftOutEvents: number;
  /** Matches that could not wait for their windows, and groups that were forgotten. */
  forgotten: number;
  evicted: number;
  /** `timeline`: events, and how many there are. */
  events: AttackEvent[];
  timeline: number;
}

class Run {
  readonly #detectors: Detectors;
  readonly #look: Look;
  readonly #store: ThreatReader;
  readonly #options: ThreatOptions;
  readonly #where: EventCondition | 'nothing' | null;
  readonly #began = performance.now();
  readonly #correlator: Correlator;
  readonly #budget = new Budget();
  readonly #collectors: ReadonlyMap<string, Collector>;
  readonly #events: AttackEvent[] = [];
  readonly #matches: Match[] = [];
  #seq = 0;
  #timeline = 0;

  /** @param where which events can matter; null: all */
  constructor(
    detectors: Detectors,
    look: Look,
    store: ThreatReader,
    options: ThreatOptions,
    where: EventCondition | 'nothing' | null,
  ) {
    this.#detectors = detectors;
    this.#look = look;
    this.#store = store;
    this.#options = options;
    this.#where = where;
    const withEvents = look.want === 'attacks';
    this.#collectors = new Map(
      detectors.list.map((one) => [one.rule_id, new Collector(one, this.#budget, withEvents)]),
    );
    this.#correlator = windowCorrelator(detectors, options.maxGroupsPerRule);
  }

  async all(): Promise<Ran> {
    const { from, to } = this.#look;
    const { isWide, needed } = this.#detectors;
    const fits = this.#where === 'nothing' ? null : this.#where;
    // Of whose events many are read need not be counted before.
    const spans = await this.#store.spans(from, to, isWide ? wideRows : narrowRows, isWide ? fits : null);
    const wanted = this.#where === 'nothing' ? [] : spans.filter(({ fitting }) => fitting > 0);
    let endedAt: number | null = null;
    for await (const { span, parts } of readSpans(this.#store, wanted, { where: fits, needed })) {
      for (const part of parts) {
        this.#read(part);
        releaseColumns(part);
      }
      await this.#options.pause?.();
      if (performance.now() - this.#began > this.#options.maxSeconds * 1000 && span.to < to) {
        endedAt = span.to;
        break;
      }
    }
    const scanned = spans.reduce((sum, span) => (span.to <= (endedAt ?? to) ? sum + span.rows : sum), 0);
    return this.#ran(scanned, endedAt);
  }

  #ran(scanned: number, endedAt: number | null): Ran {
    const collectors = [...this.#collectors];
    // Closes what is open, which may leave something out.
    const found = new Map(collectors.map(([rule_id, collector]) => [rule_id, collector.finish()]));
    const { leftOutAttacks, leftOutEvents, forgotten } = this.#budget;
    return {
      ...{ found, scanned, endedAt, leftOutAttacks, leftOutEvents, forgotten },
      matched: collectors.reduce((sum, [, { matched }]) => sum + matched, this.#timeline),
      evicted: this.#correlator.stats().evicted,
      events: this.#events,
      timeline: this.#timeline,
    };
  }

  #read(columns: EventColumns): void {
    for (const events of eventBatches(columns)) for (const event of events) this.#see(event);
  }

  #see(event: Event): void {
    this.#seq += 1;
    const matches = this.#matches;
    matches.length = 0;
    this.#detectors.rules.match(event, this.#seq, matches);
    if (matches.length === 0) return;
    if (this.#look.want === 'timeline') {
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
    if (this.#events.length >= this.#look.limit) return;
    const { id, time, user, src_ip, dst_port } = match.event;
    this.#events.push({ id, time, user, src_ip, dst_port, step: match.step });
  }
}

/** Judges windows by event time, whatever came when. */
export const windowCorrelator = ({ rules }: Detectors, maxGroupsPerRule: number): Correlator =>
  createCorrelator(rules, {
    maxGroupsPerRule,
    latenessMs: Number.POSITIVE_INFINITY,
    finalOnly: false,
    late: true,
    detail: { first: 0, last: 0, clauses: false },
    maxHeldEvents: 1000,
    perWindow: true,
  });

/** The alert of a rule that an event has opened. The event has one group for each rule. */
export const openedBy = (changes: readonly AlertChange[], ruleId: string): AlertChange | null =>
  changes.find(({ type, late }) => type === 'alert' && late?.rule_id === ruleId) ?? null;
