import { z } from 'zod';
import { isoTime } from '../../model/index.ts';
import type { DecoyCredential, DecoyFile, DecoySession, TriedCredential } from '../../store/contract.ts';
import { type DecoyView, decoyStates, type PersonaView, portOrigins } from './types.ts';

const time = z.string().meta({ description: 'ISO 8601.' });
const fact = z.union([z.string(), z.number(), z.boolean()]);

export const decoyShape = z.object({
  name: z.string(),
  title: z.string(),
  description: z.string(),
  protocol: z.string(),
  state: z.enum(decoyStates),
  problem: z.string().nullable().meta({ description: 'Why it is not on.' }),
  port: z.int(),
  port_origin: z.enum(portOrigins).meta({ description: 'configuration: it is changed there, and at a restart.' }),
  default_port: z.int(),
  open: z.int().meta({ description: 'Visits that are open.' }),
  sessions: z.int().meta({ description: 'Visits that are remembered.' }),
  last_seen: time.nullable(),
  options: z.unknown().meta({ description: 'Null for viewers: accounts and passwords are among them.' }),
  options_schema: z.unknown().meta({ description: 'JSON Schema of the options.' }),
});

export const personaShape = z
  .object({
    hostname: z.string(),
    domain: z.string(),
    role: z.string(),
    system: z.string(),
    kernel: z.string(),
    cpu: z.string(),
    cores: z.int(),
    memory_bytes: z.int(),
    disk_bytes: z.int(),
    address: z.string().nullable(),
    mac: z.string().nullable(),
    installed_at: time,
    booted_at: time,
    users: z.array(z.object({ name: z.string(), full_name: z.string(), sudo: z.boolean() })),
    processes: z.int(),
    ssh_version: z.string(),
  })
  .meta({ description: 'Who the decoys of this installation pretend to be.' });

export const personaView = ({ installed_at, booted_at, users, ...rest }: PersonaView) => ({
  ...rest,
  installed_at: isoTime(installed_at),
  booted_at: isoTime(booted_at),
  users: [...users],
});

export const processShape = z.object({
  running: z.boolean(),
  pid: z.int().nullable(),
  isolation: z
    .object({ uid: z.int().nullable(), permission: z.boolean(), namespace: z.boolean(), guarded: z.boolean() })
    .nullable()
    .meta({ description: 'What keeps the decoys in, as their process found it by trying.' }),
  restarts: z.int(),
  last_problem: z.string().nullable(),
  open: z.int(),
  refused: z.int().meta({ description: 'Connections that were closed because there were too many.' }),
  dropped: z
    .int()
    .meta({ description: 'Records that were dropped because too many came, or nothing could be stored.' }),
});

export const sessionShape = z.object({
  id: z.string(),
  decoy: z.string(),
  src_ip: z.string(),
  src_port: z.int(),
  dst_port: z.int(),
  started_at: time,
  ended_at: time.nullable().meta({ description: 'Null: it is open.' }),
  reason: z.string().nullable(),
  user: z.string().nullable().meta({ description: 'Null: it did not log in.' }),
  logins: z.int(),
  commands: z.int(),
  uploads: z.int(),
  downloads: z.int(),
  forwards: z.int(),
  requests: z.int(),
  recordings: z.array(z.int()),
  facts: z.record(z.string(), fact),
  received_bytes: z.int(),
  sent_bytes: z.int(),
});

export const credentialShape = z.object({
  time,
  user: z.string(),
  password: z.string(),
  method: z.string(),
  accepted: z.boolean(),
});

export const triedShape = z.object({
  user: z.string(),
  password: z.string().meta({ description: 'Masked for viewers.' }),
  times: z.int(),
  addresses: z.int(),
  accepted: z.int(),
  first_at: time,
  last_at: time,
  decoys: z.array(z.string()),
});

export const fileShape = z.object({
  sha256: z.string(),
  bytes: z.int(),
  name: z.string().meta({ description: 'What the last visitor called it.' }),
  via: z.string(),
  decoy: z.string(),
  session: z.string(),
  src_ip: z.string(),
  times: z.int(),
  first_at: time,
  last_at: time,
  truncated: z.boolean(),
  kept: z.boolean().meta({ description: 'False: its content had to make room.' }),
});

/** @param mayRead accounts and passwords of decoys are among the options */
export const decoyView = ({ last_seen, options, ...rest }: DecoyView, mayRead: boolean) => ({
  ...rest,
  options: mayRead ? options : null,
  last_seen: last_seen === null ? null : isoTime(last_seen),
});

export const sessionView = ({ started_at, ended_at, recordings, facts, ...rest }: DecoySession) => ({
  ...rest,
  started_at: isoTime(started_at),
  ended_at: ended_at === null ? null : isoTime(ended_at),
  recordings: [...recordings],
  facts: { ...facts },
});

/** First and last letter: enough to tell two tries apart. */
const masked = (password: string): string => {
  const letters = [...password];
  if (letters.length < 4) return '*'.repeat(letters.length);
  return `${letters[0]}${'*'.repeat(Math.min(8, letters.length - 2))}${letters.at(-1)}`;
};

export const credentialView =
  (isShown: boolean) =>
  ({ time: at, user, password, method, accepted }: DecoyCredential) => ({
    time: isoTime(at),
    user,
    password: isShown ? password : masked(password),
    method,
    accepted,
  });

export const triedView =
  (isShown: boolean) =>
  ({ first_at, last_at, password, decoys, ...rest }: TriedCredential) => ({
    ...rest,
    password: isShown ? password : masked(password),
    first_at: isoTime(first_at),
    last_at: isoTime(last_at),
    decoys: [...decoys],
  });

export const fileView = ({ first_at, last_at, ...rest }: DecoyFile) => ({
  ...rest,
  first_at: isoTime(first_at),
  last_at: isoTime(last_at),
});
