import { type Event, type FieldValue, newEvent } from '../../model/index.ts';
import type { EventColumns, TextValues } from './history.ts';
import type { EventRow } from './row.ts';

type JsonColumn = 'tags' | 'redacted' | 'fields' | 'geo' | 'intel' | 'score';

/** What `message` takes to be read: where it is a part of the raw line, only the place is stored. */
export const messageColumns = ['message', 'message_at', 'message_length', 'raw'] as const satisfies (keyof EventRow)[];

/** Events that are made at a time: so few that those nobody keeps are gone before memory is tidied up. */
const batchSize = 512;

/** The events of columns, all at once: see {@link eventBatches}. */
export const eventsOf = (columns: EventColumns): Event[] => [...eventBatches(columns)].flat();

/**
 * The events of columns, by time and then in the order they came: as live saw them, but for what came late. Columns that
 * were not asked for are as in a fresh event.
 */
export function* eventBatches(columns: EventColumns): Generator<Event[]> {
  const { rows, numbers, texts } = columns;
  const times = numbers.time as Float64Array;
  const received = numbers.received_at as Float64Array;
  const order = placesInOrder(rows, times, columns.order);
  const readers = (Object.keys(texts) as (keyof EventRow)[])
    // A message that is stored by itself comes after the raw line, which sets it too.
    .sort((a, b) => Number(a === 'message') - Number(b === 'message'))
    .map(
      (name) => new TextReader(texts[name] as TextValues, setters[name] ?? ignore, repeating.has(name) ? places : 1),
    );
  const origin = { source: '', source_type: 'internal', peer: null, hint: null, identity: '' } as const;
  for (let from = 0; from < rows; from += batchSize) {
    const rowsNow = order.subarray(from, from + batchSize);
    const events: Event[] = [];
    for (const row of rowsNow) {
      const event = newEvent(origin, received[row] as number, '');
      event.time = times[row] as number;
      event.has_time = true;
      events.push(event);
    }
    for (const name of ['pid', 'src_port', 'dst_port'] as const) {
      const values = numbers[name];
      if (values !== undefined) setNumbers(events, rowsNow, name, values);
    }
    for (const reader of readers) reader.set(events, rowsNow);
    if (texts.message !== undefined) cutMessages(events, rowsNow, columns);
    yield events;
  }
}

function setNumbers(
  events: readonly Event[],
  rows: Uint32Array,
  name: 'pid' | 'src_port' | 'dst_port',
  values: Float64Array,
): void {
  for (let i = 0; i < rows.length; i += 1) {
    const value = values[rows[i] as number] as number;
    if (!Number.isNaN(value)) (events[i] as Event)[name] = value;
  }
}

/** Columns in which the same texts come again and again. */
const repeating: ReadonlySet<string> = new Set<keyof EventRow>([
  'source',
  'source_type',
  'format',
  'host',
  'program',
  'facility',
  'level',
  'event_type',
  'outcome',
  'severity',
  'src_ip',
  'dst_ip',
  'protocol',
  'user',
]);
/** Texts of such a column that are remembered: a power of two. */
const places = 512;

type Setter = (event: Event, value: string) => void;
const ignore: Setter = () => {};

/** One function per column: a store with a changing key costs several times as much. The values are the columns' own. */
const setters: Partial<Record<keyof EventRow, Setter>> = {
  id: (event, value) => {
    event.id = value;
  },
  source: (event, value) => {
    event.source = value;
  },
  source_type: (event, value) => {
    event.source_type = value as Event['source_type'];
  },
  format: (event, value) => {
    event.format = value;
  },
  host: (event, value) => {
    event.host = value;
  },
  program: (event, value) => {
    event.program = value;
  },
  facility: (event, value) => {
    event.facility = value as Event['facility'];
  },
  level: (event, value) => {
    event.level = value as Event['level'];
  },
  event_type: (event, value) => {
    event.event_type = value as Event['event_type'];
  },
  outcome: (event, value) => {
    event.outcome = value as Event['outcome'];
  },
  severity: (event, value) => {
    event.severity = value as Event['severity'];
  },
  src_ip: (event, value) => {
    event.src_ip = value;
  },
  dst_ip: (event, value) => {
    event.dst_ip = value;
  },
  protocol: (event, value) => {
    event.protocol = value;
  },
  user: (event, value) => {
    event.user = value;
  },
  raw: (event, value) => {
    event.raw = value;
    event.message = value;
  },
  message: (event, value) => {
    event.message = value;
  },
  tags: jsonSetter('tags'),
  redacted: jsonSetter('redacted'),
  fields: jsonSetter('fields'),
  geo: jsonSetter('geo'),
  intel: jsonSetter('intel'),
  score: jsonSetter('score'),
};

/** JSON is read when the column is set. */
function jsonSetter(name: JsonColumn): Setter {
  return (event, text) => {
    (event as Record<JsonColumn, FieldValue>)[name] = JSON.parse(text) as FieldValue;
  };
}

/**
 * Sets a column's texts. They are cut from the bytes one by one: parts of one long string would keep the whole of it in
 * memory for as long as one event of it is remembered.
 */
class TextReader {
  readonly #bytes: Buffer;
  readonly #lengths: Int32Array;
  readonly #starts: Uint32Array;
  readonly #encoding: 'latin1' | 'utf8';
  readonly #use: Setter;
  /** Texts that were cut last, each in a place by some of its bytes, and where they stand. */
  readonly #known: string[];
  readonly #knownAt: Int32Array;
  readonly #knownLength: Int32Array;
  readonly #mask: number;

  constructor({ bytes, lengths }: TextValues, use: Setter, places: number) {
    this.#bytes = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#lengths = lengths;
    this.#starts = new Uint32Array(lengths.length);
    this.#encoding = isAscii(bytes) ? 'latin1' : 'utf8';
    this.#use = use;
    this.#known = new Array<string>(places).fill('');
    this.#knownAt = new Int32Array(places);
    this.#knownLength = new Int32Array(places).fill(-1);
    this.#mask = places - 1;
    let at = 0;
    for (let i = 0; i < lengths.length; i += 1) {
      this.#starts[i] = at;
      at += Math.max(0, lengths[i] as number);
    }
  }

  set(events: readonly Event[], rows: Uint32Array): void {
    const bytes = this.#bytes;
    for (let i = 0; i < rows.length; i += 1) {
      const row = rows[i] as number;
      const length = this.#lengths[row] as number;
      if (length < 0) continue;
      const at = this.#starts[row] as number;
      const place = this.#mask === 0 ? 0 : placeOf(bytes, at, length) & this.#mask;
      if (length !== this.#knownLength[place] || !isSame(bytes, this.#knownAt[place] as number, at, length)) {
        this.#known[place] = bytes.toString(this.#encoding, at, at + length);
        this.#knownAt[place] = at;
        this.#knownLength[place] = length;
      }
      this.#use(events[i] as Event, this.#known[place] as string);
    }
  }
}

/** By the last bytes and the middle: in addresses and names those differ. */
function placeOf(bytes: Uint8Array, at: number, length: number): number {
  if (length < 4) return length === 0 ? 0 : (bytes[at] as number) + (bytes[at + length - 1] as number) * 31;
  const end = at + length;
  const last = (bytes[end - 1] as number) + (bytes[end - 2] as number) * 7 + (bytes[end - 3] as number) * 61;
  return last + (bytes[end - 4] as number) * 131 + (bytes[at + (length >> 1)] as number) * 29 + length;
}

function isSame(bytes: Buffer, a: number, b: number, length: number): boolean {
  for (let i = length - 1; i >= 0; i -= 1) if (bytes[a + i] !== bytes[b + i]) return false;
  return true;
}

/** Four bytes at a time. */
function isAscii(bytes: Uint8Array): boolean {
  const whole = bytes.byteLength >> 2;
  if (bytes.byteOffset % 4 === 0) {
    const words = new Int32Array(bytes.buffer, bytes.byteOffset, whole);
    for (let i = 0; i < words.length; i += 1) if (((words[i] as number) & 0x80808080) !== 0) return false;
    return bytes.subarray(whole * 4).every((byte) => byte < 128);
  }
  return bytes.every((byte) => byte < 128);
}

/** Messages that are a part of the raw line. */
function cutMessages(events: readonly Event[], rows: Uint32Array, { numbers, texts }: EventColumns): void {
  const starts = numbers.message_at as Float64Array;
  const lengths = numbers.message_length as Float64Array;
  const stored = (texts.message as TextValues).lengths;
  for (let i = 0; i < rows.length; i += 1) {
    const row = rows[i] as number;
    const event = events[i] as Event;
    const start = starts[row] as number;
    const size = lengths[row] as number;
    if ((stored[row] as number) < 0 && (start > 0 || size < event.raw.length)) {
      event.message = event.raw.slice(start, start + size);
    }
  }
}

/** Row numbers by (time, order); most of the time they are in order as they are. */
function placesInOrder(rows: number, times: Float64Array, order: Float64Array): Uint32Array {
  const places = new Uint32Array(rows);
  const before = (a: number, b: number): number =>
    (times[a] as number) - (times[b] as number) || (order[a] as number) - (order[b] as number);
  let isSorted = true;
  for (let i = 0; i < rows; i += 1) {
    places[i] = i;
    if (i > 0 && isSorted) isSorted = before(i - 1, i) <= 0;
  }
  return isSorted ? places : places.sort(before);
}

/** Buffers of columns, which may be moved to another thread instead of copied. */
export function buffersOf({ order, numbers, texts }: EventColumns): ArrayBuffer[] {
  const views = [
    order,
    ...Object.values(numbers),
    ...Object.values(texts).flatMap(({ bytes, lengths }) => [bytes, lengths]),
  ];
  return views.map(({ buffer }) => buffer as ArrayBuffer);
}

/** Gives the memory of columns back at once. They cannot be read any more. */
export function releaseColumns(columns: EventColumns): void {
  for (const buffer of buffersOf(columns)) if (!buffer.detached) buffer.transfer(0);
}
