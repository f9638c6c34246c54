import type { EventRow } from './row.ts';

/*
 * Reading history for the detection engine: spans of event time, one after the other, as columns. Plain data throughout:
 * requests and answers cross threads.
 */

/** Events of [from, to), about `rows` of them when it was asked. Epoch ms. */
export interface HistorySpan {
  from: number;
  to: number;
  rows: number;
}

/**
 * A condition over the columns as they are stored (see {@link EventRow}: `message` is null where it is a part of `raw`).
 * Each is either true or false; a comparison with null is false.
 */
export type EventCondition =
  /** All hold; with none: true. */
  | { op: 'all'; of: readonly EventCondition[] }
  /** At least one holds; with none: false. */
  | { op: 'any'; of: readonly EventCondition[] }
  | { op: 'not'; of: EventCondition }
  | { op: 'null'; column: keyof EventRow }
  /**
   * A text column is one of the values, or holds, begins or ends with one. `fold`: the column is taken in lower case,
   * letter by letter, with `ſ` as `s`; the values must be lower case ASCII then.
   */
  | {
      op: 'equals' | 'contains' | 'startswith' | 'endswith';
      column: TextColumn;
      values: readonly string[];
      fold: boolean;
    }
  /** An integer column is one of the values. */
  | { op: 'number'; column: IntegerColumn; values: readonly number[] }
  | { op: 'compare'; column: IntegerColumn; relation: 'lt' | 'lte' | 'gt' | 'gte'; value: number };

export type TextColumn =
  | 'source'
  | 'source_type'
  | 'format'
  | 'host'
  | 'program'
  | 'facility'
  | 'level'
  | 'event_type'
  | 'outcome'
  | 'severity'
  | 'src_ip'
  | 'dst_ip'
  | 'protocol'
  | 'user'
  | 'message'
  | 'raw';
export type IntegerColumn = 'pid' | 'src_port' | 'dst_port';

export interface ColumnRequest {
  /** Event time, epoch ms, from inclusive, to exclusive. */
  from: number;
  to: number;
  /** Null: all. */
  where: EventCondition | null;
  /** What is wanted of each event besides `id`, `time` and `received_at`, which always come. */
  columns: readonly (keyof EventRow)[];
  /** Where `fields` is wanted: of which events. JSON is dear to read. Absent: of all. */
  fieldsWhere?: EventCondition | undefined;
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
