import type { Event, FieldValue } from '../../model/index.ts';
import type { FieldSource, FieldSources } from '../form.ts';
import { isFlat, mayHave } from './names.ts';

type Accessor = (event: Event) => FieldValue | undefined;
type Resolve = (path: string) => Accessor;
/** Bits of the names at the top of an event's fields; null: it is not about those alone. */
type NamesIn = (path: string) => number | null;

/** Beyond this, the rest of a command line is no longer looked at for its program. */
const longestProgram = 4096;

/**
 * Reads a field that a mapping gives several places: under its own name (unless the sources name it), below one of the
 * prefixes, else the first of the sources that has something.
 */
export function mappedAccessor(path: string, from: FieldSources, resolve: Resolve, namesIn: NamesIn): Accessor {
  // Where the mapping itself says what becomes of the field's own name, that is not asked first.
  const isRenamed = from.sources.some((source) => mentions(source, path));
  const own: Accessor = isRenamed ? () => undefined : resolve(path);
  const inEnvelope = from.prefixes.length === 0 ? null : envelopeAccessor(path, from.prefixes);
  const others = from.sources.map((source) => sourceAccessor(source, resolve));
  // Most fields are in few events: of a flat one, what lies deeper is not looked for.
  const shallow = others.filter((_, i) => !isDeep(from.sources[i] as FieldSource));
  const inDepth = (event: Event, value: FieldValue | undefined): FieldValue | undefined => {
    const inside = inEnvelope?.(event);
    if (isSomething(inside)) return inside;
    // What the sender wrote without a value is still there.
    return firstOf(others, event) ?? value ?? inside;
  };
  const isOnTop = shallow.length === 0;
  const names = allNames([path, ...from.sources.flatMap(placesIn)], namesIn);
  if (!isRenamed && /^\w+$/.test(path)) {
    // The usual case without a call in between: it is asked for every event and every field.
    return (event) => {
      // In a flat event that has none of the names there is nothing to find.
      if (names !== null && isFlat(event) && !mayHave(event, names)) return undefined;
      const { fields } = event;
      const found = fields[path];
      const value = found !== undefined && Object.hasOwn(fields, path) ? found : undefined;
      if (isSomething(value)) return value;
      if (!isFlat(event)) return inDepth(event, value);
      return isOnTop ? value : (firstOf(shallow, event) ?? value);
    };
  }
  return (event) => {
    if (names !== null && isFlat(event) && !mayHave(event, names)) return undefined;
    const value = own(event);
    if (isSomething(value)) return value;
    if (!isFlat(event)) return inDepth(event, value);
    return isOnTop ? value : (firstOf(shallow, event) ?? value);
  };
}

function allNames(paths: readonly string[], namesIn: NamesIn): number | null {
  let all = 0;
  for (const path of paths) {
    const names = namesIn(path);
    if (names === null) return null;
    all |= names;
  }
  return all;
}

/** The fields that a source is read or made from. */
export function placesIn(source: FieldSource): string[] {
  if (typeof source === 'string') return [source];
  if ('any' in source) return source.any.flatMap(placesIn);
  if ('join' in source) return [...source.join];
  if ('program' in source) return [source.program];
  return 'extension' in source ? [source.extension] : [source.of];
}

function firstOf(accessors: readonly Accessor[], event: Event): FieldValue | undefined {
  for (const read of accessors) {
    const found = read(event);
    if (isSomething(found)) return found;
  }
  return undefined;
}

/** A path into `fields`, which leads nowhere in a flat event. */
const isDeep = (source: FieldSource): boolean =>
  typeof source === 'string' && source.includes('.') && !/^(?:fields|geo|intel|score|logsource)\./.test(source);

const mentions = (source: FieldSource, path: string): boolean =>
  typeof source === 'string' ? source === path : 'any' in source && source.any.some((one) => mentions(one, path));

const isSomething = (value: FieldValue | undefined): boolean => value !== undefined && value !== null && value !== '';

function sourceAccessor(source: FieldSource, resolve: Resolve): Accessor {
  if (typeof source === 'string') return resolve(source);
  if ('any' in source) return anyOf(source.any.map((one) => sourceAccessor(one, resolve)));
  if ('join' in source) return joined(source.join.map(resolve), source.with);
  if ('program' in source) return textThen(resolve(source.program), programOf);
  if ('extension' in source) return textThen(resolve(source.extension), extensionOf);
  const { table } = source;
  return textThen(resolve(source.of), (text) => (Object.hasOwn(table, text) ? table[text] : undefined));
}

function anyOf(accessors: readonly Accessor[]): Accessor {
  return (event) => {
    const found: FieldValue[] = [];
    for (const read of accessors) {
      const value = read(event);
      if (Array.isArray(value)) found.push(...value);
      else if (isSomething(value)) found.push(value as FieldValue);
    }
    return found.length === 0 ? undefined : found;
  };
}

function joined(accessors: readonly Accessor[], between: string): Accessor {
  return (event) => {
    let text: string | undefined;
    for (const read of accessors) {
      const value = read(event);
      if (typeof value !== 'string' && typeof value !== 'number') continue;
      text = text === undefined ? String(value) : `${text}${between}${value}`;
    }
    return text;
  };
}

function textThen(read: Accessor, make: (text: string) => FieldValue | undefined): Accessor {
  return (event) => {
    const value = read(event);
    return typeof value === 'string' && value !== '' ? make(value) : undefined;
  };
}

/** The program of a command line. A bare name stands as `/name`: rules ask for the end of a path. */
function programOf(command: string): string | undefined {
  const word = /^\s*(?:[A-Za-z_]\w*=\S*\s+)*(?:"([^"]+)"|(\S+))/.exec(command.slice(0, longestProgram));
  const program = word?.[1] ?? word?.[2];
  if (program === undefined) return undefined;
  return /[\\/]/.test(program) ? program : `/${program}`;
}

function extensionOf(path: string): string | undefined {
  const dot = path.lastIndexOf('.');
  return dot > path.lastIndexOf('/') && dot < path.length - 1 ? path.slice(dot + 1) : undefined;
}

type FieldRecord = Readonly<Record<string, FieldValue>>;

/** Looks for the records that prefixes lead to once per event, however many fields are read below them. */
class Envelopes {
  readonly #paths: readonly string[][];
  #event: Event | null = null;
  #records: FieldRecord[] = [];

  constructor(prefixes: readonly string[]) {
    this.#paths = prefixes.map((prefix) => prefix.split('.'));
  }

  of(event: Event): readonly FieldRecord[] {
    if (this.#event === event) return this.#records;
    this.#event = event;
    this.#records = [];
    for (const path of this.#paths) this.#collect(event.fields, path, 0);
    return this.#records;
  }

  #collect(record: FieldRecord, path: readonly string[], from: number): void {
    if (from === path.length) {
      this.#records.push(record);
      return;
    }
    const name = path[from] as string;
    if (name === '*') {
      for (const value of Object.values(record)) this.#enter(value, path, from);
    } else if (Object.hasOwn(record, name)) this.#enter(record[name], path, from);
  }

  #enter(value: FieldValue | undefined, path: readonly string[], from: number): void {
    if (value !== null && typeof value === 'object' && !Array.isArray(value)) this.#collect(value, path, from + 1);
  }
}

const envelopes = new Map<string, Envelopes>();

function envelopeAccessor(path: string, prefixes: readonly string[]): Accessor {
  const key = prefixes.join(' ');
  let known = envelopes.get(key);
  if (known === undefined) {
    if (envelopes.size > 1000) envelopes.clear();
    known = new Envelopes(prefixes);
    envelopes.set(key, known);
  }
  const found = known;
  return (event) => {
    for (const record of found.of(event)) if (Object.hasOwn(record, path)) return record[path];
    return undefined;
  };
}
