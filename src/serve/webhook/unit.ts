import { z } from 'zod';
import { apiError, rateLimited } from '../errors.ts';
import { errorBody } from '../schemas.ts';
import { TokenBuckets } from '../token-bucket.ts';
import { defineUnit } from '../unit.ts';
import { RememberedAnswers } from './answers.ts';
import { splitBody } from './bodies.ts';

export const webhook = defineUnit({
  name: 'webhook',
  description: 'Programs hand in events as JSON.',
  register(app, context) {
    const { services, audit } = context;
    const buckets = new TokenBuckets();
    const answers = new RememberedAnswers<{ status: 'received'; event_id: string; event_ids?: string[] }>();
    /** When a limited source was last written to the log (each second) and to the audit (each minute). */
    const reported = new Map<string, { logged: number; audited: number }>();

    const report = (request: Parameters<typeof audit>[0], source: string, rate: number) => {
      const now = services.now();
      if (reported.size > 1000) reported.clear();
      const last = reported.get(source) ?? { logged: 0, audited: 0 };
      if (now - last.logged >= 1000) {
        services.log('warn', `[RATE_LIMIT] ${source} exceeded limit: ${rate}/${rate}`);
        last.logged = now;
      }
      if (now - last.audited >= 60_000) {
        audit(request, 'rate_limit_exceeded', { source, limit_per_second: rate }, { success: false });
        last.audited = now;
      }
      reported.set(source, last);
    };

    // The text as it was sent is the event's raw line, so it is not parsed into objects on the way.
    app.removeAllContentTypeParsers();
    app.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, done) => done(null, body));

    app.post(
      '/api/webhook/:source_id',
      {
        config: { role: 'ingest', unlimited: true },
        schema: {
          summary: 'Hand in events',
          description:
            'Any JSON up to 1 MiB: one value is one event; an array, or one value per line (NDJSON), is several; text/plain is log lines. ' +
            'Answered after the events are on disk. 429: this source is over its limit; 503: nothing more can be stored. Both name the wait in Retry-After.',
          params: z.object({
            source_id: z
              .string()
              .regex(
                /^[A-Za-z0-9_.:-]{1,64}$/,
                'a source id is 1 to 64 letters, digits, dots, colons, dashes and underscores',
              ),
          }),
          querystring: z.object({ hint: z.string().max(64).optional() }),
          headers: z.looseObject({
            'idempotency-key': z.string().min(1).max(200).optional().meta({
              description: 'The same key within an hour is the same request: answered again, not stored again.',
            }),
          }),
          response: {
            200: z.object({
              status: z.literal('received'),
              event_id: z.string(),
              event_ids: z.array(z.string()).optional(),
            }),
            429: errorBody,
            503: errorBody,
          },
        },
      },
      async (request) => {
        const name = `webhook_${request.params.source_id}`;
        const split = splitBody(
          Buffer.isBuffer(request.body) ? request.body.toString('utf8') : '',
          request.headers['content-type'] ?? '',
        );
        if ('problem' in split) throw apiError('BODY_INVALID', split.problem);
        const rate = services.http.webhookRatePerSecond;
        const wait = buckets.take(name, split.bodies.length, rate, rate, services.now());
        const record = () => services.state.sources.list().find((each) => each.name === name);
        if (wait > 0 && !record()?.trusted) {
          report(request, name, rate);
          throw rateLimited(`events from ${name}`, wait);
        }
        const take = async () => {
          const hint = request.query.hint ?? record()?.hint ?? null;
          const { event_ids } = await services.pipeline.ingest({ name, peer: request.ip, hint }, split.bodies);
          const several = split.bodies.length > 1;
          return { status: 'received' as const, event_id: event_ids[0] ?? '', ...(several && { event_ids }) };
        };
        const key = request.headers['idempotency-key'];
        if (key === undefined) return take();
        return answers.once(`${request.principal?.id} ${name} ${key}`, services.now(), take);
      },
    );
  },
});
