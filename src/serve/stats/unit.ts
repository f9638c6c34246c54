import { z } from 'zod';
import type { CorrelatorStats } from '../../detect/contract.ts';
import { defineUnit } from '../unit.ts';

const correlationOf = ({ groups, evicted, late_dropped, missing_group }: CorrelatorStats) => ({
  groups,
  evicted,
  late_dropped,
  missing_group,
});

export const stats = defineUnit({
  name: 'stats',
  description: 'Counters since the start.',
  register(app, context) {
    const { services } = context;
    app.get(
      '/api/stats',
      {
        config: { role: 'viewer' },
        schema: {
          summary: 'Counters',
          response: {
            200: z.object({
              total_events: z.number().meta({ description: 'Events since the start.' }),
              total_alerts: z.number().meta({ description: 'Alerts that are kept.' }),
              active_sources: z.number(),
              active_rules: z.number(),
              uptime_seconds: z.number(),
              stored_events: z.number(),
              open_alerts: z.number().meta({ description: 'Not acknowledged yet, signals among them.' }),
              events_per_second: z.number(),
              bytes: z.number(),
              raw_events: z.number().meta({ description: 'Events that no format understood.' }),
              not_stored: z.number(),
              backlog: z.number(),
              correlation: z
                .object({
                  groups: z.number(),
                  evicted: z.number(),
                  late_dropped: z.number(),
                  missing_group: z.number(),
                })
                .meta({ description: 'What all rules hold and did not count; GET /api/rules/:id has it per rule.' }),
              redactions: z.record(z.string(), z.number()),
              by_format: z.record(z.string(), z.number()),
            }),
          },
        },
      },
      async () => {
        const pipeline = services.pipeline.stats();
        const { rows } = await services.events.info();
        return {
          total_events: pipeline.events,
          total_alerts: services.state.alerts.count({}),
          active_sources: services.sources.list().filter((source) => source.state === 'active').length,
          active_rules: context.rules().filter((rule) => rule.enabled).length,
          uptime_seconds: Math.max(0, Math.floor((services.now() - services.startedAt) / 1000)),
          stored_events: rows,
          open_alerts: services.state.alerts.count({ acknowledged: false }),
          events_per_second: pipeline.eventsPerSecond,
          bytes: pipeline.bytes,
          raw_events: pipeline.raw,
          not_stored: pipeline.notStored,
          backlog: pipeline.backlog,
          correlation: correlationOf(pipeline.correlator),
          redactions: pipeline.redactions,
          by_format: pipeline.byFormat,
        };
      },
    );
  },
});
