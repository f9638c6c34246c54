import type { Packet } from './packet.ts';

/* What the wire remembers beyond single flows. Each has a fixed size; what must give way is the oldest. */

/** How regular the beginnings of the conversations of a pair are. */
export interface Regularity {
  /** Beginnings in a row that fitted the interval. */
  count: number;
  /** Seconds, and the mean deviation from them as a part of them (0.05: 5 %). */
  interval: number;
  jitter: number;
}

const slots = 65_536;
/** Beginnings that are closer belong to one visit. */
const burstMs = 1000;
/** What is further off the interval than this begins a new row. */
const tolerance = 0.35;

/** Beginnings per (source, destination, port, protocol): beacons come in regular intervals. */
export class Intervals {
  readonly #keys = new Int32Array(slots * 2);
  readonly #last = new Float64Array(slots);
  readonly #mean = new Float64Array(slots);
  readonly #jitter = new Float64Array(slots);
  readonly #count = new Int32Array(slots);

  /** A conversation begins. */
  note(packet: Packet): void {
    const slot = this.#slotOf(
      packet.src0 ^ packet.src3,
      packet.dst0 ^ packet.dst3,
      packet.dstPort,
      packet.protocol,
      true,
    );
    const gap = packet.time - (this.#last[slot] as number);
    if (this.#last[slot] === 0) {
      this.#last[slot] = packet.time;
      return;
    }
    if (gap < burstMs) return;
    this.#last[slot] = packet.time;
    const count = this.#count[slot] as number;
    const mean = this.#mean[slot] as number;
    const off = Math.abs(gap - mean) / mean;
    if (count === 0 || off > tolerance) {
      this.#count[slot] = 1;
      this.#mean[slot] = gap;
      this.#jitter[slot] = 0;
      return;
    }
    const weight = 1 / Math.min(count + 1, 16);
    this.#count[slot] = count + 1;
    this.#mean[slot] = mean + (gap - mean) * weight;
    this.#jitter[slot] = (this.#jitter[slot] as number) * (1 - weight) + off * weight;
  }

  /** How regular a pair has been so far; null: not regular at all. */
  of(src: number, dst: number, dstPort: number, protocol: number): Regularity | null {
    const slot = this.#slotOf(src, dst, dstPort, protocol, false);
    const count = slot < 0 ? 0 : (this.#count[slot] as number);
    if (count < 3) return null;
    return { count, interval: (this.#mean[slot] as number) / 1000, jitter: this.#jitter[slot] as number };
  }

  #slotOf(src: number, dst: number, dstPort: number, protocol: number, isNew: boolean): number {
    let a = Math.imul(src, 0x9e3779b1) ^ Math.imul(dst, 0x85ebca6b) ^ Math.imul(dstPort | (protocol << 16), 0xc2b2ae35);
    a ^= a >>> 15;
    const b = (Math.imul(src ^ (dst >>> 7), 0x27d4eb2f) ^ Math.imul(dst ^ dstPort, 0x165667b1)) | 1;
    // Two places; of both the one that was used longer ago gives way.
    const first = a & (slots - 1);
    const second = (a >>> 16) & (slots - 1);
    for (const slot of [first, second]) if (this.#keys[slot * 2] === a && this.#keys[slot * 2 + 1] === b) return slot;
    if (!isNew) return -1;
    const slot = (this.#last[first] as number) <= (this.#last[second] as number) ? first : second;
    this.#keys[slot * 2] = a;
    this.#keys[slot * 2 + 1] = b;
    this.#last[slot] = 0;
    this.#count[slot] = 0;
    return slot;
  }
}

const knownAfterMs = 3_600_000;
const maxDestinations = 65_536;

/** Since when destinations are known: what was never spoken to before is worth a look. */
export class Destinations {
  readonly #since = new Map<string, number>();

  note(address: string, time: number): void {
    if (this.#since.has(address)) return;
    if (this.#since.size >= maxDestinations) {
      for (const oldest of this.#since.keys()) {
        this.#since.delete(oldest);
        break;
      }
    }
    this.#since.set(address, time);
  }

  /** Whether it was first seen more than an hour before. */
  isKnown(address: string, time: number): boolean {
    const since = this.#since.get(address);
    return since !== undefined && time - since > knownAfterMs;
  }
}

interface Tried {
  since: number;
  ports: Set<number> | null;
  hosts: Set<number> | null;
  port: number;
  host: number;
}

const windowMs = 600_000;
const maxSources = 4096;
const maxTried = 256;

/** How many ports and hosts each source has tried within about ten minutes, up to 256. */
export class Spread {
  readonly #sources = new Map<number, Tried>();

  note(packet: Packet): void {
    const key = packet.src0 ^ Math.imul(packet.src1 ^ packet.src2 ^ packet.src3, 0x9e3779b1);
    const host = packet.dst0 ^ packet.dst3;
    const known = this.#sources.get(key);
    if (known === undefined || packet.time - known.since > windowMs) {
      if (known !== undefined) this.#sources.delete(key);
      else if (this.#sources.size >= maxSources) {
        for (const oldest of this.#sources.keys()) {
          this.#sources.delete(oldest);
          break;
        }
      }
      this.#sources.set(key, { since: packet.time, ports: null, hosts: null, port: packet.dstPort, host });
      return;
    }
    if (packet.dstPort !== known.port || known.ports !== null) {
      known.ports ??= new Set([known.port]);
      if (known.ports.size < maxTried) known.ports.add(packet.dstPort);
    }
    if (host !== known.host || known.hosts !== null) {
      known.hosts ??= new Set([known.host]);
      if (known.hosts.size < maxTried) known.hosts.add(host);
    }
  }

  of(packet: Packet): { ports: number; hosts: number } {
    const known = this.#sources.get(packet.src0 ^ Math.imul(packet.src1 ^ packet.src2 ^ packet.src3, 0x9e3779b1));
    return { ports: known?.ports?.size ?? 1, hosts: known?.hosts?.size ?? 1 };
  }
}

const maxFragments = 1024;

/** Ports of fragmented packets: only the first part states them. */
export class Fragments {
  readonly #ports = new Map<number, number>();

  /** Remembers the first part, or gives a later one its ports. @returns whether the ports are known. */
  complete(packet: Packet): boolean {
    const key =
      (packet.src0 ^ Math.imul(packet.dst0, 31) ^ packet.src3 ^ Math.imul(packet.dst3, 17)) +
      (packet.fragmentId & 0xffff) * 4_294_967_296;
    if (packet.fragment === 1) {
      if (this.#ports.size >= maxFragments) {
        for (const oldest of this.#ports.keys()) {
          this.#ports.delete(oldest);
          break;
        }
      }
      this.#ports.set(key, packet.srcPort * 65_536 + packet.dstPort);
      return true;
    }
    const ports = this.#ports.get(key);
    if (ports === undefined) return false;
    packet.srcPort = Math.floor(ports / 65_536);
    packet.dstPort = ports % 65_536;
    return true;
  }
}

/** So many a second on average, and so many at once; time is handed in. */
export class Bucket {
  readonly #rate: number;
  readonly #burst: number;
  #tokens: number;
  #at = 0;

  constructor(rate: number, burst: number) {
    this.#rate = rate;
    this.#burst = burst;
    this.#tokens = burst;
  }

  take(time: number): boolean {
    if (time > this.#at) {
      this.#tokens = Math.min(this.#burst, this.#tokens + ((time - this.#at) / 1000) * this.#rate);
      this.#at = time;
    }
    if (this.#tokens < 1) return false;
    this.#tokens -= 1;
    return true;
  }
}
