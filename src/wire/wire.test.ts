import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Digest } from '../model/index.ts';
import { CaptureReader } from './capture-file.ts';
import { decode } from './decode.ts';
import { readFlow } from './flow.ts';
import { noTimeouts, usualTimeouts } from './flow-kinds.ts';
import { FlowTable } from './flow-table.ts';
import { addressText, Packet, tcp, tcpAck, tcpFin, tcpRst, tcpSyn, udp } from './packet.ts';
import { domainOf, entropyOf, readDns, readHttpHead } from './protocols.ts';
import { recordLine, type WireRecord } from './records.ts';
import { Wire, type WireOptions } from './wire.ts';

const digest: Digest = (algorithm, text) => createHash(algorithm).update(text).digest('hex');
const samplePath = fileURLToPath(new URL('samples/mixed.pcap', import.meta.url));
const sample = readFileSync(samplePath);
const hasTshark = spawnSync('tshark', ['--version']).status === 0;

function tell(
  file: Uint8Array,
  pieces = 65_536,
  more: Partial<WireOptions> = {},
): { wire: Wire; records: WireRecord[] } {
  const records: WireRecord[] = [];
  const wire = new Wire({ digest, flows: 10_000, tell: (record) => void records.push(record), ...more });
  for (let at = 0; at < file.length; at += pieces) if (!wire.push(file.subarray(at, at + pieces))) break;
  wire.end();
  return { wire, records };
}

const textOf = (records: readonly WireRecord[]): string => records.map(recordLine).join('\n');

/** The sample's packets in other forms. */
interface Form {
  name: string;
  make: (packets: readonly { time: number; bytes: Uint8Array; length: number }[]) => Buffer;
}

function packetsOfSample(): { time: number; bytes: Uint8Array; length: number }[] {
  const found: { time: number; bytes: Uint8Array; length: number }[] = [];
  const reader = new CaptureReader((bytes, at, end, length, time) => {
    found.push({ time, bytes: Uint8Array.from(bytes.subarray(at, end)), length });
  });
  reader.push(sample);
  reader.end();
  expect(reader.problem).toBeNull();
  return found;
}

function pcap(isLittle: boolean, isNano: boolean): Form['make'] {
  return (packets) => {
    const u32 = (...values: number[]): Buffer => {
      const part = Buffer.alloc(values.length * 4);
      values.forEach((value, i) => {
        if (isLittle) part.writeUInt32LE(value, i * 4);
        else part.writeUInt32BE(value, i * 4);
      });
      return part;
    };
    const versions = isLittle ? [2, 0, 4, 0] : [0, 2, 0, 4];
    const parts = [u32(isNano ? 0xa1b23c4d : 0xa1b2c3d4), Buffer.from(versions), u32(0, 0, 65_535, 1)];
    for (const { time, bytes, length } of packets) {
      const fraction = Math.round((time % 1000) * (isNano ? 1e6 : 1000));
      parts.push(u32(Math.floor(time / 1000), fraction, bytes.length, length), Buffer.from(bytes));
    }
    return Buffer.concat(parts);
  };
}

function pcapng(isLittle: boolean): Form['make'] {
  return (packets) => {
    const u32 = (value: number): Buffer => {
      const part = Buffer.alloc(4);
      if (isLittle) part.writeUInt32LE(value);
      else part.writeUInt32BE(value);
      return part;
    };
    const u16 = (value: number): Buffer =>
      isLittle ? Buffer.from([value & 255, value >> 8]) : Buffer.from([value >> 8, value & 255]);
    const block = (type: number, ...body: Buffer[]): Buffer => {
      const all = Buffer.concat(body);
      const padded = Buffer.concat([all, Buffer.alloc((4 - (all.length % 4)) % 4)]);
      return Buffer.concat([u32(type), u32(padded.length + 12), padded, u32(padded.length + 12)]);
    };
    const parts = [
      block(0x0a0d0d0a, u32(0x1a2b3c4d), u16(1), u16(0), u32(0xffffffff), u32(0xffffffff)),
      block(1, u16(101), u16(0), u32(0)),
      // The second interface counts nanoseconds.
      block(1, u16(1), u16(0), u32(65_535), u16(9), u16(1), Buffer.from([9, 0, 0, 0]), u16(0), u16(0)),
      block(0xbad, u32(1)),
    ];
    for (const { time, bytes, length } of packets) {
      const units = BigInt(Math.round(time * 1000)) * 1000n;
      const head = [
        u32(1),
        u32(Number(units >> 32n)),
        u32(Number(units & 0xffffffffn)),
        u32(bytes.length),
        u32(length),
      ];
      parts.push(block(6, ...head, Buffer.from(bytes)));
    }
    parts.push(
      block(
        5,
        u32(1),
        u32(0),
        u32(0),
        u16(4),
        u16(8),
        ...(isLittle ? [u32(12), u32(0)] : [u32(0), u32(12)]),
        u16(5),
        u16(8),
        ...(isLittle ? [u32(3), u32(0)] : [u32(0), u32(3)]),
      ),
    );
    return Buffer.concat(parts);
  };
}

const forms: readonly Form[] = [
  { name: 'pcap, big-endian', make: pcap(false, false) },
  { name: 'pcap, nanoseconds', make: pcap(true, true) },
  { name: 'pcap, nanoseconds, big-endian', make: pcap(false, true) },
  { name: 'pcapng', make: pcapng(true) },
  { name: 'pcapng, big-endian', make: pcapng(false) },
];

describe('files', () => {
  const { records, wire } = tell(sample);
  const wanted = textOf(records);

  test('a capture tells conversations, packets, names, hellos and requests', () => {
    expect(wire.problem).toBeNull();
    const kinds = new Set(records.map((record) => record.wire));
    expect([...kinds].sort()).toEqual(['dns.query', 'http.request', 'net.flow', 'net.packet', 'tls.hello']);
    const hello = records.find((record) => record.wire === 'tls.hello');
    expect(hello?.fields).toMatchObject({
      server_name: 'wire.example',
      ja3: '0149f47eabf9a20d0893e2a44e5a6323',
      alpn: ['h2', 'http/1.1'],
    });
    expect(records.find((record) => record.wire === 'dns.query')?.fields).toMatchObject({
      query: 'host1.example.com',
      domain: 'example.com',
    });
    expect(records.find((record) => record.wire === 'http.request')?.fields).toMatchObject({
      method: 'GET',
      target: '/',
      user_agent: 'curl/7.88.1',
    });
    const states = new Set(records.filter((record) => record.wire === 'net.flow').map((record) => record.fields.state));
    expect([...states]).toEqual(expect.arrayContaining(['refused', 'closed', 'reset', 'unanswered']));
  });

  test('conversations are as many as tshark counts', () => {
    const counts = { tcp: 0, udp: 0 };
    const packet = new Packet();
    const table = new FlowTable(10_000, noTimeouts, (slot) => {
      const { protocol } = readFlow(table, slot);
      if (protocol === 'tcp' || protocol === 'udp') counts[protocol] += 1;
    });
    for (const { bytes, time, length } of packetsOfSample()) {
      packet.time = time;
      if (decode(packet, bytes, 0, bytes.length, length, 1) && packet.fragment !== 2) table.note(packet);
    }
    table.finish();
    // tshark -r mixed.pcap -q -z conv,tcp (and udp)
    expect(counts).toEqual({ tcp: 47, udp: 14 });
    expect(table.size).toBe(0);
  });

  test.skipIf(!hasTshark)('and tshark still counts so many (skipped where it is not installed)', () => {
    const countOf = (kind: string): number =>
      spawnSync('tshark', ['-r', samplePath, '-q', '-z', `conv,${kind}`], { encoding: 'utf8' })
        .stdout.split('\n')
        .filter((line) => line.includes('<->')).length;
    expect({ tcp: countOf('tcp'), udp: countOf('udp') }).toEqual({ tcp: 47, udp: 14 });
  });

  test('in pieces of any size it tells the same', () => {
    for (const pieces of [1, 7, 100, 4096]) expect(textOf(tell(sample, pieces).records), `${pieces}`).toBe(wanted);
  });

  test.each(forms)('$name tells the same', ({ make }) => {
    const { records: others, wire: other } = tell(make(packetsOfSample()));
    expect(other.problem).toBeNull();
    expect(textOf(others)).toBe(wanted);
  });

  test('what the capturing program says about losses', () => {
    const { wire: other } = tell(pcapng(true)(packetsOfSample()));
    expect(other.interfaceCounts[1]).toEqual({ received: 12, dropped: 3 });
  });

  test.each([
    ['nothing', Buffer.alloc(0), /empty/],
    ['a text', Buffer.from('GET / HTTP/1.1\r\n\r\n'), /neither pcap nor pcapng/],
    ['a cut packet', sample.subarray(0, sample.length - 5), /in the middle/],
    [
      'a packet of 4 GiB',
      Buffer.concat([sample.subarray(0, 32), Buffer.alloc(4, 255), Buffer.alloc(400)]),
      /says that it has 4294967295 bytes/,
    ],
    ['a block of 0 bytes', Buffer.concat([pcapng(true)([]), Buffer.alloc(12)]), /says that it has 0 bytes/],
  ])('%s ends with a sentence', (_, file, sentence) => {
    expect(tell(file).wire.problem).toMatch(sentence);
  });
});

describe('hostile bytes', () => {
  test('changed captures never throw, and what is told stays bounded', () => {
    const good = [sample, ...forms.map(({ make }) => make(packetsOfSample()))];
    const changes = fc.array(fc.tuple(fc.nat(1e6), fc.nat(255)), { minLength: 1, maxLength: 40 });
    fc.assert(
      fc.property(fc.nat(good.length - 1), changes, fc.integer({ min: 1, max: 5000 }), (which, places, pieces) => {
        const file = Uint8Array.from(good[which] as Buffer);
        for (const [at, value] of places) file[at % file.length] = value;
        const { records, wire } = tell(file, pieces, { flows: 64 });
        const { packets } = wire.counts();
        expect(records.length).toBeLessThanOrEqual(packets * 4 + 10);
        for (const record of records) expect(recordLine(record).length).toBeLessThan(8192);
      }),
      { numRuns: 150 },
    );
  });

  test('frames of noise, of every kind of link', () => {
    const packet = new Packet();
    const table = new FlowTable(256, usualTimeouts, () => undefined);
    const links = fc.constantFrom(0, 1, 12, 101, 108, 113, 228, 229, 276, 9999);
    const lead = fc.constantFrom(
      [],
      [0x45, 0, 0, 40],
      [0x60, 0, 0, 0],
      [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x81, 0, 0, 1, 0x81, 0],
    );
    fc.assert(
      fc.property(links, lead, fc.uint8Array({ maxLength: 200 }), (link, head, noise) => {
        const bytes = Uint8Array.of(...head, ...noise);
        if (decode(packet, bytes, 0, bytes.length, bytes.length, link)) table.note(packet);
        expect(packet.payloadAt).toBeLessThanOrEqual(packet.payloadEnd);
        expect(packet.payloadEnd).toBeLessThanOrEqual(bytes.length);
        readDns(bytes, 0, bytes.length);
        readHttpHead(bytes, 0, bytes.length);
        expect(entropyOf(bytes, 0, bytes.length) ?? 0).toBeLessThanOrEqual(6);
      }),
      { numRuns: 3000 },
    );
  });
});

describe('conversations', () => {
  const packet = (more: Partial<Packet>): Packet =>
    Object.assign(
      new Packet(),
      { family: 4, protocol: tcp, src0: 1, dst0: 2, srcPort: 40_000, dstPort: 80, length: 60 },
      more,
    );
  const back = (more: Partial<Packet>): Packet => packet({ src0: 2, dst0: 1, srcPort: 80, dstPort: 40_000, ...more });

  test.each([
    ['attempt', [packet({ flags: tcpSyn })]],
    ['refused', [packet({ flags: tcpSyn }), back({ flags: tcpRst | tcpAck })]],
    ['half-open', [packet({ flags: tcpSyn }), back({ flags: tcpSyn | tcpAck })]],
    ['open', [packet({ flags: tcpSyn }), back({ flags: tcpSyn | tcpAck }), packet({ flags: tcpAck })]],
    [
      'closed',
      [
        packet({ flags: tcpSyn }),
        back({ flags: tcpSyn | tcpAck }),
        packet({ flags: tcpFin | tcpAck }),
        back({ flags: tcpFin | tcpAck }),
      ],
    ],
    ['reset', [packet({ flags: tcpSyn }), back({ flags: tcpSyn | tcpAck }), packet({ flags: tcpRst })]],
    ['partial', [back({ flags: tcpAck }), packet({ flags: tcpAck })]],
    ['half-open', [back({ flags: tcpSyn | tcpAck }), packet({ flags: tcpSyn })]],
    ['answered', [packet({ protocol: udp }), back({ protocol: udp })]],
  ])('%s', (state, packets) => {
    const table = new FlowTable(16, noTimeouts, () => undefined);
    let slot = 0;
    for (const each of packets) slot = table.note(each);
    expect(table.size).toBe(1);
    expect(readFlow(table, slot)).toMatchObject({ state, src_ip: '0.0.0.1', src_port: 40_000, dst_port: 80 });
  });

  test('a table that is full forgets the quietest, and counts them', () => {
    const ends: string[] = [];
    const table = new FlowTable(64, usualTimeouts, (_, why) => void ends.push(why));
    for (let i = 0; i < 1000; i += 1) table.note(packet({ srcPort: i + 1024, time: i, flags: tcpSyn, sequence: i }));
    expect(table.size).toBe(64);
    expect(table.evicted).toBe(1000 - 64);
    expect(ends).toHaveLength(1000 - 64);
    table.finish();
    expect(ends.filter((why) => why === 'end')).toHaveLength(64);
    expect(table.size).toBe(0);
  });

  test('against a plain map: the same flows with the same counts', () => {
    const one = fc.record({ a: fc.nat(5), b: fc.nat(5), port: fc.nat(3), isBack: fc.boolean(), length: fc.nat(1500) });
    fc.assert(
      fc.property(fc.array(one, { maxLength: 300 }), (packets) => {
        const table = new FlowTable(1024, noTimeouts, () => undefined);
        const plain = new Map<string, { packets: number; bytes: number }>();
        for (const { a, b, port, isBack, length } of packets) {
          const ends = isBack
            ? { src0: b + 100, dst0: a, srcPort: 2000 + port, dstPort: 5000 }
            : { src0: a, dst0: b + 100, srcPort: 5000, dstPort: 2000 + port };
          table.note(packet({ protocol: udp, ...ends, length }));
          const known = plain.get(`${a} ${b} ${port}`) ?? { packets: 0, bytes: 0 };
          plain.set(`${a} ${b} ${port}`, { packets: known.packets + 1, bytes: known.bytes + length });
        }
        const found: string[] = [];
        table.each((slot) => {
          const flow = readFlow(table, slot);
          found.push(`${flow.packetsOut + flow.packetsIn} ${flow.bytesOut + flow.bytesIn}`);
        });
        expect(found.sort()).toEqual([...plain.values()].map((each) => `${each.packets} ${each.bytes}`).sort());
      }),
      { numRuns: 200 },
    );
  });

  test('more flows than anybody stores are told in sums that add up', () => {
    const records: WireRecord[] = [];
    const wire = new Wire({ digest, flows: 100_000, tell: (record) => void records.push(record) });
    const frames: { time: number; bytes: Uint8Array; length: number }[] = [];
    for (let i = 0; i < 20_000; i += 1) {
      const frame = Buffer.alloc(54);
      frame.writeUInt16BE(0x0800, 12);
      frame.set([0x45, 0, 0, 40], 14);
      frame[23] = 6;
      frame.writeUInt32BE(0xc6336407, 26);
      frame.writeUInt32BE(0xc633640a, 30);
      frame.writeUInt16BE(1024 + i, 34);
      frame.writeUInt16BE(80, 36);
      frame.set([0x50, tcpSyn], 46);
      frames.push({ time: 1.7e12 + i / 100, bytes: frame, length: 54 });
    }
    wire.push(pcap(true, false)(frames));
    wire.end();
    const flows = records.filter((record) => record.wire === 'net.flow');
    expect(flows.length).toBeLessThan(1000);
    expect(flows.reduce((sum, { fields }) => sum + (fields.flows as number), 0)).toBe(20_000);
    expect(flows.at(-1)).toMatchObject({ src_ip: '198.51.100.7', dst_port: 80 });
    expect(wire.counts().leftOut['net.packet']).toBeGreaterThan(19_000);
  });

  test('regular beginnings are noticed, irregular ones are not', () => {
    const run = (times: readonly number[]): WireRecord[] => {
      const frames = times.map((time, i) => {
        const frame = Buffer.alloc(42);
        frame.writeUInt16BE(0x0800, 12);
        frame.set([0x45, 0, 0, 28], 14);
        frame[23] = 17;
        frame.writeUInt32BE(0x0a010203, 26);
        frame.writeUInt32BE(0xcb007163, 30);
        frame.writeUInt16BE(40_000 + i, 34);
        frame.writeUInt16BE(8443, 36);
        return { time: 1.7e12 + time * 1000, bytes: frame, length: 42 };
      });
      return tell(pcap(true, false)(frames)).records.filter((record) => record.wire === 'net.flow');
    };
    const regular = run(Array.from({ length: 20 }, (_, i) => i * 60 + (i % 3)));
    expect(regular.at(-1)?.fields).toMatchObject({
      interval_count: expect.any(Number),
      interval: expect.closeTo(60, -1),
    });
    expect(regular.at(-1)?.fields.interval_count).toBeGreaterThanOrEqual(15);
    expect(regular.at(-1)?.fields.interval_jitter).toBeLessThan(0.05);
    const irregular = run([0, 10, 200, 230, 700, 705, 1000, 1600, 1630, 1900]);
    expect(irregular.every(({ fields }) => !(Number(fields.interval_count) >= 5))).toBe(true);
  });
});

test('names and addresses', () => {
  expect(domainOf('a.b.example.co.uk')).toBe('example.co.uk');
  expect(domainOf('a.example.com')).toBe('example.com');
  expect(addressText(4, 0xc0000201 | 0, 0, 0, 0)).toBe('192.0.2.1');
  expect(addressText(6, 0x20010db8, 0, 0, 1)).toBe('2001:db8::1');
  expect(addressText(6, 0, 0, 0xffff, 0xc0000201 | 0)).toBe('192.0.2.1');
});
