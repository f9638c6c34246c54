import { z } from 'zod';
import { allOf, anyOf, type EventCondition, isOneOf, phantomCondition } from '../../model/index.ts';
import type { Services } from '../contract.ts';
import { limit } from '../schemas.ts';
import { defineUnit } from '../unit.ts';

const counted = z.object({ ip: z.string(), count: z.number() });
const suspect = z.object({ src_ip: z.string(), count: z.number() });

/** As documented: so many, within so long. */
const bruteForce = { least: 10, ms: 60 * 60_000 };
const flood = { least: 50, ms: 10 * 60_000 };
const mostListed = 10;
const mostSuspects = 1000;
const dayMs = 86_400_000;

/** What decoys of these protocols saw, and packets to these ports. */
const seenOn = (protocols: readonly string[], ports: readonly number[]): EventCondition =>
  allOf(
    phantomCondition(null),
    anyOf(
      isOneOf('protocol', ...protocols),
      allOf(isOneOf('event_type', 'net.packet'), { op: 'number', column: 'dst_port', values: ports }),
    ),
  );
const ssh = seenOn(['ssh'], [22, 2222]);
const http = seenOn(['http', 'https'], [80, 443, 8080, 8443]);

/** Addresses with at least so many events that fit, the busiest first. */
async function busy(
  { events, now }: Services,
  condition: EventCondition,
  { least, ms }: { least: number; ms: number },
): Promise<z.output<typeof suspect>[]> {
  const found = await events.top({ from: now() - ms, condition }, 'src_ip', mostSuspects);
  return found.filter(({ count }) => count >= least).map(({ value, count }) => ({ src_ip: value, count }));
}

async function totals(
  { events }: Services,
  condition: EventCondition,
): Promise<{ total: number; top: z.output<typeof counted>[] }> {
  const [total, top] = await Promise.all([
    events.count({ condition }),
    events.top({ condition }, 'src_ip', mostListed),
  ]);
  return { total, top: top.map(({ value, count }) => ({ ip: value, count })) };
}

export const analytics = defineUnit({
  name: 'analytics',
  description: 'Counts of what decoys and captures saw, as PhantomNet documents them.',
  register(app, { services }) {
    for (const prefix of ['/api/analytics', '/api/v1/analytics']) {
      app.get(
        `${prefix}/ssh`,
        {
          config: { role: 'viewer' },
          schema: {
            summary: 'SSH: who comes most, and who guesses passwords',
            description: 'Suspects tried 10 or more logins at the decoys within the last hour.',
            response: {
              200: z.object({
                protocol: z.string(),
                total_events: z.number(),
                top_attackers: z.array(counted),
                brute_force_suspects: z.array(suspect),
              }),
            },
          },
        },
        async () => {
          const { total, top } = await totals(services, ssh);
          const logins = allOf(isOneOf('event_type', 'decoy.login'), isOneOf('protocol', 'ssh'));
          return {
            protocol: 'SSH',
            total_events: total,
            top_attackers: top,
            brute_force_suspects: await busy(services, logins, bruteForce),
          };
        },
      );
      app.get(
        `${prefix}/http`,
        {
          config: { role: 'viewer' },
          schema: {
            summary: 'HTTP: who comes most, and who floods',
            description: 'Potential flooders sent 50 or more requests or packets within the last ten minutes.',
            response: {
              200: z.object({
                protocol: z.string(),
                total_requests: z.number(),
                top_ips: z.array(counted),
                potential_flooders: z.array(suspect),
              }),
            },
          },
        },
        async () => {
          const { total, top } = await totals(services, http);
          return {
            protocol: 'HTTP',
            total_requests: total,
            top_ips: top,
            potential_flooders: await busy(services, http, flood),
          };
        },
      );
      app.get(
        `${prefix}/trends`,
        {
          config: { role: 'viewer' },
          schema: {
            summary: 'How much decoys and captures saw, day by day (UTC)',
            querystring: z.object({ days: limit(7, 30) }),
            response: { 200: z.array(z.object({ date: z.string(), count: z.number() })) },
          },
        },
        async (request) => {
          const { events, now } = services;
          const today = Math.floor(now() / dayMs) * dayMs;
          const from = today - (request.query.days - 1) * dayMs;
          const counts = new Map<number, number>();
          for (const { time, count } of await events.histogram(
            { from, condition: phantomCondition(null) },
            dayMs,
            'source_type',
          ))
            counts.set(time, (counts.get(time) ?? 0) + count);
          return Array.from({ length: request.query.days }, (_, i) => {
            const time = from + i * dayMs;
            return { date: new Date(time).toISOString().slice(0, 10), count: counts.get(time) ?? 0 };
          });
        },
      );
    }
  },
});
