import { count, countryCode, type Finding, type Provider, record, text, texts } from './provider.ts';

const mostNames = 20;
const link = (address: string): string => `https://otx.alienvault.com/indicator/ip/${encodeURIComponent(address)}`;

/** https://otx.alienvault.com/api (GET /api/v1/indicators/IPv4/{ip}/general) */
export const otx: Provider = {
  source: 'otx',
  name: 'AlienVault OTX',
  cacheMs: 3_600_000,
  request: (base, key, address) => ({
    url: `${base}/api/v1/indicators/${address.includes(':') ? 'IPv6' : 'IPv4'}/${encodeURIComponent(address)}/general`,
    headers: { 'x-otx-api-key': key, accept: 'application/json' },
  }),
  read(body, address) {
    const found = record(body);
    const pulseInfo = record(found.pulse_info);
    const pulses = count(pulseInfo.count);
    if (pulses === null) return null;
    const list = Array.isArray(pulseInfo.pulses) ? pulseInfo.pulses.map(record) : [];
    // `AS64496 Example Networks`
    const [, asn, owner] = /^AS(\d{1,10})\s*(.*)$/.exec(text(found.asn) ?? '') ?? [];
    return {
      verdict: { ...verdictOf(pulses), link: link(address) },
      facts: {
        country: countryCode(found.country_code),
        asn: asn === undefined ? null : Number(asn),
        as_owner: owner || null,
        categories: texts(
          list.flatMap(({ tags }) => (Array.isArray(tags) ? tags : [])),
          mostNames,
        ),
        detection_names: texts(
          list.map(({ name }) => name),
          mostNames,
        ),
      },
    };
  },
  unknown: (address): Finding => ({ verdict: { ...verdictOf(0), link: link(address) }, facts: {} }),
};

/** The documented rule: any pulse is a verdict. OTX gives no score: one pulse is 60, each further 5 more. */
const verdictOf = (pulses: number): Omit<Finding['verdict'], 'link'> => ({
  malicious: pulses > 0,
  threat_level: pulses > 0 ? 'HIGH' : 'CLEAN',
  score: pulses === 0 ? 0 : Math.min(100, 55 + pulses * 5),
  summary: pulses === 0 ? 'No pulse names it.' : `${pulses} ${pulses === 1 ? 'pulse names' : 'pulses name'} it.`,
});
