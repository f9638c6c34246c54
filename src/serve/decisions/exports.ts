import { z } from 'zod';
import { decisionStates } from '../../model/index.ts';
import { apiError } from '../errors.ts';
import { anyOf, errorBody } from '../schemas.ts';
import type { App, ServeContext } from '../unit.ts';
import { csvOf, stixOf } from './formats.ts';
import { decisionView } from './shapes.ts';

const most = 50_000;
const types = {
  stix: 'application/stix+json; version=2.1',
  txt: 'text/plain; charset=utf-8',
  csv: 'text/csv; charset=utf-8',
  json: 'application/json; charset=utf-8',
} as const;
const endings = { stix: 'stix.json', txt: 'txt', csv: 'csv', json: 'json' } as const;

/** Decisions as indicators for other systems. */
export function registerExports(app: App, { services, audit }: ServeContext): void {
  app.get(
    '/api/decisions/export',
    {
      config: { role: 'analyst' },
      schema: {
        summary: 'Export decisions: STIX 2.1, plain addresses, CSV, JSON',
        querystring: z.object({
          format: z.enum(['stix', 'txt', 'csv', 'json']).default('stix'),
          state: anyOf.pipe(z.array(z.enum(decisionStates))).default(['active', 'dry-run']),
        }),
        response: { 200: z.unknown(), 422: errorBody },
      },
    },
    async (request, reply) => {
      const { format, state: states } = request.query;
      const filter = { states, kinds: ['block', 'redirect'] as const };
      const total = services.state.decisions.count(filter);
      if (total > most)
        throw apiError(
          'DECISION_REFUSED',
          `These are ${total} decisions, and ${most} fit into a file. Ask for fewer states.`,
        );
      const { decisions } = services.state.decisions.list(filter, most, null);
      const now = services.now();
      const text = {
        stix: () => JSON.stringify(stixOf(decisions, now, String(services.state.users.list()[0]?.id ?? 'phosor'))),
        txt: () => [...new Set(decisions.map(({ target }) => target))].map((target) => `${target}\n`).join(''),
        csv: () => csvOf(decisions),
        json: () => JSON.stringify(decisions.map(decisionView)),
      }[format]();
      audit(request, 'decisions_exported', { format, states, decisions: decisions.length });
      return reply
        .header('content-disposition', `attachment; filename="phosor-decisions.${endings[format]}"`)
        .type(types[format])
        .serializer((body: string) => body)
        .send(text);
    },
  );
}
