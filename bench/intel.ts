/**
 * Looking addresses up: the prefix tree against a scan over all networks and a Map of single addresses, among a million
 * networks; and what lists and places cost an event on the data's way. Processor time of this process only.
 */

import { readAddress } from '../src/enrich/address.ts';
import { createEnrichments } from '../src/enrich/index.ts';
import { IntelBuilder, IntelLookup } from '../src/enrich/intel/tables.ts';
import type { LogRecord, SourceInfo } from '../src/model/index.ts';
import { parseRecord } from '../src/parse/index.ts';
import { openGeo, readGeoFiles } from '../src/runtime/intel/geo-files.ts';
import { encodeRow } from '../src/store/events/row.ts';
import { authLogLines } from './auth-log.ts';
import { median } from './measure.ts';

let seed = 42;
const random = (): number => {
  seed = (Math.imul(seed, 1_664_525) + 1_013_904_223) >>> 0;
  return seed;
};
/** Addresses of the open Internet, spread as they come. */
const address = (): number => {
  for (;;) {
    const value = random();
    const top = value >>> 24;
    if (top > 10 && top < 224 && top !== 127 && top !== 100 && top !== 169 && top !== 172 && top !== 192) return value;
  }
};
const text = (value: number): string => `${value >>> 24}.${(value >>> 16) & 255}.${(value >>> 8) & 255}.${value & 255}`;
const cpuMs = (work: () => void): number => {
  const before = process.cpuUsage();
  work();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000;
};

/* ---------- look-ups among a million ---------- */

const size = Number(process.argv[2] ?? 1_000_000);
const feed = { id: 'bench', category: 'c2', level: 'malicious' as const };
const builder = new IntelBuilder(size);
const words = new Uint32Array(4);
const singles = new Map<string, string>();
const networks: { base: number; bits: number }[] = [];
const built = cpuMs(() => {
  for (let i = 0; i < size; i += 1) {
    const base = address();
    const bits = i % 10 === 0 ? 16 + (random() % 16) : 32;
    words[0] = base;
    builder.add(feed, 4, words, bits, null);
    networks.push({ base, bits });
    if (bits === 32) singles.set(text(base), 'bench');
  }
});
let tables = builder.finish();
const finished = cpuMs(() => {
  tables = builder.finish((bytes) => new SharedArrayBuffer(bytes));
});
const bytes = Object.values(tables.v4).reduce<number>(
  (sum, part) => sum + (ArrayBuffer.isView(part) ? part.byteLength : 0),
  0,
);
const lookup = new IntelLookup(tables);
const asked = Array.from({ length: 200_000 }, (_, i) =>
  text(i % 50 === 0 ? (networks[i % networks.length]?.base ?? 0) : address()),
);
let hits = 0;
const each = (find: (wanted: string) => boolean, count: number): number => {
  const rounds = Array.from({ length: 5 }, () =>
    cpuMs(() => {
      for (let i = 0; i < count; i += 1) if (find(asked[i] as string)) hits += 1;
    }),
  );
  return (median(rounds) * 1e6) / count;
};
const tree = each((wanted) => lookup.find(wanted) !== null, asked.length);
const map = each((wanted) => singles.has(wanted), asked.length);
const scan = each((wanted) => {
  readAddress(wanted, words);
  const value = words[0] as number;
  return networks.some(({ base, bits }) => (bits === 32 ? base === value : (base ^ value) >>> (32 - bits) === 0));
}, 50);
if (hits === 0) throw new Error('nothing was found');
console.log(`${tables.networks} networks: built in ${Math.round(built + finished)} ms, ${(bytes / 1e6).toFixed(1)} MB`);
console.log(`tree: ${Math.round(tree)} ns a look-up (target 1000), text of the address included`);
console.log(
  `Map of the single addresses alone: ${Math.round(map)} ns; scan over all networks: ${Math.round(scan / 1000)} µs`,
);

/* ---------- on the data's way ---------- */

const origin: SourceInfo = { source: 'file_auth.log', source_type: 'file', peer: null, hint: null, identity: 'bench' };
const context = { zoneMinutesAt: () => 0, year: 2026, live: false };
const redact = { email: false, phone: false, internalIps: false, custom: [] };
const files = readGeoFiles({ enabled: true, databases: [], folder: '', log: () => undefined });
const geo = openGeo(files);
if (geo === null) throw new Error('no database of places');
const records: LogRecord[] = [...authLogLines(100_000)].map((line, seq) => ({
  seq,
  origin,
  received_at: Date.UTC(2026, 10, 1),
  body: Buffer.from(line.trimEnd()).toString('utf8'),
  position: seq,
}));
const ways = {
  'parse + redact': createEnrichments({ redact }),
  'with lists (1 M)': createEnrichments({ redact, intel: tables }),
  'with places': createEnrichments({ redact, geo }),
  'with both': createEnrichments({ redact, geo, intel: tables }),
};
const costs = new Map<string, number[]>();
const rows = new Map<string, number[]>();
for (let round = 0; round < 10; round += 1) {
  for (const [name, enrichments] of Object.entries(ways)) {
    const events = records.map((record) => ({ record, event: parseRecord(record, context) }));
    const enrich = cpuMs(() => {
      for (const { event } of events) for (const enrichment of enrichments) enrichment.apply(event);
    });
    const encode = cpuMs(() => {
      for (const { event } of events) encodeRow(event);
    });
    if (round === 0) continue;
    costs.set(name, [...(costs.get(name) ?? []), (enrich * 1e6) / records.length]);
    rows.set(name, [...(rows.get(name) ?? []), (encode * 1e6) / records.length]);
  }
}
for (const [name, values] of costs)
  console.log(
    `${name}: enrichments ${Math.round(median(values))} ns/event, row ${Math.round(median(rows.get(name) ?? []))} ns/event`,
  );
const cold = cpuMs(() => {
  for (let i = 0; i < 50_000; i += 1) geo(asked[i] as string);
});
console.log(`place of an address that is not remembered: ${Math.round((cold * 1e6) / 50_000)} ns`);
