import type { EventJson } from '../../../model/index.ts';
import { type EventRow, rowColumns, rowToJson } from '../row.ts';
import type { Row } from './engine.ts';

/** The row with its integers as numbers. Hot: once for each event of an export. */
export function toEventRow(row: Row): EventRow {
  for (const { name, kind } of rowColumns) {
    const value = row[name];
    if (value === undefined) throw new Error('a row of events without its columns');
    if (kind === 'integer' && value !== null) row[name] = Number(value);
  }
  return row as object as EventRow;
}

/** An event whose texts are cut where they are very long. */
export interface BriefRow extends EventRow {
  raw_cut: boolean;
  message_cut: boolean;
  fields_cut: boolean;
  /** Of `raw`, `message` and `fields` as they are stored. */
  bytes: number;
}

export function toBriefRow(row: Row): BriefRow {
  const brief = toEventRow(row) as BriefRow;
  const [raw, message, fields] = [row.raw_bytes, row.message_bytes, row.fields_bytes].map(Number) as [
    number,
    number,
    number,
  ];
  brief.raw_cut = isShorter(brief.raw, raw);
  brief.message_cut = isShorter(brief.message, message);
  brief.fields_cut = brief.fields === null && fields > 0;
  brief.bytes = raw + message + fields;
  return brief;
}

/** The text is not all of the so many bytes that are stored. */
const isShorter = (text: string | null, bytes: number): boolean =>
  text !== null && text.length < bytes && Buffer.byteLength(text) < bytes;

export const isCut = (row: BriefRow): boolean => row.raw_cut || row.message_cut || row.fields_cut;

/** The event of a brief row; what was cut says so, and where the whole is. */
export function briefToJson(row: BriefRow): EventJson {
  const event = rowToJson(row);
  if (!isCut(row)) return event;
  const mark = `… (cut: the event has ${row.bytes} bytes, GET /api/events/${row.id} has them all)`;
  const isMessageCut = row.message === null ? (row.message_length ?? 0) > event.message.length : row.message_cut;
  if (row.raw_cut) event.raw += mark;
  if (isMessageCut) event.message += mark;
  if (row.fields_cut) event.fields = { left_out: mark };
  return event;
}

/** By time, then by id. */
export function newestFirst(a: Pick<EventRow, 'time' | 'id'>, b: Pick<EventRow, 'time' | 'id'>): number {
  return b.time - a.time || (a.id < b.id ? 1 : a.id > b.id ? -1 : 0);
}
