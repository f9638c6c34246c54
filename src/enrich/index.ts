import type { Enrichment, RedactOptions } from './contract.ts';
import { createRedactor } from './redact/enrichment.ts';
import { createSessions } from './session/enrichment.ts';

/** Everything that may be switched on or configured, by enrichment. */
export interface EnrichOptions {
  redact: RedactOptions;
}

/** The enrichments in the order they run. Redaction is last, so that nothing it masks was copied before. */
export function createEnrichments(options: EnrichOptions): readonly Enrichment[] {
  return [createSessions(), createRedactor(options.redact)];
}
