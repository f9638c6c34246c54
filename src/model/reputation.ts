/** The documented words for how bad an address is. UNKNOWN: nobody has said anything. */
export const threatLevels = ['CRITICAL', 'HIGH', 'MEDIUM', 'LOW', 'CLEAN', 'UNKNOWN'] as const;
export type ThreatLevel = (typeof threatLevels)[number];

/** Who may have something to say about an address. `feeds`: the lists that are matched in the pipeline. */
export const reputationSources = ['virustotal', 'abuseipdb', 'otx', 'feeds'] as const;
export type ReputationSource = (typeof reputationSources)[number];

/** What one of them says. */
export interface ReputationVerdict {
  source: ReputationSource;
  /** VirusTotal: at least one engine. AbuseIPDB: a score above 50. OTX: any pulse. Feeds: the address is listed. */
  malicious: boolean;
  threat_level: ThreatLevel;
  /** 0 (nothing against it) to 100. */
  score: number;
  /** One sentence for people. */
  summary: string;
  /** ISO 8601. */
  checked_at: string | null;
  /** Where people read more; null where there is no such page. */
  link: string | null;
}

/** What is known against an address: the documented fields, and behind them who says so. */
export interface Reputation {
  /** Whether anybody calls it malicious. */
  detected: boolean;
  /** 0 (nothing against it) to 100 (all agree that it is malicious). */
  reputation_score: number;
  threat_level: ThreatLevel;
  /** VirusTotal's engines; 0 where it was not asked. */
  malicious_count: number;
  suspicious_count: number;
  total_engines: number;
  /** ISO 8601. */
  last_analysis_date: string | null;
  /** ISO 3166-1 alpha-2. */
  country: string | null;
  asn: number | null;
  as_owner: string | null;
  categories: string[];
  detection_names: string[];
  virustotal_url: string | null;
  /** Who was asked and what they say. */
  verdicts: ReputationVerdict[];
  /** Why there is no more to say (a private address, no key, the day's budget is used); null: nothing is missing. */
  note: string | null;
}

/** The three fields that lists of logs, addresses and detections carry as `virustotal`. */
export type BriefReputation = Pick<Reputation, 'detected' | 'reputation_score' | 'threat_level'>;
