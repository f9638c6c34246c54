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
import { keepThreats } from './keeper.ts';
import { KeptLogs } from './kept.ts';
import type { Keeping } from './pieces.ts';
import { findThreats } from './run.ts';
import { floorTo, hourMs } from './stored.ts';

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

/* What is found with what was kept is what a run over the whole time finds. */

const options = { maxGroupsPerRule: 10_000, maxSeconds: 600, pause: async () => {} };

/** Both ways of a request, and how much the joined one has read. */
async function bothWays(request: ThreatRequest, folder: string, keeping: Keeping) {
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
  const kept = new KeptLogs(folder, request.detectors, 'test');
  const joined = await findJoined(request, reader, options, kept, keeping);
  const { total, bySeverity, scanned, notes, attacks } = direct;
  expect(joined.attacks).toEqual(attacks);
  expect(joined).toMatchObject({ total, bySeverity, scanned, notes });
  return { direct, ofDirect, ofJoined: read };
}

const first = floorTo(start, hourMs);
/** Eleven hours after the first one: ten of them will not change any more. */
const later: Keeping = { now: first + 10.7 * hourMs, least: 1e9 };
const keep = (folder: string, sets: readonly ThreatRequest['detectors'][], keeping = later, isRecent = false) =>
  keepThreats({ sets, folder, context: 'test', keeping, options, isRecent, mostMs: 1e9 }, store);
const asked = (detectors: ThreatRequest['detectors'], from: number, to: number): ThreatRequest => ({
  ...{ from, to, detectors, want: 'windows', severities: null, limit: 1000 },
});
const filesIn = (kept: string): string[] =>
  fs.readdirSync(kept, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.log'));

test('kept hours come to what a run over the whole time finds', async () => {
  const kept = path.join(folder, 'kept');
  const all = [sets[0], sets[4]].map((one) => one?.[1] ?? []);
  expect((await keep(kept, all)).stretches).toBeGreaterThan(0);
  expect(await keep(kept, all)).toEqual({ stretches: 0, isAll: true });
  const spans = [
    [start, first + 14 * hourMs],
    [first + 2 * hourMs + 1_234_567, first + 12 * hourMs + 7_654_321],
    [first + 5 * hourMs - 1000, first + 6 * hourMs + 1000],
  ] as const;
  let sums = { direct: 0, joined: 0, attacks: 0 };
  for (const detectors of all) {
    for (const [from, to] of spans) {
      const { direct, ofDirect, ofJoined } = await bothWays(asked(detectors, from, to), kept, later);
      sums = { direct: sums.direct + ofDirect, joined: sums.joined + ofJoined, attacks: sums.attacks + direct.total };
    }
  }
  expect(sums.attacks).toBeGreaterThan(50);
  expect(sums.joined).toBeLessThan(sums.direct / 2);
});

test('recent time is kept in small parts, also of what comes late, and is one when it is over', async () => {
  const kept = path.join(folder, 'kept-recent');
  const all = [sets[0], sets[2], sets[4]].map((one) => one?.[1] ?? []);
  let [most, attacks, segment] = [0, 0, 10];
  for (let now = first + 2.2 * hourMs; now < first + 4.2 * hourMs; now += 1_200_000 + random(1_500_000)) {
    const keeping = { now, least: 20 };
    await keep(kept, all, keeping, random(3) > 0);
    most = Math.max(most, filesIn(kept).length);
    segment += 1;
    const late = madeEvents(10 + segment, now - start - 100_000 - random(2 * hourMs));
    await store.load([writeSegment(folder, segment, late)]);
    if (random(2) === 0) await keep(kept, all, keeping, true);
    for (const detectors of all) {
      const request = asked(detectors, first + random(2 * hourMs), now - random(400_000));
      const { direct, ofJoined } = await bothWays(request, kept, keeping);
      attacks += direct.total;
      expect(ofJoined).toBeLessThan(500);
    }
  }
  expect(attacks).toBeGreaterThan(50);
  expect(most).toBeGreaterThan(20);
  await keep(kept, all, { now: first + 8 * hourMs, least: 20 });
  const past = filesIn(kept).map((name) => Number(/(\d+)_\d+_/.exec(name)?.[1]));
  expect(past.filter((from) => from >= first + hourMs && from < first + 4 * hourMs)).toHaveLength(3 * all.length);
  for (const detectors of all) await bothWays(asked(detectors, start, first + 8 * hourMs), kept, later);
});

test('who asks keeps what was looked at, and what comes late is seen', async () => {
  const kept = path.join(folder, 'kept-late');
  const detectors = [detector('BRUTE_FORCE', 4, minute)];
  const whole = asked(detectors, start, first + 12 * hourMs);
  const cold = await bothWays(whole, kept, later);
  const warm = await bothWays(whole, kept, later);
  expect(warm.ofJoined).toBeLessThan(cold.ofJoined / 2);
  await store.load([writeSegment(folder, 2, madeEvents(200, 2 * hourMs))]);
  const after = await bothWays(whole, kept, later);
  expect(after.direct.attacks).not.toEqual(warm.direct.attacks);
  expect(after.ofJoined).toBeGreaterThan(warm.ofJoined);
  const again = await bothWays(whole, kept, later);
  expect(again.ofJoined).toBe(warm.ofJoined);
});

test('other rules are not answered from what was kept, and what cannot be read is read anew', async () => {
  const kept = path.join(folder, 'kept-other');
  const detectors = [detector('BRUTE_FORCE', 4, minute)];
  expect((await keep(kept, [detectors])).stretches).toBeGreaterThan(0);
  const [set] = fs.readdirSync(kept);
  const files = filesIn(kept).map((name) => path.join(kept, name));
  for (const file of files) {
    expect(fs.statSync(file).mode & 0o077).toBe(0);
    const { size } = fs.statSync(file);
    if (size > 20) fs.truncateSync(file, size - 7);
  }
  const broken = files.slice(0, 3);
  for (const file of files.slice(3)) fs.rmSync(file);
  expect(broken.some((file) => fs.statSync(file).size > 0)).toBe(true);
  await bothWays(asked(detectors, start, first + 10 * hourMs), kept, later);
  await keep(kept, [[detector('BRUTE_FORCE', 3, minute)]]);
  expect(fs.readdirSync(kept)).toHaveLength(1);
  expect(fs.readdirSync(kept)).not.toContain(set);
});
