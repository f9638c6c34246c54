import type { Batch } from './format.ts';

/** How much is held in memory while nothing can be written. Rows of files are always held: their reading is paused. */
export const heldBytesLimit = 32 * 1024 * 1024;

/**
 * What is left of a batch that cannot be written now. Rows whose sender waits are taken out and their senders refused:
 * they will send again. Rows of files stay, for their position has moved on. The others stay too, unless `filesOnly`:
 * then they are given up and counted.
 */
export function withholdAcknowledged(
  batch: Batch,
  filesOnly: boolean,
): { rest: Batch | null; refused: number[]; dropped: number } {
  const refused = batch.acks.map(({ ack }) => ack);
  if (refused.length === 0 && !filesOnly) return { rest: batch, refused, dropped: 0 };
  const refusedIds = new Set(batch.acks.flatMap(({ event_ids }) => event_ids));
  const bytes = Buffer.from(batch.bytes.buffer, batch.bytes.byteOffset, batch.bytes.length);
  const kept: Buffer[] = [];
  let dropped = 0;
  for (let at = 0; at < bytes.length; ) {
    const end = bytes.indexOf(10, at) + 1;
    const head = bytes.toString('latin1', at, Math.min(at + 160, end));
    if (refusedIds.has(head.slice(7, 43))) {
      // Its sender is told.
    } else if (filesOnly && !head.includes(',"source_type":"file",')) dropped += 1;
    else kept.push(bytes.subarray(at, end));
    at = end;
  }
  if (kept.length === 0 && batch.positions.length === 0) return { rest: null, refused, dropped };
  return { rest: { ...batch, bytes: Buffer.concat(kept), rows: kept.length, acks: [] }, refused, dropped };
}
