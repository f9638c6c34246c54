import { z } from 'zod';
import { isoTime } from '../../model/index.ts';
import { limit, pointInTime } from '../schemas.ts';
import { defineUnit } from '../unit.ts';

export const audit = defineUnit({
  name: 'audit',
  description: 'Who changed what, and when.',
  register(app, { services }) {
    app.get(
      '/api/audit',
      {
        config: { role: 'admin' },
        schema: {
          summary: 'Audit records, newest first',
          querystring: z.object({ limit: limit(100, 1000), before: pointInTime.optional() }),
          response: {
            200: z.array(
              z.object({
                timestamp: z.string(),
                action: z.string(),
                user: z.string().nullable(),
                success: z.boolean(),
                source_ip: z.string().nullable(),
                details: z.record(z.string(), z.unknown()),
              }),
            ),
          },
        },
      },
      async (request) =>
        services.state.audit
          .list(request.query.limit, request.query.before ?? null)
          .map((record) => ({ ...record, timestamp: isoTime(record.timestamp) })),
    );
  },
});
