/**
 * The event store: nanoseconds of encoding a row, rows per second of loading, bytes per event, and how long the queries
 * of the screens take. `node bench/store.ts [events]`, 2,000,000 where none is given.
 */
import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createEnrichments } from '../src/enrich/index.ts';
import { type Event, eventId, type SourceInfo } from '../src/model/index.ts';
import { parseRecord } from '../src/parse/index.ts';
import { openDuckdbStore } from '../src/store/events/duckdb/store.ts';
import { encodeRow } from '../src/store/events/row.ts';
import { authLogLines } from './auth-log.ts';
import { median, thousands } from './measure.ts';

const total = Number(process.argv[2] ?? 2_000_000);
const perSegment = 50_000;
const origin: SourceInfo = { source: 'file_auth.log', source_type: 'file', peer: null, hint: null, identity: 'bench' };
const context = { zoneMinutesAt: () => 0, year: 2026, live: false };
const enrichments = createEnrichments({ redact: { email: false, phone: false, internalIps: false, custom: [] } });
const began = Date.UTC(2026, 10, 1);
const lines = [...authLogLines(perSegment)];

/** The same lines again and again, each time later, 100 a second. */
function events(segment: number): Event[] {
  return lines.map((line, i) => {
    const seq = segment * perSegment + i;
    const body = line.trimEnd();
    const event = parseRecord({ seq, origin, received_at: began + seq * 10, body, position: seq }, context);
    for (const enrichment of enrichments) enrichment.apply(event);
    event.time = began + seq * 10;
    event.id = eventId(event.time, Math.imul(seq, 2654435761), Math.imul(seq, 40503), Math.imul(seq, 97));
    return event;
  });
}

function cpuMs(since: NodeJS.CpuUsage): number {
  const { user, system } = process.cpuUsage(since);
  return (user + system) / 1000;
}

const sample = events(0);
const encoding = Array.from({ length: 9 }, () => {
  const before = process.cpuUsage();
  for (const event of sample) encodeRow(event);
  return (cpuMs(before) * 1e6) / sample.length;
});
console.log(`encode: median ${Math.round(median(encoding))} ns/row (target 2000)`);

const folder = mkdtempSync(join(tmpdir(), 'phosor-bench-store-'));
try {
  const store = await openDuckdbStore({ folder: join(folder, 'events'), maxBytes: 1e12, memoryLimitMb: 96 });
  const file = join(folder, 'segment.ndjson');
  let loadCpu = 0;
  let loadWall = 0;
  let spoolBytes = 0;
  for (let segment = 0; segment * perSegment < total; segment += 1) {
    writeFileSync(file, events(segment).map(encodeRow).join(''));
    spoolBytes += statSync(file).size;
    const before = process.cpuUsage();
    const start = performance.now();
    await store.load([{ id: segment + 1, path: file }]);
    loadCpu += cpuMs(before);
    loadWall += performance.now() - start;
  }
  const { rows, slices } = await store.info();
  console.log(
    `load: ${thousands((rows * 1000) / loadCpu)} rows per CPU-second, ${thousands((rows * 1000) / loadWall)} rows/s; ` +
      `${Math.round(spoolBytes / rows)} bytes per row in the spool`,
  );

  const timed = async (name: string, query: () => Promise<unknown>): Promise<void> => {
    const walls: number[] = [];
    for (let i = 0; i < 5; i += 1) {
      const start = performance.now();
      await query();
      walls.push(performance.now() - start);
    }
    console.log(`  ${name}: median ${median(walls).toFixed(1)} ms, first ${(walls[0] as number).toFixed(1)} ms`);
  };
  const newest = began + total * 10;
  const page = await store.page({}, 50, null);
  const ids = page.events.map(({ id }) => id);
  console.log(`queries over ${thousands(rows)} events in ${slices} slices:`);
  await timed('newest 50', () => store.page({}, 50, null));
  await timed('next 50', () => store.page({}, 50, page.next));
  await timed('newest 50 failures of the last hour', () =>
    store.page({ from: newest - 3.6e6, where: [{ field: 'outcome', op: 'in', values: ['failure'] }] }, 50, null),
  );
  await timed('newest 50 with a common word', () => store.page({ text: 'Failed password' }, 50, null));
  await timed('a word that occurs nowhere', () => store.page({ text: 'no such thing' }, 50, null));
  await timed('50 events by id', () => store.byIds(ids));
  await timed('count of everything', () => store.count({}));
  await timed('histogram, 120 buckets by severity', () => store.histogram({}, (total * 10) / 120, 'severity'));
  await timed('top 10 addresses', () => store.top({}, 'src_ip', 10));
  await timed('the overview: histogram and two tops at once', () =>
    Promise.all([
      store.histogram({}, (total * 10) / 120, 'severity'),
      store.top({}, 'src_ip', 10),
      store.top({}, 'user', 10),
    ]),
  );
  await store.retain(1e12, null);
  const { bytes } = await store.info();
  console.log(
    `disk: ${(bytes / rows).toFixed(1)} MB per million events; memory ${thousands(process.memoryUsage.rss() / 1e6)} MB`,
  );
  await store.close();
} finally {
  rmSync(folder, { recursive: true, force: true });
}
