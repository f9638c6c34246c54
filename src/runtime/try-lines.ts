import { compileRules, createCorrelator } from '../detect/index.ts';
import type { Enrichment } from '../enrich/contract.ts';
import type { Alert, EventJson, Match, RuleDoc, SourceInfo } from '../model/index.ts';
import { eventToJson } from '../model/index.ts';
import type { ParseContext } from '../parse/contract.ts';
import { traceParse } from '../parse/index.ts';
import { createPipeline } from '../pipeline.ts';
import type { ParseTrace } from '../serve/contract.ts';

export interface TriedLines {
  events: EventJson[];
  trace: ParseTrace[][];
  /** Per line: ids of the rules of which a selection matched. */
  matched: string[][];
  alerts: Alert[];
}

/** Runs lines through the pipeline with the given rules, apart from everything live: the rule editor's and the parser's test box. */
export function tryLines(
  lines: readonly string[],
  docs: readonly RuleDoc[],
  parts: { context: ParseContext; enrichments: readonly Enrichment[]; now: number; hint: string | null },
): TriedLines {
  const rules = compileRules(docs);
  const correlator = createCorrelator(rules, {
    maxGroupsPerRule: 1000,
    latenessMs: Number.POSITIVE_INFINITY,
    finalOnly: false,
  });
  const pipeline = createPipeline({
    contextOf: () => parts.context,
    enrichments: parts.enrichments,
    rules,
    correlator,
    random: () => 0,
  });
  const origin: SourceInfo = { source: 'test', source_type: 'replay', peer: null, hint: parts.hint, identity: 'test' };
  const tried: TriedLines = { events: [], trace: [], matched: [], alerts: [] };
  const alerts = new Map<string, Alert>();
  for (const [index, body] of lines.entries()) {
    const record = { seq: index, origin, received_at: parts.now, body, position: index };
    const event = pipeline.understand(record);
    const matches: Match[] = [];
    rules.match(event, index, matches);
    for (const { alert } of correlator.observe(matches)) alerts.set(alert.id, alert);
    tried.events.push(eventToJson(event, true));
    tried.trace.push(traceParse(record, parts.context).trace);
    tried.matched.push([...new Set(matches.map(({ rule_id }) => rule_id))]);
  }
  for (const { alert } of correlator.close()) alerts.set(alert.id, alert);
  tried.alerts = [...alerts.values()];
  return tried;
}
