import { crc32 } from 'node:zlib';
import type { CorrelatorSnapshot, SnapshotHead } from '../detect/contract.ts';
import { decodeRow, encodeRow } from '../store/events/row.ts';

/*
 * The correlator's state in a file: a line that says what follows, a line per group, the events as rows, as in the spool,
 * and a line with the rest. The pipeline's thread writes it in short steps, while events go on.
 */

const version = 3;
/** The checksum is known only once the body is written: the first line has its place. */
const headerBytes = 128;
const blockBytes = 1 << 20;
/** Events that are written in one step: about a millisecond. */
const eventsPerStep = 128;
const newline = 10;

interface Header {
  version: number;
  /** The last batch that the state has seen. */
  batch: number;
  crc32: number;
  bytes: number;
}

type End = Omit<SnapshotHead, 'events'> & { rows: number; events: number };

/** Text as blocks of bytes. */
class Blocks {
  readonly done: Uint8Array<ArrayBuffer>[] = [];
  bytes = 0;
  crc32 = 0;
  #block = new Uint8Array(blockBytes);
  #used = 0;

  write(text: string): void {
    const most = text.length * 3;
    if (most > this.#block.length - this.#used) {
      this.end();
      if (most > this.#block.length) this.#block = new Uint8Array(most);
    }
    const { buffer, byteOffset, byteLength } = this.#block;
    this.#used += Buffer.from(buffer, byteOffset, byteLength).write(text, this.#used);
  }

  end(): void {
    if (this.#used === 0) return;
    const block = this.#block.subarray(0, this.#used);
    this.done.push(block);
    this.bytes += block.length;
    this.crc32 = crc32(block, this.crc32);
    this.#block = new Uint8Array(blockBytes);
    this.#used = 0;
  }
}

/**
 * The file's bytes, one block after the other, each with a buffer of its own.
 *
 * @param steps a snapshot that is being taken
 */
export function* encodeSnapshotInSteps(
  batch: number,
  steps: Generator<string[], SnapshotHead>,
): Generator<void, Uint8Array<ArrayBuffer>[]> {
  const blocks = new Blocks();
  let rows = 0;
  let step = steps.next();
  for (; step.done !== true; step = steps.next()) {
    rows += step.value.length;
    if (step.value.length > 0) blocks.write(`${step.value.join('\n')}\n`);
    yield;
  }
  const { events, ...head } = step.value;
  for (let i = 0; i < events.length; i += eventsPerStep) {
    blocks.write(
      events
        .slice(i, i + eventsPerStep)
        .map(encodeRow)
        .join(''),
    );
    yield;
  }
  const end: End = { ...head, rows, events: events.length };
  blocks.write(`${JSON.stringify(end)}\n`);
  blocks.end();
  const header: Header = { version, batch, crc32: blocks.crc32, bytes: blocks.bytes };
  const first = new Uint8Array(headerBytes);
  Buffer.from(first.buffer).write(`${JSON.stringify(header).padEnd(headerBytes - 1)}\n`);
  return [first, ...blocks.done];
}

/** The file of a snapshot that was taken as a whole. */
export function encodeSnapshot(batch: number, { rows, ...head }: CorrelatorSnapshot): Uint8Array<ArrayBuffer> {
  const steps = encodeSnapshotInSteps(
    batch,
    (function* () {
      yield [...rows];
      return head;
    })(),
  );
  for (;;) {
    const { done, value } = steps.next();
    if (done === true) return new Uint8Array(Buffer.concat(value));
  }
}

/** The last batch that the state in these bytes has seen. Throws where they are not whole. */
export function batchOfSnapshot(file: Uint8Array): number {
  const header = JSON.parse(textOf(file, 0, file.indexOf(newline))) as Header;
  if (header.version !== version || !Number.isSafeInteger(header.batch))
    throw new Error('another version of Phosor saved it');
  const body = file.subarray(headerBytes);
  if (body.length !== header.bytes || crc32(body) !== header.crc32) throw new Error('it is damaged');
  return header.batch;
}

/** The state in bytes that {@link batchOfSnapshot} has found whole. Its rows are read while they are gone through, once. */
export function decodeSnapshot(file: Uint8Array): CorrelatorSnapshot {
  const endAt = file.lastIndexOf(newline, file.length - 2) + 1;
  const { rows: count, events: eventCount, ...head } = JSON.parse(textOf(file, endAt, file.length)) as End;
  // Events come behind the groups that refer to them.
  const eventLines: string[] = [];
  let at = endAt;
  while (eventLines.length < eventCount) {
    const before = file.lastIndexOf(newline, at - 2) + 1;
    eventLines.push(textOf(file, before, at - 1));
    at = before;
  }
  return { ...head, events: eventLines.reverse().map(decodeRow), rows: linesOf(file, headerBytes, count) };
}

function* linesOf(file: Uint8Array, from: number, count: number): Generator<string> {
  let at = from;
  for (let i = 0; i < count; i += 1) {
    const end = file.indexOf(newline, at);
    yield textOf(file, at, end);
    at = end + 1;
  }
}

function textOf(file: Uint8Array, from: number, to: number): string {
  return Buffer.from(file.buffer, file.byteOffset + from, Math.max(0, to - from)).toString();
}
