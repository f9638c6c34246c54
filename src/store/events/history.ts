import type { EventCondition, IntegerColumn, TextColumn } from '../../model/index.ts';
import type { EventRow } from './row.ts';

export type { EventCondition, IntegerColumn, TextColumn } from '../../model/index.ts';

/*
 * Reading history for the detection engine: spans of event time, one after the other, as columns. Plain data throughout:
 * requests and answers cross threads.
 */

/** Events of [from, to), `rows` of them when it was asked, of which `fitting` fit the condition. Epoch ms. */
export interface HistorySpan {
  from: number;
  to: number;
  rows: number;
  fitting: number;
}

export interface ColumnRequest {
  /** Event time, epoch ms, from inclusive, to exclusive. */
  from: number;
  to: number;
  /** Null: all. */
  where: EventCondition | null;
  /** What is wanted of each event besides `id`, `time` and `received_at`, which always come. */
  columns: readonly (keyof EventRow)[];
  /** `id` comes only where it is asked for: it is the dearest of all columns, a different one in each row. */
  withoutIds?: boolean | undefined;
  /** Where `fields` is wanted: of which events. JSON is dear to read. Absent: of all. */
  fieldsWhere?: EventCondition | undefined;
  /**
   * Of messages only so many first characters are wanted. `raw` and `message` may then end behind them, and `raw` is there for
   * the message alone.
   */
  messageStart?: number | undefined;
}

/** Asks for the values of a column of which many events come within a while. */
export interface CrowdRequest {
  /** Event time, epoch ms, from inclusive, to exclusive. */
  from: number;
  to: number;
  where: EventCondition | null;
  by: TextColumn | IntegerColumn;
  /** IPv6 addresses are counted together and told as `:`. */
  oneIpv6?: boolean;
  /** So many events within so long. */
  min: number;
  windowMs: number;
  /** And so many different values of this column among them, none counting as one. */
  differing?: { column: TextColumn | IntegerColumn; min: number } | undefined;
  /** So many values are told. */
  limit: number;
}

/** Events in columns, in no order; `order` says in which order they came: compare time first, then this. */
export interface EventColumns {
  rows: number;
  order: Float64Array;
  numbers: Partial<Record<keyof EventRow, Float64Array>>;
  texts: Partial<Record<keyof EventRow, TextValues>>;
}

/** The values' UTF-8 bytes in a row, and the length of each in bytes; -1: null. */
export interface TextValues {
  bytes: Uint8Array;
  lengths: Int32Array;
}
