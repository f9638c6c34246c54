import { Readable } from 'node:stream';
import { z } from 'zod';
import { isoTime } from '../../model/index.ts';
import type { AuditFilter, AuditVerdict, StoredAuditRecord } from '../../store/contract.ts';
import { anyOf, errorBody, flag, limit, pointInTime } from '../schemas.ts';
import { auditActions, defineUnit } from '../unit.ts';

const recordShape = z.object({
  sequence: z.number().meta({ description: 'From 1, without gaps.' }),
  timestamp: z.string(),
  action: z.string(),
  user: z.string().nullable(),
  success: z.boolean(),
  source_ip: z.string().nullable(),
  details: z.record(z.string(), z.unknown()),
});

const recordView = ({ sequence, timestamp, action, user, success, source_ip, details }: StoredAuditRecord) => ({
  sequence,
  timestamp: isoTime(timestamp),
  action,
  user,
  success,
  source_ip,
  details,
});

const filters = {
  user: z.string().min(1).max(200).optional().meta({ description: 'Exactly this user, or key:<name>.' }),
  action: anyOf.optional().meta({ description: 'Actions, with commas between: any of them.' }),
  success: flag.optional().meta({ description: 'true: what was done; false: what was refused.' }),
  text: z.string().min(1).max(200).optional().meta({ description: 'Part of anything a record says.' }),
  from: pointInTime.optional(),
  to: pointInTime.optional(),
};

type Query = z.output<z.ZodObject<typeof filters>>;

const filterOf = ({ user, action, success, text, from, to }: Query): AuditFilter => ({
  ...(user !== undefined && { user }),
  ...(action !== undefined && { actions: action }),
  ...(success !== undefined && { success }),
  ...(text !== undefined && { text }),
  ...(from !== undefined && { from }),
  ...(to !== undefined && { to }),
});

export const audit = defineUnit({
  name: 'audit',
  description: 'Who changed what, and when: a trail that shows when somebody has changed it.',
  register(app, { services }) {
    const trail = services.state.audit;
    let verifying: Promise<AuditVerdict> | null = null;

    app.get(
      '/api/audit',
      {
        config: { role: 'admin' },
        schema: {
          summary: 'Audit records, newest first',
          description: 'X-Next-Cursor is given while there are older ones.',
          querystring: z.object({
            limit: limit(100, 1000),
            ...filters,
            before: pointInTime.optional().meta({ description: 'The same as `to`.' }),
            cursor: z.coerce
              .number()
              .int()
              .min(1)
              .optional()
              .meta({ description: 'X-Next-Cursor of the page before.' }),
          }),
          response: { 200: z.array(recordShape) },
        },
      },
      async ({ query }, reply) => {
        const filter = filterOf({ ...query, to: query.to ?? query.before });
        const page = await trail.page(filter, query.limit, query.cursor ?? null);
        if (page.next !== null) reply.header('x-next-cursor', String(page.next));
        return page.records.map(recordView);
      },
    );
    app.get(
      '/api/audit/actions',
      {
        config: { role: 'admin' },
        schema: { summary: 'Every action that is recorded', response: { 200: z.array(z.string()) } },
      },
      async () => [...auditActions],
    );
    app.get(
      '/api/audit/verify',
      {
        config: { role: 'admin' },
        schema: {
          summary: 'Whether the trail is whole',
          description:
            'Reads the whole trail: each record holds the SHA-256 of the one before it. Keep `last` somewhere else, and nobody who owns this machine can write the past anew unseen.',
          response: {
            200: z.object({
              ok: z.boolean(),
              records: z.number(),
              files: z.number(),
              bytes: z.number(),
              last: z.object({ sequence: z.number(), hash: z.string() }).nullable(),
              problem: z
                .object({
                  sequence: z.number().nullable(),
                  file: z.string(),
                  line: z.number(),
                  message: z.string(),
                })
                .nullable()
                .meta({ description: 'The first record that does not fit.' }),
              notes: z.array(z.string()),
              waiting: z.number().meta({ description: 'Records that could not be written yet.' }),
              checked_at: z.string(),
            }),
          },
        },
      },
      async () => {
        await trail.synced();
        // Many pages that ask at once read the files once.
        verifying ??= trail.verify().finally(() => {
          verifying = null;
        });
        return { ...(await verifying), waiting: trail.state().waiting, checked_at: isoTime(services.now()) };
      },
    );
    app.get(
      '/api/audit/export',
      {
        config: { role: 'admin' },
        schema: {
          summary: 'Audit records as NDJSON, oldest first',
          description:
            'The lines as they lie on the disk, with hashes. Without a filter the answer can be verified like the trail itself.',
          querystring: z.object(filters),
          response: { 200: z.unknown().meta({ description: 'application/x-ndjson' }), 422: errorBody },
        },
      },
      async ({ query }, reply) => {
        const lines = trail.lines(filterOf(query));
        const day = isoTime(services.now()).slice(0, 10);
        reply.header('content-disposition', `attachment; filename="phosor-audit-${day}.ndjson"`);
        return reply.type('application/x-ndjson; charset=utf-8').send(Readable.from(ended(lines)));
      },
    );
  },
});

async function* ended(lines: AsyncIterable<string>): AsyncGenerator<string> {
  for await (const line of lines) yield `${line}\n`;
}
