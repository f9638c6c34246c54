import { type Digest, ja3, ja4, maxTlsHelloBytes, readTlsHello } from '../model/tls-hello.ts';
import { CaptureReader, type InterfaceCounts } from './capture-file.ts';
import type { WireCounts } from './contract.ts';
import { decode, linkTypes } from './decode.ts';
import { type FlowView, readFlow } from './flow.ts';
import { type FlowEnd, type FlowTimeouts, usualTimeouts } from './flow-kinds.ts';
import { FlowTable } from './flow-table.ts';
import { Bucket, Destinations, Fragments, Intervals, Spread } from './memory.ts';
import { addressText, flagLetters, icmp6, Packet, protocolName, tcp, udp } from './packet.ts';
import {
  domainOf,
  entropyOf,
  readDns,
  readHttpHead,
  readSshBanner,
  serviceOf,
  startsWith,
  textEntropy,
} from './protocols.ts';
import { FlowTeller, type RecordKind, type RecordLimits, usualLimits, type WireRecord } from './records.ts';

/** What is known of a conversation beside its counts. */
export interface FlowTalk {
  service: string;
  /** The name that a client asked for: SNI, Host. */
  name?: string;
  ssh_client?: string;
  ssh_server?: string;
  ja4?: string;
}

export interface WireOptions {
  digest: Digest;
  /** Gets what is told, in order of time. */
  tell: (record: WireRecord) => void;
  /** Flows that are held at the same time. */
  flows: number;
  timeouts?: FlowTimeouts;
  limits?: RecordLimits;
}

const maxTalks = 65_536;
const maxPieces = 2048;
const sweepEveryMs = 1000;
const kinds: readonly RecordKind[] = ['net.flow', 'net.packet', 'dns.query', 'dns.answer', 'tls.hello', 'http.request'];
const zeros = (): Record<RecordKind, number> =>
  Object.fromEntries(kinds.map((kind) => [kind, 0])) as Record<RecordKind, number>;

/**
 * From the bytes of a capture to what is told of it: conversations, their first packets, names asked for, hellos and
 * requests. Pure: its only clock is that of the packets, so the same capture always tells the same.
 */
export class Wire {
  readonly #options: WireOptions;
  readonly #reader: CaptureReader;
  readonly #packet = new Packet();
  readonly #table: FlowTable;
  readonly #teller: FlowTeller;
  readonly #talks = new Map<number, FlowTalk>();
  /** Beginnings of TLS hellos that are not whole. */
  readonly #pieces = new Map<number, Uint8Array>();
  readonly #intervals = new Intervals();
  readonly #destinations = new Destinations();
  readonly #spread = new Spread();
  readonly #fragments = new Fragments();
  readonly #packetBudget: Bucket;
  readonly #talkBudget: Bucket;
  readonly #byProtocol = new Float64Array(512);
  readonly #told = zeros();
  readonly #leftOut = zeros();
  #packets = 0;
  #bytes = 0;
  #arp = 0;
  #other = 0;
  #damaged = 0;
  #unknownLink = 0;
  #orphans = 0;
  #talksForgotten = 0;
  #now = 0;
  #sweptAt = 0;

  constructor(options: WireOptions) {
    const limits = options.limits ?? usualLimits;
    this.#options = options;
    this.#reader = new CaptureReader((bytes, at, end, length, time, linkType) =>
      this.#take(bytes, at, end, length, time, linkType),
    );
    this.#table = new FlowTable(options.flows, options.timeouts ?? usualTimeouts, (slot, why) =>
      this.#endFlow(slot, why),
    );
    this.#teller = new FlowTeller(limits, (record) => this.#tell(record));
    this.#packetBudget = new Bucket(limits.packets, limits.packets * 10);
    this.#talkBudget = new Bucket(limits.talks, limits.talks * 4);
  }

  /** @returns false when nothing more will be read of it: see {@link problem}. */
  push(chunk: Uint8Array): boolean {
    return this.#reader.push(chunk);
  }

  /** The capture is over. */
  end(): void {
    this.#reader.end();
    this.#table.finish();
    this.#teller.tick(this.#now, true);
  }

  /** Time passes without packets. */
  tick(now: number): void {
    if (now > this.#now) this.#now = now;
    if (this.#now - this.#sweptAt < sweepEveryMs) return;
    this.#sweptAt = this.#now;
    this.#table.sweep(this.#now);
    this.#teller.tick(this.#now);
  }

  /** What was wrong with the capture; null: nothing so far. */
  get problem(): string | null {
    return this.#reader.problem;
  }

  /** What the program that captured says about each interface. */
  get interfaceCounts(): readonly (InterfaceCounts | undefined)[] {
    return this.#reader.counts;
  }

  /** Time of the newest packet, epoch ms; 0: none. */
  get now(): number {
    return this.#now;
  }

  counts(): WireCounts {
    const protocols: WireCounts['protocols'] = {};
    for (let protocol = 0; protocol < 256; protocol += 1) {
      const packets = this.#byProtocol[protocol * 2] as number;
      if (packets > 0)
        protocols[protocolName(protocol)] = { packets, bytes: this.#byProtocol[protocol * 2 + 1] as number };
    }
    return {
      packets: this.#packets,
      bytes: this.#bytes,
      arp: this.#arp,
      other: this.#other,
      damaged: this.#damaged,
      unknownLink: this.#unknownLink,
      orphanedFragments: this.#orphans,
      flows: this.#table.opened,
      flowsHeld: this.#table.size,
      flowsEvicted: this.#table.evicted,
      flowsSummed: this.#teller.summed,
      talksForgotten: this.#talksForgotten,
      told: { ...this.#told },
      leftOut: { ...this.#leftOut },
      protocols,
    };
  }

  /** Every flow that is held, with what is known of it. */
  eachFlow(visit: (flow: FlowView, talk: FlowTalk | undefined) => void): void {
    this.#table.each((slot) => visit(readFlow(this.#table, slot), this.#talks.get(slot)));
  }

  #take(bytes: Uint8Array, at: number, end: number, length: number, time: number, linkType: number): void {
    const packet = this.#packet;
    packet.time = time;
    this.#packets += 1;
    this.#bytes += length;
    if (time > this.#now) this.#now = time;
    if (decode(packet, bytes, at, end, length, linkType)) this.#takeIp(packet);
    else if (packet.isDamaged) this.#damaged += 1;
    else if (packet.etherType === 0x0806) this.#arp += 1;
    else if (linkTypes.has(linkType)) this.#other += 1;
    else this.#unknownLink += 1;
    if (this.#now - this.#sweptAt >= sweepEveryMs) this.tick(this.#now);
  }

  #takeIp(packet: Packet): void {
    const { protocol } = packet;
    this.#byProtocol[protocol * 2] = (this.#byProtocol[protocol * 2] as number) + 1;
    this.#byProtocol[protocol * 2 + 1] = (this.#byProtocol[protocol * 2 + 1] as number) + packet.length;
    if (packet.isDamaged) this.#damaged += 1;
    if (packet.fragment !== 0 && !this.#fragments.complete(packet)) {
      this.#orphans += 1;
      return;
    }
    const table = this.#table;
    const slot = table.note(packet);
    const isNew = table.isNew;
    if (isNew && table.direction === 0) {
      this.#intervals.note(packet);
      this.#spread.note(packet);
    }
    if (packet.fragment === 2) return;
    const carries = packet.payloadEnd > packet.payloadAt;
    if (isNew || (table.isFirstPayload && table.direction === 0)) this.#tellPacket(packet, isNew);
    if (!carries) return;
    if (protocol === udp) {
      if (packet.dstPort === 53 || packet.srcPort === 53) this.#dns(packet, packet.payloadAt);
    } else if (protocol === tcp) this.#tcp(packet, slot);
  }

  #tellPacket(packet: Packet, isNew: boolean): void {
    if (!this.#packetBudget.take(packet.time)) {
      this.#leftOut['net.packet'] += 1;
      return;
    }
    const tried = this.#spread.of(packet);
    const entropy = packet.protocol === icmp6 ? null : entropyOf(packet.bytes, packet.payloadAt, packet.payloadEnd);
    const fields: WireRecord['fields'] = {
      length: packet.length,
      payload: packet.payloadLength,
      entropy: entropy === null ? null : Math.round(entropy * 100) / 100,
      first: isNew,
      ports_tried: tried.ports,
      hosts_tried: tried.hosts,
    };
    if (packet.protocol === tcp) fields.flags = flagLetters(packet.flags);
    const record = this.#record('net.packet', packet, fields);
    record.message = `${record.protocol} packet of ${packet.length} bytes from ${record.src_ip} to ${record.dst_ip}${record.dst_port === null ? '' : ` port ${record.dst_port}`}`;
    this.#tell(record);
  }

  /** A record of this packet, without its message. */
  #record(wire: RecordKind, packet: Packet, fields: WireRecord['fields']): WireRecord {
    const hasPorts = packet.protocol === tcp || packet.protocol === udp;
    return {
      wire,
      time: packet.time,
      src_ip: addressText(packet.family, packet.src0, packet.src1, packet.src2, packet.src3),
      src_port: hasPorts ? packet.srcPort : null,
      dst_ip: addressText(packet.family, packet.dst0, packet.dst1, packet.dst2, packet.dst3),
      dst_port: hasPorts ? packet.dstPort : null,
      protocol: protocolName(packet.protocol),
      message: '',
      fields,
    };
  }

  #tell(record: WireRecord): void {
    this.#told[record.wire] += 1;
    this.#options.tell(record);
  }

  /** Of what is spoken, as much as the budget allows. */
  #tellTalk(record: WireRecord): void {
    if (this.#talkBudget.take(record.time)) this.#tell(record);
    else this.#leftOut[record.wire] += 1;
  }

  #dns(packet: Packet, at: number): void {
    const message = readDns(packet.bytes, at, packet.payloadEnd);
    if (message === null) return;
    const domain = domainOf(message.name);
    const below = message.name.length > domain.length ? message.name.slice(0, -domain.length - 1) : '';
    const fields: WireRecord['fields'] = { query: message.name, query_type: message.type, domain };
    if (message.isAnswer) {
      Object.assign(fields, { code: message.code, answers: message.answers, answer_count: message.answerCount });
      fields.answer_bytes = message.answerBytes;
    } else {
      fields.below_length = below.length;
      fields.below_entropy = below === '' ? 0 : Math.round(textEntropy(below) * 100) / 100;
    }
    const record = this.#record(message.isAnswer ? 'dns.answer' : 'dns.query', packet, fields);
    record.message = message.isAnswer
      ? `${record.src_ip} answers ${message.type} ${message.name}: ${message.code} ${message.answers.slice(0, 4).join(' ')}`.trim()
      : `${record.src_ip} asks ${record.dst_ip} for ${message.type} ${message.name}`;
    this.#tellTalk(record);
  }

  #tcp(packet: Packet, slot: number): void {
    const { bytes, payloadAt: at, payloadEnd: end } = packet;
    const { direction, isFirstPayload } = this.#table;
    if (packet.dstPort === 53 || packet.srcPort === 53) {
      if (end - at > 2) this.#dns(packet, at + 2);
      return;
    }
    if (direction === 0) {
      if (this.#pieces.has(slot)) {
        this.#hello(packet, slot);
        return;
      }
      const first = bytes[at] as number;
      if (isFirstPayload && first === 0x16) this.#hello(packet, slot);
      else if (first >= 0x43 && first <= 0x54) this.#request(packet, slot, isFirstPayload);
      else if (isFirstPayload) this.#noteService(slot, serviceOf(bytes, at, end));
    } else if (isFirstPayload) {
      const banner = readSshBanner(bytes, at, end);
      if (banner !== null) this.#talk(slot, { service: 'ssh', ssh_server: banner });
      else if (!this.#talks.has(slot)) this.#noteService(slot, serviceOf(bytes, at, end));
    }
  }

  #noteService(slot: number, service: string | null): void {
    if (service !== null) this.#talk(slot, { service });
  }

  #talk(slot: number, talk: FlowTalk): void {
    const known = this.#talks.get(slot);
    if (known !== undefined) Object.assign(known, talk);
    else if (this.#talks.size < maxTalks) this.#talks.set(slot, talk);
    else this.#talksForgotten += 1;
  }

  #request(packet: Packet, slot: number, isFirstPayload: boolean): void {
    const { bytes, payloadAt: at, payloadEnd: end } = packet;
    if (isFirstPayload && startsWith(bytes, at, end, 'SSH-')) {
      this.#talk(slot, { service: 'ssh', ssh_client: readSshBanner(bytes, at, end) ?? '' });
      return;
    }
    const head = readHttpHead(bytes, at, end);
    if (head === null) {
      if (isFirstPayload) this.#noteService(slot, serviceOf(bytes, at, end));
      return;
    }
    this.#talk(slot, { service: 'http', ...(head.host !== null && { name: head.host }) });
    const record = this.#record('http.request', packet, { ...head });
    record.message = `${record.src_ip} asks ${head.host ?? record.dst_ip} for ${head.method} ${head.target}`;
    this.#tellTalk(record);
  }

  #hello(packet: Packet, slot: number): void {
    const part = packet.bytes.subarray(packet.payloadAt, packet.payloadEnd);
    const before = this.#pieces.get(slot);
    const all = before === undefined ? part : joined(before, part);
    const reading = readTlsHello(all);
    this.#pieces.delete(slot);
    if (reading.state === 'more') {
      // A copy: the reader's bytes are written over.
      if (this.#pieces.size < maxPieces && all.length < maxTlsHelloBytes) this.#pieces.set(slot, Uint8Array.from(all));
      else this.#talksForgotten += 1;
      return;
    }
    this.#noteService(slot, 'tls');
    if (reading.state === 'other') return;
    const { hello } = reading;
    const { digest } = this.#options;
    const fingerprint = ja4(hello, digest);
    const name = hello.serverName;
    this.#talk(slot, { service: 'tls', ja4: fingerprint, ...(name !== null && { name }) });
    const record = this.#record('tls.hello', packet, {
      server_name: name,
      ja3: ja3(hello, digest),
      ja4: fingerprint,
      alpn: hello.alpn,
      tls_version: hello.highestVersion,
    });
    record.message = `${record.src_ip} says hello to ${name ?? record.dst_ip} over TLS (${fingerprint})`;
    this.#tellTalk(record);
  }

  #endFlow(slot: number, why: FlowEnd): void {
    const table = this.#table;
    const talk = this.#talks.get(slot);
    if (why !== 'active') {
      this.#talks.delete(slot);
      this.#pieces.delete(slot);
    }
    const now = Math.max(this.#now, table.number(slot, 11));
    const flow = readFlow(table, slot);
    this.#teller.take(flow, why, now, () => {
      const isKnown = this.#destinations.isKnown(flow.dst_ip, now);
      this.#destinations.note(flow.dst_ip, flow.began);
      const more: WireRecord['fields'] = { destination: isKnown ? 'known' : 'new' };
      if (talk !== undefined) Object.assign(more, talk);
      const word = (i: number): number => table.word(slot, i);
      const regular = this.#intervals.of(word(0) ^ word(3), word(4) ^ word(7), word(8) & 0xffff, word(9) & 255);
      if (regular !== null) {
        more.interval_count = regular.count;
        more.interval = Math.round(regular.interval * 10) / 10;
        more.interval_jitter = Math.round(regular.jitter * 1000) / 1000;
      }
      return more;
    });
  }
}

function joined(a: Uint8Array, b: Uint8Array): Uint8Array {
  const all = new Uint8Array(a.length + b.length);
  all.set(a);
  all.set(b, a.length);
  return all;
}
