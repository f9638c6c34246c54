import { type Event, type FieldValue, newEvent } from '../../model/index.ts';
import type { EventColumns, TextValues } from './history.ts';
import type { EventRow } from './row.ts';

/** Columns whose text is JSON, with what an event has where there is none. */
const jsonColumns = { tags: 0, redacted: 0, fields: 0, geo: 0, intel: 0, score: 0 } as const;
type JsonColumn = keyof typeof jsonColumns;
const isJson = (name: string): name is JsonColumn => Object.hasOwn(jsonColumns, name);

/** What `message` takes to be read: where it is a part of the raw line, only the place is stored. */
export const messageColumns = ['message', 'message_at', 'message_length', 'raw'] as const satisfies (keyof EventRow)[];

/**
 * The events of columns, by time and then in the order they came: as live saw them, but for what came late. Columns that
 * were not asked for are as in a fresh event.
 */
export function eventsOf(columns: EventColumns): Event[] {
  const { rows, numbers, texts } = columns;
  const received = numbers.received_at as Float64Array;
  const times = numbers.time as Float64Array;
  const events: Event[] = new Array<Event>(rows);
  const origin = { source: '', source_type: 'internal', peer: null, hint: null, identity: '' } as const;
  for (let i = 0; i < rows; i += 1) {
    const event = newEvent(origin, received[i] as number, '');
    event.time = times[i] as number;
    event.has_time = true;
    events[i] = event;
  }
  for (const name of ['pid', 'src_port', 'dst_port'] as const) {
    const values = numbers[name];
    if (values === undefined) continue;
    for (let i = 0; i < rows; i += 1) {
      const value = values[i] as number;
      if (!Number.isNaN(value)) (events[i] as Event)[name] = value;
    }
  }
  for (const name of Object.keys(texts) as (keyof EventRow)[]) {
    if (name === 'message') continue;
    const values = texts[name] as TextValues;
    if (isJson(name)) setJson(events, name, values);
    else eachText(values, setters[name] ?? ignore, events);
  }
  if (texts.message !== undefined) setMessages(events, columns);
  return inOrder(events, times, columns.order);
}

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
};

/**
 * Hands out each text that is not null. Texts are cut from the bytes one by one: parts of one long string would keep the
 * whole of it in memory for as long as one event of it is remembered.
 */
function eachText({ bytes, lengths }: TextValues, use: Setter, events: readonly Event[]): void {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const encoding = isAscii(buffer) ? 'latin1' : 'utf8';
  // Neighbours often say the same.
  let last = '';
  let lastAt = 0;
  let lastLength = -1;
  let at = 0;
  for (let i = 0; i < lengths.length; i += 1) {
    const length = lengths[i] as number;
    if (length < 0) continue;
    if (length !== lastLength || !isSame(buffer, lastAt, at, length)) {
      last = buffer.toString(encoding, at, at + length);
      lastAt = at;
      lastLength = length;
    }
    use(events[i] as Event, last);
    at += length;
  }
}

function isSame(bytes: Buffer, a: number, b: number, length: number): boolean {
  for (let i = length - 1; i >= 0; i -= 1) if (bytes[a + i] !== bytes[b + i]) return false;
  return true;
}

function isAscii(bytes: Buffer): boolean {
  for (let i = 0; i < bytes.length; i += 1) if ((bytes[i] as number) > 127) return false;
  return true;
}

function setJson(events: Event[], name: JsonColumn, values: TextValues): void {
  eachText(
    values,
    (event, text) => {
      (event as Record<JsonColumn, FieldValue>)[name] = JSON.parse(text) as FieldValue;
    },
    events,
  );
}

function setMessages(events: Event[], { numbers, texts }: EventColumns): void {
  const at = numbers.message_at as Float64Array;
  const length = numbers.message_length as Float64Array;
  for (let i = 0; i < events.length; i += 1) {
    const event = events[i] as Event;
    const start = at[i] as number;
    const size = length[i] as number;
    if (start > 0 || size < event.raw.length) event.message = event.raw.slice(start, start + size);
  }
  eachText(
    texts.message as TextValues,
    (event, text) => {
      event.message = text;
    },
    events,
  );
}

/** Sorted by (time, order); most of the time they are already. */
function inOrder(events: Event[], times: Float64Array, order: Float64Array): Event[] {
  const before = (a: number, b: number): number =>
    (times[a] as number) - (times[b] as number) || (order[a] as number) - (order[b] as number);
  let isSorted = true;
  for (let i = 1; i < events.length && isSorted; i += 1) isSorted = before(i - 1, i) <= 0;
  if (isSorted) return events;
  const places = Uint32Array.from(events, (_, i) => i).sort(before);
  return Array.from(places, (place) => events[place] as Event);
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
