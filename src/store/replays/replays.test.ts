import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type Alert, eventToJson, newEvent } from '../../model/index.ts';
import { alert as sampleAlert } from '../state/conformance.test-suite.ts';
import { isReplayId, newReplayId, ReplayFolder } from './folder.ts';
import { type ReplayPlan, ReplayWriter } from './writer.ts';

const made = Date.UTC(2026, 10, 20, 12);
const over = { events: 100, seconds: 1, state: 'done', note: null } as const;
const limits = { keep: 3, maxBytes: 50_000_000 };

let root = '';
let folder: ReplayFolder;
beforeEach(() => {
  root = fs.mkdtempSync(path.join(os.tmpdir(), 'phosor-replays-'));
  folder = new ReplayFolder(path.join(root, 'replays'));
});
afterEach(() => fs.rmSync(root, { recursive: true, force: true }));

const planOf = (number: number, change: Partial<ReplayPlan> = {}): ReplayPlan => ({
  id: newReplayId(made + number, number),
  name: `replay ${number}`,
  by: 'anna',
  created_at: made + number,
  origin: 'history',
  files: [],
  from: made - 1000,
  to: made,
  rules: 2,
  rule_ids: null,
  kept: true,
  ...change,
});

function keep(number: number, alerts: readonly Alert[], within = limits) {
  const writer = new ReplayWriter(folder, planOf(number), within);
  for (const alert of alerts) writer.add(alert);
  return writer.finish(over);
}

/** An alert with an event, as it comes from the engine. */
function whole(number: number, raw = 'Failed password for root'): Alert {
  const origin = { source: 'file_auth.log', source_type: 'file', peer: null, hint: null, identity: '' } as const;
  const event = { ...newEvent(origin, made, raw), id: `0194a000-0000-8000-8000-00000000000${number % 10}` };
  event.has_time = true;
  return sampleAlert(number, { events: [eventToJson(event)], event_ids: [event.id] });
}

const names = () => folder.list().map(({ head }) => head?.name);

test('what was written is read back whole, also by another process', () => {
  const alerts = [whole(1), whole(2, 'größer\u0000 😀'), whole(3)];
  const head = keep(1, alerts);
  expect(head).toMatchObject({ name: 'replay 1', by: 'anna', events: 100, alerts: 3, state: 'done', removed: [] });
  const read = new ReplayFolder(folder.path).read(head.id, (replay) => ({
    head: replay.head,
    rules: replay.rules,
    alerts: alerts.map(({ id }) => replay.alerts.byId(id)),
  }));
  expect(read?.head).toEqual(head);
  expect(read?.alerts).toEqual(alerts.map((alert) => expect.objectContaining(alert)));
  expect(read?.rules.reduce((sum, rule) => sum + rule.alerts, 0)).toBe(3);
  expect(Object.values(head.by_severity).reduce((sum, count) => sum + count, 0)).toBe(3);
  // Only its owner may look, and nothing lies beside it.
  expect(fs.statSync(folder.file(head.id)).mode & 0o777).toBe(0o600);
  expect(fs.readdirSync(folder.path)).toEqual([`${head.id}.sqlite`]);
});

test('the newest are kept, and what went is said', () => {
  for (const number of [1, 2, 3]) keep(number, []);
  expect(names()).toEqual(['replay 3', 'replay 2', 'replay 1']);
  expect(keep(4, []).removed).toEqual(['replay 1']);
  expect(names()).toEqual(['replay 4', 'replay 3', 'replay 2']);
  expect(keep(5, [], { ...limits, maxBytes: folder.list()[0]?.bytes ?? 0 }).removed).toEqual(['replay 2', 'replay 3']);
  expect(names()).toEqual(['replay 5', 'replay 4']);
});

test('one that is read once takes no place of those that are kept, and goes', () => {
  for (const number of [1, 2, 3]) keep(number, []);
  const writer = new ReplayWriter(folder, planOf(4, { kept: false }), limits);
  expect(writer.finish(over).removed).toEqual([]);
  expect(names()).toEqual(['replay 4', 'replay 3', 'replay 2', 'replay 1']);
  folder.removeUnkept(made);
  expect(names()).toContain('replay 4');
  folder.removeUnkept(made + 10);
  expect(names()).toEqual(['replay 3', 'replay 2', 'replay 1']);
});

test('one takes at most half of the bytes, and says how many alerts it left out', () => {
  const alerts = Array.from({ length: 1000 }, (_, i) => whole(i, 'x'.repeat(2000)));
  const { state, note, alerts: kept } = keep(1, alerts, { keep: 3, maxBytes: 2_000_000 });
  expect(state).toBe('cut');
  expect(kept).toBeGreaterThan(100);
  expect(kept).toBeLessThan(1000);
  expect(note).toContain(`${1000 - kept} further alerts`);
  // The file is about as large as it was counted.
  const bytes = folder.list()[0]?.bytes ?? 0;
  expect(bytes).toBeGreaterThan(800_000);
  expect(bytes).toBeLessThan(1_800_000);
});

test('alerts whose events are not all there are told of', () => {
  const { event_ids } = whole(1);
  const { note, state } = keep(1, [{ ...whole(1), event_ids: [...event_ids, 'gone'] }, whole(2)]);
  expect(note).toContain('Of 1 alerts not all events could be kept');
  expect(state).toBe('done');
});

describe('what is not whole', () => {
  test('is not listed while it is written, and leaves nothing when it is given up', () => {
    const writer = new ReplayWriter(folder, planOf(1), limits);
    writer.add(whole(1));
    expect(folder.list()).toEqual([]);
    expect(fs.readdirSync(folder.path).join()).toContain('.partial');
    writer.discard();
    expect(fs.readdirSync(folder.path)).toEqual([]);
  });

  test('of a process that is gone is removed; of one that lives it stays', () => {
    fs.mkdirSync(folder.path, { recursive: true });
    // No process has such a number.
    for (const name of ['abcdef1.99999999.partial', 'abcdef1.99999999.partial-wal', `abcdef2.${process.ppid}.partial`])
      fs.writeFileSync(path.join(folder.path, name), '');
    expect(folder.removeUnfinished()).toBe(1);
    expect(fs.readdirSync(folder.path)).toEqual([`abcdef2.${process.ppid}.partial`]);
  });

  test('is listed with what is wrong, and can be removed', () => {
    const { id } = keep(1, [whole(1)]);
    fs.writeFileSync(folder.file(id), 'no database'.repeat(1000));
    expect(new ReplayFolder(folder.path).list()).toEqual([
      expect.objectContaining({ id, head: null, problem: expect.stringContaining('damaged') }),
    ]);
    expect(new ReplayFolder(folder.path).read(id, () => 'read')).toBeNull();
    expect(folder.remove(id)).toBe(true);
    expect(folder.remove(id)).toBe(false);
    expect(fs.readdirSync(folder.path)).toEqual([]);
  });
});

test('an id is never a path', () => {
  const outside = path.join(root, 'state.sqlite');
  fs.writeFileSync(outside, 'mine');
  for (const id of ['../state', '..%2fstate', '', 'ABCDEF', 'a/b/c/d', '../replays/x', 'abc', `${'a'.repeat(41)}`]) {
    expect(isReplayId(id), id).toBe(false);
    expect(
      folder.read(id, () => 'read'),
      id,
    ).toBeNull();
    expect(folder.remove(id), id).toBe(false);
  }
  expect(fs.readFileSync(outside, 'utf8')).toBe('mine');
});

test('a folder that is not there is an empty one', () => {
  expect(folder.list()).toEqual([]);
  expect(folder.removeUnfinished()).toBe(0);
});
