/** Nanoseconds of parse + redact per event, in process, after warm-up. Processor time of this process only. */
import { createEnrichments } from '../src/enrich/index.ts';
import type { LogRecord, SourceInfo } from '../src/model/index.ts';
import { parseRecord } from '../src/parse/index.ts';
import { authLogLines } from './auth-log.ts';
import { median } from './measure.ts';

const origin: SourceInfo = { source: 'file_auth.log', source_type: 'file', peer: null, hint: null, identity: 'bench' };
const context = { zoneMinutesAt: () => 0, year: 2026, live: false };
const enrichments = createEnrichments({ redact: { email: false, phone: false, internalIps: false, custom: [] } });
const records: LogRecord[] = [...authLogLines(100_000)].map((line, seq) => ({
  seq,
  origin,
  received_at: Date.UTC(2026, 10, 1),
  // As the pipeline makes it: a string of its own, decoded from the bytes that came.
  body: Buffer.from(line.trimEnd()).toString('utf8'),
  position: seq,
}));

function run(withRedaction: boolean): number {
  const before = process.cpuUsage();
  let kept = 0;
  for (const record of records) {
    const event = parseRecord(record, context);
    if (withRedaction) for (const enrichment of enrichments) enrichment.apply(event);
    if (event.src_ip !== null) kept += 1;
  }
  const { user, system } = process.cpuUsage(before);
  if (kept === 0) throw new Error('nothing was parsed');
  return ((user + system) * 1000) / records.length;
}

for (let i = 0; i < 3; i += 1) run(true);
const parse: number[] = [];
const both: number[] = [];
for (let i = 0; i < 9; i += 1) {
  parse.push(run(false));
  both.push(run(true));
}
console.log(`parse: median ${Math.round(median(parse))} ns/event`);
console.log(`parse + redact: median ${Math.round(median(both))} ns/event (target 3000)`);
