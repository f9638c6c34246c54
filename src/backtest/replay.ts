/** Replay of stored history: the events as they are stored, through all rules at once, in order of time. */

import { engineRules } from '../detect/index/ruleset.ts';
import { compileRules } from '../detect/index.ts';
import type { Alert, Match, RuleDoc } from '../model/index.ts';
import { type StepOptions, Told } from '../replay-steps.ts';
import { eventBatches, releaseColumns } from '../store/events/columns.ts';
import { everything } from './columns.ts';
import { conditionOf, isAlways } from './condition.ts';
import { type Reader, wideRows } from './run.ts';
import { nodesOf } from './version.ts';

export interface HistoryReplay extends StepOptions {
  store: Pick<Reader, 'spans' | 'columns'>;
  rules: readonly RuleDoc[];
  /** Event time, epoch ms, from inclusive, to exclusive. */
  from: number;
  to: number;
  /** Called after each span with the number of events so far. */
  onProgress?: (events: number) => void;
}

/** Yields every alert once, at its close, or where it stands at each step. The same history and rules give the same alerts. */
export async function* replayHistory(options: HistoryReplay): AsyncGenerator<Alert> {
  const { store, from, to } = options;
  const rules = compileRules(options.rules);
  const told = new Told(rules, options);
  const nodes = [...engineRules(rules).units.values()].flatMap(({ form }) => nodesOf(form.root));
  const condition = conditionOf(nodes);
  const where = isAlways(condition) ? null : condition;
  const matches: Match[] = [];
  let seq = 0;
  let events = 0;
  for (const span of await store.spans(from, to, wideRows)) {
    if (span.from > told.next) yield* told.due(span.from);
    if (told.isOver) return;
    // Evidence shows whole events.
    const columns = await store.columns({ from: span.from, to: span.to, where, columns: everything.columns });
    for (const batch of eventBatches(columns)) {
      for (const event of batch) {
        if (event.time > told.next) yield* told.due(event.time);
        if (told.isOver) return;
        seq += 1;
        matches.length = 0;
        rules.match(event, seq, matches);
        if (matches.length > 0) yield* told.take(told.correlator.observe(matches));
      }
    }
    releaseColumns(columns);
    events += span.rows;
    options.onProgress?.(events);
  }
  yield* told.end();
}
