import { randomBytes } from 'node:crypto';
import { Readable } from 'node:stream';
import { z } from 'zod';
import type { EventCondition, EventJson } from '../../model/index.ts';
import { conditionOfQuery, parseQuery, queryFields } from '../../model/query/index.ts';
import { cursorAt, type EventFilter, type SearchPart } from '../../store/contract.ts';
import type { Services } from '../contract.ts';
import { ApiError, apiError, searchBusy } from '../errors.ts';
import { queryCondition } from '../query-condition.ts';
import { errorBody, limit } from '../schemas.ts';
import { defineUnit } from '../unit.ts';
import { FieldsSeen } from './fields-seen.ts';
import { bucketSecondsOf, linesOfPart } from './lines.ts';
import {
  answerLine,
  eventShape,
  facetField,
  placeBody,
  type SearchBody,
  searchBody,
  valueField,
  valueShape,
} from './shapes.ts';

const maxRunning = 16;
/** How far back the values of a field are counted for the completion. */
const valueDays = 7;

export const search = defineUnit({
  name: 'search',
  description: 'Search history in the language of the query bar.',
  register(app, { services }) {
    const seen = new FieldsSeen(services);
    let running = 0;

    app.post(
      '/api/search',
      {
        config: { role: 'viewer' },
        schema: {
          summary: 'Search history',
          description:
            'The answer is NDJSON, newest (or oldest) part of history first: `page` as soon as there are hits, `histogram` and ' +
            '`facets` of what was read until then, `progress`, at the end `done` or `error`. Closing the connection stops the ' +
            'search. Without histogram and facets, and behind a cursor, the search ends with its page.',
          body: searchBody,
          produces: ['application/x-ndjson'],
          response: { 200: answerLine, 422: errorBody, 429: errorBody },
        },
      },
      async (request, reply) => {
        const condition = queryCondition(request.body.query);
        if (running >= maxRunning) throw searchBusy(running);
        const gone = new AbortController();
        reply.raw.once('close', () => gone.abort());
        if (reply.raw.destroyed) gone.abort();
        running += 1;
        const lines = linesOf(services, request.body, condition, gone.signal, () => {
          running -= 1;
        });
        // Proxies such as nginx hand each line on as it comes.
        reply.type('application/x-ndjson; charset=utf-8').header('x-accel-buffering', 'no');
        // The schema is that of a line; what is sent is a stream of them.
        return reply.send(Readable.from(lines, { objectMode: false }) as never);
      },
    );

    app.post(
      '/api/search/page',
      {
        config: { role: 'viewer' },
        schema: {
          summary: 'Hits in the middle of a search',
          description:
            'By how many come before them, however many these are; or next to a page that is known, which is quicker. ' +
            'Nothing is counted besides. Pin `to`, else what arrives meanwhile moves every place.',
          body: placeBody,
          response: {
            200: z.object({
              events: z.array(eventShape),
              first: z.string().nullable().meta({ description: 'Cursor before the first event of the page.' }),
              last: z.string().nullable().meta({ description: 'Cursor behind the last one.' }),
            }),
            422: errorBody,
            429: errorBody,
          },
        },
      },
      async (request) => {
        const { from, to, order, limit, offset, after, before } = request.body;
        const condition = queryCondition(request.body.query);
        if (running >= maxRunning) throw searchBusy(running);
        const filter: EventFilter = {
          ...(from !== undefined && { from }),
          ...(to !== undefined && { to }),
          ...(condition !== undefined && { condition }),
        };
        const back = order === 'newest' ? 'oldest' : 'newest';
        running += 1;
        try {
          const events =
            offset !== undefined
              ? (await services.events.pageAt(filter, { offset, limit, order })).events
              : before !== undefined
                ? (await services.events.page(filter, limit, before, back)).events.reverse()
                : (await services.events.page(filter, limit, after ?? null, order)).events;
          const placeOf = (event: EventJson | undefined): string | null =>
            event === undefined ? null : cursorAt(Date.parse(event.time ?? event.received_at), event.id);
          return { events, first: placeOf(events[0]), last: placeOf(events.at(-1)) };
        } finally {
          running -= 1;
        }
      },
    );

    app.get(
      '/api/search/fields',
      {
        config: { role: 'viewer' },
        schema: {
          summary: 'Fields that can be searched',
          description:
            'Columns, and the keys that the newest events have in `fields`, `geo`, `intel` and `score`, with how many of them have it.',
          response: {
            200: z.object({
              fields: z.array(
                z.object({
                  name: z.string(),
                  kind: z.string(),
                  description: z.string(),
                  aliases: z.array(z.string()),
                  values: z.array(z.string()).nullable(),
                  count: z.number().nullable(),
                }),
              ),
              of_events: z.number().meta({ description: 'How many of the newest events were looked at for `count`.' }),
            }),
          },
        },
      },
      async () => {
        const { keys, events } = await seen.look();
        const columns = queryFields.map(({ name, kind, description, aliases, values }) => {
          return { name, kind, description, aliases: [...aliases], values: values ? [...values] : null, count: null };
        });
        const others = [...keys].map(([name, count]) => {
          return { name, kind: 'open', description: '', aliases: [], values: null, count };
        });
        return { fields: [...columns, ...others], of_events: events };
      },
    );

    app.get(
      '/api/search/values',
      {
        config: { role: 'viewer' },
        schema: {
          summary: 'Frequent values of a field',
          description: `Columns: of the last ${valueDays} days. What only some events have: of the newest events.`,
          querystring: z.object({
            field: valueField,
            prefix: z.string().max(200).default('').meta({
              description: 'What the values begin with, case-blind; of source, host, program: what they contain.',
            }),
            limit: limit(12, 100),
          }),
          response: { 200: z.object({ values: z.array(valueShape) }) },
        },
      },
      async (request) => {
        const { field, prefix, limit } = request.query;
        const counted = facetField.safeParse(field);
        if (!counted.success || counted.data.startsWith('fields.'))
          return { values: await seen.values(field, prefix, limit) };
        const filter: EventFilter = {
          from: services.now() - valueDays * 86_400_000,
          ...(prefix !== '' && { condition: beginsWith(field, prefix) }),
        };
        const found = await services.events.top(
          filter,
          counted.data as Exclude<typeof counted.data, `fields.${string}`>,
          limit,
        );
        return { values: found.map(({ value, count }) => ({ value, count })) };
      },
    );

    app.get(
      '/api/search/context',
      {
        config: { role: 'viewer' },
        schema: {
          summary: 'Lines around an event',
          description: 'What the same source said before and after, oldest first.',
          querystring: z.object({ id: z.string().min(1).max(200), before: around, after: around }),
          response: {
            200: z.object({ before: z.array(eventShape), event: eventShape, after: z.array(eventShape) }),
            404: errorBody,
          },
        },
      },
      async (request) => {
        const { id, before, after } = request.query;
        const [event] = await services.events.byIds([id]);
        if (!event) throw apiError('NOT_FOUND', 'event', id);
        const filter: EventFilter = { where: [{ field: 'source', op: 'in', values: [event.source] }] };
        const cursor = cursorAt(Date.parse(event.time ?? event.received_at), event.id);
        const take = async (count: number, order: 'newest' | 'oldest'): Promise<EventJson[]> =>
          count === 0 ? [] : (await services.events.page(filter, count, cursor, order)).events;
        const [earlier, later] = await Promise.all([take(before, 'newest'), take(after, 'oldest')]);
        return { before: earlier.reverse(), event, after: later };
      },
    );
  },
});

const around = z.coerce.number().int().min(0).max(200).default(50).meta({ description: 'How many, at most 200.' });

/** Fields of few values whose telling part stands behind a beginning that all share, such as `file_auth.log`. */
const inTheMiddle: ReadonlySet<string> = new Set(['source', 'host', 'program', 'event_type', 'format']);

/** Of numbers as well as of texts: numbers are completed by their digits. */
function beginsWith(field: string, prefix: string): EventCondition {
  const parsed = parseQuery(`${field}:*`);
  if (field === 'src_port' || field === 'dst_port') {
    const digits = /^\d{1,5}$/.test(prefix) ? prefix : '';
    const numbers = [0, 1, 2, 3, 4].flatMap((zeros): EventCondition[] => {
      const low = Number(digits) * 10 ** zeros;
      if (digits === '' || low > 65_535) return [];
      return [
        {
          op: 'all',
          of: [
            { op: 'compare', column: field, relation: 'gte', value: low },
            { op: 'compare', column: field, relation: 'lt', value: low + 10 ** zeros },
          ],
        },
      ];
    });
    return { op: 'any', of: numbers };
  }
  if (!parsed.ok) return { op: 'any', of: [] };
  const op = inTheMiddle.has(field) ? 'contains' : 'startswith';
  return conditionOfQuery({ type: 'field', field, op, value: prefix, at: { from: 0, to: 0 } });
}

/** Starts the search. The answer's lines as they become known; however it ends, `done` is called once. */
function linesOf(
  services: Services,
  body: SearchBody,
  condition: EventCondition | undefined,
  signal: AbortSignal,
  done: () => void,
): AsyncIterable<string> {
  const started = performance.now();
  const waiting: string[] = [];
  let wake = (): void => {};
  const tell = (line: z.output<typeof answerLine>): void => {
    waiting.push(`${JSON.stringify(line)}\n`);
    wake();
  };
  let isOver = false;
  run(services, body, condition, signal, tell, started)
    .catch((error: unknown) => {
      if (!signal.aborted) tell({ type: 'error', ...toldError(services, error) });
    })
    .finally(() => {
      isOver = true;
      done();
      wake();
    });
  return told();

  async function* told(): AsyncGenerator<string> {
    while (!signal.aborted) {
      if (waiting.length > 0) yield waiting.splice(0).join('');
      else if (isOver) return;
      else
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
    }
  }
}

async function run(
  services: Services,
  body: SearchBody,
  condition: EventCondition | undefined,
  signal: AbortSignal,
  tell: (line: z.output<typeof answerLine>) => void,
  started: number,
): Promise<void> {
  const { from, to, facets } = body;
  const isFirst = body.after === undefined;
  const events = await services.events.settled();
  let bucketSeconds = 60;
  if (isFirst && body.histogram) {
    const held = from === undefined || to === undefined ? await events.info() : null;
    const start = from ?? held?.oldest ?? services.now();
    bucketSeconds = bucketSecondsOf(Math.max(0, (to ?? Math.max(held?.newest ?? 0, services.now())) - start));
  }
  const { matched } = await events.search(
    {
      filter: {
        ...(from !== undefined && { from }),
        ...(to !== undefined && { to }),
        ...(condition !== undefined && { condition }),
      },
      limit: body.limit,
      after: body.after ?? null,
      order: body.order,
      histogram: isFirst && body.histogram ? { bucketMs: bucketSeconds * 1000 } : null,
      facets: isFirst && facets.length > 0 ? { fields: [...new Set(facets)], limit: body.facet_values } : null,
      count: isFirst,
    },
    (part: SearchPart) => {
      for (const line of linesOfPart(part, bucketSeconds)) tell(line);
    },
    signal,
  );
  tell({ type: 'done', total: matched, took_ms: Math.round(performance.now() - started) });
}

/** The answer has begun: an error is its last line. */
function toldError({ log }: Services, error: unknown): { detail: string; code: string } {
  if (error instanceof ApiError) return { detail: error.message, code: error.code };
  const reference = randomBytes(4).toString('hex');
  log('error', `A search failed (${reference}): ${error instanceof Error ? error.stack : String(error)}`);
  const { message, code } = apiError('INTERNAL', reference);
  return { detail: message, code };
}
