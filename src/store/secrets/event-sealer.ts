import { createHmac } from 'node:crypto';
import { concealValue, type Event, type EventJson, type FieldValue } from '../../model/index.ts';
import { decryptFernet, encryptFernet, FernetError, type FernetKey } from './fernet.ts';

/** Where an event keeps what was taken out of it: marker → Fernet token. */
export const sealedField = 'phosor_sealed';

/** Stands before the value inside a token: no other secret's token can be put into an event and opened there. */
const purpose = 'phosor event field\n';

/** Values whose tokens are remembered: the same value gets the same token for a while, which costs less room and time. */
const remembered = 10_000;

/** A text may not grow by more: it is taken out as a whole then. Somebody who repeats a short name must not fill the disk. */
const mostGrowth = 65_536;

interface SealedValue {
  value: string;
  marker: string;
  token: string;
}

/** Takes the values of chosen fields out of events: a marker stands in their place, the sealed value goes along. */
export class EventSealer {
  readonly #paths: readonly string[][];
  readonly #key: FernetKey;
  readonly #now: () => number;
  #known = new Map<string, SealedValue>();

  /** @param fields `user` or `fields.name` */
  constructor(fields: readonly string[], key: FernetKey, now: () => number) {
    this.#paths = fields.map((field) => field.split('.'));
    this.#key = { signing: Buffer.from(key.signing), encryption: Buffer.from(key.encryption) };
    this.#now = now;
  }

  /** What is to be taken out of an event; null: nothing. The event stays as it is. */
  find(event: Event): Concealment | null {
    let found: Map<string, SealedValue> | null = null;
    for (const [first, ...rest] of this.#paths) {
      for (const value of leavesOf(first === 'user' ? event.user : at(event.fields, rest))) {
        if (value === '') continue;
        found ??= new Map();
        found.set(value, this.#sealed(value));
      }
    }
    return found === null ? null : new Concealment([...found.values()], (value) => this.#make(value));
  }

  #sealed(value: string): SealedValue {
    let known = this.#known.get(value);
    if (known === undefined) {
      if (this.#known.size >= remembered) this.#known = new Map();
      known = this.#make(value);
      this.#known.set(value, known);
    }
    return known;
  }

  #make(value: string): SealedValue {
    const token = encryptFernet(this.#key, purpose + value, this.#now() / 1000);
    return { value, marker: markerOf(this.#key, value), token };
  }
}

/** The values that are taken out of one event. */
export class Concealment {
  readonly #whole = new Map<string, SealedValue>();
  /** What is looked for in texts, quoted forms as well → marker. */
  readonly #forms = new Map<string, string>();
  readonly #finder: RegExp | null;
  readonly #seal: (value: string) => SealedValue;

  constructor(values: readonly SealedValue[], seal: (value: string) => SealedValue) {
    this.#seal = seal;
    for (const value of values) this.#whole.set(value.value, value);
    for (const { value, marker } of values) {
      // One sign says nothing, and stands everywhere.
      if (value.length < 2 || !/[\p{L}\p{N}]/u.test(value)) continue;
      this.#forms.set(value, marker);
      const quoted = JSON.stringify(value).slice(1, -1);
      if (!this.#forms.has(quoted)) this.#forms.set(quoted, marker);
    }
    // One may be a part of another: the longest first.
    const texts = [...this.#forms.keys()].sort((a, b) => b.length - a.length);
    this.#finder = texts.length === 0 ? null : finder(texts);
  }

  /** A text with markers in the place of the values, wherever they stand by themselves. */
  readonly conceal = (text: string): string => {
    const whole = this.#whole.get(text);
    if (whole !== undefined) return whole.marker;
    const concealed =
      this.#finder === null ? text : text.replace(this.#finder, (found) => this.#forms.get(found) ?? found);
    if (concealed.length <= text.length + mostGrowth) return concealed;
    const sealed = this.#seal(text);
    this.#whole.set(text, sealed);
    return sealed.marker;
  };

  /** Takes them out of the event: of its texts and of all that parsers found. */
  apply(event: Event): void {
    const { conceal } = this;
    event.raw = conceal(event.raw);
    event.message = conceal(event.message);
    if (event.user !== null) event.user = conceal(event.user);
    if (event.program !== null) event.program = conceal(event.program);
    event.fields = concealValue(event.fields, conceal) as Record<string, FieldValue>;
    event.fields[sealedField] = Object.fromEntries(
      [...this.#whole.values()].map(({ marker, token }) => [marker, token]),
    );
  }
}

/**
 * What stands behind the markers of an event, with the event as it was.
 *
 * @returns null where nothing was taken out of it; markers whose token no key opens are left out of `values`
 */
export function openEvent(
  event: EventJson,
  keys: readonly FernetKey[],
): { values: Record<string, string>; unreadable: number; event: EventJson } | null {
  const sealed = event.fields[sealedField];
  if (sealed === undefined || sealed === null || typeof sealed !== 'object' || Array.isArray(sealed)) return null;
  const values: Record<string, string> = {};
  let unreadable = 0;
  for (const [marker, token] of Object.entries(sealed)) {
    const value = typeof token === 'string' ? openToken(token, keys) : null;
    if (value === null) unreadable += 1;
    else values[marker] = value;
  }
  const { [sealedField]: _, ...fields } = event.fields;
  const plain = (text: string): string => text.replace(markers, (marker) => values[marker] ?? marker);
  const { raw, message, user, program } = event;
  return {
    values,
    unreadable,
    event: { ...event, ...(concealValue({ raw, message, user, program, fields }, plain) as Partial<EventJson>) },
  };
}

function openToken(token: string, keys: readonly FernetKey[]): string | null {
  for (const key of keys) {
    try {
      const text = decryptFernet(key, token);
      return text.startsWith(purpose) ? text.slice(purpose.length) : null;
    } catch (error) {
      if (!(error instanceof FernetError)) throw error;
    }
  }
  return null;
}

const markers = /sealed-[0-9a-f]{16}/g;

/** What stands for a value: the same for the same value under the same key, and nothing about the value to others. */
export function markerOf(key: FernetKey, value: string): string {
  const own = createHmac('sha256', key.signing).update('phosor event markers').digest();
  return `sealed-${createHmac('sha256', own).update(value).digest('hex').slice(0, 16)}`;
}

/** An own property, however deep. */
function at(fields: Record<string, FieldValue>, path: readonly string[]): FieldValue {
  const whole = path.join('.');
  if (Object.hasOwn(fields, whole)) return fields[whole] ?? null;
  let value: FieldValue = fields;
  for (const name of path) {
    if (value === null || typeof value !== 'object' || Array.isArray(value) || !Object.hasOwn(value, name)) return null;
    value = value[name] ?? null;
  }
  return value;
}

function leavesOf(value: FieldValue): string[] {
  if (typeof value === 'string') return [value];
  if (typeof value === 'number') return [String(value)];
  if (value === null || typeof value !== 'object') return [];
  return Object.values(value).flatMap(leavesOf);
}

const isWord = (char: string | undefined): boolean => char !== undefined && /[\p{L}\p{N}_]/u.test(char);

/** Finds texts where they are no part of a longer word: `bob` in `user=bob`, not in `bobby`. Linear: there is nothing to try again. */
const finder = (texts: Iterable<string>): RegExp =>
  new RegExp(
    [...texts]
      .map((text) => {
        const literal = text.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&');
        return `${isWord(text[0]) ? '(?<![\\p{L}\\p{N}_])' : ''}${literal}${isWord(text.at(-1)) ? '(?![\\p{L}\\p{N}_])' : ''}`;
      })
      .join('|'),
    'gu',
  );
