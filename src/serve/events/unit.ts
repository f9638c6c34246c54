import { z } from 'zod';
import { filterFields } from '../../store/contract.ts';
import { apiError } from '../errors.ts';
import { errorBody, eventCursor, idParams, limit } from '../schemas.ts';
import { defineUnit } from '../unit.ts';
import { eventFilter, eventQuery } from './filter.ts';

const eventShape = z
  .record(z.string(), z.unknown())
  .meta({ description: 'An event with every key; see docs. Times are ISO 8601.' });

export const events = defineUnit({
  name: 'events',
  description: 'Search and count what was collected.',
  register(app, { services }) {
    app.get(
      '/api/events',
      {
        config: { role: 'viewer' },
        schema: {
          summary: 'Events, newest first',
          description: 'The next page: the same with `cursor` set to `next`.',
          querystring: eventQuery.extend({ limit: limit(100, 1000), cursor: eventCursor }),
          response: { 200: z.object({ events: z.array(eventShape), next: z.string().nullable() }) },
        },
      },
      async (request) => {
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
        return event;
      },
    );
  },
});
