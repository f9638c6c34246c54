import { networkTest } from '../address.ts';
import { severityRank } from '../enumerations.ts';
import type { Event, EventJson, FieldValue } from '../event.ts';
import { fits } from './terms.ts';
import type { Query, QueryField } from './types.ts';
import { matchesWildcard, wildcardParts } from './wildcard.ts';

/** The same query for many events: comparisons are prepared once. What every store's answer is measured by. */
export function queryTest(query: Query): (event: Event | EventJson) => boolean {
  switch (query.type) {
    case 'text': {
      const wanted = query.value.toLowerCase();
      return (event) => event.raw.toLowerCase().includes(wanted);
    }
    case 'not': {
      const test = queryTest(query.of);
      return (event) => !test(event);
    }
    case 'all': {
      const tests = query.of.map(queryTest);
      return (event) => tests.every((test) => test(event));
    }
    case 'any': {
      const tests = query.of.map(queryTest);
      return (event) => tests.some((test) => test(event));
    }
    case 'field': {
      const test = valueTest(query);
      return (event) => holds(fieldValue(event, query.field), test);
    }
  }
}

export const matchesQuery = (query: Query, event: Event | EventJson): boolean => queryTest(query)(event);

/** The value of a query's field; undefined where the event has none. */
export function fieldValue(event: Event | EventJson, field: string): FieldValue | undefined {
  const dot = field.indexOf('.');
  if (dot < 0) return Object.hasOwn(event, field) ? (event as Record<string, FieldValue>)[field] : undefined;
  const path = field.slice(dot + 1);
  const start = field.slice(0, dot);
  const value = (event as Record<string, FieldValue>)[start];
  return start === 'fields' || start === 'geo' || start === 'intel' || start === 'score' ? at(value, path) : undefined;
}

/** A key is taken as it is before its dots are read as a path. */
function at(value: FieldValue | undefined, path: string): FieldValue | undefined {
  if (value === null || value === undefined || typeof value !== 'object' || Array.isArray(value)) return undefined;
  if (Object.hasOwn(value, path)) return value[path];
  const dot = path.indexOf('.');
  if (dot < 0) return undefined;
  const key = path.slice(0, dot);
  return Object.hasOwn(value, key) ? at(value[key], path.slice(dot + 1)) : undefined;
}

function holds(value: FieldValue | undefined, test: (value: string) => boolean): boolean {
  if (value === null || value === undefined || value === '') return false;
  if (Array.isArray(value)) return value.some((item) => holds(item, test));
  return test(typeof value === 'object' ? JSON.stringify(value) : String(value));
}

function valueTest({ field, op, value }: QueryField): (value: string) => boolean {
  const wanted = value.toLowerCase();
  switch (op) {
    case 'exists':
      return () => true;
    case 'is':
      return (text) => text.toLowerCase() === wanted;
    case 'contains':
      return (text) => text.toLowerCase().includes(wanted);
    case 'startswith':
      return (text) => text.toLowerCase().startsWith(wanted);
    case 'endswith':
      return (text) => text.toLowerCase().endsWith(wanted);
    case 'wildcard': {
      const parts = wildcardParts(wanted);
      return (text) => matchesWildcard(text.toLowerCase(), parts);
    }
    case 'cidr':
      return networkTest(value) ?? (() => false);
    default: {
      const rank = (text: string): number =>
        field === 'severity' ? (severityRank[text as keyof typeof severityRank] ?? Number.NaN) : numberOf(text);
      const right = rank(value);
      return (text) => fits(op, rank(text), right);
    }
  }
}

const numberOf = (text: string): number => (text.trim() === '' ? Number.NaN : Number(text));
