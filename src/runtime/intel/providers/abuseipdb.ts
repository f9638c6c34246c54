import type { ThreatLevel } from '../../../model/reputation.ts';
import { count, countryCode, type Provider, record, text } from './provider.ts';

/** Reports of the last so many days count. */
const maxAgeDays = 90;
/** The documented limit: above it an address is malicious. */
const maliciousAbove = 50;

/** https://docs.abuseipdb.com/#check-endpoint */
export const abuseipdb: Provider = {
  source: 'abuseipdb',
  name: 'AbuseIPDB',
  cacheMs: 3_600_000,
  request: (base, key, address) => ({
    url: `${base}/api/v2/check?${new URLSearchParams({ ipAddress: address, maxAgeInDays: String(maxAgeDays) })}`,
    headers: { key, accept: 'application/json' },
  }),
  read(body, address) {
    const data = record(record(body).data);
    const score = count(data.abuseConfidenceScore);
    if (score === null || score > 100) return null;
    const reports = count(data.totalReports) ?? 0;
    const people = count(data.numDistinctUsers);
    const by = people === null ? '' : ` by ${people} people`;
    const usage = text(data.usageType);
    return {
      verdict: {
        malicious: score > maliciousAbove,
        threat_level: levelOf(score),
        score,
        summary: `Abuse score ${score} of 100; ${reports} reports${by} in ${maxAgeDays} days.`,
        link: `https://www.abuseipdb.com/check/${encodeURIComponent(address)}`,
      },
      facts: {
        country: countryCode(data.countryCode),
        as_owner: text(data.isp),
        categories: usage === null ? [] : [usage],
      },
    };
  },
  unknown: null,
};

function levelOf(score: number): ThreatLevel {
  if (score >= 90) return 'CRITICAL';
  if (score > maliciousAbove) return 'HIGH';
  if (score > 25) return 'MEDIUM';
  return score > 0 ? 'LOW' : 'CLEAN';
}
