import { z } from 'zod';
import { deliveryStates } from '../../store/contract.ts';
import { apiError } from '../errors.ts';
import { refusal } from '../refusal.ts';
import { errorBody, idParams, limit } from '../schemas.ts';
import { defineUnit } from '../unit.ts';
import { registerDocumented } from './health.ts';
import {
  channelAnswer,
  channelChange,
  channelInput,
  channelShape,
  deliveryAnswer,
  deliveryShape,
  previewInput,
  statusShape,
} from './shapes.ts';

export const notifications = defineUnit({
  name: 'notifications',
  description: 'Who is told of incidents, how, and what became of it.',
  register(app, context) {
    const { services, audit } = context;
    const control = services.notifications;
    registerDocumented(app, context);

    app.get(
      '/api/notifications/types',
      {
        config: { role: 'admin' },
        schema: {
          summary: 'Kinds of channels and the forms of their configuration',
          response: {
            200: z.array(
              z.object({ name: z.string(), title: z.string(), description: z.string(), schema: z.unknown() }),
            ),
          },
        },
      },
      async () => control.types(),
    );
    app.get(
      '/api/notifications/channels',
      {
        config: { role: 'admin' },
        schema: { summary: 'All channels, without secrets', response: { 200: z.array(channelShape) } },
      },
      async () => control.list().map(channelAnswer),
    );
    app.post(
      '/api/notifications/channels',
      {
        config: { role: 'admin' },
        schema: {
          summary: 'Add a channel',
          body: channelInput,
          response: { 201: channelShape, 422: errorBody },
        },
      },
      async (request, reply) => {
        const made = refusal('CHANNEL_REFUSED', () => control.create(request.body));
        audit(request, 'channel_added', { channel: made.name, type: made.type, target: made.target });
        return reply.code(201).send(channelAnswer(made));
      },
    );
    app.patch(
      '/api/notifications/channels/:id',
      {
        config: { role: 'admin' },
        schema: {
          summary: 'Change, pause or resume a channel',
          params: idParams,
          body: channelChange,
          response: { 200: channelShape, 404: errorBody, 422: errorBody },
        },
      },
      async (request) => {
        const { id } = request.params;
        const change = Object.fromEntries(Object.entries(request.body).filter(([, value]) => value !== undefined));
        const changed = refusal('CHANNEL_REFUSED', () => control.update(id, change));
        if (changed === null) throw apiError('NOT_FOUND', 'channel', id);
        const { config, ...told } = change;
        // Values of the configuration may be secrets: only their names are told.
        const names = config === undefined ? {} : { config: Object.keys(config as object) };
        audit(request, 'channel_modified', { channel: changed.name, ...told, ...names });
        return channelAnswer(changed);
      },
    );
    app.delete(
      '/api/notifications/channels/:id',
      {
        config: { role: 'admin' },
        schema: {
          summary: 'Remove a channel',
          description: 'What waits for it is dropped. Its history stays.',
          params: idParams,
          response: { 200: z.object({ status: z.literal('removed') }), 404: errorBody, 422: errorBody },
        },
      },
      async (request) => {
        const { id } = request.params;
        const name = control.list().find((each) => each.id === id)?.name;
        if (!refusal('CHANNEL_REFUSED', () => control.remove(id))) throw apiError('NOT_FOUND', 'channel', id);
        audit(request, 'channel_removed', { channel: name ?? id });
        return { status: 'removed' as const };
      },
    );
    app.post(
      '/api/notifications/channels/:id/test',
      {
        config: { role: 'admin' },
        schema: {
          summary: 'Send a test message now',
          description: 'Once, whatever the thresholds. The answer is what the receiver said.',
          params: idParams,
          response: {
            200: z.object({ success: z.boolean(), detail: z.string(), took_ms: z.number() }),
            404: errorBody,
          },
        },
      },
      async (request) => {
        const { id } = request.params;
        const result = await control.test(id);
        if (result === null) throw apiError('NOT_FOUND', 'channel', id);
        audit(request, 'channel_tested', { channel: id, result: result.detail }, { success: result.success });
        return result;
      },
    );
    app.post(
      '/api/notifications/channels/:id/retry',
      {
        config: { role: 'admin' },
        schema: {
          summary: 'Try what waits for a channel now',
          params: idParams,
          response: { 200: z.object({ status: z.literal('trying') }), 404: errorBody },
        },
      },
      async (request) => {
        const { id } = request.params;
        if (!control.retry(id)) throw apiError('NOT_FOUND', 'channel', id);
        audit(request, 'channel_modified', { channel: id, retried: true });
        return { status: 'trying' as const };
      },
    );
    app.post(
      '/api/notifications/preview',
      {
        config: { role: 'admin' },
        schema: {
          summary: 'How a message would look',
          description: 'Nothing is sent. Secrets may be missing.',
          body: previewInput,
          response: { 200: z.object({ payload: z.string(), html: z.string().nullable() }), 422: errorBody },
        },
      },
      async (request) => {
        const { type, config, kind } = request.body;
        return refusal('CHANNEL_REFUSED', () => control.preview(type, config, kind));
      },
    );
    app.get(
      '/api/notifications/history',
      {
        config: { role: 'analyst' },
        schema: {
          summary: 'Who was told what, when, and with which result',
          description: 'Newest first. `next` of the answer is `before` of the next page.',
          querystring: z.object({
            limit: limit(50, 500),
            before: z.coerce.number().int().min(1).optional(),
            channel_id: z.string().max(100).optional(),
            state: z.enum(deliveryStates).optional(),
            incident_id: z.string().max(200).optional(),
          }),
          response: { 200: z.object({ deliveries: z.array(deliveryShape), next: z.number().nullable() }) },
        },
      },
      async (request) => {
        const { limit: most, before, channel_id, state, incident_id } = request.query;
        const found = control.history({
          limit: most,
          ...(before !== undefined && { before }),
          ...(channel_id !== undefined && { channel_id }),
          ...(state !== undefined && { state }),
          ...(incident_id !== undefined && { key: incident_id }),
        });
        return {
          deliveries: found.map(deliveryAnswer),
          next: found.length < most ? null : (found.at(-1)?.number ?? null),
        };
      },
    );
    app.get(
      '/api/notifications/status',
      {
        config: { role: 'analyst' },
        schema: { summary: 'Queues, digest and quiet hours as they stand', response: { 200: statusShape } },
      },
      async () => {
        const { quiet_until, last_check, ...status } = control.status();
        const iso = (at: number | null): string | null => (at === null ? null : new Date(at).toISOString());
        return { ...status, quiet_until: iso(quiet_until), last_check: iso(last_check) };
      },
    );
  },
});
