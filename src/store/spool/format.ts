import { crc32 } from 'node:zlib';
import type { FilePosition } from '../../model/index.ts';
import type { SpoolTicket } from './types.ts';

/** What the pipeline appends in one go. */
export interface Batch {
  batch: number;
  /** Whole NDJSON rows. */
  bytes: Uint8Array;
  rows: number;
  positions: FilePosition[];
  acks: SpoolTicket[];
}

/**
 * A segment is a row of batches. A batch is its NDJSON rows followed by one marker line, which is written last and
 * carries the length and checksum of everything before it: rows without a valid marker were never acknowledged.
 *
 *   {"id":…}⏎{"id":…}⏎{"_batch":7,"rows":2,"bytes":412,"crc":3735928559,"positions":[…]}⏎
 */
export interface Marker {
  _batch: number;
  rows: number;
  /** Of the rows, newlines included. */
  bytes: number;
  crc: number;
  positions: FilePosition[];
}

const markerPrefix = Buffer.from('{"_batch":');

export function encodeMarker(
  batch: number,
  rows: number,
  bytes: Uint8Array,
  positions: readonly FilePosition[],
): Buffer {
  const places = JSON.stringify(
    positions.map(({ key, path, offset }) => ({ key: key.toWellFormed(), path: path.toWellFormed(), offset })),
  );
  return Buffer.from(
    `{"_batch":${batch},"rows":${rows},"bytes":${bytes.length},"crc":${checksum(bytes, batch, places)},"positions":${places}}\n`,
  );
}

/** The marker that `line` is, or null. Whether it fits the rows before it is for {@link fits} to say. */
export function readMarker(line: Buffer): Marker | null {
  if (line.compare(markerPrefix, 0, markerPrefix.length, 0, markerPrefix.length) !== 0) return null;
  try {
    const marker = JSON.parse(line.toString('utf8')) as Marker;
    const whole = [marker._batch, marker.rows, marker.bytes, marker.crc].every(
      (n) => Number.isSafeInteger(n) && n >= 0,
    );
    return whole && Array.isArray(marker.positions) ? marker : null;
  } catch {
    return null;
  }
}

export function fits(marker: Marker, rows: Uint8Array): boolean {
  return marker.bytes === rows.length && marker.crc === checksum(rows, marker._batch, JSON.stringify(marker.positions));
}

/** Over the rows, the batch number and the positions: a flipped bit in any of them shows. */
function checksum(rows: Uint8Array, batch: number, positions: string): number {
  return crc32(`${batch}${positions}`, crc32(rows));
}
