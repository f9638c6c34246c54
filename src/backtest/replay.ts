/** Replay of stored history: the events as they are stored, through all rules at once, in order of time. */

import { engineRules } from '../detect/index/ruleset.ts';
import { compileRules } from '../detect/index.ts';
import type { Alert, Event, Match, RuleDoc } from '../model/index.ts';
import { type StepOptions, Told } from '../replay-steps.ts';
import { eventBatches, releaseColumns } from '../store/events/columns.ts';
import { everything } from './columns.ts';
import { conditionOf, isAlways } from './condition.ts';
import { type Reader, readSpans } from './reading.ts';
import { wideRows } from './run.ts';
import { isTimed, nodesOf } from './version.ts';

/** How far a replay of history is. */
export interface HistoryProgress {
  /** Events looked at so far, and all of the time. */
  events: number;
  total: number;
  /** Event time up to which all was looked at. */
  until: number;
  /** Alerts raised so far; most are told later, when they cannot grow any more. */
  raised: () => number;
}

export interface HistoryReplay extends StepOptions {
  store: Pick<Reader, 'spans' | 'columns'>;
  rules: readonly RuleDoc[];
  /** Ids of the rules whose alerts are told, where the others only help; absent: all. */
  only?: readonly string[] | undefined;
  /** Event time, epoch ms, from inclusive, to exclusive. */
  from: number;
  to: number;
  /** Called after each span with the number of events so far. */
  onProgress?: (events: number) => void;
  /** Asked before the first event and after each few thousand whether to go on; false ends with what was found. */
  goesOn?: (progress: HistoryProgress) => boolean;
}

/** Yields every alert once, at its close, or where it stands at each step. The same history and rules give the same alerts. */
export async function* replayHistory(options: HistoryReplay): AsyncGenerator<Alert> {
  const { store, from, to, goesOn = () => true } = options;
  const rules = compileRules(options.rules);
  const only = options.only && new Set(options.only);
  const told = new Told(
    rules,
    options,
    only && new Set(rules.rules.flatMap(({ id, doc }) => (only.has(doc.id) ? [id] : []))),
  );
  const roots = [...engineRules(rules).units.values()].map(({ form }) => form.root);
  const condition = conditionOf(roots.flatMap(nodesOf));
  // Evidence shows whole events.
  const wanted = { where: isAlways(condition) || roots.some(isTimed) ? null : condition, needed: everything };
  const matches: Match[] = [];
  let seq = 0;
  let events = 0;
  const spans = await store.spans(from, to, wideRows);
  const total = spans.reduce((sum, { rows }) => sum + rows, 0);
  const raised = (): number => told.raised;
  let isEnough = !goesOn({ events, total, until: from, raised });
  for await (const { span, parts, isLast } of readSpans(store, spans, wanted)) {
    if (isEnough) break;
    if (span.from > told.next) yield* told.due(span.from);
    if (told.isOver) return;
    // Where the store leaves events out, a span counts when it is over.
    let looked = 0;
    for (const part of parts) {
      for (const batch of isEnough ? [] : eventBatches(part)) {
        for (const event of batch) {
          if (event.time > told.next) yield* told.due(event.time);
          if (told.isOver) return;
          seq += 1;
          matches.length = 0;
          rules.match(event, seq, matches);
          if (matches.length > 0) yield* told.take(told.correlator.observe(matches));
          else if (told.correlator.waiting) yield* told.take(told.correlator.advance(event));
        }
        if (wanted.where === null) looked += batch.length;
        isEnough = !goesOn({ events: events + looked, total, until: (batch.at(-1) as Event).time + 1, raised });
        if (isEnough) break;
      }
      releaseColumns(part);
    }
    if (isEnough) break;
    events += span.rows;
    options.onProgress?.(events);
    if (!isLast) isEnough = !goesOn({ events, total, until: span.to, raised });
  }
  yield* told.end();
}
