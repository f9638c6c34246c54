import type { EventType, FieldValue } from '../model/index.ts';
import type { FlowView } from './flow.ts';
import type { FlowEnd } from './flow-kinds.ts';
import { Bucket } from './memory.ts';

/** What the wire tells: the pipeline reads it as a line of JSON (parse/capture). */
export interface WireRecord {
  wire: Extract<EventType, 'net.flow' | 'net.packet' | 'dns.query' | 'dns.answer' | 'tls.hello' | 'http.request'>;
  /** Epoch ms. */
  time: number;
  src_ip: string | null;
  src_port: number | null;
  dst_ip: string | null;
  dst_port: number | null;
  protocol: string;
  message: string;
  fields: Record<string, FieldValue>;
}

export type RecordKind = WireRecord['wire'];

/** The line that the pipeline gets. */
export const recordLine = ({ wire, time, ...rest }: WireRecord): string =>
  JSON.stringify({ wire, time: new Date(Math.trunc(time)).toISOString(), ...rest });

/** Records a second, and at once, that are told one by one. */
export interface RecordLimits {
  /** Flows of one source. Above it they are told in sums. */
  flowsPerSource: number;
  flows: number;
  packets: number;
  /** Of DNS, TLS and HTTP together. */
  talks: number;
}

export const usualLimits: RecordLimits = { flowsPerSource: 50, flows: 500, packets: 50, talks: 500 };

interface Sum {
  src_ip: string | null;
  dst_ip: string | null;
  dst_port: number | null;
  protocol: string;
  state: string;
  flows: number;
  ports: Set<number>;
  hosts: Set<number>;
  packetsOut: number;
  packetsIn: number;
  bytesOut: number;
  bytesIn: number;
}

const maxSums = 1000;
const maxDistinct = 10_000;
const sourceSlots = 4096;
const sumEveryMs = 1000;

/** A bucket per source, in as many places as there are; who comes to an occupied place takes it over. */
class SourceBuckets {
  readonly #rate: number;
  readonly #keys = new Int32Array(sourceSlots);
  readonly #tokens = new Float64Array(sourceSlots);
  readonly #at = new Float64Array(sourceSlots);

  constructor(rate: number) {
    this.#rate = rate;
  }

  take(key: number, now: number): boolean {
    const slot = Math.imul(key, 0x9e3779b1) >>> 20;
    const most = this.#rate * 10;
    let tokens = most;
    if (this.#keys[slot] === key && this.#at[slot] !== 0) {
      const passed = Math.max(0, now - (this.#at[slot] as number));
      tokens = Math.min(most, (this.#tokens[slot] as number) + (passed / 1000) * this.#rate);
    }
    this.#keys[slot] = key;
    this.#at[slot] = now;
    this.#tokens[slot] = Math.max(0, tokens - 1);
    return tokens >= 1;
  }
}

/**
 * Flows one by one while they are few; of a source or a network that makes more of them than anybody wants to store, sums per
 * second with how many there were. Nothing is left out: `fields.flows` of all records add up.
 */
export class FlowTeller {
  readonly #tell: (record: WireRecord) => void;
  readonly #all: Bucket;
  readonly #sources: SourceBuckets;
  readonly #sums = new Map<string, Sum>();
  #summedAt = 0;
  /** Flows that were told in sums. */
  summed = 0;

  constructor(limits: RecordLimits, tell: (record: WireRecord) => void) {
    this.#tell = tell;
    this.#all = new Bucket(limits.flows, limits.flows * 4);
    this.#sources = new SourceBuckets(limits.flowsPerSource);
  }

  /** @param more further fields, asked for only where the flow is told by itself. */
  take(flow: FlowView, why: FlowEnd, now: number, more: () => Record<string, FieldValue>): void {
    const isFew = this.#sources.take(flow.sourceKey, now);
    if (isFew && this.#all.take(now)) this.#tell(flowRecord(flow, why, now, more()));
    else this.#add(flow, isFew);
  }

  #add(flow: FlowView, byTarget: boolean): void {
    this.summed += 1;
    const { protocol, state } = flow;
    let key = byTarget
      ? `${flow.dst_ip} ${flow.dst_port} ${protocol} ${state}`
      : `${flow.src_ip}>${flow.dst_ip} ${protocol} ${state}`;
    const isOther = !this.#sums.has(key) && this.#sums.size >= maxSums;
    if (isOther) key = `${protocol} ${state}`;
    let sum = this.#sums.get(key);
    if (sum === undefined) {
      sum = {
        src_ip: byTarget || isOther ? null : flow.src_ip,
        dst_ip: isOther ? null : flow.dst_ip,
        dst_port: byTarget && !isOther ? flow.dst_port : null,
        protocol,
        state,
        flows: 0,
        ports: new Set(),
        hosts: new Set(),
        packetsOut: 0,
        packetsIn: 0,
        bytesOut: 0,
        bytesIn: 0,
      };
      this.#sums.set(key, sum);
    }
    sum.flows += 1;
    if (flow.dst_port !== null && sum.ports.size < maxDistinct) sum.ports.add(flow.dst_port);
    if ((byTarget || isOther) && sum.hosts.size < maxDistinct) sum.hosts.add(flow.sourceKey);
    sum.packetsOut += flow.packetsOut;
    sum.packetsIn += flow.packetsIn;
    sum.bytesOut += flow.bytesOut;
    sum.bytesIn += flow.bytesIn;
  }

  /** Tells the sums, once a second of the packets' time. */
  tick(now: number, isEnd = false): void {
    if (!isEnd && now - this.#summedAt < sumEveryMs) return;
    this.#summedAt = now;
    for (const sum of this.#sums.values()) this.#tell(sumRecord(sum, now));
    this.#sums.clear();
  }
}

const place = (address: string | null, port: number | null): string =>
  port === null
    ? (address ?? 'many sources')
    : `${address?.includes(':') ? `[${address}]` : (address ?? 'many sources')}:${port}`;

const seconds = (ms: number): number => Math.round(ms) / 1000;

function flowRecord(flow: FlowView, why: FlowEnd, now: number, more: Record<string, FieldValue>): WireRecord {
  const { bytesOut, bytesIn, state } = flow;
  const from = place(flow.src_ip, flow.src_port);
  const to = place(flow.dst_ip, flow.dst_port);
  const fields: Record<string, FieldValue> = {
    state,
    flows: 1,
    packets_out: flow.packetsOut,
    packets_in: flow.packetsIn,
    bytes_out: bytesOut,
    bytes_in: bytesIn,
    payload_out: flow.payloadOut,
    payload_in: flow.payloadIn,
    started: new Date(Math.trunc(flow.began)).toISOString(),
    duration: seconds(flow.last - flow.first),
    ended: why === 'active' ? 'goes on' : why,
  };
  if (flow.part > 0 || why === 'active') fields.part = flow.part + 1;
  if (flow.flagsOut !== null) fields.flags_out = flow.flagsOut;
  if (flow.flagsIn !== null) fields.flags_in = flow.flagsIn;
  if (flow.icmpType !== null) Object.assign(fields, { icmp_type: flow.icmpType, icmp_code: flow.icmpCode });
  if (flow.payloadOut > 0) fields.out_ratio = Math.round((flow.payloadOut / Math.max(1, flow.payloadIn)) * 10) / 10;
  Object.assign(fields, more);
  return {
    wire: 'net.flow',
    time: now,
    src_ip: flow.src_ip,
    src_port: flow.src_port,
    dst_ip: flow.dst_ip,
    dst_port: flow.dst_port,
    protocol: flow.protocol,
    message: `${flow.protocol} ${from} to ${to} ${state}: ${flow.packetsOut} packets (${bytesOut} bytes) out, ${flow.packetsIn} (${bytesIn}) in, ${seconds(flow.last - flow.first)} s`,
    fields,
  };
}

function sumRecord(sum: Sum, now: number): WireRecord {
  const { src_ip, dst_ip, dst_port, protocol, state, flows, ports, hosts } = sum;
  const fields: Record<string, FieldValue> = {
    state,
    flows,
    packets_out: sum.packetsOut,
    packets_in: sum.packetsIn,
    bytes_out: sum.bytesOut,
    bytes_in: sum.bytesIn,
    ports: ports.size,
    ended: 'summed',
  };
  if (src_ip === null) fields.sources = hosts.size;
  const many = src_ip === null ? `${hosts.size} sources` : src_ip;
  const to =
    dst_ip === null ? 'many hosts' : src_ip === null ? place(dst_ip, dst_port) : `${dst_ip} (${ports.size} ports)`;
  return {
    wire: 'net.flow',
    time: now,
    src_ip,
    src_port: null,
    dst_ip,
    dst_port: dst_port ?? (ports.size === 1 && dst_ip !== null ? ([...ports][0] ?? null) : null),
    protocol,
    message: `${flows} ${protocol} conversations of ${many} to ${to} ${state}: ${sum.packetsOut} packets (${sum.bytesOut} bytes) out, ${sum.packetsIn} (${sum.bytesIn}) in`,
    fields,
  };
}
