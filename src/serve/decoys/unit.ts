import { z } from 'zod';
import { isoTime } from '../../model/index.ts';
import { apiError } from '../errors.ts';
import { errorBody, flag, limit } from '../schemas.ts';
import { defineUnit, type Principal } from '../unit.ts';
import {
  credentialShape,
  credentialView,
  decoyShape,
  decoyView,
  fileShape,
  fileView,
  personaShape,
  personaView,
  processShape,
  sessionShape,
  sessionView,
  triedShape,
  triedView,
} from './shapes.ts';

/** Who may read the passwords that visitors typed. Everybody else sees them masked. */
const mayReadPasswords = (principal: Principal | null): boolean =>
  principal?.role === 'analyst' || principal?.role === 'admin';

const sessionId = z.string().regex(/^[0-9a-f]{16}$/, '16 hex digits');
const sha256 = z.string().regex(/^[0-9a-f]{64}$/, '64 hex digits');
const name = z.string().regex(/^[a-z]{2,20}$/, 'the name of a decoy, such as ssh');
const cursor = z
  .string()
  .regex(/^\d{1,15}_[0-9a-f]{16}$/, 'is none that this server gave out. Start again from the first page')
  .optional()
  .meta({ description: '`next` of the page before.' });

export const decoys = defineUnit({
  name: 'decoys',
  description: 'Services that look real and are not: switching them, and what visitors did there.',
  register(app, { services, audit }) {
    const control = () => services.decoys;
    const { state } = services;

    const listed = (which: string) => {
      const found = control()
        .list()
        .find((decoy) => decoy.name === which);
      if (found === undefined) throw apiError('NOT_FOUND', 'decoy', which);
      return found;
    };

    for (const path of ['/api/honeypots/status', '/api/honeypots']) {
      app.get(
        path,
        {
          config: { role: 'viewer' },
          schema: {
            summary: 'Decoys in short',
            response: {
              200: z.array(
                z.object({
                  name: z.string(),
                  port: z.int(),
                  status: z.enum(['active', 'inactive']),
                  last_seen: z.string().nullable(),
                  packet_count: z.int().meta({ description: 'Visits.' }),
                }),
              ),
            },
          },
        },
        async () =>
          control()
            .list()
            .map((decoy) => ({
              name: decoy.title,
              port: decoy.port,
              status: decoy.state === 'on' ? ('active' as const) : ('inactive' as const),
              last_seen: decoy.last_seen === null ? null : isoTime(decoy.last_seen),
              packet_count: decoy.sessions,
            })),
      );
    }

    app.get(
      '/api/decoys',
      {
        config: { role: 'viewer' },
        schema: {
          summary: 'The decoys, their process, and what they keep',
          response: {
            200: z.object({
              decoys: z.array(decoyShape),
              process: processShape,
              persona: personaShape,
              host: z.string().meta({ description: 'The address that they listen on.' }),
              files_bytes: z.int(),
              files_max_bytes: z.int(),
            }),
          },
        },
      },
      async ({ principal }) => ({
        decoys: control()
          .list()
          .map((decoy) => decoyView(decoy, mayReadPasswords(principal))),
        process: control().process(),
        persona: personaView(control().persona()),
        host: control().host(),
        ...control().usage(),
      }),
    );

    app.put(
      '/api/decoys/:name',
      {
        config: { role: 'admin' },
        schema: {
          summary: 'Switch a decoy on or off, or change its options',
          description: 'Answers when it is on, or it is known why not (`state`, `problem`).',
          params: z.object({ name }),
          body: z.strictObject({
            enabled: z.boolean().optional(),
            options: z.record(z.string().max(100), z.unknown()).optional(),
            port: z
              .int()
              .min(1)
              .max(65_535)
              .nullable()
              .optional()
              .meta({ description: 'Null: its own. Refused where the configuration names the port.' }),
          }),
          response: { 200: decoyShape, 404: errorBody, 422: errorBody },
        },
      },
      async (request) => {
        const { name: which } = request.params;
        const { enabled, options, port } = request.body;
        const shape = control().options(which);
        if (shape === null) throw apiError('NOT_FOUND', 'decoy', which);
        const before = listed(which);
        if (port !== undefined && before.port_origin === 'configuration')
          throw apiError(
            'VALIDATION_FAILED',
            `The configuration names the port of the ${which} decoy (PHOSOR_DECOY_${which.toUpperCase()}_PORT). Change it there and restart`,
          );
        if (options !== undefined) {
          const read = shape.safeParse(options);
          if (!read.success) throw apiError('VALIDATION_FAILED', sentenceOf(read.error));
          control().setOptions(which, read.data);
          audit(request, 'decoy_changed', { decoy: which, options: Object.keys(options) });
        }
        if (port !== undefined && (port ?? before.default_port) !== before.port) {
          control().setPort(which, port);
          audit(request, 'decoy_changed', { decoy: which, port });
        }
        if (enabled !== undefined) {
          const wanted = new Set(control().wanted());
          if (enabled) wanted.add(which);
          else wanted.delete(which);
          services.settings.change('decoys.enabled', [...wanted].sort());
          control().turn([...wanted]);
          audit(request, enabled ? 'decoy_switched_on' : 'decoy_switched_off', { decoy: which });
        }
        await control().settled();
        return decoyView(listed(which), true);
      },
    );

    app.get(
      '/api/decoys/sessions',
      {
        config: { role: 'viewer' },
        schema: {
          summary: 'Visits, newest first; those that are open stand before the others',
          querystring: z.strictObject({
            decoy: name.optional(),
            src_ip: z.string().max(64).optional(),
            logged_in: flag.optional(),
            recorded: flag.optional(),
            cursor,
            limit: limit(100, 500),
          }),
          response: { 200: z.object({ sessions: z.array(sessionShape), next: z.string().nullable() }) },
        },
      },
      async ({ query }) => {
        const { decoy, src_ip, logged_in, recorded, cursor: after, limit: most } = query;
        const open =
          after !== undefined
            ? []
            : control()
                .open()
                .filter(
                  (session) =>
                    (decoy === undefined || session.decoy === decoy) &&
                    (src_ip === undefined || session.src_ip === src_ip) &&
                    (!logged_in || session.user !== null) &&
                    (!recorded || session.recordings.length > 0),
                )
                .slice(0, most);
        const [startedAt, id] = after?.split('_') ?? [];
        const stored = state.decoys.sessions({
          ...(decoy !== undefined && { decoy }),
          ...(src_ip !== undefined && { src_ip }),
          ...(logged_in && { loggedIn: true }),
          ...(recorded && { recorded: true }),
          ...(startedAt !== undefined && id !== undefined && { before: { started_at: Number(startedAt), id } }),
          limit: most,
        });
        const last = stored.length === most ? stored.at(-1) : undefined;
        return {
          sessions: [...open, ...stored].map(sessionView),
          next: last === undefined ? null : `${last.started_at}_${last.id}`,
        };
      },
    );

    app.get(
      '/api/decoys/sessions/:id',
      {
        config: { role: 'viewer' },
        schema: {
          summary: 'One visit with what was tried and left',
          description: 'What happened in it, one by one, are the events with `fields.session` of this id.',
          params: z.object({ id: sessionId }),
          response: {
            200: z.object({
              session: sessionShape,
              credentials: z.array(credentialShape),
              files: z.array(fileShape),
            }),
          },
        },
      },
      async (request) => {
        const { id } = request.params;
        const session =
          control()
            .open()
            .find((each) => each.id === id) ?? state.decoys.session(id);
        if (session === null) throw apiError('NOT_FOUND', 'visit', id);
        return {
          session: sessionView(session),
          credentials: state.decoys.credentialsOf(id).map(credentialView(mayReadPasswords(request.principal))),
          files: state.decoys.filesOf(id).map(fileView),
        };
      },
    );

    app.get(
      '/api/decoys/sessions/:id/recordings/:number',
      {
        config: { role: 'viewer' },
        schema: {
          summary: 'A terminal recording (asciicast v2)',
          description: 'What was typed without being shown (passwords) is left out for viewers.',
          params: z.object({ id: sessionId, number: z.coerce.number().int().min(1).max(999) }),
          response: { 200: z.string() },
        },
      },
      async (request, reply) => {
        const { id, number } = request.params;
        const recording = await control().recording(id, number);
        if (recording === null) throw apiError('NOT_FOUND', 'recording', `${id}-${number}`);
        reply.header('content-type', 'application/x-asciicast');
        reply.header('content-disposition', `attachment; filename="phosor-${id}-${number}.cast"`);
        const text = recording.toString('utf8');
        return mayReadPasswords(request.principal) ? text : withoutInput(text);
      },
    );

    app.get(
      '/api/decoys/credentials',
      {
        config: { role: 'viewer' },
        schema: {
          summary: 'Names and passwords that were tried, most tried first',
          description: 'Passwords are masked for viewers.',
          querystring: z.strictObject({
            decoy: name.optional(),
            hours: z.coerce.number().int().min(1).max(87_600).optional(),
            offset: z.coerce.number().int().min(0).max(1_000_000).default(0),
            limit: limit(100, 500),
          }),
          response: { 200: z.object({ credentials: z.array(triedShape) }) },
        },
      },
      async (request) => {
        const { decoy, hours, offset, limit: most } = request.query;
        const tried = state.decoys.tried({
          ...(decoy !== undefined && { decoy }),
          ...(hours !== undefined && { from: services.now() - hours * 3_600_000 }),
          offset,
          limit: most,
        });
        return { credentials: tried.map(triedView(mayReadPasswords(request.principal))) };
      },
    );

    app.get(
      '/api/decoys/files',
      {
        config: { role: 'viewer' },
        schema: {
          summary: 'Files that visitors left, newest first',
          querystring: z.strictObject({ limit: limit(100, 1000) }),
          response: { 200: z.object({ files: z.array(fileShape) }) },
        },
      },
      async ({ query }) => ({ files: state.decoys.files(query.limit).map(fileView) }),
    );

    app.get(
      '/api/decoys/files/:sha256',
      {
        config: { role: 'admin' },
        schema: {
          summary: 'A file that a visitor left, as it is',
          description: 'Hostile: it is given as bytes to save, never to open. Who fetched it is in the audit trail.',
          params: z.object({ sha256 }),
        },
      },
      async (request, reply) => {
        const { sha256: which } = request.params;
        const content = await control().file(which);
        if (content === null) throw apiError('NOT_FOUND', 'file', which);
        audit(request, 'decoy_file_fetched', { sha256: which, bytes: content.length });
        reply.header('content-type', 'application/octet-stream');
        reply.header('content-disposition', `attachment; filename="${which}.bin"`);
        reply.header('x-content-type-options', 'nosniff');
        return reply.send(content);
      },
    );
  },
});

/** An asciicast without what was typed. */
const withoutInput = (cast: string): string =>
  cast
    .split('\n')
    .filter((line) => !/^\[[\d.e+-]+,"i",/.test(line))
    .join('\n');

const sentenceOf = (error: z.ZodError): string =>
  error.issues
    .slice(0, 5)
    .map(({ path, message }) => `options.${path.join('.')}: ${message}`)
    .join('; ');
