import { z } from 'zod';
import type { Services } from '../contract.ts';
import { defineUnit } from '../unit.ts';

/** The words of `GET /health` that the log analyzer documents. */
const worksText = 'Backend is running' as const;

const partNames = ['pipeline', 'spool', 'store', 'ingest', 'audit'] as const;
const part = z.object({ ok: z.boolean(), detail: z.string() });
const readiness = z.object({
  status: z.enum(['ready', 'not_ready']),
  parts: z.object(
    Object.fromEntries(partNames.map((name) => [name, part])) as Record<(typeof partNames)[number], typeof part>,
  ),
});

/** How each part is. Counts alone: who asks has no credential. */
async function lookAtParts(services: Services): Promise<z.output<typeof readiness>> {
  const { spool, backlog } = services.pipeline.stats();
  const doors = services.sources.listening().length;
  const audit = services.state.audit.state();
  const store = await services.events.info().then(
    ({ rows, bytes }) => ({ ok: true, detail: `${rows} events in ${bytes} bytes` }),
    () => ({ ok: false, detail: 'does not answer' }),
  );
  const parts = {
    pipeline: { ok: true, detail: `${backlog} chunks wait` },
    spool: { ok: spool.state === 'ok', detail: `${spool.pendingBytes} bytes wait for the store` },
    store,
    ingest: {
      ok: services.opening.size === 0,
      detail: services.opening.size === 0 ? `${doors} listeners` : `not open yet: ${[...services.opening].join(', ')}`,
    },
    audit: { ok: audit.problem === null, detail: `${audit.waiting} records wait` },
  };
  const isReady = Object.values(parts).every(({ ok }) => ok);
  return { status: isReady ? 'ready' : 'not_ready', parts };
}

const answer = z.object({
  status: z.enum([worksText, 'degraded', 'starting']),
  state: z.enum(['ok', 'degraded', 'starting']),
  /** What the start has yet to open. */
  opening: z.array(z.string()),
  database: z.enum(['connected', 'full']),
  version: z.string(),
  uptime_seconds: z.number(),
  events: z.number(),
  alerts: z.number(),
  sources: z.number(),
  backlog: z.number(),
});

export const health = defineUnit({
  name: 'health',
  description: 'For load balancers and monitors: counts only, no credential.',
  register(app, { services }) {
    app.get(
      '/health',
      {
        config: { role: 'public', unlimited: true },
        schema: {
          summary: 'Whether Phosor works',
          description:
            '503 until every listener is open: what is sent before may be lost, and `opening` names what is awaited. From then ' +
            'on 200 while the process serves: `state` is `degraded` where it runs, but cannot store; `status` says the same in ' +
            'the words that the log analyzer’s clients expect.',
          response: { 200: answer, 503: answer },
        },
      },
      async (_request, reply) => {
        const pipeline = services.pipeline.stats();
        const opening = [...services.opening];
        const works = pipeline.spool.state === 'ok';
        const state = opening.length > 0 ? 'starting' : works ? 'ok' : 'degraded';
        return reply.code(opening.length > 0 ? 503 : 200).send({
          status: state === 'ok' ? worksText : state,
          state,
          opening,
          database: works ? ('connected' as const) : ('full' as const),
          version: services.http.version,
          uptime_seconds: Math.max(0, Math.floor((services.now() - services.startedAt) / 1000)),
          events: pipeline.events,
          alerts: pipeline.alerts,
          sources: services.sources.list().length,
          backlog: pipeline.backlog,
        });
      },
    );
    app.get(
      '/health/live',
      {
        config: { role: 'public', unlimited: true },
        schema: {
          summary: 'Whether the process answers',
          description: 'For liveness probes: a process that does not answer this should be started anew.',
          response: { 200: z.object({ status: z.literal('alive') }) },
        },
      },
      async () => ({ status: 'alive' as const }),
    );
    app.get(
      '/health/ready',
      {
        config: { role: 'public' },
        schema: {
          summary: 'Whether every part works',
          description:
            '503 while listeners are not all open, events cannot be taken and stored, or the audit trail cannot be written.',
          response: { 200: readiness, 503: readiness },
        },
      },
      async (_request, reply) => {
        const found = await lookAtParts(services);
        return reply.code(found.status === 'ready' ? 200 : 503).send(found);
      },
    );
  },
});
