import { z } from 'zod';
import { type EventJson, phantomThreatOf, phantomThreats, type ThreatScore } from '../../model/index.ts';
import type { EventFilter } from '../../store/contract.ts';
import { address, errorBody, eventCursor, limit } from '../schemas.ts';
import { scoreShape, scoreView } from '../scores.ts';
import type { App, ServeContext } from '../unit.ts';

const packetShape = z.object({
  id: z.string(),
  time: z.string().nullable(),
  src_ip: z.string().nullable(),
  src_port: z.number().nullable(),
  dst_ip: z.string().nullable(),
  dst_port: z.number().nullable(),
  protocol: z.string(),
  length: z.number(),
  entropy: z.number().nullable().meta({ description: 'Bits per byte of the first 64 bytes that it carries.' }),
  country: z.string().nullable().meta({ description: 'Of the source, as far as a database at hand knows it.' }),
  score: scoreShape,
});
type PacketView = z.output<typeof packetShape>;

const phantomPacket = z.object({
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
    prediction: z.enum(phantomThreats),
    threat_score: z.number(),
    threat_level: z.string(),
    decision: z.string(),
    confidence_percent: z.number(),
    reasons: z.array(z.object({ text: z.string(), points: z.number() })),
    parts: scoreShape.shape.parts.meta({ description: 'The same by part, each with its limit.' }),
  }),
});

const about =
  'The first packet of a conversation and the first that carries something, within the limits. The score is made when it is ' +
  'asked for, with everything known of the source by then: alerts, reputation, decoys, behaviour. docs/response.md has the formula.';

/** The log of packets: in our words, and in PhantomNet's. */
export function registerPackets(app: App, { services }: ServeContext): void {
  const read = async (
    where: EventFilter['where'],
    most: number,
    cursor: string | null,
  ): Promise<{ packets: { event: EventJson; score: ThreatScore }[]; next: string | null }> => {
    const { events, response } = services;
    const page = await events.page(
      { where: [{ field: 'event_type', op: 'in', values: ['net.packet'] }, ...(where ?? [])] },
      most,
      cursor,
    );
    const scores = await response.scores.rate(page.events);
    const packets = page.events.flatMap((event, i) => {
      const score = scores[i];
      return score === undefined ? [] : [{ event, score }];
    });
    return { packets, next: page.next };
  };
  const countryOf = ({ src_ip, geo }: EventJson): string | null =>
    typeof geo?.country === 'string'
      ? geo.country
      : ((src_ip === null ? null : services.intel.place(src_ip)?.country) ?? null);

  app.get(
    '/api/network/packets',
    {
      config: { role: 'viewer' },
      schema: {
        summary: 'The log of packets, newest first, each with its score and why',
        description: about,
        querystring: z.object({
          source: address().optional().meta({ description: 'Only packets that this address sent.' }),
          limit: limit(100, 500),
          cursor: eventCursor,
        }),
        response: {
          200: z.object({ packets: z.array(packetShape), next: z.string().nullable() }),
          422: errorBody,
        },
      },
    },
    async (request) => {
      const { source, limit: most, cursor } = request.query;
      const where: EventFilter['where'] = source === undefined ? [] : [{ field: 'src_ip', op: 'in', values: [source] }];
      const { packets, next } = await read(where, most, cursor ?? null);
      const viewOf = ({ event, score }: { event: EventJson; score: ThreatScore }): PacketView => ({
        id: event.id,
        time: event.time,
        src_ip: event.src_ip,
        src_port: event.src_port,
        dst_ip: event.dst_ip,
        dst_port: event.dst_port,
        protocol: event.protocol ?? 'ip',
        length: numberOr(event.fields.length, 0),
        entropy: numberOr(event.fields.entropy, null),
        country: countryOf(event),
        score: scoreView(score),
      });
      return { packets: packets.map(viewOf), next };
    },
  );
  app.get(
    '/analyze-traffic',
    {
      config: { role: 'viewer' },
      schema: {
        summary: 'The newest packets of the log, each with its score',
        description: about,
        querystring: z.object({ limit: limit(50, 500) }),
        response: { 200: z.object({ status: z.string(), count: z.number(), data: z.array(phantomPacket) }) },
      },
    },
    async (request) => {
      const { packets } = await read([], request.query.limit, null);
      const data = packets.map(({ event, score }) => phantomView(event, score, countryOf(event)));
      return { status: 'success', count: data.length, data };
    },
  );
}

const numberOr = <Other>(value: unknown, other: Other): number | Other => (typeof value === 'number' ? value : other);

function phantomView(event: EventJson, score: ThreatScore, country: string | null): z.output<typeof phantomPacket> {
  const { parts } = scoreView(score);
  const name = event.geo?.country_name;
  return {
    packet_info: {
      id: event.id,
      time: event.time,
      src: event.src_ip,
      dst: event.dst_ip,
      src_port: event.src_port,
      port: event.dst_port,
      proto: (event.protocol ?? 'ip').toUpperCase(),
      length: numberOr(event.fields.length, 0),
      entropy: numberOr(event.fields.entropy, null),
      location: typeof name === 'string' ? name : (country ?? 'Unknown'),
    },
    ai_analysis: {
      prediction: phantomThreatOf(score.score),
      threat_score: score.score,
      threat_level: score.threat_level,
      decision: score.decision,
      confidence_percent: Math.round(score.confidence * 100),
      reasons: parts.flatMap(({ reasons }) => reasons),
      parts,
    },
  };
}
