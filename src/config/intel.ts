import { z } from 'zod';

/** Where addresses are. */
export const geo = z.strictObject({
  enabled: z.boolean().default(true).meta({
    title: 'Places of addresses',
    description: 'Say the country (and what your databases know) of addresses in events.',
  }),
  databases: z
    .array(z.string().min(1))
    .default([])
    .meta({
      title: 'Address databases',
      description:
        'Your own .mmdb files (MaxMind GeoLite2 or GeoIP2, DB-IP): city, network, owner. Files in the folder geo of the data folder are found by themselves.',
      env: ['PHOSOR_GEO_DATABASES'],
      separator: ':',
    }),
});

const key = (title: string, who: string, env: string) =>
  z
    .string()
    .min(8)
    .max(512)
    .nullable()
    .default(null)
    .meta({
      title,
      description: `Your key of ${who}. It may be set in the browser as well.`,
      env: [env],
      secret: true,
    });

const base = (title: string, url: string) =>
  z
    .url({ protocol: /^https?$/ })
    .default(url)
    .meta({
      title,
      description: 'Where its API is. Only for a mirror or a proxy of your own.',
    });

const perDay = (title: string, value: number, description: string) =>
  z.int().min(0).max(10_000_000).default(value).meta({ title, description, runtime: true });

/** What is known against addresses. */
export const intel = z.strictObject({
  virustotalKey: key('VirusTotal key', 'VirusTotal', 'VIRUS_TOTAL_API_KEY'),
  abuseipdbKey: key('AbuseIPDB key', 'AbuseIPDB', 'ABUSEIPDB_API_KEY'),
  otxKey: key('OTX key', 'AlienVault OTX', 'OTX_API_KEY'),
  ask: z.enum(['off', 'alerts', 'events']).default('events').meta({
    title: 'Which addresses providers are asked about',
    description:
      'Where a key is set: events: external sources of events when they are first seen, those of alerts first; alerts: those of alerts of medium or above; off: only when a person asks. VirusTotal is asked for alerts and persons only.',
    runtime: true,
  }),
  virustotalPerDay: perDay(
    'VirusTotal: questions a day',
    500,
    'No more are asked in a day (UTC). 500 is the free plan.',
  ),
  virustotalPerMinute: perDay(
    'VirusTotal: questions a minute',
    4,
    'No more are asked in a minute. 4 is the free plan.',
  ),
  abuseipdbPerDay: perDay(
    'AbuseIPDB: questions a day',
    1000,
    'No more are asked in a day (UTC). 1000 is the free plan.',
  ),
  otxPerDay: perDay('OTX: questions a day', 10_000, 'No more are asked in a day (UTC).'),
  virustotalUrl: base('VirusTotal: address', 'https://www.virustotal.com'),
  abuseipdbUrl: base('AbuseIPDB: address', 'https://api.abuseipdb.com'),
  otxUrl: base('OTX: address', 'https://otx.alienvault.com'),
  allowPrivateLists: z.boolean().default(false).meta({
    title: 'Lists from private addresses',
    description:
      'Lists may be fetched from servers with private or loopback addresses. Off, so that nobody can reach into your network through Phosor.',
  }),
});
