import { z } from 'zod';
import { isoTime } from '../../model/index.ts';
import type { WireCounts } from '../../wire/contract.ts';
import type { CaptureImport, CaptureStatus, LiveFlow } from './types.ts';

const perKind = z.record(z.string(), z.number());

const countsShape = z
  .object({
    packets: z.number(),
    bytes: z.number(),
    arp: z.number(),
    other: z.number().meta({ description: 'Neither IP nor ARP.' }),
    damaged: z.number().meta({ description: 'Headers cut off, or contradicting themselves.' }),
    unknown_link: z.number(),
    orphaned_fragments: z.number().meta({ description: 'Later parts of packets whose first part was not seen.' }),
    flows: z.number(),
    flows_held: z.number(),
    flows_evicted: z.number().meta({ description: 'Told and forgotten early, because there were too many.' }),
    flows_summed: z.number().meta({ description: 'Told in sums, because there were too many.' }),
    talks_forgotten: z.number(),
    told: perKind,
    left_out: perKind,
    protocols: z.record(z.string(), z.object({ packets: z.number(), bytes: z.number() })),
  })
  .nullable();

const countsView = (counts: WireCounts | null): z.output<typeof countsShape> =>
  counts === null
    ? null
    : {
        packets: counts.packets,
        bytes: counts.bytes,
        arp: counts.arp,
        other: counts.other,
        damaged: counts.damaged,
        unknown_link: counts.unknownLink,
        orphaned_fragments: counts.orphanedFragments,
        flows: counts.flows,
        flows_held: counts.flowsHeld,
        flows_evicted: counts.flowsEvicted,
        flows_summed: counts.flowsSummed,
        talks_forgotten: counts.talksForgotten,
        told: counts.told,
        left_out: counts.leftOut,
        protocols: counts.protocols,
      };

const time = (at: number | null): string | null => (at === null ? null : isoTime(at));

export const statusShape = z.object({
  state: z.enum(['off', 'starting', 'running', 'waiting', 'unavailable']),
  detail: z.string().nullable(),
  hint: z.string().nullable(),
  program: z.string().nullable(),
  interface: z.string(),
  filter: z.string(),
  since: z.string().nullable(),
  received: z.number().nullable(),
  lost: z.number().nullable(),
  not_taken: z.number(),
  counts: countsShape,
  history: z.array(z.object({ packets: z.number(), bytes: z.number() })),
  interfaces: z.array(z.object({ name: z.string(), addresses: z.array(z.string()) })),
});

export const captureStatus = (
  { since, notTaken, counts, program, ...rest }: CaptureStatus,
  interfaces: z.output<typeof statusShape>['interfaces'],
): z.output<typeof statusShape> => ({
  ...rest,
  // Not where it lies: nobody but the machine's owner needs that.
  program: program === null ? null : (program.split('/').at(-1) ?? null),
  since: time(since),
  not_taken: notTaken,
  counts: countsView(counts),
  interfaces,
});

const flowShape = z.object({
  src_ip: z.string(),
  src_port: z.number().nullable(),
  dst_ip: z.string(),
  dst_port: z.number().nullable(),
  protocol: z.string(),
  service: z.string().nullable(),
  name: z.string().nullable(),
  state: z.string(),
  packets_out: z.number(),
  packets_in: z.number(),
  bytes_out: z.number(),
  bytes_in: z.number(),
  began: z.string(),
  last: z.string(),
});

export const flowView = (flow: LiveFlow): z.output<typeof flowShape> => ({
  ...flow,
  began: isoTime(flow.began),
  last: isoTime(flow.last),
});

const country = () =>
  z.string().nullable().meta({ description: 'ISO 3166-1 code, as far as a database at hand knows the address.' });

export const pictureShape = z.object({
  at: z.string().nullable(),
  held: z.number(),
  matching: z.number(),
  flows: z.array(flowShape),
  talkers: z.array(
    z.object({
      address: z.string(),
      country: country(),
      flows: z.number(),
      bytes_out: z.number(),
      bytes_in: z.number(),
      peers: z.number(),
    }),
  ),
  pairs: z.array(
    z.object({
      src_ip: z.string(),
      src_country: country(),
      dst_ip: z.string(),
      dst_country: country(),
      flows: z.number(),
      bytes: z.number(),
      services: z.array(z.string()),
    }),
  ),
  services: z.array(z.object({ name: z.string(), flows: z.number(), bytes: z.number() })),
  more: z.object({ talkers: z.number(), pairs: z.number() }).meta({ description: 'Not listed.' }),
  looked: z
    .number()
    .nullable()
    .meta({ description: 'Stored records that were looked at, the newest; null: what is held now was.' }),
  all: z.boolean().meta({ description: 'No record of that time was left out.' }),
});

const importShape = z.object({
  id: z.string(),
  name: z.string(),
  state: z.enum(['running', 'done', 'failed']),
  detail: z.string().nullable(),
  bytes: z.number(),
  bytes_total: z.number(),
  records: z.number(),
  counts: countsShape,
  started_at: z.string(),
  ended_at: z.string().nullable(),
});

export const importView = {
  shape: importShape,
  of: ({ counts, started_at, ended_at, ...rest }: CaptureImport): z.output<typeof importShape> => ({
    ...rest,
    counts: countsView(counts),
    started_at: isoTime(started_at),
    ended_at: time(ended_at),
  }),
};
