import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { Reader } from '../backtest/reading.ts';
import { compileRules, createCorrelator } from '../detect/index.ts';
import { zoneOffsets } from '../host-zone.ts';
import type { Alert, Event } from '../model/index.ts';
import { createPipeline } from '../pipeline.ts';
import { loadShippedRules } from '../rules-folder.ts';
import type { EventStore, ReplayHead } from '../store/contract.ts';
import { writeSegment } from '../store/events/conformance.test-suite.ts';
import { openDuckdbStore } from '../store/events/duckdb/store.ts';
import { newReplayId, ReplayFolder } from '../store/replays/folder.ts';
import type { ReplayJob, ReplayProgress } from './messages.ts';
import { runReplay } from './run.ts';

const shipped = loadShippedRules().docs;
const bruteForce = shipped.find(({ name }) => name === 'SSH brute force')?.id as string;
const began = Date.UTC(2026, 10, 20, 10);
const lines = 4000;

let folder = '';
let store: EventStore;

/** Failed logins of ten addresses, now and then an accepted one, half a second apart. */
function attack(): Event[] {
  const rules = compileRules([]);
  const pipeline = createPipeline({
    contextOf: () => ({ zoneMinutesAt: zoneOffsets('UTC'), year: 2026, live: false }),
    enrichments: [],
    rules,
    correlator: createCorrelator(rules, { maxGroupsPerRule: 10, latenessMs: 0, finalOnly: true }),
    random: () => 0,
  });
  const origin = { source: 'file_auth.log', source_type: 'file', peer: null, hint: null, identity: 'auth' } as const;
  return Array.from({ length: lines }, (_, i) => {
    const what = i % 97 === 96 ? 'Accepted' : 'Failed';
    const body = `sshd[1]: ${what} password for root from 203.0.113.${Math.floor(i / 400)} port ${1024 + i} ssh2`;
    return pipeline.understand({ seq: i, origin, received_at: began + i * 500, body, position: i * 100 });
  });
}

beforeAll(async () => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), 'phosor-replay-run-'));
  store = await openDuckdbStore({ folder: path.join(folder, 'events'), maxBytes: 1e9, memoryLimitMb: 96 });
  await store.load([writeSegment(folder, 1, attack())]);
});
afterAll(async () => {
  await store.close();
  fs.rmSync(folder, { recursive: true, force: true });
});

let results = '';
let made = 0;
beforeEach(() => {
  results = fs.mkdtempSync(path.join(folder, 'replays-'));
});
afterEach(() => fs.rmSync(results, { recursive: true, force: true }));

const jobOf = (change: Partial<Omit<ReplayJob, 'plan'>> & { plan?: Partial<ReplayJob['plan']> } = {}): ReplayJob => {
  made += 1;
  const plan = {
    id: newReplayId(began, made),
    name: 'all',
    by: 'anna',
    created_at: began,
    origin: 'history' as const,
    files: [],
    from: began - 1000,
    to: began + 86_400_000,
    rules: shipped.length,
    rule_ids: null,
    kept: true,
  };
  const limits = { keep: 20, maxBytes: 100_000_000 };
  const job = { folder: results, docs: shipped, limits, maxGroupsPerRule: 1000, maxSeconds: 600, maxAlerts: 10_000 };
  return { ...job, ...change, plan: { ...plan, ...change.plan } };
};

async function run(job: ReplayJob, isCancelled = () => false) {
  const told: ReplayProgress[] = [];
  const head = await runReplay(job, { store, isCancelled, tell: (progress) => told.push(progress) });
  return { head, told, alerts: alertsOf(head) };
}

const alertsOf = ({ id }: ReplayHead): Alert[] =>
  new ReplayFolder(results).read(id, ({ alerts }) =>
    alerts.list({}, 1000, null, 'oldest').alerts.map((alert) => alerts.byId(alert.id) as Alert),
  ) ?? [];

test('the same history and rules give the same alerts with the same ids', async () => {
  const first = await run(jobOf());
  const again = await run(jobOf({ plan: { name: 'again' } }));
  expect(first.head).toMatchObject({ events: lines, state: 'done', note: null, alerts: first.alerts.length });
  expect(first.alerts.length).toBeGreaterThan(10);
  expect(new Set(first.alerts.map(({ rule_id }) => rule_id)).size).toBeGreaterThan(1);
  expect(again.alerts).toEqual(first.alerts);
  // Whole alerts: events, and why.
  const [alert] = first.alerts.filter(({ rule_id }) => rule_id === bruteForce);
  expect(alert?.events.length).toBe(40);
  expect(alert?.explain.clauses.length).toBeGreaterThan(0);
  expect(alert?.count).toBeGreaterThan(40);
});

test('of chosen rules only their own alerts are told', async () => {
  const { head, alerts } = await run(jobOf({ plan: { rule_ids: [bruteForce], rules: 1 } }));
  expect(new Set(alerts.map(({ rule_id }) => rule_id))).toEqual(new Set([bruteForce]));
  expect(head.alerts).toBe(10);
});

test('progress is told, from the beginning', async () => {
  const { told } = await run(jobOf());
  expect(told[0]).toEqual({ events: 0, total: lines, alerts: 0, seconds: expect.any(Number) });
});

test('a part of the time has the events of that part', async () => {
  const { head } = await run(jobOf({ plan: { from: began, to: began + 100_000 } }));
  expect(head).toMatchObject({ events: 200, from: began, to: began + 100_000 });
});

describe('what ends early says so', () => {
  test('cancelled: what was found until then is kept', async () => {
    let asked = 0;
    const { head, alerts } = await run(jobOf(), () => {
      asked += 1;
      return asked > 1;
    });
    expect(head.state).toBe('cancelled');
    expect(head.note).toMatch(/^It was cancelled\. Nothing from 2026-11-20T1.* on was looked at\.$/);
    expect(head.alerts).toBe(alerts.length);
    expect(alerts.length).toBeGreaterThan(0);
  });

  test('at once', async () => {
    const { head } = await run(jobOf(), () => true);
    expect(head).toMatchObject({ state: 'cancelled', events: 0, alerts: 0 });
  });

  test('at a number of alerts', async () => {
    const { head } = await run(jobOf({ maxAlerts: 1 }));
    expect(head.state).toBe('cut');
    expect(head.note).toContain('It ended at 1 alerts. Nothing from 2026-11-20T10:');
  });

  test('after its time', async () => {
    const { head } = await run(jobOf({ maxSeconds: -1 }));
    expect(head).toMatchObject({ state: 'cut', note: expect.stringContaining('Nothing from') });
  });

  test('a failing store leaves nothing behind', async () => {
    const broken: Reader = {
      spans: store.spans.bind(store),
      columns: () => Promise.reject(new Error('the disk is gone')),
      byIds: store.byIds.bind(store),
    };
    const parts = { store: broken, isCancelled: () => false, tell: () => {} };
    await expect(runReplay(jobOf(), parts)).rejects.toThrow('the disk is gone');
    expect(fs.readdirSync(results)).toEqual([]);
  });
});
