import type { Reputation } from '../../model/reputation.ts';
import type { ReputationControl } from './types.ts';

/** Knows what a test told it. */
export function fakeReputation(): ReputationControl & { told: Map<string, Reputation>; unavailable: string | null } {
  const told = new Map<string, Reputation>();
  return {
    told,
    unavailable: null,
    of: async (address) => told.get(address) ?? null,
    many: async (addresses) => new Map([...told].filter(([address]) => addresses.includes(address))),
    known: (address) => told.get(address) ?? null,
  };
}

export function testReputation(change: Partial<Reputation> = {}): Reputation {
  return {
    detected: true,
    reputation_score: 12,
    threat_level: 'CRITICAL',
    malicious_count: 11,
    suspicious_count: 1,
    total_engines: 92,
    last_analysis_date: '2026-11-20T08:00:00.000+00:00',
    country: 'DE',
    asn: 64_496,
    as_owner: 'Example Networks',
    categories: ['malware'],
    detection_names: ['malicious'],
    virustotal_url: 'https://www.virustotal.com/gui/ip-address/203.0.113.9',
    verdicts: [],
    note: null,
    ...change,
  };
}
