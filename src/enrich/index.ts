import { type BaitTable, createBait } from './bait/enrichment.ts';
import type { Enrichment, GeoLookup, IntelTables, RedactOptions } from './contract.ts';
import { createGeo } from './geo/enrichment.ts';
import { createIntel } from './intel/enrichment.ts';
import { createRedactor } from './redact/enrichment.ts';
import { createSessions } from './session/enrichment.ts';

/** Everything that may be switched on or configured, by enrichment. */
export interface EnrichOptions {
  redact: RedactOptions;
  /** Where addresses are. Absent: nobody says. */
  geo?: GeoLookup | null;
  /** The lists of known addresses. Absent: there are none. */
  intel?: IntelTables | null;
  /** Accounts and paths that exist nowhere. Absent: none are laid out. */
  bait?: BaitTable | null;
}

/** The enrichments in the order they run. Redaction is last, so that nothing it masks was copied before. */
export function createEnrichments(options: EnrichOptions): readonly Enrichment[] {
  const { redact, geo, intel, bait } = options;
  return [
    createSessions(),
    ...(geo ? [createGeo(geo)] : []),
    ...(intel && intel.networks > 0 ? [createIntel(intel)] : []),
    ...(bait ? [createBait(bait)] : []),
    createRedactor(redact),
  ];
}
