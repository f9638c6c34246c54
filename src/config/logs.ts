import { z } from 'zod';

/** The documented API that programs hand lines in by. */
export const logs = z.strictObject({
  ingestionKey: z
    .string()
    .min(8)
    .nullable()
    .default(null)
    .meta({
      title: 'Ingestion key',
      description:
        'An API key that may hand in events and nothing else, for programs that are set up by environment. At least 8 characters.',
      env: ['INGESTION_API_KEY'],
      secret: true,
    }),
  ingestRequests: z
    .int()
    .min(0)
    .max(1_000_000)
    .default(100)
    .meta({
      title: 'Ingest requests',
      description: 'Requests of one address to /api/logs/ingest within the window before it answers 429. 0: no limit.',
      env: ['RATE_LIMIT_REQUESTS'],
      runtime: true,
    }),
  ingestWindowSeconds: z
    .int()
    .min(1)
    .max(86_400)
    .default(60)
    .meta({
      title: 'Ingest window',
      description: 'Seconds that the limit of ingest requests is for.',
      env: ['RATE_LIMIT_WINDOW'],
      runtime: true,
    }),
});
