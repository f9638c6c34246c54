/**
 * Retention: 2 GB of log lines are loaded into a store that is limited to 450 MB. What the folder takes on disk is looked
 * at all the time. In the end the oldest are gone, and of the younger ones every single one is there.
 */
import { mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { eventId, newEvent, type SourceInfo } from '../src/model/index.ts';
import { connectEventStore } from '../src/store/client.ts';
import { encodeRow } from '../src/store/events/row.ts';
import { thousands } from './measure.ts';

const wanted = Number(process.env.BENCH_BYTES ?? 2e9);
const maxBytes = Number(process.env.BENCH_LIMIT ?? 450e6);
const perSegment = 50_000;
const began = Date.UTC(2026, 10, 1);
const origin: SourceInfo = { source: 'file_app.log', source_type: 'file', peer: null, hint: null, identity: 'bench' };

/** Lines that are hard to compress: 72 random characters in each. The generator is seeded. */
let random = 0x9e3779b9;
function next(): number {
  random ^= random << 13;
  random ^= random >>> 17;
  random ^= random << 5;
  return random >>> 0;
}
const word = (): string => next().toString(36).padStart(8, 'x');

function segmentOf(number: number): { text: string; bytes: number } {
  const rows: string[] = [];
  let bytes = 0;
  for (let i = 0; i < perSegment; i += 1) {
    const seq = number * perSegment + i;
    const raw = `app[${seq}]: request ${word()}${word()}${word()} from 198.51.100.${next() % 250} token ${word()}${word()}${word()}${word()}${word()}${word()}`;
    const event = newEvent(origin, began + seq, raw);
    event.id = eventId(event.time, Math.imul(seq, 2654435761), Math.imul(seq, 40503), seq);
    event.src_ip = `198.51.100.${next() % 250}`;
    rows.push(encodeRow(event));
    bytes += raw.length + 1;
  }
  return { text: rows.join(''), bytes };
}

function sizeOf(folder: string): number {
  let sum = 0;
  for (const name of readdirSync(folder, { recursive: true, encoding: 'utf8' })) {
    // A file may go while the folder is looked at.
    const stat = statSync(join(folder, name), { throwIfNoEntry: false });
    if (stat?.isFile()) sum += stat.size;
  }
  return sum;
}

const folder = mkdtempSync(join(tmpdir(), 'phosor-bench-retention-'));
const events = join(folder, 'events');
const worker = new Worker(new URL('../src/store/worker.ts', import.meta.url), {
  workerData: { folder: events, maxBytes, memoryLimitMb: 96 },
});
const store = connectEventStore(worker);
await store.info();
let worst = 0;
const watching = setInterval(() => {
  worst = Math.max(worst, sizeOf(events));
}, 20);
try {
  let written = 0;
  let segments = 0;
  let loadMs = 0;
  const file = join(folder, 'segment.ndjson');
  while (written < wanted) {
    const { text, bytes } = segmentOf(segments);
    segments += 1;
    writeFileSync(file, text);
    const start = performance.now();
    await store.load([{ id: segments, path: file }]);
    loadMs += performance.now() - start;
    worst = Math.max(worst, sizeOf(events));
    written += bytes;
  }
  const total = segments * perSegment;
  const { rows, droppedRows, oldest, bytes } = await store.info();
  if (oldest === null || rows + droppedRows !== total)
    throw new Error(`${total} were loaded: ${rows} are there, ${droppedRows} dropped`);
  const firstKept = oldest - began;
  const counted = await store.count({ from: oldest });
  if (firstKept !== droppedRows || counted !== total - firstKept)
    throw new Error(`From event ${firstKept} on ${counted} of ${total - firstKept} are there`);
  console.log(
    `${(written / 1e9).toFixed(2)} GB in ${thousands(total)} lines, ${thousands((total * 1000) / loadMs)} rows/s; ` +
      `${thousands(droppedRows)} oldest dropped, the other ${thousands(rows)} are all there in ${(bytes / 1e6).toFixed(0)} MB`,
  );
  console.log(
    `largest size on disk, share of the limit: ${(worst / maxBytes).toFixed(2)} of ${maxBytes / 1e6} MB (target 1.2)`,
  );
  console.log(`size on disk in the end, share of the limit: ${(sizeOf(events) / maxBytes).toFixed(2)} (target 1)`);
} finally {
  clearInterval(watching);
  await store.close();
  rmSync(folder, { recursive: true, force: true });
}
