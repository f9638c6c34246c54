import { z } from 'zod';
import { anyOf, errorBody } from '../schemas.ts';
import type { App, ServeContext } from '../unit.ts';
import { askedFields, decisionShape, decisionView, targetText } from './shapes.ts';

/** What stands about an address, and what would come of a decision: asked before somebody decides. */
export function registerPreview(app: App, { services }: ServeContext): void {
  const { response } = services;
  app.get(
    '/api/decisions/about',
    {
      config: { role: 'viewer' },
      schema: {
        summary: 'What stands about addresses now',
        description: 'Also decisions about a range that holds the address, or that lies in the range.',
        querystring: z.object({
          target: anyOf.pipe(z.array(targetText).min(1).max(100)).meta({ description: 'At most 100, with commas.' }),
        }),
        response: {
          200: z.object({ targets: z.array(z.object({ target: z.string(), decisions: z.array(decisionShape) })) }),
          422: errorBody,
        },
      },
    },
    async (request) => ({
      targets: request.query.target.map((target) => ({
        target,
        decisions: response.standing(target).slice(0, 20).map(decisionView),
      })),
    }),
  );
  app.post(
    '/api/decisions/preview',
    {
      config: { role: 'analyst' },
      schema: {
        summary: 'What the safety rules say of a decision, before it is made',
        description: 'Nothing is stored, and nothing is written anywhere.',
        body: z.strictObject({
          ...askedFields,
        }),
        response: {
          200: z.object({
            target: z.string().meta({ description: 'What would be enforced: an IPv6 address as its /64.' }),
            outcome: z.enum(['active', 'dry-run', 'refused']),
            why: z.string().nullable().meta({ description: 'Why it would be refused.' }),
            standing: decisionShape.nullable().meta({ description: 'What has to be undone first.' }),
          }),
          422: errorBody,
        },
      },
    },
    async (request) => {
      const { kind, target, ttl_seconds } = request.body;
      const { standing, ...seen } = response.preview({ kind, target, ttlSeconds: ttl_seconds });
      return { ...seen, standing: standing && decisionView(standing) };
    },
  );
}
