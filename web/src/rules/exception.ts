import type { AlertDetail, EventJson } from '../api/types.ts';
import { fieldText } from '../ui/format.ts';

/** A field with the values that an exception may be about. */
export interface Candidate {
  field: string;
  values: string[];
  /** It is what the alert is about: chosen from the start. */
  chosen: boolean;
  grouped: boolean;
}

const columns = ['source', 'src_ip', 'user', 'host', 'program', 'dst_ip', 'dst_port'] as const;
/** A field with more values than this tells nothing apart. */
const mostValues = 10;

const columnOf = (event: EventJson, field: (typeof columns)[number]): string | null => {
  const value: unknown = event[field];
  return value === null || value === undefined || value === '' ? null : fieldText(value);
};

/** What redaction puts in place of a value: it stands for every value that was masked, so it tells nothing apart. */
const masked = /\[(?:[A-Z]+-)?REDACTED\]|\[INTERNAL-IP\]/;

/** What an alert offers: its group, chosen, then where its events come from and whom they are about. */
export function candidatesOf(alert: Pick<AlertDetail, 'group' | 'events'>): Candidate[] {
  const found: Candidate[] = Object.entries(alert.group)
    .filter(([, value]) => !masked.test(value))
    .map(([field, value]) => ({ field, values: [value], chosen: true, grouped: true }));
  for (const field of columns) {
    if (found.some((candidate) => candidate.field === field)) continue;
    const values = [...new Set(alert.events.map((event) => columnOf(event, field)))].filter((value) => value !== null);
    if (values.some((value) => masked.test(value))) continue;
    if (values.length > 0 && values.length <= mostValues) found.push({ field, values, chosen: false, grouped: false });
  }
  return found;
}

/** In Sigma a backslash, an asterisk and a question mark have a meaning: a value that was seen is meant as it is. */
export const literal = (text: string): string => text.replace(/[\\*?]/g, '\\$&');

/** A row of the form: what was seen stands for itself, what was typed may hold wildcards. */
export interface Row {
  key: number;
  field: string;
  values: string[];
  chosen: boolean;
  typed: boolean;
  grouped: boolean;
}

/** Field → value or values; rows of the same field are alternatives. */
export function selectionOf(rows: readonly Row[]): Record<string, string | string[]> {
  const fields = new Map<string, string[]>();
  for (const { field, values, chosen, typed } of rows) {
    const name = field.trim();
    const wanted = values
      .filter((value) => value.trim() !== '')
      .map((value) => (typed ? value.trim() : literal(value)));
    if (!chosen || name === '' || wanted.length === 0) continue;
    fields.set(name, [...new Set([...(fields.get(name) ?? []), ...wanted])]);
  }
  return Object.fromEntries(
    [...fields].map(([field, values]) => [field, values.length === 1 ? (values[0] ?? '') : values]),
  );
}

/** The value, where the exception is about exactly one of the things that the rule counts by: it can be counted then. */
export function entityOf(rows: readonly Row[]): string | null {
  const [only, ...others] = rows.filter(({ chosen, values }) => chosen && values.some((value) => value !== ''));
  return only?.grouped && others.length === 0 ? (only.values[0] ?? null) : null;
}

/** What a selection says, to be read: each field with its values. */
export function selectionParts(selection: Readonly<Record<string, unknown>>): { field: string; text: string }[] {
  return Object.entries(selection).map(([field, value]) => ({
    field,
    text: Array.isArray(value) ? value.map(fieldText).join(' or ') : fieldText(value),
  }));
}
