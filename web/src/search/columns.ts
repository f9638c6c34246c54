import { fieldInfo, fieldValue, readField } from '../../../src/model/query/index.ts';
import type { EventJson } from '../api/types.ts';
import { fieldText } from '../ui/format.ts';

/** What a column shows of an event, as text; null: nothing. */
export function cellText(event: EventJson, column: string): string | null {
  if (column === 'time' || column === 'received_at') return event[column];
  const value = fieldValue(event, readField(column).field);
  if (value === undefined || value === null || value === '') return null;
  if (Array.isArray(value) && value.length === 0) return null;
  return fieldText(value);
}

const widths: Readonly<Record<string, string>> = {
  time: '10.5rem',
  received_at: '10.5rem',
  severity: '5.25rem',
  level: '5.5rem',
  outcome: '5.5rem',
  src_port: '5rem',
  dst_port: '5rem',
  pid: '5rem',
  protocol: '5rem',
  user: '7rem',
  program: '6.5rem',
  host: '7.5rem',
  src_ip: '8.75rem',
  dst_ip: '8.75rem',
  event_type: '10rem',
  id: '20rem',
};

/** The grid of the table: long text takes what is left. */
export function gridOf(columns: readonly string[]): string {
  return columns
    .map((column) => {
      const kind = fieldInfo(readField(column).field)?.kind;
      return kind === 'text' ? 'minmax(22rem, 1fr)' : (widths[column] ?? 'minmax(8rem, 14rem)');
    })
    .join(' ');
}

/** Kind of an entity page for a field's values; null: there is none. */
export function entityKind(field: string): 'address' | 'user' | 'host' | null {
  if (field === 'src_ip' || field === 'dst_ip') return 'address';
  return field === 'user' || field === 'host' ? field : null;
}
