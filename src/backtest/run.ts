/**
 * A backtest: stored events in event time through the engine that runs live. Span after span is read, the next one while
 * one is worked on, so that memory stays the same however long history is.
 */
import { type Event, isoTime } from '../model/index.ts';
import type { BacktestMessage, BacktestProgress, BacktestRequest, BacktestResult } from '../serve/backtest/messages.ts';
import { eventBatches, releaseColumns } from '../store/events/columns.ts';
import type { EventColumns, EventCondition, HistorySpan } from '../store/events/history.ts';
import { columnsFor, everything, type Needed } from './columns.ts';
import { onlyIn } from './compare.ts';
import { conditionOf, conditionText, isAlways } from './condition.ts';
import { type Reader, readSpans } from './reading.ts';
import { isTimed, Version } from './version.ts';

export interface BacktestOptions {
  maxGroupsPerRule: number;
  /** After so long a run ends with what it has. */
  maxSeconds: number;
  /** After so many alerts of one version. */
  maxAlerts: number;
  /** Off: the engine sees every event with all its columns, which tests compare with. */
  pushDown?: boolean;
}

/** Events of a span: a query of this size takes about a tenth of a second. */
const narrowRows = 150_000;
export const wideRows = 30_000;
/** Progress is told so often, ms. */
const progressMs = 400;
/** Alerts of each version that are told as they are found; those of one version only at the end; events shown. */
const toldAlerts = 200;
const toldDifferences = 50;
const samples = 10;
const dayMs = 86_400_000;

/** @throws a sentence where a rule does not compile or the store fails. */
export async function backtest(
  request: BacktestRequest,
  store: Reader,
  options: BacktestOptions,
  emit: (message: BacktestMessage) => void,
): Promise<void> {
  const run = new Run(request, store, options, emit);
  const telling = setInterval(() => run.tell(), progressMs / 2);
  try {
    emit(await run.all());
  } finally {
    clearInterval(telling);
  }
}

class Run {
  readonly #request: BacktestRequest;
  readonly #store: Reader;
  readonly #options: BacktestOptions;
  readonly #emit: (message: BacktestMessage) => void;
  readonly #began = performance.now();
  readonly #new: Version;
  readonly #old: Version | null;
  readonly #where: EventCondition | null;
  readonly #needed: Needed;
  readonly #told = { old: 0, new: 0 };
  #toldAt = Number.NEGATIVE_INFINITY;
  #total = 0;
  #scanned = 0;
  #seq = 0;
  #truncated: string | null = null;
  /** Event time that a run which was cut short came to. */
  #endedAt: number | null = null;

  constructor(
    request: BacktestRequest,
    store: Reader,
    options: BacktestOptions,
    emit: (message: BacktestMessage) => void,
  ) {
    this.#request = request;
    this.#store = store;
    this.#options = options;
    this.#emit = emit;
    const { versions } = request;
    this.#new = new Version(versions.new, options.maxGroupsPerRule);
    this.#old = versions.old === null ? null : new Version(versions.old, options.maxGroupsPerRule);
    const both = this.#old === null ? [this.#new] : [this.#new, this.#old];
    const where = conditionOf(both.flatMap(({ nodes }) => nodes));
    const needsAll = options.pushDown === false || both.some(({ forms }) => forms.some(({ root }) => isTimed(root)));
    this.#where = needsAll || isAlways(where) ? null : where;
    this.#needed = options.pushDown === false ? everything : columnsFor(both.flatMap(({ forms }) => forms));
  }

  async all(): Promise<BacktestResult> {
    const { from, to } = this.#request;
    const rows = this.#needed.wide ? wideRows : narrowRows;
    const spans = withSmallBeginning(await this.#store.spans(from, to, rows));
    this.#total = spans.reduce((sum, span) => sum + span.rows, 0);
    this.tell();
    const wanted = { where: this.#where, needed: this.#needed };
    for await (const { span, parts, isLast } of readSpans(this.#store, spans, wanted)) {
      for (const part of parts) {
        if (this.#truncated === null) this.#look(part);
        releaseColumns(part);
      }
      if (this.#truncated === null) {
        this.#scanned += span.rows;
        if (!isLast) this.#endAtLimit(span.to);
      }
      this.#tellAlerts(span.to);
      if (this.#truncated !== null) break;
    }
    for (const version of [this.#new, this.#old]) version?.finish();
    this.#tellAlerts(Number.POSITIVE_INFINITY);
    return this.#result(spans);
  }

  /** Shows the engine what was read. */
  #look(columns: EventColumns): void {
    for (const events of eventBatches(columns)) {
      for (const event of events) {
        this.#seq += 1;
        this.#new.see(event, this.#seq);
        this.#old?.see(event, this.#seq);
      }
      this.tell();
      this.#endAtLimit((events.at(-1) as Event).time + 1);
      if (this.#truncated !== null) return;
    }
  }

  /** @param until event time up to which all was looked at */
  #endAtLimit(until: number): void {
    const { maxAlerts, maxSeconds } = this.#options;
    const alerts = Math.max(this.#new.alerts, this.#old?.alerts ?? 0);
    const why =
      alerts >= maxAlerts
        ? `The run ended at ${maxAlerts} alerts.`
        : this.#seconds() > maxSeconds
          ? `The run ended after ${maxSeconds} s.`
          : null;
    if (why === null) return;
    this.#truncated = `${why} Nothing from ${isoTime(until)} on was looked at.`;
    this.#endedAt = until;
  }

  #seconds(): number {
    return Math.round(performance.now() - this.#began) / 1000;
  }

  #counts(): BacktestProgress['alerts'] {
    return { old: this.#old?.alerts ?? null, new: this.#new.alerts };
  }

  /** Progress, unless it was told a moment ago. */
  tell(): void {
    const now = performance.now();
    if (now - this.#toldAt < progressMs) return;
    this.#toldAt = now;
    this.#emit({
      type: 'progress',
      scanned: this.#scanned,
      total: this.#total,
      matched: this.#new.matched,
      alerts: this.#counts(),
      seconds: this.#seconds(),
    });
  }

  #tellAlerts(time: number): void {
    for (const name of ['old', 'new'] as const) {
      const ended = (name === 'old' ? this.#old : this.#new)?.ended(time) ?? [];
      for (const { alert } of ended.slice(0, toldAlerts - this.#told[name])) {
        this.#told[name] += 1;
        this.#emit({ type: 'alert', version: name, alert });
      }
    }
  }

  async #result(spans: readonly HistorySpan[]): Promise<BacktestResult> {
    const { from, to } = this.#request;
    const [old, now] = [this.#old?.found ?? null, this.#new.found];
    const first = spans[0]?.from ?? from;
    const last = this.#endedAt ?? spans.at(-1)?.to ?? from;
    const oldByDay = old === null ? null : countByDay(old);
    const newByDay = countByDay(now);
    const days = Math.max(1, (last - first) / dayMs);
    const perDay = (alerts: number): number => Math.round((alerts / days) * 100) / 100;
    const onlyOld = old === null ? [] : onlyIn(old, now);
    const onlyNew = old === null ? [] : onlyIn(now, old);
    const ids = this.#new.sampleIds(samples);
    return {
      type: 'result',
      from: isoTime(from),
      to: isoTime(to),
      events: this.#total,
      scanned: this.#scanned,
      matched: this.#new.matched,
      alerts: this.#counts(),
      per_day: daysOf(first, last).map((day) => ({
        day,
        old: oldByDay === null ? null : (oldByDay.get(day) ?? 0),
        new: newByDay.get(day) ?? 0,
      })),
      noise_per_day: { old: old === null ? null : perDay(old.length), new: perDay(now.length) },
      only_old: onlyOld.slice(0, toldDifferences).map(({ alert }) => alert),
      only_new: onlyNew.slice(0, toldDifferences).map(({ alert }) => alert),
      only_old_total: onlyOld.length,
      only_new_total: onlyNew.length,
      samples: ids.length === 0 ? [] : await this.#store.byIds(ids),
      pushed_down: this.#where !== null,
      selection: this.#where === null ? null : conditionText(this.#where),
      seconds: this.#seconds(),
      truncated: this.#truncated,
    };
  }
}

function daysOf(first: number, last: number): string[] {
  const days: string[] = [];
  for (let day = Math.floor(first / dayMs) * dayMs; day < last; day += dayMs) days.push(isoTime(day).slice(0, 10));
  return days;
}

function countByDay(found: Version['found']): Map<string, number> {
  const counts = new Map<string, number>();
  for (const { alert } of found) {
    const day = alert.time.slice(0, 10);
    counts.set(day, (counts.get(day) ?? 0) + 1);
  }
  return counts;
}

/** The first span in two, so that there is something to show at once. */
function withSmallBeginning([first, ...rest]: readonly HistorySpan[]): HistorySpan[] {
  if (first === undefined) return [];
  const middle = first.from + Math.floor((first.to - first.from) / 8);
  if (middle === first.from) return [first, ...rest];
  const rows = Math.round(first.rows / 8);
  return [
    { ...first, to: middle, rows, fitting: rows },
    { ...first, from: middle, rows: first.rows - rows, fitting: first.fitting - rows },
    ...rest,
  ];
}
