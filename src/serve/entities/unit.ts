import { z } from 'zod';
import { canonicalAddress, entityKinds, isNetwork, isoTime, severities } from '../../model/index.ts';
import { apiError } from '../errors.ts';
import { errorBody, pointInTime } from '../schemas.ts';
import { defineUnit, type ServeContext } from '../unit.ts';
import { type EntityQuestion, entityView } from './view.ts';

const dayMs = 86_400_000;
const standardDays = 30;

const notAddress = 'is no IP address. Write one such as 203.0.113.9 or 2001:db8::1';
const params = z
  .object({ kind: z.enum(entityKinds), value: z.string().min(1).max(300) })
  // As events hold it, however it was written.
  .transform(({ kind, value }, context) => {
    if (kind !== 'address') return { kind, value };
    const address = canonicalAddress(value);
    if (address !== null) return { kind, value: address };
    // IPv6 addresses are grouped by their networks.
    if (isNetwork(value)) return { kind, value };
    context.addIssue({ code: 'custom', path: ['value'], message: notAddress });
    return z.NEVER;
  });
const tag = z.string().trim().min(1).max(50);
const noteBody = z.strictObject({
  text: z.string().trim().max(10_000).default(''),
  tags: z.array(tag).max(20).default([]),
});
const noteShape = z.object({
  text: z.string(),
  tags: z.array(z.string()),
  author: z.string(),
  updated_at: z.string(),
});
const valueCount = z.object({ value: z.string(), count: z.number() });

const entityShape = z.object({
  kind: z.enum(entityKinds),
  value: z.string(),
  from: z.string(),
  to: z.string(),
  first_seen: z.string().nullable().meta({ description: 'Of all that is stored, whatever time was asked for.' }),
  last_seen: z.string().nullable(),
  events: z.number().meta({ description: 'In the time asked for; an address: where it is the source.' }),
  events_as_target: z.number().nullable().meta({ description: 'Of an address: where it is the destination.' }),
  bucket_seconds: z.number(),
  histogram: z.array(z.object({ time: z.string(), severity: z.string(), count: z.number() })),
  top: z
    .record(z.string(), z.array(valueCount))
    .meta({ description: 'Most frequent values by field, at most 10 each.' }),
  newest: z.array(z.record(z.string(), z.unknown())).meta({ description: 'Newest events, at most 20.' }),
  alerts: z.object({
    total: z.number(),
    newest: z.array(
      z.object({
        id: z.string(),
        rule_name: z.string(),
        severity: z.enum(severities),
        message: z.string(),
        status: z.string(),
        last: z.string(),
        count: z.number(),
      }),
    ),
  }),
  incidents: z.object({
    total: z.number(),
    newest: z.array(
      z.object({
        id: z.string(),
        title: z.string(),
        severity: z.enum(severities),
        risk: z.number(),
        status: z.string(),
        owner: z.string().nullable(),
        last: z.string(),
      }),
    ),
  }),
  geo: z.record(z.string(), z.unknown()).nullable(),
  reputation: z
    .record(z.string(), z.unknown())
    .nullable()
    .meta({ description: 'What is known without asking anybody.' }),
  hints: z.array(z.string()).meta({ description: 'What is to be known of it besides, in sentences.' }),
  note: noteShape.nullable(),
});

export const entities = defineUnit({
  name: 'entities',
  description: 'Everything known of an address, a user or a host.',
  register(app, context) {
    const { state } = context.services;
    app.get(
      '/api/entities/:kind/:value',
      {
        config: { role: 'viewer' },
        schema: {
          summary: 'Everything known of an address, a user or a host',
          description: `Without from and to: the last ${standardDays} days.`,
          params,
          querystring: z.object({ from: pointInTime.optional(), to: pointInTime.optional() }),
          response: { 200: entityShape, 422: errorBody },
        },
      },
      async (request) => entityView(context, question(context, request.params, request.query)),
    );
    app.put(
      '/api/entities/:kind/:value/note',
      {
        config: { role: 'analyst' },
        schema: {
          summary: 'Write down what you know of it',
          description: 'Replaces the note and tags. Nothing in both of them removes them.',
          params,
          body: noteBody,
          response: { 200: noteShape.nullable(), 422: errorBody },
        },
      },
      async (request) => {
        const { kind, value } = request.params;
        const tags = [...new Set(request.body.tags)];
        const { text } = request.body;
        const author = request.principal?.name ?? 'unknown';
        const before = state.entityNotes.byEntity(kind, value);
        if (text === '' && tags.length === 0) state.entityNotes.remove(kind, value);
        else state.entityNotes.put({ kind, value, text, tags, author, updated_at: context.services.now() });
        context.audit(request, 'entity_note_changed', {
          kind,
          value,
          tags,
          before: before?.text.slice(0, 500) ?? null,
        });
        const note = state.entityNotes.byEntity(kind, value);
        return note && { text: note.text, tags: note.tags, author: note.author, updated_at: isoTime(note.updated_at) };
      },
    );
  },
});

function question(
  { services }: ServeContext,
  { kind, value }: z.output<typeof params>,
  { from, to }: { from?: number | undefined; to?: number | undefined },
): EntityQuestion {
  const end = to ?? services.now() + 60_000;
  const begin = from ?? end - standardDays * dayMs;
  if (begin >= end) throw apiError('VALIDATION_FAILED', 'The end must come after the beginning.');
  return { kind, value, from: begin, to: end };
}
