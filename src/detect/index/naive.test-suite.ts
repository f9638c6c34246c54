import { BlockList, isIP } from 'node:net';
import { RE2JS } from 're2js';
import type { Event, FieldValue } from '../../model/index.ts';
import type { Field, FieldSource, GlobToken, Node, Test } from '../form.ts';
import { accessor } from './field.ts';

const lower = (text: string) => text.toLowerCase().replaceAll('ſ', 's');

/** A column, a key of `fields` as it is written, or a path into it; an array on the way stands for each of its elements. */
function valueOf_(one: Event, path: string): FieldValue | undefined {
  if (path in one) return Reflect.get(one, path) as FieldValue;
  if (path.startsWith('logsource.')) return declared(one, path.slice(10));
  const own = path.startsWith('fields.') ? path.slice(7) : path;
  const found = walk(one.fields, own.split('.'));
  return found.length > 1 || Array.isArray(one.fields[own]) ? found : found[0];
}

function declared(one: Event, key: string): FieldValue | undefined {
  if (one.format !== 'raw' && one.format !== 'json') return undefined;
  const places = [one.fields[key], walk(one.fields.logsource, [key])[0]];
  return places.find((value) => typeof value === 'string' && value.trim() !== '');
}

function walk(value: FieldValue | undefined, parts: readonly string[]): FieldValue[] {
  if (Array.isArray(value)) return value.flatMap((element) => walk(element, parts));
  if (parts.length === 0) return value === undefined ? [] : [value];
  if (value === null || typeof value !== 'object') return [];
  for (let end = parts.length; end > 0; end -= 1) {
    const key = parts.slice(0, end).join('.');
    if (!Object.hasOwn(value, key)) continue;
    const found = walk(value[key], parts.slice(end));
    if (found.length > 0) return found;
  }
  return [];
}

const isSaid = (value: FieldValue | undefined): boolean => value !== undefined && value !== null && value !== '';

/** What a field holds: as it is called; where nothing stands there below a prefix; else in the first source that has it. */
function fieldOf(one: Event, { path, from }: Field): FieldValue | undefined {
  if (from === undefined) return valueOf_(one, path);
  const isNamed = (source: FieldSource): boolean =>
    source === path || (typeof source === 'object' && 'any' in source && source.any.some(isNamed));
  const own = from.sources.some(isNamed) ? undefined : valueOf_(one, path);
  if (isSaid(own)) return own;
  const records = from.prefixes.flatMap((prefix) => below(one.fields, prefix.split('.')));
  const inside = records.find((record) => Object.hasOwn(record, path))?.[path];
  if (isSaid(inside)) return inside;
  return from.sources.map((source) => made(one, source)).find(isSaid) ?? own ?? inside;
}

function below(record: Record<string, FieldValue>, path: readonly string[]): Record<string, FieldValue>[] {
  const [name, ...rest] = path;
  if (name === undefined) return [record];
  const next = name === '*' ? Object.values(record) : Object.hasOwn(record, name) ? [record[name]] : [];
  return next.flatMap((value) =>
    typeof value === 'object' && value !== null && !Array.isArray(value) ? below(value, rest) : [],
  );
}

function made(one: Event, source: FieldSource): FieldValue | undefined {
  if (typeof source === 'string') return valueOf_(one, source);
  if ('any' in source) {
    const values = source.any.map((each) => made(one, each)).filter(isSaid) as FieldValue[];
    return values.flat().length === 0 ? undefined : values.flat();
  }
  if ('join' in source) {
    const parts = source.join.map((path) => valueOf_(one, path));
    const texts = parts.filter((part) => typeof part === 'string' || typeof part === 'number');
    return texts.length === 0 ? undefined : texts.join(source.with);
  }
  if ('of' in source) {
    const value = valueOf_(one, source.of);
    return typeof value === 'string' ? new Map(Object.entries(source.table)).get(value) : undefined;
  }
  // Programs and extensions are cut out of a text in one way only: that is tested beside the mappings.
  return accessor({ view: 'event', path: '', from: { prefixes: [], sources: [source] } })(one);
}

/** The oracle: every rule on every event, no index, no folding table. Slow and obvious. */
export function naive(node: Node, one: Event): boolean {
  switch (node.kind) {
    case 'and':
      return node.children.every((child) => naive(child, one));
    case 'or':
      return node.children.some((child) => naive(child, one));
    case 'not':
      return !naive(node.child, one);
    case 'keyword':
      return naiveTest(node.test, wholeText(one), one);
    case 'leaf':
      // What was written is there, be it null; a column that holds null is not.
      if (node.test.op === 'exists' && !node.field.from && !(node.field.path in one))
        return node.test.value === (valueOf_(one, node.field.path) !== undefined);
      return naiveTest(node.test, fieldOf(one, node.field), one);
  }
}

function wholeText({ raw, message, fields }: Event): string {
  const values: string[] = [];
  JSON.stringify(fields, (_, value) => {
    if (typeof value === 'string') values.push(value);
    return value;
  });
  return [raw, message, ...(raw.includes('\\') ? values : [])].join('\n');
}

function naiveTest(wanted: Test, value: FieldValue | undefined, one: Event): boolean {
  const absent = value === undefined || value === null;
  if (wanted.op === 'exists') return wanted.value === !absent;
  if (wanted.op === 'null') return absent;
  const values = Array.isArray(value) ? value : [value ?? null];
  const texts = values.flatMap((v) => (v === null || typeof v === 'object' ? [] : [String(v)]));
  if (wanted.op === 'regex' && wanted.missing === 'empty' && texts.length === 0) texts.push('');
  return texts.some((text) => naiveText(wanted, text, one));
}

function naiveText(wanted: Test, text: string, one: Event): boolean {
  switch (wanted.op) {
    case 'equals':
    case 'contains':
    case 'startswith':
    case 'endswith': {
      const a = wanted.cased ? text : lower(text);
      const b = wanted.cased ? wanted.value : lower(wanted.value);
      if (wanted.op === 'equals') return a === b;
      return wanted.op === 'contains' ? a.includes(b) : wanted.op === 'startswith' ? a.startsWith(b) : a.endsWith(b);
    }
    case 'glob': {
      const part = (t: GlobToken) =>
        typeof t !== 'string' ? (t.any === 'many' ? '.*' : '.') : RegExp.escape(wanted.cased ? t : lower(t));
      return new RegExp(`^${wanted.tokens.map(part).join('')}$`, 'su').test(wanted.cased ? text : lower(text));
    }
    case 'regex':
      return regex(wanted.source, wanted.flags).test(text);
    case 'cidr': {
      const [address = '', bits = ''] = wanted.network.split('/');
      const family = isIP(address) === 6 ? 'ipv6' : 'ipv4';
      const list = new BlockList();
      list.addSubnet(address, bits === '' ? (family === 'ipv6' ? 128 : 32) : Number(bits), family);
      return isIP(text) !== 0 && list.check(text, isIP(text) === 6 ? 'ipv6' : 'ipv4');
    }
    case 'compare': {
      const n = text.trim() === '' ? Number.NaN : Number(text);
      return { lt: n < wanted.value, lte: n <= wanted.value, gt: n > wanted.value, gte: n >= wanted.value }[
        wanted.relation
      ];
    }
    case 'fieldref': {
      const other = fieldOf(one, wanted.other);
      const { relation: op, cased } = wanted;
      return (Array.isArray(other) ? other : [other]).some(
        (o) =>
          o !== undefined &&
          o !== null &&
          typeof o !== 'object' &&
          naiveText({ op, value: String(o), cased }, text, one),
      );
    }
    default:
      throw new Error(`the oracle does not know ${wanted.op}`);
  }
}

const regexes = new Map<string, RE2JS>();

/** Compiled once: thousands of rules over thousands of events would take hours otherwise. */
function regex(source: string, flags: string): RE2JS {
  const key = `${flags}/${source}`;
  const known = regexes.get(key);
  if (known) return known;
  let bits = 0;
  if (flags.includes('i')) bits |= RE2JS.CASE_INSENSITIVE;
  if (flags.includes('m')) bits |= RE2JS.MULTILINE;
  if (flags.includes('s')) bits |= RE2JS.DOTALL;
  const compiled = RE2JS.compile(source, bits);
  regexes.set(key, compiled);
  return compiled;
}
