import type { RedactOptions } from '../enrich/contract.ts';
import { createEnrichments } from '../enrich/index.ts';
import { zoneOffsets } from '../host-zone.ts';
import type { PipelineControl } from '../serve/contract.ts';
import { explainEvents } from './explain-events.ts';
import { tryLines } from './try-lines.ts';

/** What people try rules and lines with, apart from everything live: read as a line would be that came now. */
export function createTrials(
  now: () => number,
  redact: () => RedactOptions,
): Pick<PipelineControl, 'test' | 'explain'> {
  const parts = () => ({
    context: { zoneMinutesAt: zoneOffsets(null), year: null, live: false },
    enrichments: createEnrichments({ redact: redact() }),
    now: now(),
  });
  return {
    test: (lines, rules, hint = null) => tryLines(lines, rules, { ...parts(), hint }),
    explain: (docs, events, lines) => explainEvents(docs, events, lines, parts()),
  };
}
