import type { IngestReport } from '../ingest/contract.ts';
import type { Log } from '../serve/contract.ts';
import type { StateStore } from '../store/contract.ts';
import type { HealthReport } from './source-health.ts';

/** An audit record and an event per source and this time; the log has every one. */
const tellEveryMs = 60_000;
const rememberedSources = 1000;

type Limited = Omit<Extract<IngestReport, { type: 'limited' }>, 'type'>;

/** Tells of senders that went over their limit: in the log, in the audit trail, and as an event that a rule knows. */
export function limitedSenderTeller(options: {
  state: StateStore;
  now: () => number;
  log: Log;
  tell: (report: HealthReport) => void;
}) {
  const { state, now, log, tell } = options;
  const told = new Map<string, number>();
  return ({ source, limit, blockedSeconds, violations, reputation }: Limited): void => {
    const address = source.replace(/^syslog_/, '');
    if (blockedSeconds > 0) {
      log('warn', `[SYSLOG] ${address}: Blocked for ${blockedSeconds}s (rate limit violations)`);
      log(
        'warn',
        `[RATE_LIMIT] ${address} exceeded limit: ${limit}/${limit} (violations: ${violations}, reputation: ${reputation})`,
      );
    } else log('warn', `[RATE_LIMIT] ${address} is slowed to ${limit} events per second: it sends more over TCP`);
    const at = now();
    if (at - (told.get(source) ?? 0) < tellEveryMs) return;
    if (told.size > rememberedSources) told.clear();
    told.set(source, at);
    state.audit.append({
      timestamp: at,
      action: 'rate_limit_exceeded',
      user: null,
      success: false,
      source_ip: address,
      details: { source, limit_per_second: limit, blocked_seconds: blockedSeconds, violations, reputation },
    });
    tell({
      phosor: 'source.limited',
      source,
      message:
        blockedSeconds > 0
          ? `${source} sent more than ${limit} events per second over UDP. What it sends is dropped for ${blockedSeconds} s.`
          : `${source} sends more than ${limit} events per second over TCP and is slowed.`,
      limit_per_second: limit,
      blocked_seconds: blockedSeconds,
      violations,
      reputation,
    });
  };
}
