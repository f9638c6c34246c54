/** Captures of packets (.pcap, .pcapng) as lines for the pipeline: what src/wire tells of them. */
import { createHash } from 'node:crypto';
import { type LineBlock, type LogFile, openLog } from './log-files.ts';
import type { Digest } from './model/index.ts';
import { recordLine } from './wire/records.ts';
import { Wire, type WireOptions } from './wire/wire.ts';

/** Flows that a capture file may have at the same time; 128 bytes each, taken when they are needed. */
const flowsOfFile = 1_000_000;

export const digest: Digest = (algorithm, text) => createHash(algorithm).update(text).digest('hex');

/** The first four bytes of pcap (both byte orders, µs and ns) and pcapng. */
const magics = new Set(['a1b2c3d4', 'd4c3b2a1', 'a1b23c4d', '4d3cb2a1', '0a0d0d0a']);

/** Whether a file holds packets: by its first bytes, or where they are packed, by its name. */
export const isCaptureFile = (file: LogFile, first: Uint8Array | null): boolean =>
  /\.(?:pcap|pcapng|cap)$/i.test(file.name) ||
  (first !== null && first.length >= 4 && magics.has(Buffer.from(first.subarray(0, 4)).toString('hex')));

/**
 * What is told of a capture, in blocks. The number of a line stands for its offset.
 *
 * @throws a sentence where the file is no capture, or damaged in its middle. One that was cut off at its end is read until there.
 */
export async function* readCaptureBlocks(file: LogFile, limits?: WireOptions['limits']): AsyncGenerator<LineBlock> {
  let lines: string[] = [];
  let told = 0;
  const wire = new Wire({
    digest,
    flows: flowsOfFile,
    ...(limits !== undefined && { limits }),
    tell: (record) => {
      lines.push(recordLine(record));
    },
  });
  const take = (): LineBlock => {
    const block = { lines, offsets: lines.map((_, i) => told + i) };
    told += lines.length;
    lines = [];
    return block;
  };
  for await (const chunk of openLog(file) as AsyncIterable<Buffer>) {
    if (!wire.push(chunk)) throw new Error(`"${file.path}" cannot be read: ${wire.problem}`);
    if (lines.length > 0) yield take();
  }
  wire.end();
  if (wire.counts().packets === 0 && wire.problem !== null)
    throw new Error(`"${file.path}" cannot be read: ${wire.problem}`);
  yield take();
}
