import type { FastifyReply } from 'fastify';
import { z } from 'zod';
import { errorBody } from '../schemas.ts';
import { type App, defineUnit, type ServeContext } from '../unit.ts';
import { type Answer, type Asked, askThreats, askTimeline } from './ask.ts';
import { csvOf } from './csv.ts';
import { latestAlerts, latestAnswer, latestQuery } from './latest.ts';
import type { ThreatKind } from './messages.ts';
import { withReputation } from './reputation.ts';
import { address, answers, bodies, postQuery, questions, timelineAnswer, timelineQuery } from './shapes.ts';

const sameRules =
  'Stored events in event time through the engine that runs live: what is selected, how it is grouped and counted is the ' +
  "shipped rule's, with the parameters of the question in place of its window and limits; exceptions to it hold. A window " +
  'begins with an event, lasts the window’s time and meets the limits; no event belongs to two windows of a detection. One question at a time for each address; eight more wait in line.';

const titles: Readonly<Record<ThreatKind, string>> = {
  'brute-force': 'Failed SSH logins of one address',
  ddos: 'Floods of one address, and of many to one port',
  'port-scan': 'Many ports tried by one address',
  'sql-injection': 'SQL injection and suspicious database activity',
};

const errors = { 422: errorBody, 429: errorBody, 503: errorBody };

export const threats = defineUnit({
  name: 'threats',
  description: 'The documented detectors over stored history.',
  register(app, context) {
    for (const kind of ['brute-force', 'ddos', 'port-scan', 'sql-injection'] as const) registerGet(app, context, kind);
    for (const kind of ['brute-force', 'port-scan', 'sql-injection'] as const) registerPost(app, context, kind);
    registerTimeline(app, context);
    registerLatest(app, context);
  },
});

function registerGet(app: App, context: ServeContext, kind: ThreatKind): void {
  app.get(
    `/api/threats/${kind}`,
    {
      config: { role: 'viewer' },
      schema: {
        summary: titles[kind],
        description: sameRules,
        querystring: questions[kind],
        produces: ['application/json', 'text/csv'],
        response: { 200: answers[kind], ...errors },
      },
    },
    async (request, reply) => {
      const question = request.query;
      const answer = await askThreats(context, { kind, question } as Asked, request.ip, goneSignal(reply));
      return send(context, reply, kind, question, answer);
    },
  );
}

function registerPost(app: App, context: ServeContext, kind: keyof typeof bodies): void {
  app.post(
    `/api/threats/${kind}`,
    {
      config: { role: 'viewer' },
      schema: {
        summary: titles[kind],
        description: `The same as GET, with the parameters in the body. ${sameRules}`,
        body: bodies[kind],
        querystring: postQuery,
        produces: ['application/json', 'text/csv'],
        response: { 200: answers[kind], ...errors },
      },
    },
    async (request, reply) => {
      const answer = await askThreats(
        context,
        { kind, question: request.body } as Asked,
        request.ip,
        goneSignal(reply),
      );
      return send(context, reply, kind, request.query, answer);
    },
  );
}

function registerTimeline(app: App, context: ServeContext): void {
  app.get(
    '/api/threats/brute-force/:ip/timeline',
    {
      config: { role: 'viewer' },
      schema: {
        summary: 'Every failed SSH login of an address, oldest first',
        description: 'The first 10,000 are listed, all are counted.',
        params: z.object({ ip: address }),
        querystring: timelineQuery,
        response: { 200: timelineAnswer, ...errors },
      },
    },
    async (request, reply) => askTimeline(context, request.params.ip, request.query, request.ip, goneSignal(reply)),
  );
}

function registerLatest(app: App, context: ServeContext): void {
  app.get(
    '/api/alerts/latest',
    {
      config: { role: 'viewer' },
      schema: {
        summary: 'Alerts about documented kinds of attacks, newest first',
        description:
          'Alerts of GET /api/alerts whose rules have a tag such as threat.brute-force, in the words of the Firewall Log Analyzer.',
        querystring: latestQuery,
        response: { 200: latestAnswer, 422: errorBody },
      },
    },
    async (request) => latestAlerts(context, request.query),
  );
}

/** Ends when the one who asked is gone. */
function goneSignal(reply: FastifyReply): AbortSignal {
  const gone = new AbortController();
  reply.raw.once('close', () => gone.abort());
  if (reply.raw.destroyed) gone.abort();
  return gone.signal;
}

async function send(
  { services }: ServeContext,
  reply: FastifyReply,
  kind: ThreatKind,
  { format, include_reputation }: z.output<typeof postQuery>,
  found: Answer<ThreatKind>,
) {
  const answer = include_reputation ? await withReputation(found, services.reputation) : found;
  if (format !== undefined) reply.header('content-disposition', `attachment; filename="phosor-${kind}.${format}"`);
  // The schema is that of the kind; which one that is the compiler does not see.
  if (format !== 'csv') return reply.send(answer as never);
  reply.type('text/csv; charset=utf-8');
  return reply.send(csvOf(answer.detections) as never);
}
