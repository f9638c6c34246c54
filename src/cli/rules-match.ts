import { parseAllDocuments } from 'yaml';
import { compileRules } from '../detect/index.ts';
import { findLogFiles, readLineBlocks } from '../log-files.ts';
import { type Event, type Match, newEvent, type RuleDoc } from '../model/index.ts';

/** One hit: which line of the input (from 1) and which rule. */
export interface Hit {
  event: number;
  rule_id: string;
  rule_title: string;
}

/**
 * Runs single-event detections over structured events (one JSON object per line, keys are the rules' field names).
 * A line that is no object counts as an event without fields.
 */
export async function matchEvents(
  paths: readonly string[],
  docs: readonly RuleDoc[],
  useLogsource: boolean,
  onHit: (hit: Hit) => Promise<void>,
): Promise<void> {
  const rules = compileRules(useLogsource ? docs : docs.map(forAnyLogsource));
  const titles = new Map(rules.rules.map(({ id, title }) => [id, title]));
  const matches: Match[] = [];
  let number = 0;
  for (const file of await findLogFiles(paths)) {
    for await (const { lines } of readLineBlocks(file)) {
      for (const line of lines) {
        number += 1;
        const event = structuredEvent(line);
        matches.length = 0;
        rules.match(event, number, matches);
        const ids = new Set(matches.map(({ rule_id }) => rule_id));
        for (const id of [...ids].sort()) await onHit({ event: number, rule_id: id, rule_title: titles.get(id) ?? id });
      }
    }
  }
}

const origin = { source: 'file_events', source_type: 'replay' as const, peer: null, hint: null, identity: '' };

/** An event whose fields are the keys of a JSON object; `message` is the event's own where the object has one. */
export function structuredEvent(line: string): Event {
  const event = newEvent(origin, 0, line);
  const fields = objectOf(line);
  event.fields = fields;
  if (typeof fields.message === 'string') event.message = fields.message;
  return event;
}

/** The same rule with a log source that fits every event. */
export function forAnyLogsource(doc: RuleDoc): RuleDoc {
  if (!('yaml' in doc.config)) return doc;
  const documents = parseAllDocuments(doc.config.yaml) as Exclude<
    ReturnType<typeof parseAllDocuments>,
    { empty: true }
  >;
  for (const document of documents) {
    if (document.has('logsource')) document.set('logsource', { product: 'any' });
  }
  return { ...doc, config: { yaml: documents.map(String).join('---\n') } };
}

function objectOf(line: string): Event['fields'] {
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Event['fields']) : {};
  } catch {
    return {};
  }
}
