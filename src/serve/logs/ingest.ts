import { z } from 'zod';
import { rateLimited } from '../errors.ts';
import { errorBody } from '../schemas.ts';
import { addressKey } from '../token-bucket.ts';
import type { App, ServeContext } from '../unit.ts';
import { RequestLimit } from './request-limit.ts';

const bodyLimit = 8 * 1024 * 1024;
const mostLines = 1000;

/** Where lines are said to come from, and the format that breaks ties then. */
const logSources: Readonly<Record<string, string | null>> = {
  'auth.log': 'sshd',
  'ufw.log': 'ufw',
  iptables: 'iptables',
  syslog: null,
  'sql.log': 'sql',
  'kern.log': 'kernel',
  messages: null,
};

/** `POST /api/logs/ingest`, as the log analyzer documents it. */
export function registerIngest(app: App, { services, audit }: ServeContext): void {
  const limit = new RequestLimit();
  let reportedAt = Number.NEGATIVE_INFINITY;

  app.post(
    '/api/logs/ingest',
    {
      bodyLimit,
      config: { role: 'ingest', wrongKeyForbidden: true },
      schema: {
        summary: 'Hand in log lines',
        description:
          `1 to ${mostLines} lines, stored before the answer. Lines of which no format understands anything count as failed, but are ` +
          'stored as they are all the same. 100 requests a minute and address by default (RATE_LIMIT_REQUESTS, RATE_LIMIT_WINDOW); ' +
          '429 names the wait in Retry-After. With more to send, use /api/webhook or syslog.',
        body: z.object({
          logs: z.array(z.string().max(1_048_576)).min(1).max(mostLines),
          log_source: z
            .string()
            .max(64)
            .nullish()
            .meta({ description: `${Object.keys(logSources).join(', ')}. Only a hint: the format is detected.` }),
        }),
        response: {
          200: z.object({
            success: z.boolean().meta({ description: 'At least one line was understood.' }),
            ingested_count: z.number(),
            failed_count: z.number(),
            total_received: z.number(),
            message: z.string(),
          }),
          401: errorBody,
          403: errorBody,
          413: errorBody,
          422: errorBody,
          429: errorBody,
          503: errorBody,
        },
      },
    },
    async (request) => {
      const now = services.now();
      const { requests, windowSeconds } = services.ingestion;
      const wait = limit.take(addressKey(request.ip), requests, windowSeconds * 1000, now);
      if (wait > 0) {
        if (now - reportedAt >= 60_000) {
          reportedAt = now;
          audit(
            request,
            'rate_limit_exceeded',
            { what: '/api/logs/ingest', limit: requests, windowSeconds },
            { success: false },
          );
        }
        throw rateLimited('ingest requests from your address', wait);
      }
      const { logs, log_source } = request.body;
      const known = log_source?.trim().toLowerCase() ?? '';
      const hint = Object.hasOwn(logSources, known) ? (logSources[known] ?? null) : null;
      const name = `webhook_${Object.hasOwn(logSources, known) ? known : 'logs'}`;
      const { unread_ids } = await services.pipeline.ingest({ name, peer: request.ip, hint }, logs);
      const failed_count = unread_ids?.length ?? 0;
      const ingested_count = logs.length - failed_count;
      return {
        success: ingested_count > 0,
        ingested_count,
        failed_count,
        total_received: logs.length,
        message: messageOf(ingested_count, failed_count),
      };
    },
  );
}

function messageOf(ingested: number, failed: number): string {
  const taken = `${ingested} log ${ingested === 1 ? 'line was' : 'lines were'} ingested.`;
  if (failed === 0) return taken;
  return `${taken} ${failed} ${failed === 1 ? 'was' : 'were'} not understood and ${failed === 1 ? 'is' : 'are'} stored as ${failed === 1 ? 'it is' : 'they are'}.`;
}
