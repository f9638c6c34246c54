import type { PipelineTick } from '../messages.ts';
import type { Log } from '../serve/contract.ts';
import type { StateStore } from '../store/contract.ts';
import type { HealthReport } from './source-health.ts';

/** So many events with something masked, within this time, are repeated. */
const repeated = 10;
const withinMs = 600_000;
/** Said again of the same source after this time at the earliest. */
const tellEveryMs = 3_600_000;

interface Known {
  redacted: number;
  /** Since when, and how many. */
  from: number;
  count: number;
  toldAt: number;
}

/**
 * Says in the log what was masked in whose lines, once a second and source, and as an event that a rule knows where a
 * source does it again and again: an application that logs passwords is a leak, masked or not.
 */
export function personalDataTeller(options: {
  log: Log;
  state: Pick<StateStore, 'audit'>;
  tell: (report: HealthReport) => void;
  now: () => number;
}): (tick: Pick<PipelineTick, 'sources'>) => void {
  const { log, state, tell, now } = options;
  const sources = new Map<string, Known>();
  return ({ sources: tallies }) => {
    const at = now();
    for (const { source, redacted, redactedKinds } of tallies) {
      const known = sources.get(source) ?? { redacted: 0, from: at, count: 0, toldAt: Number.NEGATIVE_INFINITY };
      const more = redacted - known.redacted;
      if (more <= 0) continue;
      known.redacted = redacted;
      sources.set(source, known);
      const kinds = redactedKinds.join(', ');
      log('warn', `[SECURITY] PII detected in ${more} event${more === 1 ? '' : 's'} from ${source}: ${kinds}`);
      if (at - known.from > withinMs) {
        known.from = at;
        known.count = 0;
      }
      known.count += more;
      if (known.count < repeated || at - known.toldAt < tellEveryMs) continue;
      known.toldAt = at;
      const details = { source, events: known.count, kinds };
      state.audit.append({
        timestamp: at,
        action: 'pii_detected',
        user: null,
        success: true,
        source_ip: null,
        details,
      });
      tell({
        phosor: 'source.personal_data',
        source,
        message: `${source} sent secrets or personal data in ${known.count} events within 10 minutes (${kinds}). They were masked.`,
        masked_events: known.count,
        kinds,
      });
    }
  };
}
