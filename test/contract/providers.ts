import { createServer, type IncomingMessage, type Server } from 'node:http';
import { z } from 'zod';

/*
 * Local stand-ins for the providers of reputation. Each takes only requests in the published form, and answers in it:
 * VirusTotal https://docs.virustotal.com/reference/ip-info, AbuseIPDB https://docs.abuseipdb.com/#check-endpoint, OTX
 * https://otx.alienvault.com/api. What is wrong with a request is remembered, and the test looks. The live services are never called.
 */

export const testKeys = {
  virustotal: 'vt-key-0123456789',
  abuseipdb: 'abuse-key-0123456789',
  otx: 'otx-key-0123456789',
};

export interface ProviderServer {
  url: string;
  /** Addresses in the order they were asked about, by provider. */
  asked: Record<keyof typeof testKeys, string[]>;
  /** Requests that a provider would not have understood. */
  wrong: string[];
  /** Answers these instead, while set. */
  fail: { status: number; headers?: Record<string, string> } | null;
  close(): Promise<void>;
}

const ip = z.union([z.ipv4(), z.ipv6()]);

/** @param bad what is malicious: address → AbuseIPDB's score, OTX's pulses, VirusTotal's engines */
export async function startProviders(
  bad: Record<string, { score?: number; pulses?: number; engines?: number }>,
): Promise<ProviderServer> {
  const asked: ProviderServer['asked'] = { virustotal: [], abuseipdb: [], otx: [] };
  const wrong: string[] = [];
  const server: Server = createServer((request, reply) => {
    const send = (status: number, body: unknown, headers: Record<string, string> = {}) => {
      reply.writeHead(status, { 'content-type': 'application/json', ...headers });
      reply.end(JSON.stringify(body));
    };
    const found = read(request);
    if (typeof found === 'string') {
      wrong.push(`${request.method} ${request.url}: ${found}`);
      return send(400, { error: found });
    }
    const { provider, address } = found;
    asked[provider].push(address);
    if (state.fail !== null) return send(state.fail.status, { error: 'not now' }, state.fail.headers);
    const known = bad[address] ?? {};
    send(200, answers[provider](address, known));
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  const state: ProviderServer = {
    url: `http://127.0.0.1:${port}`,
    asked,
    wrong,
    fail: null,
    close: () => new Promise((done) => server.close(() => done())),
  };
  return state;
}

/** Which provider is asked about which address; a sentence where the request is not as published. */
function read(request: IncomingMessage): { provider: keyof typeof testKeys; address: string } | string {
  const url = new URL(request.url ?? '/', 'http://x');
  if (request.method !== 'GET') return 'not a GET';
  const virustotal = /^\/api\/v3\/ip_addresses\/([^/]+)$/.exec(url.pathname);
  const otx = /^\/api\/v1\/indicators\/(IPv[46])\/([^/]+)\/general$/.exec(url.pathname);
  if (virustotal !== null) {
    if (request.headers['x-apikey'] !== testKeys.virustotal) return 'x-apikey is missing or wrong';
    return withAddress('virustotal', virustotal[1]);
  }
  if (otx !== null) {
    if (request.headers['x-otx-api-key'] !== testKeys.otx) return 'X-OTX-API-KEY is missing or wrong';
    const found = withAddress('otx', otx[2]);
    const version = typeof found !== 'string' && found.address.includes(':') ? 'IPv6' : 'IPv4';
    return version === otx[1] ? found : `the indicator is no ${otx[1]}`;
  }
  if (url.pathname === '/api/v2/check') {
    if (request.headers.key !== testKeys.abuseipdb) return 'Key is missing or wrong';
    if (request.headers.accept !== 'application/json') return 'Accept is not application/json';
    const days = Number(url.searchParams.get('maxAgeInDays') ?? 30);
    if (!Number.isInteger(days) || days < 1 || days > 365) return 'maxAgeInDays is not 1 to 365';
    return withAddress('abuseipdb', url.searchParams.get('ipAddress') ?? undefined);
  }
  return 'no such path';
}

function withAddress(provider: keyof typeof testKeys, text: string | undefined) {
  const address = ip.safeParse(decodeURIComponent(text ?? ''));
  return address.success ? { provider, address: address.data } : `${text} is no address`;
}

const answers: Record<
  keyof typeof testKeys,
  (address: string, known: { score?: number; pulses?: number; engines?: number }) => unknown
> = {
  virustotal: (address, { engines = 0 }) => ({
    data: {
      id: address,
      type: 'ip_address',
      links: { self: `https://www.virustotal.com/api/v3/ip_addresses/${address}` },
      attributes: {
        as_owner: 'Example Networks',
        asn: 64_496,
        continent: 'EU',
        country: 'DE',
        network: '203.0.113.0/24',
        reputation: -engines,
        tags: [],
        last_analysis_date: 1_763_600_000,
        last_analysis_stats: { harmless: 60 - engines, malicious: engines, suspicious: 1, undetected: 31, timeout: 0 },
        last_analysis_results: Object.fromEntries(
          Array.from({ length: engines }, (_, i) => [
            `Engine ${i}`,
            { category: 'malicious', engine_name: `Engine ${i}`, method: 'blacklist', result: 'malware' },
          ]),
        ),
        total_votes: { harmless: 0, malicious: 1 },
      },
    },
  }),
  abuseipdb: (address, { score = 0 }) => ({
    data: {
      ipAddress: address,
      isPublic: true,
      ipVersion: address.includes(':') ? 6 : 4,
      isWhitelisted: null,
      abuseConfidenceScore: score,
      countryCode: 'DE',
      usageType: 'Data Center/Web Hosting/Transit',
      isp: 'Example Networks',
      domain: 'example.com',
      hostnames: [],
      isTor: false,
      totalReports: score,
      numDistinctUsers: Math.ceil(score / 3),
      lastReportedAt: score > 0 ? '2026-11-20T20:55:14+00:00' : null,
    },
  }),
  otx: (address, { pulses = 0 }) => ({
    indicator: address,
    type: 'IPv4',
    asn: 'AS64496 Example Networks',
    country_code: 'DE',
    reputation: 0,
    pulse_info: {
      count: pulses,
      pulses: Array.from({ length: pulses }, (_, i) => ({ id: `p${i}`, name: `Pulse ${i}`, tags: ['botnet'] })),
      references: [],
    },
    validation: [],
    sections: ['general', 'geo', 'reputation', 'url_list', 'passive_dns', 'malware', 'nids_list', 'http_scans'],
  }),
};
