import { z } from 'zod';
import { eventTypes, outcomes, severities } from '../../model/index.ts';

/*
 * What the main process and the decoys' process say to each other, as JSON over a pipe. The main process believes nothing
 * that comes from there: it reads messages by these schemas, and who the client is it knows by itself.
 */

/** To the decoys' process. Sockets come along with `visit` and `data`. */
export type ToChild =
  | {
      type: 'start';
      decoy: string;
      port: number;
      seed: string;
      installedAt: number;
      publicAddress: string | null;
      options: unknown;
    }
  | { type: 'stop'; decoy: string }
  | {
      type: 'visit';
      decoy: string;
      id: string;
      address: string;
      port: number;
      localAddress: string;
      localPort: number;
      startedAt: number;
    }
  | { type: 'data'; listener: number }
  /** Answers. */
  | { type: 'listening'; listener: number; port: number | null; problem: string | null }
  | { type: 'kept'; request: number; value: string | null }
  /** Whether it still turns: answered with `alive`. */
  | { type: 'ask' }
  | { type: 'shutdown' };

const name = z.string().regex(/^[a-z]{2,20}$/);
const visit = z.string().regex(/^[0-9a-f]{16}$/);
const number = z.int().min(0).max(Number.MAX_SAFE_INTEGER);
const types = Object.keys(eventTypes).filter((type) => type.startsWith('decoy.')) as [`decoy.${string}`];

/** Depth is bounded: a message with deeper values is refused. */
const scalar = z.union([z.string().max(65_536), z.number(), z.boolean(), z.null()]);
const shallow = z.union([scalar, z.array(scalar).max(2000), z.record(z.string().max(100), scalar)]);
const value = z.union([scalar, z.array(shallow).max(2000), z.record(z.string().max(100), shallow)]);
const fieldName = z.string().regex(/^[a-z][a-z0-9_]{0,60}$/);

export const recordShape = z.strictObject({
  event_type: z.enum(types),
  message: z.string().max(16_384),
  outcome: z.enum(outcomes).optional(),
  severity: z.enum(severities).optional(),
  user: z.string().max(1024).nullable().optional(),
  fields: z.record(fieldName, value).optional(),
});
export type SentRecord = z.output<typeof recordShape>;
export type SentScalar = z.output<typeof scalar>;
export type SentShallow = z.output<typeof shallow>;
export type SentValue = z.output<typeof value>;

const facts = z.record(fieldName, z.union([z.string().max(1024), z.number(), z.boolean()]));

export const fromChild = z.discriminatedUnion('type', [
  z.strictObject({
    type: z.literal('ready'),
    /** What keeps it in, as it found by trying. */
    isolation: z.strictObject({
      uid: z.int().nullable(),
      /** Node refuses connections, files and programs. */
      permission: z.boolean(),
      /** Own network namespace without an interface: the kernel has no way out. */
      namespace: z.boolean(),
      guarded: z.boolean(),
    }),
  }),
  z.strictObject({ type: z.literal('alive') }),
  z.strictObject({ type: z.literal('started'), decoy: name }),
  z.strictObject({ type: z.literal('failed'), decoy: name, message: z.string().max(4096) }),
  z.strictObject({ type: z.literal('record'), visit, time: number, record: recordShape }),
  z.strictObject({ type: z.literal('facts'), visit, facts }),
  z.strictObject({
    type: z.literal('closed'),
    visit,
    reason: z.string().max(300),
    commands: number,
    sentBytes: number,
    receivedBytes: number,
    cutRecords: number,
  }),
  z.strictObject({ type: z.literal('error'), visit: visit.nullable(), message: z.string().max(4096) }),
  z.strictObject({ type: z.literal('listen'), visit, listener: number, timeoutMs: number }),
  z.strictObject({ type: z.literal('unlisten'), listener: number }),
  z.strictObject({
    type: z.literal('keep'),
    decoy: name,
    request: number,
    name: z.string().regex(/^[a-z0-9][a-z0-9_-]{0,60}$/),
    /** Null: asks for what is kept. */
    value: z.string().max(65_536).nullable(),
  }),
  z.strictObject({ type: z.literal('upload'), upload: number, visit, data: z.base64().max(400_000) }),
  z.strictObject({
    type: z.literal('uploaded'),
    upload: number,
    visit,
    name: z.string().max(1024),
    via: z.string().regex(/^[a-z0-9_-]{1,30}$/),
    /** Of everything that came, kept or not. */
    sha256: z.string().regex(/^[0-9a-f]{64}$/),
    size: number,
    truncated: z.boolean(),
    complete: z.boolean(),
    fields: z.record(fieldName, value),
  }),
  z.strictObject({ type: z.literal('cast'), visit, recording: number, lines: z.string().max(400_000) }),
  z.strictObject({ type: z.literal('cast_end'), visit, recording: number, cutBytes: number }),
]);
export type FromChild = z.output<typeof fromChild>;
