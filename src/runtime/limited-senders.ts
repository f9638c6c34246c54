import type { Log } from '../serve/contract.ts';
import type { StateStore } from '../store/contract.ts';

/** An audit record per source and this time; the log has every one. */
const auditEveryMs = 60_000;
const rememberedSources = 1000;

/** Tells of senders that went over their limit: in the log, and in the audit record. */
export function limitedSenderTeller(options: { state: StateStore; now: () => number; log: Log }) {
  const { state, now, log } = options;
  const audited = new Map<string, number>();
  return ({ source, limit }: { source: string; limit: number }): void => {
    log('warn', `[RATE_LIMIT] ${source} exceeded limit: ${limit}/${limit} events per second`);
    const at = now();
    if (at - (audited.get(source) ?? 0) < auditEveryMs) return;
    if (audited.size > rememberedSources) audited.clear();
    audited.set(source, at);
    state.audit.append({
      timestamp: at,
      action: 'rate_limit_exceeded',
      user: null,
      success: false,
      source_ip: source.replace(/^syslog_/, ''),
      details: { source, limit_per_second: limit },
    });
  };
}
