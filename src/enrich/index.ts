import type { Enrichment, RedactOptions } from './contract.ts';
import { createRedactor } from './redact/enrichment.ts';

export { createRedactor } from './redact/enrichment.ts';

/** Everything that may be switched on or configured, by enrichment. */
export interface EnrichOptions {
  redact: RedactOptions;
}

/** The enrichments in the order they run. Redaction is last, so that nothing it masks was copied before. */
export function createEnrichments(options: EnrichOptions): readonly Enrichment[] {
  return [createRedactor(options.redact)];
}
