import { type EventRow, rowColumns } from '../row.ts';
import type { Row } from './engine.ts';

/** The row with its integers as numbers. */
export function toEventRow(row: Row): EventRow {
  for (const [name, value] of Object.entries(row)) if (typeof value === 'bigint') row[name] = Number(value);
  const whole: object = row;
  if (!isEventRow(whole)) throw new Error('a row of events without its columns');
  return whole;
}

/** A row with all its columns: their types are the table's. */
function isEventRow(row: object): row is EventRow {
  return rowColumns.every(({ name }) => name in row);
}

/** By time, then by id. */
export function newestFirst(a: Pick<EventRow, 'time' | 'id'>, b: Pick<EventRow, 'time' | 'id'>): number {
  return b.time - a.time || (a.id < b.id ? 1 : a.id > b.id ? -1 : 0);
}
