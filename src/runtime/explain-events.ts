import type { EventExplanation, Explainer } from '../detect/contract.ts';
import { compileRules, createCorrelator, createExplainer } from '../detect/index.ts';
import type { Enrichment } from '../enrich/contract.ts';
import {
  type Event,
  type EventJson,
  eventFromJson,
  eventToJson,
  type RuleDoc,
  type SourceInfo,
} from '../model/index.ts';
import type { ParseContext } from '../parse/contract.ts';
import { createPipeline } from '../pipeline.ts';
import { RefusedError } from '../serve/contract.ts';

export interface ExplainedEvent {
  event: EventJson;
  explanation: EventExplanation;
}

/** Work at a stretch before others get their turn, ms: explaining a big rule takes milliseconds per event. */
const stretchMs = 15;

/**
 * Explains a rule event by event, apart from everything live: stored events in order of time, then lines as they would be
 * understood now.
 *
 * @param docs the rule first, then the filters that are for it
 */
export async function explainEvents(
  docs: readonly RuleDoc[],
  stored: readonly EventJson[],
  lines: readonly string[],
  parts: { context: ParseContext; enrichments: readonly Enrichment[]; now: number },
): Promise<ExplainedEvent[]> {
  const explainer = explainerOf(docs);
  const explained: ExplainedEvent[] = [];
  let began = performance.now();
  const add = async (event: Event, json: EventJson): Promise<void> => {
    explained.push({ event: json, explanation: explainer.explain(event, explained.length) });
    if (performance.now() - began < stretchMs) return;
    await new Promise((resolve) => setImmediate(resolve));
    began = performance.now();
  };
  const events = stored.map((json) => ({ json, event: eventFromJson(json) }));
  for (const { event, json } of events.sort((a, b) => a.event.time - b.event.time)) await add(event, json);
  const understand = reader(parts);
  for (const [index, line] of lines.entries()) {
    const event = understand(line, index);
    await add(event, eventToJson(event, true));
  }
  return explained;
}

function explainerOf(docs: readonly RuleDoc[]): Explainer {
  const rules = compileRules(docs);
  const [doc] = docs;
  if (doc && rules.rules.some(({ id }) => id === doc.id)) return createExplainer(rules, doc.id);
  throw new RefusedError('This raises nothing itself (it is a filter, say). Explain a rule that it is for.');
}

/** Understands lines as the pipeline does. */
function reader(parts: Parameters<typeof explainEvents>[3]): (line: string, index: number) => Event {
  const rules = compileRules([]);
  const correlator = createCorrelator(rules, { maxGroupsPerRule: 1, latenessMs: 0, finalOnly: true });
  const { context, enrichments } = parts;
  const pipeline = createPipeline({ contextOf: () => context, enrichments, rules, correlator, random: () => 0 });
  const origin: SourceInfo = { source: 'test', source_type: 'replay', peer: null, hint: null, identity: 'test' };
  return (body, index) => pipeline.understand({ seq: index, origin, received_at: parts.now, body, position: index });
}
