import { z } from 'zod';
import { isoTime } from '../../model/index.ts';
import type { SourceView } from '../contract.ts';
import { apiError } from '../errors.ts';
import { asyncRefusal } from '../refusal.ts';
import { errorBody, flag } from '../schemas.ts';
import { defineUnit } from '../unit.ts';

const sourceShape = z.object({
  name: z.string(),
  type: z.string().meta({ description: 'syslog, file_tail, webhook.' }),
  active: z.boolean(),
  events_received: z.number(),
  last_event: z.string().nullable(),
  state: z.enum(['active', 'waiting', 'limited', 'failed']),
  detail: z.string().nullable(),
  path: z.string().nullable(),
  parse_share: z.number().nullable(),
  format: z.string().nullable(),
  last_raw: z.string().nullable(),
  lag_bytes: z.number().nullable(),
  bytes: z.number(),
  dropped: z.number(),
  limited: z.number(),
  standing: z
    .object({
      reputation: z.number().meta({ description: '0 to 100.' }),
      violations: z.number(),
      limit: z.number().meta({ description: 'Events per second that it may send now, by its reputation.' }),
      blocked_until: z.string().nullable(),
    })
    .nullable()
    .meta({ description: 'How it has kept to its limit. Null: it has none.' }),
  redacted: z.number(),
  clock_offset_ms: z.number().nullable(),
  hint: z.string().nullable(),
  timezone: z.string().nullable(),
  trusted: z.boolean(),
  enabled: z.boolean(),
});

const typeWord = (type: SourceView['source_type']) => (type === 'file' ? 'file_tail' : type);

const standingView = ({ reputation, violations, limit, blockedUntil }: NonNullable<SourceView['standing']>) => ({
  reputation,
  violations,
  limit,
  blocked_until: blockedUntil === null ? null : isoTime(blockedUntil),
});

const sourceView = (source: SourceView): z.output<typeof sourceShape> => ({
  name: source.source,
  type: typeWord(source.source_type),
  active: source.state === 'active',
  events_received: Math.max(source.events, source.received),
  last_event: source.lastAt === null ? null : isoTime(source.lastAt),
  state: source.state,
  detail: source.detail,
  path: source.path,
  parse_share: source.parseShare,
  format: source.format,
  last_raw: source.lastRaw,
  lag_bytes: source.lagBytes,
  bytes: source.bytes,
  dropped: source.dropped,
  limited: source.limited,
  standing: source.standing ? standingView(source.standing) : null,
  redacted: source.redacted,
  clock_offset_ms: source.clockOffsetMs,
  hint: source.record?.hint ?? null,
  timezone: source.record?.timezone ?? null,
  trusted: source.record?.trusted ?? false,
  enabled: source.record?.enabled ?? true,
});

const addFile = z.object({
  filepath: z.string().min(1).max(4096).optional(),
  hint: z.string().max(64).nullish(),
});
const nameParams = z.object({ name: z.string().min(1).max(300) });

const isZone = (name: string): boolean => {
  try {
    new Intl.DateTimeFormat('en', { timeZone: name });
    return true;
  } catch {
    return false;
  }
};

export const sources = defineUnit({
  name: 'sources',
  description: 'Where events come from.',
  register(app, { services, audit }) {
    const find = (name: string): SourceView => {
      const source = services.sources.list().find((each) => each.source === name);
      if (!source) throw apiError('NOT_FOUND', 'source', name);
      return source;
    };

    app.get(
      '/api/sources',
      { config: { role: 'viewer' }, schema: { summary: 'All sources', response: { 200: z.array(sourceShape) } } },
      async () => services.sources.list().map(sourceView),
    );
    app.post(
      '/api/sources/file/add',
      {
        config: { role: 'admin' },
        schema: {
          summary: 'Follow a log file',
          description:
            'A path or glob inside the configured roots, as JSON or in the query. Reading starts at the end unless `from_beginning`. A missing file is waited for.',
          querystring: addFile.extend({ from_beginning: flag.optional() }),
          body: addFile.extend({ from_beginning: z.boolean().optional() }).nullish(),
          response: {
            200: z.object({ status: z.literal('added'), filepath: z.string(), source: z.string() }),
            422: errorBody,
          },
        },
      },
      async (request) => {
        const given = { ...request.query, ...request.body };
        const { filepath } = given;
        if (filepath === undefined)
          throw apiError('VALIDATION_FAILED', 'In the body, "filepath": missing. Send the path of the file to follow.');
        const record = await asyncRefusal('SOURCE_REFUSED', () =>
          services.sources.addFile(filepath, {
            hint: given.hint ?? null,
            fromBeginning: given.from_beginning ?? false,
          }),
        );
        audit(request, 'source_added', { source: record.name, filepath });
        return { status: 'added' as const, filepath, source: record.name };
      },
    );
    app.get(
      '/api/sources/offers',
      {
        config: { role: 'admin' },
        schema: {
          summary: 'System logs that could be followed',
          response: { 200: z.array(z.object({ path: z.string(), bytes: z.number() })) },
        },
      },
      async () => services.sources.offers(),
    );
    app.post(
      '/api/sources/offers/decline',
      {
        config: { role: 'admin' },
        schema: {
          summary: 'Do not offer this file again',
          body: z.strictObject({ path: z.string().min(1).max(4096) }),
          response: { 200: z.object({ status: z.literal('declined') }) },
        },
      },
      async (request) => {
        services.sources.decline(request.body.path);
        audit(request, 'source_modified', { declined: request.body.path });
        return { status: 'declined' as const };
      },
    );
    app.get(
      '/api/sources/listening',
      {
        config: { role: 'viewer' },
        schema: {
          summary: 'Open doors and the UDP socket',
          response: {
            200: z.object({
              listening: z.array(z.object({ what: z.string(), host: z.string(), port: z.number() })),
              udp: z.record(z.string(), z.unknown()).nullable(),
            }),
          },
        },
      },
      async () => {
        const udp = services.sources.udp();
        return { listening: services.sources.listening(), udp: udp === null ? null : { ...udp } };
      },
    );
    app.patch(
      '/api/sources/:name',
      {
        config: { role: 'admin' },
        schema: {
          summary: 'Change a source',
          description: '`trusted`: never limited. `timezone`: IANA name for times without a zone.',
          params: nameParams,
          body: z.strictObject({
            hint: z.string().max(64).nullable().optional(),
            trusted: z.boolean().optional(),
            enabled: z.boolean().optional(),
            timezone: z
              .string()
              .max(64)
              .refine(isZone, 'no such time zone. Use an IANA name such as Europe/Berlin')
              .nullable()
              .optional(),
          }),
          response: { 200: sourceShape, 404: errorBody, 422: errorBody },
        },
      },
      async (request) => {
        const { name } = request.params;
        find(name);
        const { hint, trusted, enabled, timezone } = request.body;
        const change = {
          ...(hint !== undefined && { hint }),
          ...(trusted !== undefined && { trusted }),
          ...(enabled !== undefined && { enabled }),
          ...(timezone !== undefined && { timezone }),
        };
        await asyncRefusal('SOURCE_REFUSED', () => services.sources.update(name, change));
        audit(request, 'source_modified', { source: name, ...change });
        return sourceView(find(name));
      },
    );
    app.delete(
      '/api/sources/:name',
      {
        config: { role: 'admin' },
        schema: {
          summary: 'Stop following a source',
          description: 'What was collected stays.',
          params: nameParams,
          response: { 200: z.object({ status: z.literal('removed') }), 404: errorBody },
        },
      },
      async (request) => {
        const { name } = request.params;
        if (!(await services.sources.remove(name))) throw apiError('NOT_FOUND', 'configured source', name);
        audit(request, 'source_removed', { source: name });
        return { status: 'removed' as const };
      },
    );
  },
});
