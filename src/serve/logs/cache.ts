import { z } from 'zod';
import { type AnalyzerChannel, analyzerChannels, analyzerLog } from '../../model/index.ts';
import { apiError } from '../errors.ts';
import { errorBody } from '../schemas.ts';
import type { App, ServeContext } from '../unit.ts';
import { type HotSet, hotEvents } from './hot.ts';
import { logShape } from './shapes.ts';

const names = [...analyzerChannels, 'all'].join(', ');

/** @throws 400 with the names that there are */
function channelOf(name: string): AnalyzerChannel | 'all' {
  const found = [...analyzerChannels, 'all' as const].find((each) => each === name);
  if (found === undefined) throw apiError('LOG_SOURCE_UNKNOWN', name, names);
  return found;
}

const channelName = z.string().max(64).meta({ description: names });

/** The documented cache: the newest events of each log source, in memory. */
export function registerCache(app: App, { audit }: ServeContext, hot: HotSet): void {
  app.get(
    '/api/logs/cache/stats',
    {
      config: { role: 'viewer' },
      schema: {
        summary: 'How many events are held in memory',
        response: {
          200: z.object({
            cache_enabled: z.boolean(),
            enabled: z.boolean(),
            sources: z.record(z.string(), z.number()),
            limit_per_source: z.number(),
          }),
        },
      },
    },
    async () => {
      const sources = await hot.sizes();
      const all = Object.values(sources).reduce((sum, size) => sum + size, 0);
      return { cache_enabled: true, enabled: true, sources: { ...sources, all }, limit_per_source: hotEvents };
    },
  );
  app.get(
    '/api/logs/cache/:log_source',
    {
      config: { role: 'viewer' },
      schema: {
        summary: 'Newest events of a log source, from memory',
        params: z.object({ log_source: channelName }),
        querystring: z.object({ limit: z.coerce.number().int().min(1).max(10_000).default(100) }),
        response: {
          200: z.object({
            log_source: z.string(),
            count: z.number(),
            logs: z.array(logShape),
            cache_enabled: z.boolean(),
          }),
          400: errorBody,
        },
      },
    },
    async (request) => {
      const channel = channelOf(request.params.log_source);
      const logs = (await hot.newest(channel, request.query.limit)).map(analyzerLog);
      return { log_source: channel, count: logs.length, logs, cache_enabled: true };
    },
  );
  app.delete(
    '/api/logs/cache',
    {
      config: { role: 'analyst' },
      schema: {
        summary: 'Empty the memory of newest events',
        description: 'History is not touched. What comes from now on fills it again.',
        querystring: z.object({ log_source: channelName.optional() }),
        response: { 200: z.object({ success: z.boolean(), message: z.string() }), 400: errorBody },
      },
    },
    async (request) => {
      const channel = channelOf(request.query.log_source ?? 'all');
      const removed = await hot.empty(channel);
      audit(request, 'log_cache_cleared', { log_source: channel, removed });
      return {
        success: true,
        message: `${removed} events of ${channel === 'all' ? 'all log sources' : channel} were removed from memory.`,
      };
    },
  );
}
