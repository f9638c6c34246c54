/**
 * Packets: reading headers and conversations, with payload entropy, and a million conversations at once. One thread.
 *
 *     node tools/with-node.js node bench/packets.ts [FILE.pcap]
 *
 * Figures are per second of processor time, so that a busy machine does not show. Without a file: a million packets of 160 bytes on average in 20,000 conversations, made here.
 */
import { readFileSync } from 'node:fs';
import { CaptureReader } from '../src/wire/capture-file.ts';
import { decode } from '../src/wire/decode.ts';
import { noTimeouts } from '../src/wire/flow-kinds.ts';
import { FlowTable } from '../src/wire/flow-table.ts';
import { Packet } from '../src/wire/packet.ts';
import { entropyOf } from '../src/wire/protocols.ts';

const rounds = 5;
const pieceBytes = 65_536;

/** A pcap of UDP packets; conversations take turns. */
function make(packets: number, flows: number, payload: (i: number) => number): Buffer {
  const most = 40 + 58 + 1500;
  const file = Buffer.alloc(24 + packets * most);
  file.set([0xd4, 0xc3, 0xb2, 0xa1, 2, 0, 4, 0]);
  file.writeUInt32LE(65_535, 16);
  file.writeUInt32LE(1, 20);
  let at = 24;
  for (let i = 0; i < packets; i += 1) {
    const size = payload(i);
    // Not one after the other: as they come on a wire.
    const flow = (Math.imul(i, 7919) % flows) >>> 0;
    file.writeUInt32LE(1_700_000_000 + Math.floor(i / 100_000), at);
    file.writeUInt32LE((i % 100_000) * 10, at + 4);
    file.writeUInt32LE(42 + size, at + 8);
    file.writeUInt32LE(42 + size, at + 12);
    const frame = at + 16;
    file.writeUInt16BE(0x0800, frame + 12);
    file.writeUInt16BE(0x4500, frame + 14);
    file.writeUInt16BE(28 + size, frame + 16);
    file.writeUInt16BE(0x4011, frame + 22);
    const isBack = (i & 1) === 1;
    file.writeUInt32BE(isBack ? 0xc633640a : 0x0a000000 + (flow >>> 4), frame + 26);
    file.writeUInt32BE(isBack ? 0x0a000000 + (flow >>> 4) : 0xc633640a, frame + 30);
    file.writeUInt16BE(isBack ? 443 : 20_000 + (flow & 15), frame + 34);
    file.writeUInt16BE(isBack ? 20_000 + (flow & 15) : 443, frame + 36);
    file.writeUInt16BE(8 + size, frame + 38);
    for (let j = 0; j < Math.min(size, 64); j += 1) file[frame + 42 + j] = (i * 31 + j * 17) & 255;
    at = frame + 42 + size;
  }
  return file.subarray(0, at);
}

interface Result {
  packets: number;
  seconds: number;
  flows: number;
}

function run(file: Uint8Array, work: 'headers' | 'flows' | 'entropy'): Result {
  const packet = new Packet();
  const table = new FlowTable(1 << 20, noTimeouts, () => undefined);
  let sum = 0;
  const reader = new CaptureReader((bytes, at, end, length, time, link) => {
    packet.time = time;
    if (!decode(packet, bytes, at, end, length, link) || work === 'headers') return;
    table.note(packet);
    if (work === 'entropy') sum += entropyOf(packet.bytes, packet.payloadAt, packet.payloadEnd) ?? 0;
  });
  const began = process.cpuUsage();
  for (let at = 0; at < file.length; at += pieceBytes) reader.push(file.subarray(at, at + pieceBytes));
  reader.end();
  const { user, system } = process.cpuUsage(began);
  const seconds = (user + system) / 1e6;
  if (reader.problem !== null) throw new Error(reader.problem);
  if (Number.isNaN(sum)) throw new Error('entropy is no number');
  return { packets: reader.packets, seconds, flows: table.size };
}

const [given] = process.argv.slice(2);
const file = given === undefined ? make(1_000_000, 20_000, (i) => 40 + ((i * 37) % 160)) : readFileSync(given);
console.log(`${(file.length / 1e6).toFixed(0)} MB, best of ${rounds} rounds`);
for (const work of ['headers', 'flows', 'entropy'] as const) {
  const results = Array.from({ length: rounds }, () => run(file, work));
  const best = results.reduce((a, b) => (b.seconds < a.seconds ? b : a));
  const rate = best.packets / best.seconds / 1e6;
  const name = { headers: 'headers', flows: 'headers + conversations', entropy: 'the same + entropy of 64 bytes' }[
    work
  ];
  console.log(`${name.padEnd(32)} ${rate.toFixed(2)} M packets/s  ${best.flows} conversations`);
}
if (given === undefined) {
  const many = make(2_000_000, 1_000_000, () => 30);
  const { packets, seconds, flows } = run(many, 'flows');
  const table = process.memoryUsage().rss - many.length - file.length;
  console.log(
    `${flows} conversations at once`.padEnd(32),
    `${(packets / seconds / 1e6).toFixed(2)} M packets/s  ${(table / 1e6).toFixed(0)} MB resident without the files in memory`,
  );
}
