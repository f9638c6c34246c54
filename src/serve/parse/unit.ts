import { z } from 'zod';
import { defineUnit } from '../unit.ts';

const linesShape = z.array(z.string().max(65_536)).min(1).max(500);

export const parse = defineUnit({
  name: 'parse',
  description: 'Try how lines are understood; nothing is stored.',
  register(app, { services }) {
    app.post(
      '/api/parse',
      {
        config: { role: 'viewer' },
        schema: {
          summary: 'Parse sample lines',
          body: z.strictObject({ lines: linesShape, hint: z.string().max(64).nullish() }),
          response: {
            200: z.object({
              events: z.array(z.record(z.string(), z.unknown())),
              trace: z.array(z.array(z.object({ stage: z.string(), result: z.string() }))),
            }),
          },
        },
      },
      async (request) => {
        const { events, trace } = await services.pipeline.test(request.body.lines, [], request.body.hint ?? null);
        return { events, trace };
      },
    );
  },
});
