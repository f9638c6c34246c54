import { z } from 'zod';
import { severities } from '../../model/index.ts';
import { readField } from '../../model/query/index.ts';
import { type FacetField, filterFields } from '../../store/contract.ts';
import { queryText } from '../query-condition.ts';
import { eventCursor, pointInTime } from '../schemas.ts';

const isColumn = (name: string): boolean => filterFields.some((field) => field === name);

/** A field whose values can be counted. */
export const facetField = z
  .string()
  .max(200)
  .refine((name): name is FacetField => isColumn(name) || /^fields\..{1,128}$/s.test(name), {
    message: `is no field that can be counted. Use ${filterFields.join(', ')}, or fields.… for what only some events have`,
  })
  .meta({ description: 'A column, or fields.… for what only some events have.' });

export const searchBody = z
  .object({
    query: queryText.default(''),
    from: pointInTime.optional(),
    to: pointInTime.optional(),
    limit: z.number().int().min(1).max(500).default(100),
    after: eventCursor,
    order: z.enum(['newest', 'oldest']).default('newest'),
    histogram: z.boolean().default(false),
    facets: z.array(facetField).max(12).default([]),
    facet_values: z.number().int().min(1).max(100).default(10),
  })
  .refine(({ from, to }) => from === undefined || to === undefined || to > from, {
    path: ['to'],
    message: 'the end must come after the beginning',
  });
export type SearchBody = z.output<typeof searchBody>;

/** A field whose values can be offered, by any of its names. */
export const valueField = z
  .string()
  .max(200)
  .transform((written) => readField(written).field)
  .refine((name) => !['id', 'raw', 'message'].includes(name), {
    message: 'has another value in nearly every event',
  })
  .meta({ description: 'A column by any of its names, or what only some events have.' });

/** A page of the hits by its place among them. */
export const placeBody = z
  .object({
    query: queryText.default(''),
    from: pointInTime.optional(),
    to: pointInTime.optional(),
    order: z.enum(['newest', 'oldest']).default('newest'),
    limit: z.number().int().min(1).max(500).default(200),
    offset: z
      .number()
      .int()
      .min(0)
      .max(1_000_000_000)
      .optional()
      .meta({ description: 'How many hits come before it.' }),
    after: eventCursor.meta({ description: '`last` of the page before it: it need not be looked for.' }),
    before: eventCursor.meta({ description: '`first` of the page behind it.' }),
  })
  .refine(({ offset, after, before }) => [offset, after, before].filter((each) => each !== undefined).length === 1, {
    path: ['offset'],
    message: 'say where the page is by one of offset, after and before',
  })
  .refine(({ from, to }) => from === undefined || to === undefined || to > from, {
    path: ['to'],
    message: 'the end must come after the beginning',
  });

export const eventShape = z
  .record(z.string(), z.unknown())
  .meta({ description: 'An event with every key; see docs. Times are ISO 8601.' });

export const valueShape = z.object({ value: z.string().nullable(), count: z.number() });

const bySeverity = Object.fromEntries(severities.map((severity) => [severity, z.number()])) as Record<
  (typeof severities)[number],
  z.ZodNumber
>;

/** One line of the answer. */
export const answerLine = z.discriminatedUnion('type', [
  z
    .object({
      type: z.literal('page'),
      events: z.array(eventShape),
      next: z.string().nullable(),
      final: z.boolean(),
    })
    .meta({
      description: 'The page’s next events. `final`: the page is whole; `next` is the cursor of the one behind it.',
    }),
  z
    .object({
      type: z.literal('histogram'),
      bucket_seconds: z.number(),
      buckets: z.array(z.object({ time: z.number().meta({ description: 'Epoch milliseconds.' }), ...bySeverity })),
    })
    .meta({ description: 'Of what was read until now; it replaces the one before.' }),
  z
    .object({
      type: z.literal('facets'),
      facets: z.record(z.string(), z.array(valueShape)),
      inexact: z.array(z.string()).meta({ description: 'Fields with so many values that rare ones were not counted.' }),
    })
    .meta({ description: 'Of what was read until now; they replace those before.' }),
  z.object({
    type: z.literal('progress'),
    scanned_events: z.number(),
    total_events: z.number(),
    matched: z.number().nullable(),
  }),
  z.object({ type: z.literal('done'), total: z.number().nullable(), took_ms: z.number() }),
  z.object({ type: z.literal('error'), detail: z.string(), code: z.string() }),
]);
export type AnswerLine = z.output<typeof answerLine>;
