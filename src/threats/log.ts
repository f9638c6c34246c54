/*
 * Events that detectors' rules matched, as few bytes each: what the engine needs to judge windows again, and what an answer
 * tells of them. Columns of numbers, texts in a table, compressed in chunks.
 */
import { zstdCompressSync, zstdDecompressSync } from 'node:zlib';
import type { Match } from '../model/index.ts';
import { Bytes, numbersOf } from './bytes.ts';
import type { Wanted } from './found.ts';

/** Matches of a chunk, most. */
const chunkRows = 65_536;
/** A rule has no more selections. */
const mostSteps = 1024;

/** Columns of numbers; null is 0, what stands in a table is its place and 1. */
const columns = ['kinds', 'times', 'groups', 'values', 'users', 'addresses', 'ports', 'protocols'] as const;
type Columns = Record<(typeof columns)[number], Float64Array>;

export interface LogChunk extends Columns {
  rows: number;
  texts: readonly string[];
  groupTable: readonly (readonly string[])[];
}

interface Head {
  rows: number;
  first: number;
  texts: string[];
  groups: (readonly string[])[];
  lengths: number[];
}

/** A match of the unit with this place among the detectors' own. */
export const kindOf = (unit: number, step: number, isSameEvent: boolean): number =>
  (unit * mostSteps + step) * 2 + (isSameEvent ? 1 : 0);
export const unitOf = (kind: number): number => Math.floor(kind / 2 / mostSteps);
export const stepOf = (kind: number): number => Math.floor(kind / 2) % mostSteps;
/** The match before it is of the same event. */
export const isSame = (kind: number): boolean => kind % 2 === 1;

/** What is written of a match. */
export interface LogRow {
  kind: number;
  time: number;
  group: readonly string[] | null;
  value: string | null;
  user: string | null;
  src_ip: string | null;
  dst_port: number | null;
  protocol: string | null;
}

/** Of a match what its kind of attack is told by. */
export function rowOf(match: Match, kind: number, wanted: Wanted): LogRow {
  const { time, group, value, event } = match;
  const { user, src_ip, dst_port, protocol } = event;
  // Of a network it is told which addresses there were.
  const isNetwork = group?.some((one) => one.includes('/')) ?? false;
  return {
    ...{ kind, time, group, value },
    user: wanted.users ? user : null,
    src_ip: wanted.addresses || isNetwork ? src_ip : null,
    dst_port: wanted.ports ? dst_port : null,
    protocol: wanted.protocols ? protocol : null,
  };
}

/** Takes rows in order of time. */
export class LogWriter {
  readonly #done: Uint8Array[] = [];
  #bytes = newBytes();
  #texts = new Map<string, number>();
  #groups = new Map<string, number>();
  #groupTable: (readonly string[])[] = [];
  #rows = 0;
  #first = 0;
  #last = 0;

  add({ kind, time, group, value, user, src_ip, dst_port, protocol }: LogRow): void {
    if (this.#rows === 0) {
      this.#first = time;
      this.#last = time;
    }
    const bytes = this.#bytes;
    bytes.kinds.number(kind);
    bytes.times.number(time - this.#last);
    bytes.groups.number(group === null ? 0 : this.#group(group));
    bytes.values.number(this.#text(value));
    bytes.users.number(this.#text(user));
    bytes.addresses.number(this.#text(src_ip));
    bytes.ports.number(dst_port === null ? 0 : dst_port + 1);
    bytes.protocols.number(this.#text(protocol));
    this.#last = time;
    this.#rows += 1;
    if (this.#rows >= chunkRows) this.#close();
  }

  /** What was written. */
  chunks(): readonly Uint8Array[] {
    this.#close();
    return this.#done;
  }

  #text(text: string | null): number {
    if (text === null) return 0;
    let place = this.#texts.get(text);
    if (place === undefined) {
      place = this.#texts.size + 1;
      this.#texts.set(text, place);
    }
    return place;
  }

  #group(group: readonly string[]): number {
    const name = group.length === 1 ? (group[0] as string) : JSON.stringify(group);
    let place = this.#groups.get(name);
    if (place === undefined) {
      this.#groupTable.push(group);
      place = this.#groupTable.length;
      this.#groups.set(name, place);
    }
    return place;
  }

  #close(): void {
    if (this.#rows === 0) return;
    const parts = columns.map((name) => this.#bytes[name].written());
    const head: Head = {
      ...{ rows: this.#rows, first: this.#first },
      ...{ texts: [...this.#texts.keys()], groups: this.#groupTable },
      lengths: parts.map(({ length }) => length),
    };
    const json = Buffer.from(JSON.stringify(head));
    const size = Buffer.alloc(4);
    size.writeUInt32LE(json.length);
    this.#done.push(zstdCompressSync(Buffer.concat([size, json, ...parts])));
    this.#bytes = newBytes();
    this.#texts = new Map();
    this.#groups = new Map();
    this.#groupTable = [];
    this.#rows = 0;
  }
}

const newBytes = () =>
  Object.fromEntries(columns.map((name) => [name, new Bytes()])) as Record<(typeof columns)[number], Bytes>;

/** @throws where it is none */
export function readChunk(compressed: Uint8Array): LogChunk {
  const bytes = zstdDecompressSync(compressed);
  const size = bytes.readUInt32LE(0);
  const head = JSON.parse(bytes.toString('utf8', 4, 4 + size)) as Head;
  const { rows, first, texts, groups, lengths } = head;
  let at = 4 + size;
  const read = {} as Columns;
  for (const [i, name] of columns.entries()) {
    const length = lengths[i] as number;
    read[name] = numbersOf(bytes.subarray(at, at + length), rows);
    at += length;
  }
  const { times } = read;
  let time = first;
  for (let row = 0; row < rows; row += 1) {
    time += times[row] as number;
    times[row] = time;
  }
  return { ...read, rows, texts, groupTable: groups };
}

/** A row again, as it was written. */
export function rowAt(chunk: LogChunk, row: number): LogRow {
  const { kinds, times, groups, values, users, addresses, ports, protocols, texts, groupTable } = chunk;
  const text = (column: Float64Array): string | null => {
    const place = column[row] as number;
    return place === 0 ? null : (texts[place - 1] as string);
  };
  const [group, port] = [groups[row] as number, ports[row] as number];
  return {
    kind: kinds[row] as number,
    time: times[row] as number,
    group: group === 0 ? null : (groupTable[group - 1] as readonly string[]),
    value: text(values),
    user: text(users),
    src_ip: text(addresses),
    dst_port: port === 0 ? null : port - 1,
    protocol: text(protocols),
  };
}
