import { isIP } from 'node:net';
import { z } from 'zod';
import type { Reputation } from '../../model/reputation.ts';
import { apiError } from '../errors.ts';
import { errorBody, flag } from '../schemas.ts';
import { defineUnit, type Principal } from '../unit.ts';
import { reputationShape } from './shapes.ts';

const mostAddresses = 100;

const address = z
  .string()
  .max(64)
  .refine((text) => isIP(text) !== 0, 'no IPv4 or IPv6 address. Write 203.0.113.7 or 2001:db8::1');

/** Asking costs budget and tells others what was seen here: that is for those who work on it. */
const mayAsk = (principal: Principal | null): boolean => principal?.role === 'analyst' || principal?.role === 'admin';

/** What is said where nobody has said anything. */
const nothing = (note: string): Reputation => ({
  detected: false,
  reputation_score: 0,
  threat_level: 'UNKNOWN',
  malicious_count: 0,
  suspicious_count: 0,
  total_engines: 0,
  last_analysis_date: null,
  country: null,
  asn: null,
  as_owner: null,
  categories: [],
  detection_names: [],
  virustotal_url: null,
  verdicts: [],
  note,
});

const viewerNote = 'Nothing is known yet, and only analysts ask providers.';

export const reputation = defineUnit({
  name: 'reputation',
  description:
    'What is known against addresses: VirusTotal, AbuseIPDB, AlienVault OTX, and the lists that are switched on.',
  register(app, { services }) {
    app.get(
      '/api/ip-reputation/:ip_address',
      {
        config: { role: 'viewer' },
        schema: {
          summary: 'What is known against an address',
          description:
            'From the cache (VirusTotal 24 h, the others 1 h), else providers are asked, within their budgets, where the caller is an analyst. 0 is nothing against it, 100 all agree. 503: no key is set and no list holds it.',
          params: z.object({ ip_address: address }),
          querystring: z.object({
            use_cache: flag
              .default(true)
              .meta({ description: 'False: ask anew. For analysts; it takes from the day’s budget.' }),
          }),
          response: {
            200: z.object({ ip: z.string(), reputation: reputationShape }),
            422: errorBody,
            503: errorBody,
          },
        },
      },
      async ({ params, query, principal }) => {
        const { ip_address: ip } = params;
        const found = mayAsk(principal)
          ? await services.reputation.of(ip, { useCache: query.use_cache })
          : services.reputation.known(ip);
        if (found !== null) return { ip, reputation: found };
        const { unavailable } = services.reputation;
        if (unavailable !== null) throw apiError('REPUTATION_UNAVAILABLE', unavailable);
        return { ip, reputation: nothing(viewerNote) };
      },
    );
    app.post(
      '/api/ip-reputation/batch',
      {
        config: { role: 'viewer' },
        schema: {
          summary: 'What is known against many addresses',
          description: `A JSON array of 1 to ${mostAddresses} addresses. Each is answered; where a budget ends, \`note\` says so. 503: no key is set and nothing is known of any.`,
          body: z.array(address),
          response: {
            200: z.object({ reputations: z.record(z.string(), reputationShape) }),
            400: errorBody,
            422: errorBody,
            503: errorBody,
          },
        },
      },
      async ({ body, principal }) => {
        if (body.length === 0 || body.length > mostAddresses)
          throw apiError('BODY_INVALID', `Send an array of 1 to ${mostAddresses} addresses; these are ${body.length}.`);
        const found = mayAsk(principal)
          ? await services.reputation.many(body)
          : new Map(
              body.flatMap((ip) => {
                const known = services.reputation.known(ip);
                return known === null ? [] : [[ip, known] as const];
              }),
            );
        const { unavailable } = services.reputation;
        if (found.size === 0 && unavailable !== null) throw apiError('REPUTATION_UNAVAILABLE', unavailable);
        const reputations = Object.fromEntries(
          body.map((ip) => [ip, found.get(ip) ?? nothing(unavailable ?? viewerNote)] as const),
        );
        return { reputations };
      },
    );
  },
});
