import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { eventId, type SourceInfo } from '../model/index.ts';
import { parseRecord } from '../parse/index.ts';
import { loadShippedRules } from '../rules-folder.ts';
import type { AttackType, ThreatRequest } from '../serve/threats/messages.ts';
import { detectorOf } from '../serve/threats/parameters.ts';
import type { EventStore } from '../store/contract.ts';
import { start, writeSegment } from '../store/events/conformance.test-suite.ts';
import { openDuckdbStore } from '../store/events/duckdb/store.ts';
import { findJoined } from './join.ts';
import { keepHours } from './keeper.ts';
import { hourMs, KeptHours } from './kept.ts';
import { findThreats } from './run.ts';

/* What the store leaves out before the engine looks changes nothing of what is found. */

let folder = '';
let store: EventStore;
let seed = 7;
const random = (below: number): number => {
  seed = (seed * 1103515245 + 12345) % 2147483648;
  return Math.floor((seed / 2147483648) * below);
};
const origin: SourceInfo = {
  source: 'syslog_192.0.2.1',
  source_type: 'syslog',
  peer: '192.0.2.1',
  hint: null,
  identity: '',
};
const addresses = [
  '203.0.113.1',
  '203.0.113.2',
  '203.0.113.3',
  '203.0.113.4',
  '2001:db8::1',
  '2001:db8::2',
  '2001:db8:1::1',
];

beforeAll(async () => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), 'phosor-narrow-'));
  store = await openDuckdbStore({ folder: path.join(folder, 'events'), maxBytes: 1e9, memoryLimitMb: 96 });
  await store.load([writeSegment(folder, 1, madeEvents(3000, 0))]);
});
afterAll(async () => {
  await store.close();
  fs.rmSync(folder, { recursive: true, force: true });
});

/** Bursts with pauses between them, of few addresses and of one that comes and goes: some windows fill, many nearly. */
function madeEvents(length: number, first: number) {
  let at = first;
  let burst = 0;
  return Array.from({ length }, (_, i) => {
    const isOver = random(20) === 0;
    if (isOver) burst += 1;
    at += isOver ? 400_000 : random(9000);
    const known = addresses[Math.min(random(addresses.length), random(addresses.length))];
    const ip = random(2) === 0 ? known : `203.0.113.${20 + (burst % 40)}`;
    const body =
      random(2) === 0
        ? `<38>Nov 20 10:00:00 web1 sshd[${i}]: Failed password for u${random(9)} from ${ip} port 40022 ssh2`
        : `<4>Nov 20 10:00:00 fw1 kernel: [UFW BLOCK] IN=eth0 OUT= SRC=${ip} DST=192.0.2.10 LEN=40 TTL=64 PROTO=TCP SPT=40000 DPT=${random(3) === 0 ? random(60) : 80} SYN URGP=0`;
    const time = start + at;
    const parsed = parseRecord(
      { seq: i, origin, received_at: time, body, position: i },
      { zoneMinutesAt: () => 0, year: 2026, live: false },
    );
    return { ...parsed, time, id: eventId(time, i, i * 7919 + length, 1) };
  });
}

const shipped = loadShippedRules().docs;
const minute = 60_000;
const detector = (attack: AttackType, atLeast: number, windowMs: number, minEvents?: number) =>
  detectorOf(
    attack,
    { windowMs, atLeast, ...(minEvents !== undefined && { minEvents }) },
    {},
    { inForce: shipped, shipped },
  );

const sets: [string, ThreatRequest['detectors']][] = [
  ['brute force', [detector('BRUTE_FORCE', 5, 15 * minute)]],
  ['brute force that few reach', [detector('BRUTE_FORCE', 4, minute)]],
  ['floods', [detector('SINGLE_IP_FLOOD', 9, minute), detector('DISTRIBUTED_FLOOD', 3, minute, 12)]],
  ['port scan', [detector('PORT_SCAN', 3, 10 * minute, 6)]],
  [
    'all at once',
    [
      detector('BRUTE_FORCE', 3, minute),
      detector('PORT_SCAN', 3, 10 * minute, 5),
      detector('SQL_INJECTION', 1, minute),
    ],
  ],
];

test.each(sets)('%s: the same with and without', async (_, detectors) => {
  const request: ThreatRequest = {
    from: start,
    to: start + 1e9,
    detectors,
    want: 'attacks',
    severities: null,
    limit: 1000,
  };
  const options = { maxGroupsPerRule: 10_000, maxSeconds: 600 };
  const asked: (string[] | null)[] = [];
  const narrow = await findThreats(
    request,
    {
      ...{ spans: (...args) => store.spans(...args), columns: (...args) => store.columns(...args) },
      crowds: async (...args) => {
        const values = await store.crowds(...args);
        asked.push(values);
        return values;
      },
    },
    options,
  );
  const wide = await findThreats(
    request,
    {
      ...{ spans: (...args) => store.spans(...args), columns: (...args) => store.columns(...args) },
      crowds: async () => null,
    },
    options,
  );
  const everything = await findThreats(
    request,
    {
      spans: (...args) => store.spans(...args),
      columns: (all) => store.columns({ ...all, where: null, messageStart: undefined }),
      crowds: async () => null,
    },
    options,
  );
  expect(wide).toEqual({ ...everything, seconds: wide.seconds });
  expect(asked.length).toBeGreaterThan(0);
  expect(wide.total).toBeGreaterThan(0);
  expect(narrow.matched).toBeLessThanOrEqual(wide.matched);
  expect(narrow.attacks).toEqual(wide.attacks);
  expect(narrow.bySeverity).toEqual(wide.bySeverity);
});

/* What was kept of past hours and is joined is what a run over the whole time finds. */

const options = { maxGroupsPerRule: 10_000, maxSeconds: 600 };

/** Both ways of a request, and how much the joined one has read. */
async function bothWays(request: ThreatRequest, kept: string) {
  let read = 0;
  const reader = {
    spans: (...args: Parameters<EventStore['spans']>) => store.spans(...args),
    crowds: (...args: Parameters<EventStore['crowds']>) => store.crowds(...args),
    histogram: (...args: Parameters<EventStore['histogram']>) => store.histogram(...args),
    columns: async (...args: Parameters<EventStore['columns']>) => {
      const columns = await store.columns(...args);
      read += columns.rows;
      return columns;
    },
  };
  const direct = await findThreats(request, reader, options);
  const ofDirect = read;
  read = 0;
  const joined = await findJoined(request, reader, options, new KeptHours(kept, request.detectors, 'test'));
  return { direct, joined, ofDirect, ofJoined: read };
}

/** The hours from the first on, ten of them; what comes behind was not looked at before. */
const first = Math.floor(start / hourMs) * hourMs;
const keep = (kept: string, detectors: readonly ThreatRequest['detectors'][], now = first + 10.7 * hourMs) =>
  keepHours(
    { sets: detectors, folder: kept, context: 'test', now, options: { ...options, pause: async () => {} } },
    store,
  );

test('kept hours are joined to what a run over the whole time finds', async () => {
  const kept = path.join(folder, 'kept');
  const all = [sets[0], sets[4]].map((one) => one?.[1] ?? []);
  expect(await keep(kept, all)).toBe(10);
  expect(await keep(kept, all)).toBe(0);
  const spans = [
    { from: start, to: first + 14 * hourMs },
    { from: first + 2 * hourMs + 1_234_567, to: first + 12 * hourMs + 7_654_321 },
    { from: first + 5 * hourMs - 1000, to: first + 6 * hourMs + 1000 },
  ];
  let sums = { direct: 0, joined: 0, attacks: 0 };
  for (const detectors of all) {
    for (const span of spans) {
      const request: ThreatRequest = { ...span, detectors, want: 'windows', severities: null, limit: 1000 };
      const { direct, joined, ofDirect, ofJoined } = await bothWays(request, kept);
      expect(joined.attacks).toEqual(direct.attacks);
      const { total, bySeverity, scanned, notes } = direct;
      expect(joined).toMatchObject({ total, bySeverity, scanned, notes });
      sums = {
        direct: sums.direct + ofDirect,
        joined: sums.joined + ofJoined,
        attacks: sums.attacks + direct.total,
      };
    }
  }
  expect(sums.attacks).toBeGreaterThan(50);
  expect(sums.joined).toBeLessThan(sums.direct);
});

test('a quiet border saves the reading, and what comes late is seen', async () => {
  const kept = path.join(folder, 'kept-late');
  const detectors = [detector('BRUTE_FORCE', 4, minute)];
  await keep(kept, [detectors]);
  const whole: ThreatRequest = {
    from: start,
    to: first + 10 * hourMs,
    detectors,
    want: 'windows',
    severities: null,
    limit: 1000,
  };
  const before = await bothWays(whole, kept);
  expect(before.ofJoined).toBeLessThan(before.ofDirect);
  await store.load([writeSegment(folder, 2, madeEvents(200, 2 * hourMs))]);
  const after = await bothWays(whole, kept);
  expect(after.direct.attacks).not.toEqual(before.direct.attacks);
  expect(after.joined.attacks).toEqual(after.direct.attacks);
  expect(await keep(kept, [detectors])).toBeGreaterThan(0);
  const again = await bothWays(whole, kept);
  expect(again.joined.attacks).toEqual(after.direct.attacks);
});

test('hours that are not over, and other rules, are not taken from what was kept', async () => {
  const kept = path.join(folder, 'kept-other');
  const detectors = [detector('BRUTE_FORCE', 4, minute)];
  const now = first + 3 * hourMs;
  expect(await keep(kept, [detectors], now)).toBe(2);
  const [set] = fs.readdirSync(kept);
  expect(fs.statSync(path.join(kept, set as string)).mode & 0o077).toBe(0);
  await keep(kept, [[detector('BRUTE_FORCE', 3, minute)]], now);
  expect(fs.readdirSync(kept)).toHaveLength(1);
  expect(fs.readdirSync(kept)).not.toContain(set);
});
