import { z } from 'zod';
import { defineUnit } from '../unit.ts';

export const health = defineUnit({
  name: 'health',
  description: 'For load balancers and monitors: counts only, no credential.',
  register(app, { services }) {
    app.get(
      '/health',
      {
        config: { role: 'public' },
        schema: {
          summary: 'Whether Phosor works',
          description: '`degraded`: it runs, but cannot store. Always answered with 200 while the process serves.',
          response: {
            200: z.object({
              status: z.enum(['ok', 'degraded']),
              version: z.string(),
              uptime_seconds: z.number(),
              events: z.number(),
              alerts: z.number(),
              sources: z.number(),
              backlog: z.number(),
            }),
          },
        },
      },
      async () => {
        const pipeline = services.pipeline.stats();
        return {
          status: pipeline.spool.state === 'ok' ? ('ok' as const) : ('degraded' as const),
          version: services.http.version,
          uptime_seconds: Math.max(0, Math.floor((services.now() - services.startedAt) / 1000)),
          events: pipeline.events,
          alerts: pipeline.alerts,
          sources: services.sources.list().length,
          backlog: pipeline.backlog,
        };
      },
    );
  },
});
