import type { Reputation, ReputationVerdict, ThreatLevel } from '../../../model/reputation.ts';
import type { ProviderName } from '../../../serve/intel/types.ts';

/** What a provider says of an address: a verdict, and what else it knows. As it is remembered. */
export interface Finding {
  verdict: Omit<ReputationVerdict, 'source' | 'checked_at'>;
  facts: Partial<
    Pick<
      Reputation,
      | 'malicious_count'
      | 'suspicious_count'
      | 'total_engines'
      | 'last_analysis_date'
      | 'country'
      | 'asn'
      | 'as_owner'
      | 'categories'
      | 'detection_names'
      | 'virustotal_url'
    >
  >;
}

/** A service that is asked about addresses. */
export interface Provider {
  source: ProviderName;
  name: string;
  /** How long an answer stays good. */
  cacheMs: number;
  /** The request for an address. `base` ends without a slash. */
  request(base: string, key: string, address: string): { url: string; headers: Record<string, string> };
  /** Reads an answer of 200; null where it is not in the published form. */
  read(body: unknown, address: string): Finding | null;
  /** What an answer of 404 means; null: it is a failure. */
  unknown: ((address: string) => Finding) | null;
}

const ranks: readonly ThreatLevel[] = ['UNKNOWN', 'CLEAN', 'LOW', 'MEDIUM', 'HIGH', 'CRITICAL'];

/** The worse of two levels. */
export const worse = (a: ThreatLevel, b: ThreatLevel): ThreatLevel => (ranks.indexOf(a) >= ranks.indexOf(b) ? a : b);

/* Answers come from outside: nothing of their form is taken for granted. */

type Found = Record<string, unknown>;
export const record = (value: unknown): Found =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Found) : {};
export const count = (value: unknown): number | null =>
  typeof value === 'number' && Number.isFinite(value) && value >= 0 ? Math.floor(value) : null;
export const text = (value: unknown, most = 200): string | null =>
  typeof value === 'string' && value !== '' ? value.slice(0, most) : null;
export const texts = (values: unknown, most: number): string[] =>
  Array.isArray(values)
    ? [...new Set(values.map((value) => text(value)).filter((value) => value !== null))].slice(0, most)
    : [];
export const countryCode = (value: unknown): string | null => {
  const code = text(value);
  return code !== null && /^[A-Za-z]{2}$/.test(code) ? code.toUpperCase() : null;
};
