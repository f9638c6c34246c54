import { hashOf, longHash } from './flow-hash.ts';
import type { FlowEnd, FlowTimeouts } from './flow-kinds.ts';
import { type Packet, tcp, tcpAck, tcpFin, tcpRst, tcpSyn, udp } from './packet.ts';

/*
 * Conversations in one block of memory: 128 bytes each, found by a hash over both ends, so that both directions are one flow.
 * The block is as large as the limit from the start, and the system gives pages when they are first written.
 *
 * Words of a flow: 0-3 address of A (who began), 4-7 of B, 8 ports (A << 16 | B), 9 protocol | family << 8, 10 the next in its
 * row, 11-12 first sequence numbers, 13-14 packets from A and B, 15 marks, 16-23 four numbers of 8 bytes (bytes from A, from B,
 * first, last), 24-27 two more (payload from A, from B), 28 TCP flags (A | B << 8) | ICMP type and code << 16, 29 part,
 * 30-31 when the flow began (as 8 bytes).
 */
const words = 32;
const halves = words / 2;

/** In word 15. */
const sequenceA = 1;
const sequenceB = 2;
/** Payload was seen from A, from B. */
const payloadA = 4;
const payloadB = 8;
/** Both sides ended it, or one reset it: it waits for stragglers. */
const isOver = 16;
const inUse = 32;

export class FlowTable {
  readonly capacity: number;
  readonly #words: Int32Array;
  readonly #numbers: Float64Array;
  readonly #rows: Int32Array;
  readonly #rowMask: number;
  readonly #timeouts: FlowTimeouts;
  readonly #onEnd: (slot: number, why: FlowEnd) => void;
  /** First of the slots that are free again, by word 10; -1: none. */
  #free = -1;
  /** Slots that were ever used. */
  #used = 0;
  #hand = 0;
  #swept = 0;
  /** Flows that are held now, were ever begun, and had to make room. */
  size = 0;
  opened = 0;
  evicted = 0;
  /** Of the flow that {@link note} found: whether this packet began it, and its direction: 0 from A, 1 from B. */
  isNew = false;
  direction = 0;
  /** Whether this packet is the first of its direction that carries something. */
  isFirstPayload = false;

  constructor(capacity: number, timeouts: FlowTimeouts, onEnd: (slot: number, why: FlowEnd) => void) {
    this.capacity = capacity;
    const buffer = new ArrayBuffer(capacity * words * 4);
    this.#words = new Int32Array(buffer);
    this.#numbers = new Float64Array(buffer);
    const rows = 2 ** Math.ceil(Math.log2(capacity * 1.5));
    // 0: none; else the slot and one.
    this.#rows = new Int32Array(rows);
    this.#rowMask = rows - 1;
    this.#timeouts = timeouts;
    this.#onEnd = onEnd;
  }

  /** Adds a packet to its flow. @returns the slot */
  note(packet: Packet): number {
    const w = this.#words;
    const forward = (packet.srcPort << 16) | packet.dstPort;
    const backward = (packet.dstPort << 16) | packet.srcPort;
    const kind = packet.protocol | (packet.family << 8);
    const row = this.#rowOf(packet, kind);
    let slot = (this.#rows[row] as number) - 1;
    this.direction = 0;
    while (slot >= 0) {
      const at = slot * words;
      if (w[at + 9] === kind) {
        const ports = w[at + 8] as number;
        if (ports === forward && isFrom(w, at, packet)) break;
        if (ports === backward && isTo(w, at, packet)) {
          this.direction = 1;
          break;
        }
      }
      slot = (w[at + 10] as number) - 1;
    }
    this.isNew = false;
    // The ports are used again: a SYN with another number than the last one begins another conversation.
    if (slot >= 0 && packet.protocol === tcp && (packet.flags & (tcpSyn | tcpAck)) === tcpSyn) {
      const at = slot * words;
      const mark = this.direction === 0 ? sequenceA : sequenceB;
      if (((w[at + 15] as number) & mark) !== 0 && w[at + 11 + this.direction] !== packet.sequence) {
        this.#end(slot, 'over');
        this.#remove(slot);
        slot = -1;
      }
    }
    if (slot < 0) slot = this.#begin(packet, row, forward, backward, kind);
    this.#add(slot, packet);
    return slot;
  }

  #add(slot: number, packet: Packet): void {
    const w = this.#words;
    const n = this.#numbers;
    const at = slot * words;
    const half = slot * halves;
    const { direction } = this;
    w[at + 13 + direction] = (w[at + 13 + direction] as number) + 1;
    n[half + 8 + direction] = (n[half + 8 + direction] as number) + packet.length;
    if (packet.time > (n[half + 11] as number)) n[half + 11] = packet.time;
    let marks = w[at + 15] as number;
    this.isFirstPayload = false;
    if (packet.payloadLength > 0) {
      n[half + 12 + direction] = (n[half + 12 + direction] as number) + packet.payloadLength;
      const mark = direction === 0 ? payloadA : payloadB;
      if ((marks & mark) === 0) {
        this.isFirstPayload = true;
        marks |= mark;
      }
    }
    if (packet.protocol === tcp && packet.fragment !== 2) {
      const mark = direction === 0 ? sequenceA : sequenceB;
      const { flags } = packet;
      if ((marks & mark) === 0) {
        marks |= mark;
        w[at + 11 + direction] = (flags & tcpSyn) !== 0 ? packet.sequence : (packet.sequence - 1) | 0;
      }
      const seen = (w[at + 28] as number) | (direction === 0 ? flags : flags << 8);
      w[at + 28] = seen;
      if ((flags & (tcpFin | tcpRst)) !== 0) {
        const bothEnded = (seen & tcpFin) !== 0 && ((seen >>> 8) & tcpFin) !== 0;
        if (bothEnded || (flags & tcpRst) !== 0) marks |= isOver;
      }
    }
    w[at + 15] = marks;
  }

  #rowOf(packet: Packet, kind: number): number {
    const { src0, dst0, srcPort, dstPort } = packet;
    const long =
      packet.family === 6 ? longHash(packet.src1, packet.src2, packet.src3, packet.dst1, packet.dst2, packet.dst3) : 0;
    return hashOf(src0, dst0, srcPort, dstPort, long ^ kind) & this.#rowMask;
  }

  /** The same of a flow that is held. */
  #rowOfSlot(at: number): number {
    const w = this.#words;
    const word = (i: number): number => w[at + i] as number;
    const long = word(9) >>> 8 === 6 ? longHash(word(1), word(2), word(3), word(5), word(6), word(7)) : 0;
    return hashOf(word(0), word(4), word(8) >>> 16, word(8) & 0xffff, long ^ word(9)) & this.#rowMask;
  }

  #begin(packet: Packet, row: number, forward: number, backward: number, kind: number): number {
    let slot = this.#free;
    const w = this.#words;
    if (slot >= 0) this.#free = (w[slot * words + 10] as number) - 1;
    else if (this.#used < this.capacity) {
      slot = this.#used;
      this.#used += 1;
    } else {
      slot = this.#evict(packet.time);
      this.#free = (w[slot * words + 10] as number) - 1;
    }
    const at = slot * words;
    w.fill(0, at, at + words);
    // Whoever answers did not begin: a capture may start in the middle.
    const isAnswer =
      packet.protocol === tcp && (packet.flags & tcpSyn) !== 0
        ? (packet.flags & tcpAck) !== 0
        : (packet.protocol === tcp || packet.protocol === udp) && packet.srcPort < 1024 && packet.dstPort >= 1024;
    this.direction = isAnswer ? 1 : 0;
    const a = isAnswer ? 4 : 0;
    const b = 4 - a;
    w[at + a] = packet.src0;
    w[at + a + 1] = packet.src1;
    w[at + a + 2] = packet.src2;
    w[at + a + 3] = packet.src3;
    w[at + b] = packet.dst0;
    w[at + b + 1] = packet.dst1;
    w[at + b + 2] = packet.dst2;
    w[at + b + 3] = packet.dst3;
    w[at + 8] = isAnswer ? backward : forward;
    w[at + 9] = kind;
    w[at + 10] = this.#rows[row] as number;
    this.#rows[row] = slot + 1;
    w[at + 15] = inUse;
    if (packet.icmp !== 0) w[at + 28] = packet.icmp << 16;
    const half = slot * halves;
    this.#numbers[half + 10] = packet.time;
    this.#numbers[half + 11] = packet.time;
    this.#numbers[half + 15] = packet.time;
    this.size += 1;
    this.opened += 1;
    this.isNew = true;
    return slot;
  }

  /** Makes room: of sixteen flows behind the hand the one that has been quiet for longest. */
  #evict(now: number): number {
    let oldest = this.#hand;
    let last = Number.POSITIVE_INFINITY;
    for (let i = 0; i < 16; i += 1) {
      this.#hand = this.#hand + 1 === this.capacity ? 0 : this.#hand + 1;
      const at = this.#numbers[this.#hand * halves + 11] as number;
      const age = ((this.#words[this.#hand * words + 15] as number) & isOver) !== 0 ? at - now : at;
      if (age < last) {
        last = age;
        oldest = this.#hand;
      }
    }
    this.evicted += 1;
    this.#end(oldest, 'evicted');
    this.#remove(oldest);
    return oldest;
  }

  #end(slot: number, why: FlowEnd): void {
    this.#onEnd(slot, why);
  }

  #remove(slot: number): void {
    const w = this.#words;
    const at = slot * words;
    const row = this.#rowOfSlot(at);
    let from = -1;
    let next = (this.#rows[row] as number) - 1;
    while (next !== slot && next >= 0) {
      from = next;
      next = (w[next * words + 10] as number) - 1;
    }
    if (from < 0) this.#rows[row] = w[at + 10] as number;
    else w[from * words + 10] = w[at + 10] as number;
    w[at + 15] = 0;
    w[at + 10] = this.#free + 1;
    this.#free = slot;
    this.size -= 1;
  }

  /**
   * Ends what has been quiet for too long. Called with the time of packets (or of the clock, where none come); looks at an
   * eighth of the table, so that it takes about as long each time.
   */
  sweep(now: number): void {
    const upTo = Math.min(this.#used, this.#swept + Math.max(65_536, this.#used >>> 3));
    const from = this.#swept;
    this.#swept = upTo === this.#used ? 0 : upTo;
    for (let slot = from; slot < upTo; slot += 1) {
      const marks = this.#words[slot * words + 15] as number;
      if ((marks & inUse) === 0) continue;
      const half = slot * halves;
      const quiet = now - (this.#numbers[half + 11] as number);
      if (quiet > this.#timeoutOf(slot, marks)) {
        this.#end(slot, (marks & isOver) !== 0 ? 'over' : 'idle');
        this.#remove(slot);
      } else if (now - (this.#numbers[half + 10] as number) > this.#timeouts.active) this.#part(slot, now);
    }
  }

  #timeoutOf(slot: number, marks: number): number {
    const { linger, attempt, tcp: established, udp: datagrams, other } = this.#timeouts;
    if ((marks & isOver) !== 0) return linger;
    const at = slot * words;
    const protocol = (this.#words[at + 9] as number) & 255;
    if (protocol === tcp) return this.#isBare(at) ? attempt : established;
    return protocol === udp ? datagrams : other;
  }

  /** TCP that began and was not answered, or whose answer was not confirmed. */
  #isBare(at: number): boolean {
    const seen = this.#words[at + 28] as number;
    return (seen & tcpSyn) !== 0 && ((seen & tcpAck) === 0 || seen >>> 8 === 0);
  }

  /** Tells of a flow that goes on, and counts anew. */
  #part(slot: number, now: number): void {
    const w = this.#words;
    const n = this.#numbers;
    const at = slot * words;
    const half = slot * halves;
    if ((w[at + 13] as number) + (w[at + 14] as number) > 0) {
      this.#end(slot, 'active');
      w[at + 29] = (w[at + 29] as number) + 1;
    }
    w[at + 13] = 0;
    w[at + 14] = 0;
    n.fill(0, half + 8, half + 10);
    n.fill(0, half + 12, half + 14);
    n[half + 10] = now;
  }

  /** Ends everything that is left. */
  finish(): void {
    for (let slot = 0; slot < this.#used; slot += 1) {
      if (((this.#words[slot * words + 15] as number) & inUse) === 0) continue;
      this.#end(slot, 'end');
      this.#remove(slot);
    }
  }

  /** Every flow that is held, by slot. */
  each(visit: (slot: number) => void): void {
    for (let slot = 0; slot < this.#used; slot += 1) {
      if (((this.#words[slot * words + 15] as number) & inUse) !== 0) visit(slot);
    }
  }

  /** One word, and one number of 8 bytes, of a flow: for {@link Flow}. */
  word(slot: number, word: number): number {
    return this.#words[slot * words + word] as number;
  }

  number(slot: number, number: number): number {
    return this.#numbers[slot * halves + number] as number;
  }
}

function isFrom(w: Int32Array, at: number, packet: Packet): boolean {
  return (
    w[at] === packet.src0 &&
    w[at + 4] === packet.dst0 &&
    (packet.family === 4 ||
      (w[at + 1] === packet.src1 &&
        w[at + 2] === packet.src2 &&
        w[at + 3] === packet.src3 &&
        w[at + 5] === packet.dst1 &&
        w[at + 6] === packet.dst2 &&
        w[at + 7] === packet.dst3))
  );
}

function isTo(w: Int32Array, at: number, packet: Packet): boolean {
  return (
    w[at] === packet.dst0 &&
    w[at + 4] === packet.src0 &&
    (packet.family === 4 ||
      (w[at + 1] === packet.dst1 &&
        w[at + 2] === packet.dst2 &&
        w[at + 3] === packet.dst3 &&
        w[at + 5] === packet.src1 &&
        w[at + 6] === packet.src2 &&
        w[at + 7] === packet.src3))
  );
}
