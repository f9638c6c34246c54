/** The whole pipeline in event time over log files: the same parsers, rules and correlation as live, without a clock. */
import { createHash } from 'node:crypto';
import { open } from 'node:fs/promises';
import { compileRules } from './detect/index.ts';
import { createEnrichments } from './enrich/index.ts';
import { zoneOffsets } from './host-zone.ts';
import { findLogFiles, type LogFile, readLineBlocks } from './log-files.ts';
import { type Alert, type Event, newEvent, type RuleDoc, type SourceInfo } from './model/index.ts';
import { isCaptureFile, readCaptureBlocks } from './packet-file.ts';
import { createPipeline, type Pipeline } from './pipeline.ts';
import { type StepOptions, Told } from './replay-steps.ts';

/** Events that a file may be out of order by. What is further off is correlated late, in the order it is read. */
const sortWindowEvents = 128;

export interface ReplayOptions extends StepOptions {
  /** Files and folders: log lines, NDJSON events or captured packets, plain, .gz or .zst. */
  paths: readonly string[];
  rules: readonly RuleDoc[];
  /** Year of lines that state none; null: the one closest to the file's last change. */
  year: number | null;
  /** Zone of times that state none; null: the host's. */
  zone: string | null;
  /** Called after each block with the number of events so far, and the times of the first and the last of them. */
  onProgress?: (events: number, first: number, last: number) => void;
}

/**
 * Replays files, merged by event time, and yields every alert once, at its close.
 * The same bytes and rules give the same alerts, byte for byte: ids come from (first bytes of the file, offset).
 *
 * @throws a sentence where a path cannot be read or the zone is unknown.
 */
export async function* replay(options: ReplayOptions): AsyncGenerator<Alert> {
  const rules = compileRules(options.rules);
  const told = new Told(rules, options);
  const context = { zoneMinutesAt: zoneOffsets(options.zone), year: options.year, live: false };
  const pipeline = createPipeline({
    contextOf: () => context,
    enrichments: createEnrichments({ redact: { email: false, phone: false, internalIps: false, custom: [] } }),
    rules,
    correlator: told.correlator,
    random: () => 0,
  });
  const files = await findLogFiles(options.paths);
  const streams: Stream[] = [];
  for (const file of files) {
    const stream: Stream = { batches: readEvents(file, pipeline), events: [], at: 0 };
    if (await refill(stream)) streams.push(stream);
  }
  let seq = 0;
  let first = Number.POSITIVE_INFINITY;
  let last = 0;
  while (streams.length > 0) {
    const stream = earliest(streams);
    // The next stream's head is the limit up to which this one may run without comparing again.
    const limit = nextHead(streams, stream);
    const next = headOf(stream);
    if (next > told.next) yield* told.due(next);
    if (told.isOver) return;
    first = Math.min(first, next);
    const stop = Math.min(limit, told.next);
    while (stream.at < stream.events.length) {
      const event = stream.events[stream.at] as Event;
      if (event.time > stop) break;
      stream.at += 1;
      seq += 1;
      last = event.time;
      const changes = pipeline.detect(event, seq);
      if (changes.length > 0) yield* told.take(changes);
    }
    if (stream.at === stream.events.length && !(await refill(stream))) streams.splice(streams.indexOf(stream), 1);
    options.onProgress?.(seq, first, last);
  }
  yield* told.end();
}

/** A file on its way: a batch of its events in order of time, and how many of them are used. */
interface Stream {
  batches: AsyncGenerator<Event[]>;
  events: Event[];
  at: number;
}

async function refill(stream: Stream): Promise<boolean> {
  for (;;) {
    const next = await stream.batches.next();
    if (next.done) return false;
    stream.events = next.value;
    stream.at = 0;
    if (stream.events.length > 0) return true;
  }
}

const headOf = (stream: Stream): number => (stream.events[stream.at] as Event).time;

/** The stream with the earliest head; of equals the first named file, so that the order never depends on timing. */
function earliest(streams: readonly Stream[]): Stream {
  let best = streams[0] as Stream;
  for (const stream of streams) if (headOf(stream) < headOf(best)) best = stream;
  return best;
}

function nextHead(streams: readonly Stream[], chosen: Stream): number {
  let limit = Number.POSITIVE_INFINITY;
  for (const stream of streams) if (stream !== chosen) limit = Math.min(limit, headOf(stream));
  return limit;
}

/** Parsed events of one file, sorted within a small window. */
async function* readEvents(file: LogFile, pipeline: Pipeline): AsyncGenerator<Event[]> {
  const first = await firstBytes(file);
  const isCapture = isCaptureFile(file, first);
  const origin: SourceInfo = {
    source: `${isCapture ? 'pcap' : 'file'}_${file.name}`,
    source_type: isCapture ? 'capture' : 'replay',
    peer: null,
    hint: null,
    identity: contentIdentity(file, first),
  };
  // Replay has no receive time: an event is received when it happened. Lines that state no time follow the line before.
  let lastTime = file.modifiedAt ?? 0;
  let held: Event[] = [];
  let seq = 0;
  for await (const { lines, offsets } of isCapture ? readCaptureBlocks(file) : readLineBlocks(file)) {
    let isSorted = true;
    let latest = held.at(-1)?.time ?? Number.NEGATIVE_INFINITY;
    for (let i = 0; i < lines.length; i += 1) {
      const body = lines[i] as string;
      if (body === '') continue;
      seq += 1;
      const position = offsets[i] as number;
      const event =
        storedEvent(body, origin) ??
        pipeline.understand({ seq, origin, received_at: file.modifiedAt ?? lastTime, body, position });
      if (!event.has_time) event.time = lastTime;
      event.received_at = event.time;
      lastTime = event.time;
      if (event.time < latest) isSorted = false;
      else latest = event.time;
      held.push(event);
    }
    if (!isSorted) held.sort((a, b) => a.time - b.time); // stable: equal times keep the file's order
    if (held.length <= sortWindowEvents) continue;
    const ready = held.slice(0, held.length - sortWindowEvents);
    held = held.slice(held.length - sortWindowEvents);
    yield ready;
  }
  yield held;
}

/** Identity of a file for event ids: its name and its first 4 KiB. Copies and later, longer versions of a log are the same file. */
function contentIdentity(file: LogFile, first: Uint8Array | null): string {
  if (first === null) return identityOf(file);
  return `${identityOf(file)}:${createHash('sha256').update(first).digest('hex').slice(0, 16)}`;
}

/** The first 4 KiB; null for standard input, of which nothing can be read twice. */
async function firstBytes(file: LogFile): Promise<Uint8Array | null> {
  if (file.path === '-') return null;
  const handle = await open(file.path);
  try {
    const { bytesRead, buffer } = await handle.read(Buffer.alloc(4096), 0, 4096, 0);
    return buffer.subarray(0, bytesRead);
  } finally {
    await handle.close();
  }
}

/** Identity of a file by name alone. */
export const identityOf = (file: LogFile): string => `replay:${file.name}`;

/** An event that Phosor itself wrote (`phosor parse --json`, an export), or null. It was understood and redacted already. */
function storedEvent(body: string, origin: SourceInfo): Event | null {
  if (!body.startsWith('{"id":"') || !body.includes('"event_type":"')) return null;
  let tree: Record<string, unknown>;
  try {
    tree = JSON.parse(body) as Record<string, unknown>;
  } catch {
    return null;
  }
  if (typeof tree.raw !== 'string' || typeof tree.format !== 'string' || !('received_at' in tree)) return null;
  const event = newEvent(origin, 0, tree.raw) as Event & Record<string, unknown>;
  for (const key of Object.keys(event)) {
    if (key in tree && tree[key] !== undefined && key !== 'time' && key !== 'received_at') event[key] = tree[key];
  }
  const time = typeof tree.time === 'string' ? Date.parse(tree.time) : Number.NaN;
  event.has_time = Number.isFinite(time);
  event.zone_minutes = 0;
  if (event.has_time) event.time = time;
  return event;
}
