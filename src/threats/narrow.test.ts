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
  let at = 0;
  const events = Array.from({ length: 3000 }, (_, i) => {
    at += random(20) === 0 ? 400_000 : random(9000);
    const ip = addresses[Math.min(random(addresses.length), random(addresses.length))];
    const body =
      random(2) === 0
        ? `<38>Nov 20 10:00:00 web1 sshd[${i}]: Failed password for u${random(9)} from ${ip} port 40022 ssh2`
        : `<4>Nov 20 10:00:00 fw1 kernel: [UFW BLOCK] IN=eth0 OUT= SRC=${ip} DST=192.0.2.10 LEN=40 TTL=64 PROTO=TCP SPT=40000 DPT=${random(3) === 0 ? random(60) : 80} SYN URGP=0`;
    const time = start + at;
    const parsed = parseRecord(
      { seq: i, origin, received_at: time, body, position: i },
      { zoneMinutesAt: () => 0, year: 2026, live: false },
    );
    return { ...parsed, time, id: eventId(time, i, i * 7919, 1) };
  });
  await store.load([writeSegment(folder, 1, events)]);
});
afterAll(async () => {
  await store.close();
  fs.rmSync(folder, { recursive: true, force: true });
});

const shipped = loadShippedRules().docs;
const minute = 60_000;
const detector = (attack: AttackType, atLeast: number, windowMs: number, minEvents?: number) =>
  detectorOf(
    attack,
    { windowMs, atLeast, ...(minEvents !== undefined && { minEvents }) },
    {},
    { inForce: shipped, shipped },
  );

test.each<[string, ThreatRequest['detectors']]>([
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
])('%s: the same with and without', async (_, detectors) => {
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
