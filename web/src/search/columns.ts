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
  time: '11rem',
  received_at: '11rem',
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

const narrowWidths: Readonly<Record<string, string>> = { time: '8rem', received_at: '8rem', severity: '1.75rem' };

/** Wider than a letter of the table is, px of a root of 14 px. */
const letter = 7.7;

/** Whether a text fits its column for sure. What does needs no clipping, which costs the browser most of a row. */
export function fits(column: string, text: string): boolean {
  if (column === 'time' || column === 'received_at' || column === 'severity') return true;
  const width = widths[column];
  // Letters of other scripts may be wider.
  return width !== undefined && /^[ -~]*$/.test(text) && text.length * letter + 10 <= Number.parseFloat(width) * 14;
}

/** The grid of the table: long text takes what is left. */
export function gridOf(columns: readonly string[], narrow: boolean): string {
  const own = narrow ? { ...widths, ...narrowWidths } : widths;
  return columns
    .map((column) => {
      const kind = fieldInfo(readField(column).field)?.kind;
      return kind === 'text' ? `minmax(${narrow ? 14 : 22}rem, 1fr)` : (own[column] ?? 'minmax(8rem, 14rem)');
    })
    .join(' ');
}

/** Kind of an entity page for a field's values; null: there is none. */
export function entityKind(field: string): 'address' | 'user' | 'host' | null {
  if (field === 'src_ip' || field === 'dst_ip') return 'address';
  return field === 'user' || field === 'host' ? field : null;
}
