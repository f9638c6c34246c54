/** The pipeline worker: chunks in; alerts to `main` at once, rows to the spool, live events to `main` while somebody looks. */
import { isUtf8 } from 'node:buffer';
import { randomFillSync } from 'node:crypto';
import { type MessagePort, parentPort, workerData } from 'node:worker_threads';
import type { AlertChange, CorrelatorOptions } from './detect/contract.ts';
import { createCorrelator, rememberConcealed } from './detect/index.ts';
import type { BaitTable, IntelTables } from './enrich/contract.ts';
import { createEnrichments } from './enrich/index.ts';
import { AddressWatch } from './enrich/intel/watch.ts';
import { zoneOffsets } from './host-zone.ts';
import type { PipelineCommand, PipelineReport, PipelineWorkerData } from './messages.ts';
import type { ChunkMessage, Event, FilePosition, LogRecord, SourceInfo } from './model/index.ts';
import { walkChunk } from './model/index.ts';
import type { ParseContext } from './parse/contract.ts';
import { createPipeline } from './pipeline.ts';
import { AlertOutbox } from './pipeline-alerts.ts';
import { LiveRules } from './pipeline-rules.ts';
import { PipelineTally } from './pipeline-tally.ts';
import { openGeo } from './runtime/intel/geo-files.ts';
import { decodeSnapshot, encodeSnapshotInSteps } from './runtime/snapshot-file.ts';
import type { SpoolAppend, SpoolRelease } from './store/contract.ts';
import { encodeRow } from './store/events/row.ts';
import { EventSealer } from './store/secrets/event-sealer.ts';
import { readBatches } from './store/spool/recover.ts';

/** More than any browser shows; the rest is counted as skipped and told. */
const maxLiveEventsPerSecond = 10_000;
const rowBufferBytes = 1024 * 1024;
/** Rows for which nobody waits leave together: after this time, or when they are this much. */
const appendAfterMs = 5;
const appendAfterBytes = 256 * 1024;
/** That many are on their way: the next one waits, and grows meanwhile. Each holds a buffer. */
const maxAppends = 8;
const snapshotEveryMs = 10_000;
/** Between two pieces of this length events have their turn, for as long. */
const snapshotTurnMs = 4;
/** Events that windows hold as evidence: some 25 MB. Older ones are in the store, see alert-evidence.ts. */
const maxHeldEvents = 20_000;
/** Nothing is matched while one is taken: they may take this share of the time. */
const snapshotShare = 0.01;

const { data, ingestPort, spoolPort } = workerData as {
  data: PipelineWorkerData;
  ingestPort: MessagePort;
  spoolPort: MessagePort;
};
const main = parentPort as MessagePort;
const report = (message: PipelineReport): void => main.postMessage(message);

/* ---------- parts ---------- */

const randomWords = new Uint32Array(1024);
let randomAt = randomWords.length;
const random = (): number => {
  if (randomAt === randomWords.length) {
    randomFillSync(randomWords);
    randomAt = 0;
  }
  return randomWords[randomAt++] as number;
};

const options: CorrelatorOptions = {
  maxGroupsPerRule: data.maxGroupsPerRule,
  latenessMs: data.latenessMs,
  finalOnly: false,
  late: true,
  maxHeldEvents,
  hashSeed: random() | 0,
};
const liveRules = new LiveRules(data.rules, data.ruleCache, data.context);
let correlator = createCorrelator(liveRules.current, options);
/** Why the saved state could not be taken; null where it could, or there was none. */
let snapshotProblem: string | null = null;
if (data.recovery.snapshot !== null) {
  try {
    correlator.restore(decodeSnapshot(data.recovery.snapshot));
    data.recovery.snapshot = null;
  } catch (error) {
    snapshotProblem = error instanceof Error ? error.message : String(error);
    correlator = createCorrelator(liveRules.current, options);
  }
}

const hostContext: ParseContext = { zoneMinutesAt: zoneOffsets(null), year: null, live: true };
let sourceContexts = contextsOf(data.zones);

function contextsOf(zones: Record<string, string>): Map<string, ParseContext> {
  return new Map(
    Object.entries(zones).map(([source, zone]) => [source, { ...hostContext, zoneMinutesAt: zoneOffsets(zone) }]),
  );
}

const geo = openGeo(data.geo);
let redact = data.redact;
let intel: IntelTables | null = null;
let bait: BaitTable | null = null;
const enrichments = () => createEnrichments({ redact, geo, intel, bait });
const watch = new AddressWatch();

const pipeline = createPipeline({
  contextOf: ({ source }) => sourceContexts.get(source) ?? hostContext,
  enrichments: enrichments(),
  rules: liveRules.current,
  correlator,
  random,
});
const tally = new PipelineTally();

/* ---------- the data's way ---------- */

let seq = 0;
let batch = data.lastBatch;
let snapshotBatch = -1;
let isSpoolFull = false;
/** Sizes of the appends that the spool has not taken yet, in order: it answers in order. */
const unsynced: number[] = [];
let unsyncedBytes = 0;
const heldBuffers: ArrayBuffer[] = [];

const sealer = data.sealing === null ? null : new EventSealer(data.sealing.fields, data.sealing.key, Date.now);

let isLiveWanted = false;
let liveBudget = maxLiveEventsPerSecond;
let liveSkipped = 0;

const outbox = new AlertOutbox((changes) => report({ type: 'alerts', changes }));

/** Rules see an event as it came. What is correlated, told, shown and stored has markers in the place of sealed values. */
function detectAndSeal(event: Event, by: EventSealer): AlertChange[] {
  const found = by.find(event);
  if (found === null) return pipeline.detect(event, seq);
  return pipeline.detect(event, seq, (matches) => {
    const original = { ...event };
    found.apply(event);
    if (matches.length === 0) return;
    rememberConcealed(event, { original, conceal: found.conceal });
    for (const match of matches) {
      match.group = match.group?.map(found.conceal) ?? null;
      if (match.value !== null) match.value = found.conceal(match.value);
    }
  });
}

/** A line's text. Bytes that are no UTF-8 are read as Latin-1, which loses nothing, and say so with a tag. */
function decode(bytes: Buffer, at: number, length: number): { text: string; isLatin1: boolean } {
  const text = bytes.toString('utf8', at, at + length);
  if (!text.includes('\ufffd') || isUtf8(bytes.subarray(at, at + length))) return { text, isLatin1: false };
  return { text: bytes.toString('latin1', at, at + length), isLatin1: true };
}

/** Rows under construction. Grows by doubling: all events of one chunk go into one append, or none does. */
class RowWriter {
  #bytes = Buffer.allocUnsafeSlow(rowBufferBytes);
  #used = 0;
  rows = 0;

  get bytes(): number {
    return this.#used;
  }

  write(row: string): void {
    // A UTF-16 unit needs at most three bytes; `row` ends with its newline.
    const needed = this.#used + row.length * 3;
    if (needed > this.#bytes.length) {
      const larger = Buffer.allocUnsafeSlow(Math.max(needed, this.#bytes.length * 2));
      this.#bytes.copy(larger, 0, 0, this.#used);
      this.#bytes = larger;
    }
    this.#used += this.#bytes.write(row, this.#used);
    this.rows += 1;
  }

  take(): { buffer: ArrayBuffer; bytes: number; rows: number } {
    const taken = { buffer: this.#bytes.buffer as ArrayBuffer, bytes: this.#used, rows: this.rows };
    const next = spareRowBuffers.pop();
    this.#bytes = next === undefined ? Buffer.allocUnsafeSlow(rowBufferBytes) : Buffer.from(next);
    this.#used = 0;
    this.rows = 0;
    return taken;
  }
}
const spareRowBuffers: ArrayBuffer[] = [];
const writer = new RowWriter();

/** File positions that the rows under construction reach, by file. */
const reached = new Map<string, FilePosition>();
let appendTimer: NodeJS.Timeout | null = null;

function handleChunk(chunk: ChunkMessage): void {
  // A sender that waits must not be answered for the rows of others.
  if (chunk.ack !== null) append(null);
  const bytes = Buffer.from(chunk.buffer);
  const eventIds: string[] = [];
  const unreadIds: string[] = [];
  const live: string[] = [];
  walkChunk(chunk, (bodyAt, bodyBytes, sourceIndex, receivedAt, position) => {
    seq += 1;
    const origin = chunk.sources[sourceIndex] as SourceInfo;
    const { text, isLatin1 } = decode(bytes, bodyAt, bodyBytes);
    const record: LogRecord = { seq, origin, received_at: receivedAt, body: text, position };
    const event = pipeline.understand(record);
    if (isLatin1) event.tags.push('not_utf8');
    if (origin.transport) event.tags.push(origin.transport);
    outbox.tell(sealer === null ? pipeline.detect(event, seq) : detectAndSeal(event, sealer));
    tally.count(event, bodyBytes);
    watch.note(event);
    if (chunk.ack !== null) {
      eventIds.push(event.id);
      if (event.format === 'raw') unreadIds.push(event.id);
    }
    const row = encodeRow(event);
    writer.write(row);
    if (isLiveWanted) {
      if (liveBudget > 0) {
        liveBudget -= 1;
        live.push(row);
      } else {
        liveSkipped += 1;
      }
    }
  });
  if (live.length > 0 || liveSkipped > 0) {
    report({ type: 'events', rows: live, skipped: liveSkipped });
    liveSkipped = 0;
  }
  for (const position of chunk.positions) reached.set(position.key, position);
  if (chunk.ack !== null) append({ ack: chunk.ack, event_ids: eventIds, unread_ids: unreadIds });
  else if (writer.bytes >= (unsynced.length < maxAppends ? appendAfterBytes : rowBufferBytes)) append(null);
  else appendTimer ??= setTimeout(appendInTime, appendAfterMs);
}

function appendInTime(): void {
  appendTimer = null;
  // Else they leave when the spool has taken one.
  if (unsynced.length < maxAppends) append(null);
}

/** Hands the rows under construction to the spool. */
function append(ack: SpoolAppend['acks'][number] | null): void {
  if (appendTimer !== null) clearTimeout(appendTimer);
  appendTimer = null;
  if (ack === null && writer.rows === 0 && reached.size === 0) return;
  const { buffer, bytes, rows } = writer.take();
  batch += 1;
  unsynced.push(bytes);
  unsyncedBytes += bytes;
  const message: SpoolAppend = {
    type: 'append',
    buffer,
    bytes,
    rows,
    batch,
    positions: [...reached.values()],
    acks: ack === null ? [] : [ack],
  };
  reached.clear();
  spoolPort.postMessage(message, [buffer]);
}

function releaseToIngest(buffer: ArrayBuffer): void {
  if (unsyncedBytes > data.maxUnsyncedBytes) heldBuffers.push(buffer);
  else ingestPort.postMessage({ type: 'release', buffer }, [buffer]);
}

/* ---------- wiring ---------- */

function spoolTook(message: SpoolRelease): void {
  unsyncedBytes -= unsynced.shift() ?? 0;
  if (spareRowBuffers.length < maxAppends && message.buffer.byteLength === rowBufferBytes)
    spareRowBuffers.push(message.buffer);
  if (appendTimer === null && unsynced.length < maxAppends) append(null);
  while (heldBuffers.length > 0 && unsyncedBytes <= data.maxUnsyncedBytes) {
    const buffer = heldBuffers.pop() as ArrayBuffer;
    ingestPort.postMessage({ type: 'release', buffer }, [buffer]);
  }
}

/** Takes a snapshot in steps, between which events may be handled: it is that of the first step. */
function* snapshotInSteps(): Generator<void, void> {
  // What has been matched must have a batch that the snapshot can name.
  append(null);
  if (batch === snapshotBatch) return;
  snapshotBatch = batch;
  outbox.flush();
  const file = yield* encodeSnapshotInSteps(snapshotBatch, correlator.snapshotInSteps());
  const message = { type: 'snapshot', batch: snapshotBatch, file } satisfies PipelineReport;
  main.postMessage(
    message,
    file.map(({ buffer }) => buffer),
  );
}

let takingSnapshot: Generator<void, void> | null = null;

/** Finishes the snapshot that is being taken, and takes one of the state as it is. */
function takeSnapshot(): void {
  for (const steps of [takingSnapshot, snapshotInSteps()]) while (steps?.next().done === false);
  takingSnapshot = null;
}

function obey(command: PipelineCommand): void {
  switch (command.type) {
    case 'chunk':
      handleChunk(command);
      break;
    case 'rules':
      void liveRules.change(
        command.rules,
        (rules) => {
          pipeline.setRules(rules);
          report({ type: 'rules_set', ticket: command.ticket, problems: [...rules.problems] });
        },
        command.context,
      );
      break;
    case 'live':
      isLiveWanted = command.wanted;
      break;
    case 'redact':
      redact = command.options;
      pipeline.setEnrichments(enrichments());
      break;
    case 'intel':
      intel = command.tables;
      pipeline.setEnrichments(enrichments());
      break;
    case 'bait':
      bait = command.table;
      pipeline.setEnrichments(enrichments());
      break;
    case 'watch_addresses':
      watch.isWanted = command.wanted;
      break;
    case 'zones':
      sourceContexts = contextsOf(command.zones);
      break;
    case 'spool_state':
      isSpoolFull = command.state === 'full';
      break;
    case 'snapshot':
      takeSnapshot();
      break;
    case 'stop':
      append(null);
      outbox.tell(correlator.flush());
      outbox.flush();
      takeSnapshot();
      report({ ...tally.tick(correlator.stats()), ...watch.take(Date.now()) });
      report({ type: 'stopped' });
      break;
  }
}

/* ---------- recovery, before the first chunk is looked at ---------- */

let replayedBatches = 0;
let replayedEvents = 0;
const seenBatch = snapshotProblem === null ? data.recovery.afterBatch : 0;
for await (const { events } of readBatches(data.recovery.segments, seenBatch)) {
  replayedBatches += 1;
  for (const event of events) {
    seq += 1;
    replayedEvents += 1;
    outbox.tell(pipeline.detect(event, seq));
  }
}

spoolPort.on('message', spoolTook);
ingestPort.on('message', (chunk: ChunkMessage) => {
  handleChunk(chunk);
  releaseToIngest(chunk.buffer);
});
main.on('message', obey);
setInterval(() => {
  liveBudget = maxLiveEventsPerSecond;
  outbox.tell(correlator.flush(Date.now()));
  report({ ...tally.tick(correlator.stats()), ...watch.take(Date.now()) });
}, 1000);
async function takeSnapshots(): Promise<void> {
  let workMs = 0;
  // While nothing can be stored, a snapshot would claim events that a restart could not find again.
  const steps = isSpoolFull ? null : snapshotInSteps();
  takingSnapshot = steps;
  // Somebody may ask for a snapshot at once: then this one is finished by them.
  while (steps !== null && takingSnapshot === steps) {
    const began = performance.now();
    do if (steps.next().done === true) takingSnapshot = null;
    while (takingSnapshot !== null && performance.now() - began < snapshotTurnMs);
    workMs += performance.now() - began;
    await new Promise((resolve) => setTimeout(resolve, snapshotTurnMs));
  }
  setTimeout(takeSnapshots, Math.max(snapshotEveryMs, workMs / snapshotShare));
}
setTimeout(takeSnapshots, snapshotEveryMs);
report({ type: 'ready', replayedBatches, replayedEvents, snapshotProblem });
