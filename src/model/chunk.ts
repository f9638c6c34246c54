import type { SourceInfo } from './event.ts';

/**
 * Records cross threads in pooled buffers that are transferred, not copied: an object per message costs 200 times more.
 * A chunk is a row of records, each a 24-byte little-endian header followed by its body:
 *
 *   u32 body length in bytes · u32 index into `sources` · f64 received_at (epoch ms) · f64 position (-1: none)
 */
export const recordHeaderBytes = 24;

/** Size of a pooled buffer. A longer record travels alone in a buffer of its own size. */
export const chunkBytes = 256 * 1024;

/** A longest record: what is longer is cut by the framing, which tags and counts it. */
export const maxRecordBytes = 1024 * 1024;

/** What ingest (or the HTTP front) sends to the pipeline. */
export interface ChunkMessage {
  type: 'chunk';
  buffer: ArrayBuffer;
  /** Used bytes of `buffer`. */
  bytes: number;
  records: number;
  sources: SourceInfo[];
  /** How far each file has been read once this chunk is stored. Written into the spool beside the events. */
  positions: FilePosition[];
  /** Where a sender waits for durability: its ticket, answered after the sync with the records' event ids. */
  ack: number | null;
}

/** A file's reading position, the unit of exactly-once for files. */
export interface FilePosition {
  /** `<dev>:<inode>:<fingerprint>`: the same file after a rename, another one after a copy-truncate. */
  key: string;
  path: string;
  /** Bytes read and handed over. */
  offset: number;
}

export function writeRecordHeader(
  view: DataView,
  at: number,
  bodyBytes: number,
  sourceIndex: number,
  receivedAt: number,
  position: number,
): void {
  view.setUint32(at, bodyBytes, true);
  view.setUint32(at + 4, sourceIndex, true);
  view.setFloat64(at + 8, receivedAt, true);
  view.setFloat64(at + 16, position, true);
}

/** Calls back once per record, in order. Throws on a chunk whose lengths do not add up: that is a bug, not bad input. */
export function walkChunk(
  chunk: Pick<ChunkMessage, 'buffer' | 'bytes' | 'records'>,
  visit: (bodyAt: number, bodyBytes: number, sourceIndex: number, receivedAt: number, position: number) => void,
): void {
  const view = new DataView(chunk.buffer, 0, chunk.bytes);
  let at = 0;
  for (let i = 0; i < chunk.records; i += 1) {
    const bodyBytes = view.getUint32(at, true);
    const bodyAt = at + recordHeaderBytes;
    visit(
      bodyAt,
      bodyBytes,
      view.getUint32(at + 4, true),
      view.getFloat64(at + 8, true),
      view.getFloat64(at + 16, true),
    );
    at = bodyAt + bodyBytes;
  }
  if (at !== chunk.bytes) throw new Error(`chunk of ${chunk.records} records ends at byte ${at}, not ${chunk.bytes}`);
}
