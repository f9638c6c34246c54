import type { BriefReputation, Reputation } from '../../model/reputation.ts';

/** What a log, an address or a detection carries as `virustotal`; undefined where nothing is known: the key is left out. */
export function briefReputation(reputation: Reputation | null | undefined): BriefReputation | undefined {
  if (reputation === null || reputation === undefined) return undefined;
  const { detected, reputation_score, threat_level } = reputation;
  return { detected, reputation_score, threat_level };
}
