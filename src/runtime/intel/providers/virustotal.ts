import { isoTime } from '../../../model/index.ts';
import type { ThreatLevel } from '../../../model/reputation.ts';
import { count, countryCode, type Finding, type Provider, record, text, texts } from './provider.ts';

/** Engines that are named at most. */
const mostNames = 100;
/** How many engines must agree before a warning is raised by itself: from HIGH on. */
const alarmAt = 5;

const link = (address: string): string => `https://www.virustotal.com/gui/ip-address/${encodeURIComponent(address)}`;

/** https://docs.virustotal.com/reference/ip-info and https://docs.virustotal.com/docs/ip-object */
export const virustotal: Provider = {
  source: 'virustotal',
  name: 'VirusTotal',
  cacheMs: 24 * 3_600_000,
  request: (base, key, address) => ({
    url: `${base}/api/v3/ip_addresses/${encodeURIComponent(address)}`,
    headers: { 'x-apikey': key, accept: 'application/json' },
  }),
  read(body, address) {
    const attributes = record(record(record(body).data).attributes);
    const stats = record(attributes.last_analysis_stats);
    const malicious = count(stats.malicious);
    const suspicious = count(stats.suspicious);
    if (malicious === null || suspicious === null) return null;
    const total = Object.values(stats).reduce<number>((sum, value) => sum + (count(value) ?? 0), 0);
    const level = threatLevel(malicious, suspicious, total);
    const against = Object.values(record(attributes.last_analysis_results))
      .map(record)
      .filter(({ category }) => category === 'malicious' || category === 'suspicious');
    const date = count(attributes.last_analysis_date);
    return {
      verdict: {
        malicious: malicious >= alarmAt,
        threat_level: level,
        score: total === 0 ? 0 : Math.min(100, Math.round((100 * (malicious + suspicious / 2)) / total)),
        summary:
          total === 0
            ? 'No engine has looked at it.'
            : `${malicious} of ${total} engines call it malicious, ${suspicious} suspicious.`,
        link: link(address),
      },
      facts: {
        malicious_count: malicious,
        suspicious_count: suspicious,
        total_engines: total,
        last_analysis_date: date === null ? null : isoTime(date * 1000),
        country: countryCode(attributes.country),
        asn: count(attributes.asn),
        as_owner: text(attributes.as_owner),
        categories: [
          ...new Set([
            ...texts(
              against.map(({ result }) => result),
              20,
            ),
            ...texts(attributes.tags, 20),
          ]),
        ],
        detection_names: against
          .map(({ engine_name, result }) => `${text(engine_name) ?? 'an engine'}: ${text(result) ?? 'malicious'}`)
          .slice(0, mostNames),
        virustotal_url: link(address),
      },
    };
  },
  unknown: (address): Finding => ({
    verdict: {
      malicious: false,
      threat_level: 'UNKNOWN',
      score: 0,
      summary: 'It does not know the address.',
      link: link(address),
    },
    facts: { virustotal_url: link(address) },
  }),
};

/** The documented steps. */
function threatLevel(malicious: number, suspicious: number, total: number): ThreatLevel {
  if (malicious >= 10) return 'CRITICAL';
  if (malicious >= 5) return 'HIGH';
  if (malicious >= 2 || suspicious >= 5) return 'MEDIUM';
  if (malicious === 1) return 'LOW';
  return total === 0 ? 'UNKNOWN' : 'CLEAN';
}
