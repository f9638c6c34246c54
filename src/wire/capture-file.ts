/*
 * Reads pcap (µs and ns, both byte orders) and pcapng (SHB, IDB, EPB, SPB, OPB, ISB; both byte orders, several interfaces) as
 * they come, in pieces of any size. A file may be a stranger's: what is wrong ends the reading with a sentence, never with an
 * exception, and no length that it states is believed beyond {@link maxPacketBytes}.
 */

/** The most that a packet may hold; the limit of libpcap. */
const maxPacketBytes = 262_144;
/** The most that a block of pcapng may take that has to be read as a whole. */
const maxBlockBytes = maxPacketBytes + 65_536;
const maxInterfaces = 4096;

/** Gets each packet: `bytes[at..end)` were captured of `length` bytes. The bytes are overwritten afterwards. */
export type PacketSink = (
  bytes: Uint8Array,
  at: number,
  end: number,
  length: number,
  time: number,
  linkType: number,
) => void;

/** What the program that captured says about an interface at the end. */
export interface InterfaceCounts {
  received: number | null;
  dropped: number | null;
}

interface Interface {
  linkType: number;
  snapLength: number;
  /** Units per millisecond, and what is added, ms. */
  perMs: number;
  offset: number;
}

export class CaptureReader {
  readonly #sink: PacketSink;
  #bytes = new Uint8Array(1 << 20);
  #view = new DataView(this.#bytes.buffer);
  #at = 0;
  #end = 0;
  /** Bytes of a block that nobody reads. */
  #skip = 0;
  #kind: 'unknown' | 'pcap' | 'pcapng' = 'unknown';
  #isLittle = true;
  #linkType = 1;
  /** Units per ms of pcap's second field. */
  #fractionPerMs = 1000;
  #interfaces: Interface[] = [];
  #counts: (InterfaceCounts | undefined)[] = [];
  #problem: string | null = null;
  #taken = 0;
  packets = 0;

  constructor(sink: PacketSink) {
    this.#sink = sink;
  }

  /** Why reading ended before the end; null: nothing was wrong so far. */
  get problem(): string | null {
    return this.#problem;
  }

  get kind(): 'unknown' | 'pcap' | 'pcapng' {
    return this.#kind;
  }

  /** From ISB blocks, by interface. */
  get counts(): readonly (InterfaceCounts | undefined)[] {
    return this.#counts;
  }

  /** @returns false when nothing more will be read. */
  push(chunk: Uint8Array): boolean {
    let from = 0;
    while (from < chunk.length && this.#problem === null) {
      const skipped = Math.min(this.#skip, chunk.length - from);
      this.#skip -= skipped;
      this.#taken += skipped;
      from += skipped;
      if (this.#at > 0) {
        this.#bytes.copyWithin(0, this.#at, this.#end);
        this.#end -= this.#at;
        this.#at = 0;
      }
      const take = Math.min(chunk.length - from, this.#bytes.length - this.#end);
      this.#bytes.set(chunk.subarray(from, from + take), this.#end);
      this.#end += take;
      from += take;
      this.#run();
    }
    return this.#problem === null;
  }

  /** The input is over: a packet that is not whole is said. */
  end(): void {
    if (this.#problem !== null) return;
    if (this.#kind === 'unknown') {
      this.#problem = this.#end === 0 ? 'The file is empty.' : 'This is neither pcap nor pcapng.';
    } else if (this.#end > this.#at || this.#skip > 0) {
      this.#problem = `The capture ends in the middle of a packet, after ${this.packets} whole ones.`;
    }
  }

  #fail(sentence: string): void {
    this.#problem = `${sentence} (byte ${this.#taken + this.#at}, after ${this.packets} packets)`;
  }

  #run(): void {
    if (this.#kind === 'unknown' && !this.#begin()) return;
    if (this.#kind === 'pcap') this.#runPcap();
    else this.#runBlocks();
  }

  #u32(at: number): number {
    return this.#view.getUint32(at, this.#isLittle);
  }

  #u16(at: number): number {
    return this.#view.getUint16(at, this.#isLittle);
  }

  #begin(): boolean {
    if (this.#end < 4) return false;
    const magic = this.#view.getUint32(0, true);
    if (magic === 0x0a0d0d0a) {
      this.#kind = 'pcapng';
      return true;
    }
    const form = pcapForms.get(magic);
    if (form === undefined) {
      this.#fail('This is neither pcap nor pcapng');
      return false;
    }
    if (this.#end < 24) return false;
    this.#isLittle = form.isLittle;
    this.#fractionPerMs = form.perMs;
    this.#linkType = this.#u32(20) & 0xffff;
    this.#at = 24;
    this.#kind = 'pcap';
    return true;
  }

  #runPcap(): void {
    const little = this.#isLittle;
    const view = this.#view;
    const bytes = this.#bytes;
    const sink = this.#sink;
    const end = this.#end;
    const linkType = this.#linkType;
    const perMs = this.#fractionPerMs;
    let at = this.#at;
    while (end - at >= 16) {
      const captured = view.getUint32(at + 8, little);
      const length = view.getUint32(at + 12, little);
      if (captured > maxPacketBytes) {
        this.#at = at;
        this.#fail(`A packet says that it has ${captured} bytes`);
        return;
      }
      if (end - at - 16 < captured) break;
      const time = view.getUint32(at, little) * 1000 + view.getUint32(at + 4, little) / perMs;
      this.packets += 1;
      sink(bytes, at + 16, at + 16 + captured, Math.min(length, 0xffffff), time, linkType);
      at += 16 + captured;
    }
    this.#taken += at - this.#at;
    this.#at = at;
  }

  #runBlocks(): void {
    while (this.#problem === null && this.#end - this.#at >= 12) {
      const at = this.#at;
      const type = this.#u32(at);
      if (type === 0x0a0d0d0a) {
        const order = this.#view.getUint32(at + 8, true);
        if (order !== 0x1a2b3c4d && order !== 0x4d3c2b1a) {
          this.#fail('A section has no byte order');
          return;
        }
        this.#isLittle = order === 0x1a2b3c4d;
      }
      const total = this.#u32(at + 4);
      if (total < 12 || (total & 3) !== 0) {
        this.#fail(`A block says that it has ${total} bytes`);
        return;
      }
      const isRead = type === 0x0a0d0d0a || (type >= 1 && type <= 6 && type !== 4);
      if (!isRead || total > maxBlockBytes) {
        if (isRead) {
          this.#fail(`A block says that it has ${total} bytes`);
          return;
        }
        const here = Math.min(total, this.#end - at);
        this.#skip = total - here;
        this.#at += here;
        this.#taken += here;
        continue;
      }
      if (this.#end - at < total) return;
      this.#block(type, at + 8, at + total - 4);
      this.#at += total;
      this.#taken += total;
    }
  }

  #block(type: number, at: number, end: number): void {
    switch (type) {
      case 0x0a0d0d0a:
        this.#interfaces = [];
        this.#counts = [];
        break;
      case 1:
        this.#describe(at, end);
        break;
      case 2:
        if (end - at >= 20) this.#packet(this.#u16(at), at + 4, at + 20, end);
        break;
      case 3: {
        const own = this.#interfaces[0];
        if (own === undefined || end - at < 4) break;
        const length = this.#u32(at);
        const captured = Math.min(length, own.snapLength, end - at - 4);
        this.packets += 1;
        this.#sink(this.#bytes, at + 4, at + 4 + captured, Math.min(length, 0xffffff), 0, own.linkType);
        break;
      }
      case 5:
        this.#count(at, end);
        break;
      case 6:
        if (end - at >= 20) this.#packet(this.#u32(at), at + 4, at + 20, end);
        break;
    }
  }

  /** @param head time (two words), captured, length. */
  #packet(number: number, head: number, at: number, end: number): void {
    const own = this.#interfaces[number];
    if (own === undefined) {
      this.#fail(`A packet is of interface ${number}, which was not described`);
      return;
    }
    const captured = this.#u32(head + 8);
    const length = this.#u32(head + 12);
    if (captured > end - at) {
      this.#fail(`A packet says that it has ${captured} bytes`);
      return;
    }
    const units = this.#u32(head) * 4_294_967_296 + this.#u32(head + 4);
    this.packets += 1;
    const time = units / own.perMs + own.offset;
    const isTime = time >= 0 && time <= 8.64e15;
    this.#sink(this.#bytes, at, at + captured, Math.min(length, 0xffffff), isTime ? time : 0, own.linkType);
  }

  #describe(at: number, end: number): void {
    if (end - at < 8) return;
    if (this.#interfaces.length >= maxInterfaces) {
      this.#fail(`There are more than ${maxInterfaces} interfaces`);
      return;
    }
    const own: Interface = {
      linkType: this.#u16(at),
      snapLength: this.#u32(at + 4) || maxPacketBytes,
      perMs: 1000,
      offset: 0,
    };
    this.#options(at + 8, end, (code, from, length) => {
      if (code === 9 && length >= 1) {
        const resolution = this.#bytes[from] as number;
        own.perMs = (resolution & 0x80 ? 2 ** (resolution & 0x7f) : 10 ** resolution) / 1000;
      } else if (code === 14 && length >= 8) own.offset = Number(this.#view.getBigInt64(from, this.#isLittle)) * 1000;
    });
    this.#interfaces.push(own);
  }

  #count(at: number, end: number): void {
    if (end - at < 12) return;
    const number = this.#u32(at);
    if (number >= this.#interfaces.length) return;
    const counts: InterfaceCounts = { received: null, dropped: null };
    this.#options(at + 12, end, (code, from, length) => {
      if (length < 8) return;
      const value = Number(this.#view.getBigUint64(from, this.#isLittle));
      if (code === 4) counts.received = value;
      else if (code === 5) counts.dropped = value;
    });
    this.#counts[number] = counts;
  }

  #options(from: number, end: number, visit: (code: number, at: number, length: number) => void): void {
    let at = from;
    while (end - at >= 4) {
      const code = this.#u16(at);
      const length = this.#u16(at + 2);
      if (code === 0 || end - at - 4 < length) return;
      visit(code, at + 4, length);
      at += 4 + ((length + 3) & ~3);
    }
  }
}

/** By the first four bytes, read as little-endian. */
const pcapForms: ReadonlyMap<number, { isLittle: boolean; perMs: number }> = new Map([
  [0xa1b2c3d4, { isLittle: true, perMs: 1000 }],
  [0xd4c3b2a1, { isLittle: false, perMs: 1000 }],
  [0xa1b23c4d, { isLittle: true, perMs: 1_000_000 }],
  [0x4d3cb2a1, { isLittle: false, perMs: 1_000_000 }],
]);
