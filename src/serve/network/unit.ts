import { z } from 'zod';
import { type EventJson, isoTime } from '../../model/index.ts';
import { refusal } from '../refusal.ts';
import { errorBody, limit } from '../schemas.ts';
import { type App, defineUnit, type ServeContext } from '../unit.ts';
import { captureStatus, flowView, importView, pictureShape, statusShape } from './shapes.ts';
import { registerUpload } from './upload.ts';

export const network = defineUnit({
  name: 'network',
  description: 'What is seen on the wire: captures, conversations, packets with their scores.',
  register(app, context) {
    registerWatching(app, context);
    registerSwitch(app, context);
    registerPackets(app, context);
    registerUpload(app, context);
  },
});

function registerWatching(app: App, { services }: ServeContext): void {
  app.get(
    '/api/network',
    {
      config: { role: 'viewer' },
      schema: {
        summary: 'The capture: state, counts, losses, packets per second',
        description:
          '`lost` is what the kernel dropped because nobody read fast enough, by the account of tcpdump or dumpcap. ' +
          '`counts.leftOut` is what was over the limits of single records; conversations are then told in sums.',
        response: { 200: statusShape },
      },
    },
    async () => captureStatus(services.network.status(), services.network.interfaces()),
  );
  app.get(
    '/api/network/flows',
    {
      config: { role: 'viewer' },
      schema: {
        summary: 'Conversations that are held now, with who talks, with whom, and about what',
        querystring: z.object({
          address: z.string().max(64).optional(),
          protocol: z.string().max(32).optional(),
          service: z.string().max(32).optional(),
          limit: limit(200, 1000),
        }),
        response: { 200: pictureShape },
      },
    },
    async (request) => {
      const { address, protocol, service, limit: most } = request.query;
      const picture = await services.network.picture({
        address: address ?? null,
        protocol: protocol ?? null,
        service: service ?? null,
        limit: most,
      });
      const { at, flows, ...rest } = picture ?? {
        at: 0,
        held: 0,
        matching: 0,
        flows: [],
        talkers: [],
        pairs: [],
        services: [],
      };
      return { at: at === 0 ? null : isoTime(at), ...rest, flows: flows.map(flowView) };
    },
  );
  app.get(
    '/api/network/imports',
    {
      config: { role: 'viewer' },
      schema: { summary: 'Captures that were read, the newest first', response: { 200: z.array(importView.shape) } },
    },
    async () => services.network.imports().map(importView.of),
  );
}

function registerSwitch(app: App, { services, audit }: ServeContext): void {
  const change = (key: string, value: unknown): unknown =>
    refusal('SETTING_REFUSED', () => services.settings.change(key, value)).value;
  app.post(
    '/api/network/capture',
    {
      config: { role: 'admin' },
      schema: {
        summary: 'Begin to capture, or capture something else',
        description: 'What is not given stays as it is. The settings `capture.…` hold it; a restart goes on with it.',
        body: z.strictObject({
          interface: z.string().max(32).optional(),
          filter: z.string().max(2000).optional(),
        }),
        response: { 200: statusShape, 422: errorBody },
      },
    },
    async (request) => {
      const { interface: name, filter } = request.body;
      if (name !== undefined) change('capture.interface', name);
      if (filter !== undefined) change('capture.filter', filter);
      change('capture.enabled', true);
      audit(request, 'capture_started', { interface: name, filter });
      return captureStatus(services.network.status(), services.network.interfaces());
    },
  );
  app.delete(
    '/api/network/capture',
    {
      config: { role: 'admin' },
      schema: { summary: 'End the capture', response: { 200: statusShape, 422: errorBody } },
    },
    async (request) => {
      change('capture.enabled', false);
      audit(request, 'capture_stopped', {});
      return captureStatus(services.network.status(), services.network.interfaces());
    },
  );
}

const packetShape = z.object({
  packet_info: z.object({
    id: z.string(),
    time: z.string().nullable(),
    src: z.string().nullable(),
    dst: z.string().nullable(),
    src_port: z.number().nullable(),
    port: z.number().nullable().meta({ description: 'The port it was sent to.' }),
    proto: z.string(),
    length: z.number(),
    entropy: z.number().nullable(),
    location: z.string(),
  }),
  ai_analysis: z.object({
    prediction: z.enum(['BENIGN', 'SUSPICIOUS', 'MALICIOUS']),
    threat_score: z.number(),
    threat_level: z.string(),
    decision: z.string(),
    confidence_percent: z.number(),
    reasons: z.array(z.object({ text: z.string(), points: z.number() })),
  }),
});

function registerPackets(app: App, { services }: ServeContext): void {
  app.get(
    '/analyze-traffic',
    {
      config: { role: 'viewer' },
      schema: {
        summary: 'The newest packets of the log, each with its score',
        description:
          'The first packet of a conversation and the first that carries something, within the limits. The score is explained in docs/response.md.',
        querystring: z.object({ limit: limit(50, 500) }),
        response: { 200: z.object({ status: z.string(), count: z.number(), data: z.array(packetShape) }) },
      },
    },
    async (request) => {
      const page = await services.events.page(
        { where: [{ field: 'event_type', op: 'in', values: ['net.packet'] }] },
        request.query.limit,
        null,
      );
      const data = page.events.map(packetView);
      return { status: 'success', count: data.length, data };
    },
  );
}

const numberOr = <Other>(value: unknown, other: Other): number | Other => (typeof value === 'number' ? value : other);

function packetView(event: EventJson): z.output<typeof packetShape> {
  const { fields, geo, score } = event;
  const points = numberOr(score?.score, 0);
  const parts = Array.isArray(score?.parts) ? score.parts : [];
  const reasons = parts.flatMap((part) => {
    const found: unknown = typeof part === 'object' && part !== null && 'reasons' in part ? part.reasons : [];
    return reasonsShape.safeParse(found).data ?? [];
  });
  const country = geo?.country_name ?? geo?.country;
  return {
    packet_info: {
      id: event.id,
      time: event.time,
      src: event.src_ip,
      dst: event.dst_ip,
      src_port: event.src_port,
      port: event.dst_port,
      proto: (event.protocol ?? 'ip').toUpperCase(),
      length: numberOr(fields.length, 0),
      entropy: numberOr(fields.entropy, null),
      location: typeof country === 'string' ? country : 'Unknown',
    },
    ai_analysis: {
      prediction: points >= 80 ? 'MALICIOUS' : points >= 40 ? 'SUSPICIOUS' : 'BENIGN',
      threat_score: points,
      threat_level: typeof score?.threat_level === 'string' ? score.threat_level : 'LOW',
      decision: typeof score?.decision === 'string' ? score.decision : 'ALLOW',
      confidence_percent: Math.round(numberOr(score?.confidence, 0) * 100),
      reasons,
    },
  };
}

const reasonsShape = z.array(z.object({ text: z.string(), points: z.number() }));
