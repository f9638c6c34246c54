import { z } from 'zod';
import { filterFields } from '../../store/contract.ts';
import { apiError } from '../errors.ts';
import { errorBody, eventCursor, idParams, limit } from '../schemas.ts';
import { defineUnit } from '../unit.ts';
import { eventFilter, eventQuery } from './filter.ts';
import { mostLookedAt, phantomEvents, phantomShape, phantomThreat } from './phantomnet.ts';

const eventShape = z
  .record(z.string(), z.unknown())
  .meta({ description: 'An event with every key; see docs. Times are ISO 8601.' });

export const events = defineUnit({
  name: 'events',
  description: 'Search and count what was collected.',
  register(app, { services, audit }) {
    app.get(
      '/api/events',
      {
        config: { role: 'viewer' },
        schema: {
          summary: 'Events, newest first',
          description:
            'The next page: the same with `cursor` set to `next`. With `threat`, or `protocol=ALL`, the answer is the list that ' +
            'PhantomNet documents: what decoys and captures saw, each with its score (docs/response.md). For one kind of threat ' +
            `the newest ${mostLookedAt} records that may be of it are looked at.`,
          querystring: eventQuery.extend({
            limit: limit(100, 1000),
            cursor: eventCursor,
            threat: phantomThreat
              .optional()
              .meta({ description: 'ALL, MALICIOUS (80 and more), SUSPICIOUS or BENIGN (below 40).' }),
          }),
          response: {
            200: z.union([
              z.object({ events: z.array(eventShape), next: z.string().nullable() }),
              z.array(phantomShape),
            ]),
          },
        },
      },
      async (request) => {
        const { threat, protocol = [] } = request.query;
        if (threat !== undefined || protocol.some((name) => name.toUpperCase() === 'ALL'))
          return phantomEvents(services, threat ?? 'ALL', protocol, request.query.limit);
        const page = await services.events.page(
          eventFilter(request.query),
          request.query.limit,
          request.query.cursor ?? null,
        );
        return { events: page.events, next: page.next };
      },
    );
    app.get(
      '/api/events/histogram',
      {
        config: { role: 'viewer' },
        schema: {
          summary: 'Events over time',
          querystring: eventQuery.extend({
            bucket_seconds: z.coerce.number().int().min(1).max(604_800).default(3600),
            by: z.enum(filterFields).default('severity'),
          }),
          response: { 200: z.array(z.object({ time: z.number(), key: z.string(), count: z.number() })) },
        },
      },
      async (request) =>
        services.events.histogram(eventFilter(request.query), request.query.bucket_seconds * 1000, request.query.by),
    );
    app.get(
      '/api/events/top',
      {
        config: { role: 'viewer' },
        schema: {
          summary: 'Most frequent values of a field',
          querystring: eventQuery.extend({ field: z.enum(filterFields), limit: limit(10, 100) }),
          response: { 200: z.array(z.object({ value: z.string(), count: z.number(), last: z.number() })) },
        },
      },
      async (request) => services.events.top(eventFilter(request.query), request.query.field, request.query.limit),
    );
    app.get(
      '/api/events/:id',
      {
        config: { role: 'viewer' },
        schema: { summary: 'One event', params: idParams, response: { 200: eventShape, 404: errorBody } },
      },
      async (request) => {
        const [event] = await services.events.byIds([request.params.id]);
        if (!event) throw apiError('NOT_FOUND', 'event', request.params.id);
        if (event.event_type !== 'net.packet') return event;
        // With what is known of its source by now.
        const [score] = await services.response.scores.rate([event]);
        return { ...event, score };
      },
    );
    app.post(
      '/api/events/:id/reveal',
      {
        config: { role: 'analyst' },
        schema: {
          summary: 'What stands behind the markers of an event',
          description:
            'Of fields that are sealed (encryption.eventFields). Who asked for which event is in the audit trail.',
          params: idParams,
          response: {
            200: z.object({
              values: z.record(z.string(), z.string()).meta({ description: 'Marker → value.' }),
              unreadable: z.number().meta({ description: 'Values that no key of this installation opens.' }),
              event: eventShape,
            }),
            404: errorBody,
          },
        },
      },
      async (request) => {
        const { id } = request.params;
        const [event] = await services.events.byIds([id]);
        if (!event) throw apiError('NOT_FOUND', 'event', id);
        const opened = services.sealed.open(event);
        if (opened === null) return { values: {}, unreadable: 0, event };
        audit(request, 'sealed_values_shown', { event: id, markers: Object.keys(opened.values) });
        return opened;
      },
    );
    app.post(
      '/api/events/sealed-markers',
      {
        config: { role: 'analyst' },
        schema: {
          summary: 'What stands in events for a sealed value',
          description: 'To be searched for: `user:sealed-…`. One for each key that events may have been sealed with.',
          body: z.strictObject({ value: z.string().min(1).max(10_000) }),
          response: { 200: z.object({ markers: z.array(z.string()) }) },
        },
      },
      async (request) => {
        const markers = services.sealed.markersOf(request.body.value);
        audit(request, 'sealed_value_looked_up', { markers });
        return { markers };
      },
    );
  },
});
