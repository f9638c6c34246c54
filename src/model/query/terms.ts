import { canonicalAddress, isNetwork } from '../address.ts';
import { severities, severityRank } from '../enumerations.ts';
import { readSeverity } from '../views/phosor.ts';
import { type FieldKind, writtenField } from './fields.ts';
import type { Comparison } from './lex.ts';
import type { Query, QueryField, QueryOperator, Span } from './types.ts';
import { wildcardValue } from './wildcard.ts';

/** How a value was written. */
export type ValueForm = { kind: 'word'; parts: readonly string[] } | { kind: 'phrase'; value: string };

interface Target {
  field: string;
  kind: FieldKind | 'open';
}

/** The condition that a field and a value make, or the sentence that says why they make none. */
export function fieldTerm(target: Target, compare: Comparison | null, form: ValueForm, at: Span): Query | string {
  const { field, kind } = target;
  const parts = form.kind === 'word' ? form.parts : [form.value];
  const term = (op: QueryOperator, value: string): QueryField => ({ type: 'field', field, op, value, at });
  const shown = writtenField(field);
  if (compare !== null) return compared(target, compare, parts, term);
  if (parts.length > 1 && parts.every((part) => part === '')) return term('exists', '');
  const value = parts[0] as string;
  if (parts.length === 1 && value === '') return { type: 'not', of: term('exists', '') };
  if (kind === 'number') return number(shown, parts) ?? term('is', String(Number(value)));
  if (kind === 'severity') {
    if (parts.length > 1) return `Write a whole severity behind "${shown}:": ${severities.join(', ')}.`;
    const severity = readSeverity(value);
    return severity === undefined ? unknownSeverity(value) : term('is', severity);
  }
  if (parts.length > 1) return wildcards(kind, parts, term);
  if (kind === 'text') return term('contains', value);
  if (form.kind === 'word' && value.includes('/') && mayBeNetwork(target)) {
    if (isNetwork(value)) return term('cidr', canonicalNetwork(value));
    if (kind === 'address') {
      return `"${value}" is no network. Write an address and the length of its prefix: ${shown}:203.0.113.0/24.`;
    }
  }
  return term('is', kind === 'address' ? (canonicalAddress(value) ?? value) : value);
}

function canonicalNetwork(text: string): string {
  const slash = text.indexOf('/');
  return `${canonicalAddress(text.slice(0, slash)) ?? text.slice(0, slash)}${text.slice(slash)}`;
}

/** Fields that may hold an address. */
export const mayBeNetwork = ({ field, kind }: Target): boolean =>
  kind === 'address' || kind === 'open' || field === 'host';

function wildcards(
  kind: Target['kind'],
  parts: readonly string[],
  term: (op: QueryOperator, value: string) => QueryField,
): Query {
  const inner = parts.filter((part) => part !== '');
  const starts = parts[0] === '';
  const ends = parts.at(-1) === '';
  if (inner.length === 1) {
    const value = inner[0] as string;
    if ((starts && ends) || kind === 'text') return term('contains', value);
    return term(starts ? 'endswith' : 'startswith', value);
  }
  const open = kind === 'text';
  return term('wildcard', wildcardValue([...(starts || open ? [''] : []), ...inner, ...(ends || open ? [''] : [])]));
}

const digits = /^-?\d{1,15}(?:\.\d{1,6})?$/;

function number(shown: string, parts: readonly string[]): string | null {
  if (parts.length === 1 && digits.test(parts[0] as string)) return null;
  const [, least, most] = /^\[?(\d{1,15})(?:-|\.\.|$)(\d{0,15})$/.exec(parts.join('*')) ?? [];
  if (least !== undefined) return `Write a range of "${shown}" as ${shown}:(>=${least} AND <=${most || '…'}).`;
  return `"${shown}" is a number. Write ${shown}:22, ${shown}>=1024, or ${shown}:* for any.`;
}

const unknownSeverity = (value: string): string =>
  `"${value}" is no severity. Write one of ${severities.join(', ')}, or severity>=high for several.`;

function compared(
  { field, kind }: Target,
  compare: Comparison,
  parts: readonly string[],
  term: (op: QueryOperator, value: string) => QueryField,
): Query | string {
  const value = parts.join('*');
  const shown = writtenField(field);
  if (kind === 'severity') {
    const severity = readSeverity(value);
    return severity === undefined ? unknownSeverity(value) : term(compare, severity);
  }
  if (kind !== 'number' && kind !== 'open') {
    return `"${shown}" has no order. Write ${shown}:${value === '' ? '…' : value}, or put the text in quotation marks.`;
  }
  if (parts.length === 1 && digits.test(value)) return term(compare, String(Number(value)));
  return `Write a number to compare "${shown}" with: ${shown}>=1024. Or put the text in quotation marks to search for it.`;
}

/** The severities that a comparison lets through. */
export function severitiesThat(op: Comparison, value: string): readonly string[] {
  const rank = severityRank[value as keyof typeof severityRank];
  return severities.filter((severity) => fits(op, severityRank[severity], rank));
}

export function fits(op: Comparison, left: number, right: number): boolean {
  switch (op) {
    case 'gt':
      return left > right;
    case 'gte':
      return left >= right;
    case 'lt':
      return left < right;
    case 'lte':
      return left <= right;
  }
}
