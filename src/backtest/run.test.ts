import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { compileRules, createCorrelator } from '../detect/index.ts';
import { createEnrichments } from '../enrich/index.ts';
import { zoneOffsets } from '../host-zone.ts';
import { type Alert, type Event, isoTime, type Match, type RuleDoc } from '../model/index.ts';
import { createPipeline } from '../pipeline.ts';
import { loadShippedRules } from '../rules-folder.ts';
import type { BacktestMessage, BacktestRequest, BacktestResult } from '../serve/backtest/messages.ts';
import { relevantRules } from '../serve/backtest/relevant.ts';
import { answerLine } from '../serve/backtest/shapes.ts';
import type { EventStore } from '../store/contract.ts';
import { writeSegment } from '../store/events/conformance.test-suite.ts';
import { openDuckdbStore } from '../store/events/duckdb/store.ts';
import { replayHistory } from './replay.ts';
import { type BacktestOptions, backtest } from './run.ts';

const rulesFolder = path.join(import.meta.dirname, '../../rules');
const shipped = loadShippedRules().docs;
const began = Date.UTC(2026, 10, 21, 3);

let folder = '';
let store: EventStore;
let events: Event[] = [];

/** Every line beside a shipped rule, as live reads it; the files one after the other, so that they do not mix. */
function linesOfRules(): Event[] {
  const rules = compileRules([]);
  const pipeline = createPipeline({
    contextOf: () => ({ zoneMinutesAt: zoneOffsets('UTC'), year: 2026, live: false }),
    enrichments: createEnrichments({ redact: { email: false, phone: false, internalIps: false, custom: [] } }),
    rules,
    correlator: createCorrelator(rules, { maxGroupsPerRule: 10, latenessMs: 0, finalOnly: true }),
    random: () => 0,
  });
  const found: Event[] = [];
  const files = fs
    .readdirSync(rulesFolder, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.log'));
  for (const [fileNumber, name] of files.sort().entries()) {
    const origin = { source: `file_${name}`, source_type: 'file', peer: null, hint: null, identity: name } as const;
    const lines = fs.readFileSync(path.join(rulesFolder, name), 'utf8').split('\n');
    for (const [position, body] of lines.entries()) {
      if (body === '' || body.startsWith('#')) continue;
      const received_at = began + fileNumber * 60_000 + position * 100;
      found.push(pipeline.understand({ seq: position, origin, received_at, body, position }));
    }
  }
  return found;
}

beforeAll(async () => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), 'phosor-backtest-'));
  store = await openDuckdbStore({ folder: path.join(folder, 'events'), maxBytes: 1e9, memoryLimitMb: 96 });
  events = linesOfRules();
  // In two loads, the second one reaching back.
  const late = events.filter((_, i) => i % 7 === 0);
  await store.load([
    writeSegment(
      folder,
      1,
      events.filter((_, i) => i % 7 !== 0),
    ),
  ]);
  await store.load([writeSegment(folder, 2, late)]);
  events = [...events.filter((_, i) => i % 7 !== 0), ...late];
});
afterAll(async () => {
  await store.close();
  fs.rmSync(folder, { recursive: true, force: true });
});

const options: BacktestOptions = { maxGroupsPerRule: 1000, maxSeconds: 600, maxAlerts: 10_000 };
const whole = { from: 0, to: 1e14 };

async function run(
  versions: BacktestRequest['versions'],
  change: Partial<BacktestOptions & Pick<BacktestRequest, 'from' | 'to'>> = {},
): Promise<{ result: BacktestResult; messages: BacktestMessage[] }> {
  const messages: BacktestMessage[] = [];
  const { from = whole.from, to = whole.to, ...changed } = change;
  await backtest({ from, to, versions }, store, { ...options, ...changed }, (message) => messages.push(message));
  for (const message of messages) answerLine.parse(marked(message));
  const result = messages.at(-1);
  if (result?.type !== 'result') throw new Error('there is no result');
  return { result, messages };
}

/** As the API tells it, which knows what is kept of live. */
function marked(message: BacktestMessage): object {
  const mark = <T extends object>(alert: T) => ({ ...alert, stored: false });
  if (message.type === 'alert') return { ...message, alert: mark(message.alert) };
  if (message.type !== 'result') return message;
  return { ...message, only_old: message.only_old.map(mark), only_new: message.only_new.map(mark) };
}

const versionOf = (rule: RuleDoc) => ({ rule_id: rule.id, docs: relevantRules(rule, shipped) });

/** The engine alone, as live runs it, over the same events in order of time. */
function engineAlone(rule: RuleDoc): Alert[] {
  const rules = compileRules(relevantRules(rule, shipped));
  const correlator = createCorrelator(rules, {
    maxGroupsPerRule: 1000,
    latenessMs: Number.POSITIVE_INFINITY,
    finalOnly: true,
  });
  const matches: Match[] = [];
  const changes = [...events]
    .sort((a, b) => a.time - b.time)
    .flatMap((event, seq) => {
      matches.length = 0;
      rules.match(event, seq, matches);
      if (matches.length > 0) return correlator.observe(matches);
      return correlator.waiting ? correlator.advance(event) : [];
    });
  const own = new Set(rules.rules.filter(({ doc }) => doc.id === rule.id).map(({ id }) => id));
  return [...changes, ...correlator.close()].map(({ alert }) => alert).filter(({ rule_id }) => own.has(rule_id));
}

const told = (messages: readonly BacktestMessage[]) =>
  messages
    .flatMap((message) => (message.type === 'alert' ? [message.alert] : []))
    .sort((a, b) => (a.id < b.id ? -1 : 1));

describe('every shipped rule', () => {
  test('finds what the engine alone finds, with and without push-down', async () => {
    let alerts = 0;
    let pushed = 0;
    for (const rule of shipped) {
      const versions = { new: versionOf(rule), old: null };
      const { result, messages } = await run(versions);
      const full = await run(versions, { pushDown: false });
      expect(told(messages), rule.name).toEqual(told(full.messages));
      expect({ ...result, seconds: 0, pushed_down: false, selection: null }, rule.name).toEqual({
        ...full.result,
        seconds: 0,
      });
      const alone = engineAlone(rule)
        .map(({ id, time, first, last, severity, message, group, count }) => ({
          id,
          time: isoTime(time),
          first: isoTime(first),
          last: isoTime(last),
          severity,
          message,
          group,
          count,
        }))
        .sort((a, b) => (a.id < b.id ? -1 : 1));
      expect(told(messages), rule.name).toEqual(alone.slice(0, 200));
      expect(result.alerts.new, rule.name).toBe(alone.length);
      alerts += alone.length;
      if (result.pushed_down) pushed += 1;
    }
    expect(alerts).toBeGreaterThan(shipped.length);
    expect(pushed).toBeGreaterThan(shipped.length * 0.9);
  }, 600_000);
});

const threshold = (count: number, change: Partial<RuleDoc> = {}): RuleDoc => ({
  id: 'failures',
  name: 'Failures',
  description: '',
  type: 'threshold',
  config: { field: 'parsed.event_type', value: 'auth_fail', count, window_seconds: 600, group_by: ['src_ip'] },
  enabled: true,
  severity: 'high',
  origin: 'user',
  author: null,
  created_at: 0,
  updated_at: 0,
  ...change,
});
const alone = (rule: RuleDoc) => ({ rule_id: rule.id, docs: [rule] });

describe('a comparison', () => {
  test('says what only one version finds', async () => {
    const { result, messages } = await run({ new: alone(threshold(8)), old: alone(threshold(4)) });
    expect(result.alerts.old).toBeGreaterThan(result.alerts.new);
    expect(result.alerts.new).toBeGreaterThan(0);
    expect(result.only_new).toEqual([]);
    expect(result.only_old_total).toBeGreaterThan(0);
    expect(result.only_old).toHaveLength(Math.min(50, result.only_old_total));
    const sum = (counts: (number | null)[]): number => counts.reduce<number>((total, one) => total + (one ?? 0), 0);
    expect(sum(result.per_day.map(({ old }) => old))).toBe(result.alerts.old);
    expect(sum(result.per_day.map(({ new: now }) => now))).toBe(result.alerts.new);
    const found = messages.flatMap((message) => (message.type === 'alert' ? [message.version] : []));
    expect(found.filter((version) => version === 'old')).toHaveLength(result.alerts.old ?? -1);
    // What only the old one finds has no counterpart of the same address at the same time.
    const mine = messages.flatMap((message) =>
      message.type === 'alert' && message.version === 'new' ? [message.alert] : [],
    );
    for (const only of result.only_old) {
      const same = mine.filter(
        ({ group, first, last }) => group.src_ip === only.group.src_ip && first <= only.last && last >= only.first,
      );
      expect(same).toEqual([]);
    }
  });

  test('an edit that changes nothing differs in nothing', async () => {
    const { result } = await run({ new: alone(threshold(5, { name: 'Renamed' })), old: alone(threshold(5)) });
    expect(result.alerts.old).toBe(result.alerts.new);
    expect([result.only_old_total, result.only_new_total]).toEqual([0, 0]);
  });
});

test('a rule about too few events is judged by the time of all events, in a backtest and in a replay', async () => {
  const yaml = `title: Few failures
id: few-failures
correlation: { type: event_count, rules: [failed], group-by: [src_ip], timespan: 10s, condition: { lt: 3 } }
---
title: Failed login
name: failed
logsource: { product: linux }
detection: { selection: { event_type: auth.failure }, condition: selection }
`;
  const rule = threshold(1, { id: 'few-failures', type: 'sigma', config: { yaml } });
  const expected = engineAlone(rule).map(({ id, count }) => ({ id, count }));
  expect(expected.length).toBeGreaterThan(5);
  const sorted = (alerts: readonly { id: string; count: number }[]) =>
    alerts.map(({ id, count }) => ({ id, count })).sort((a, b) => (a.id < b.id ? -1 : 1));
  const { result, messages } = await run({ new: versionOf(rule), old: null });
  expect(sorted(told(messages))).toEqual(sorted(expected));
  expect(result.pushed_down).toBe(false);
  const replayed: Alert[] = [];
  for await (const alert of replayHistory({ store, rules: [rule], ...whole })) replayed.push(alert);
  expect(sorted(replayed)).toEqual(sorted(expected));
});

describe('a run', () => {
  test('tells progress, samples as they are stored, and stays in its range', async () => {
    const middle = [...events].sort((a, b) => a.time - b.time)[Math.floor(events.length / 2)]?.time ?? 0;
    const first = await run({ new: alone(threshold(5)), old: null }, { to: middle });
    const second = await run({ new: alone(threshold(5)), old: null }, { from: middle });
    expect(first.result.events + second.result.events).toBe(events.length);
    expect(first.result.scanned).toBe(first.result.events);
    expect(first.messages[0]).toMatchObject({ type: 'progress', total: first.result.events });
    expect(first.result.samples.length).toBeGreaterThan(0);
    expect(first.result.samples.length).toBeLessThanOrEqual(10);
    expect(first.result.samples).toEqual(await store.byIds(first.result.samples.map(({ id }) => id)));
  });

  test('ends at a limit, and says so', async () => {
    const alerts = await run({ new: alone(threshold(1)), old: null }, { maxAlerts: 10 });
    expect(alerts.result.truncated).toMatch(/^The run ended at 10 alerts\. Nothing from 2026-.* on was looked at\.$/);
    const time = await run({ new: alone(threshold(1)), old: null }, { maxSeconds: -1 });
    expect(time.result.truncated).toContain('The run ended after -1 s');
    expect(time.result.scanned).toBeLessThan(events.length);
  });

  test('nothing in the range is a result too', async () => {
    const { result } = await run({ new: alone(threshold(5)), old: null }, { to: 1000 });
    expect(result).toMatchObject({
      events: 0,
      matched: 0,
      alerts: { new: 0 },
      per_day: [],
      samples: [],
      truncated: null,
    });
  });

  test('a rule that does not compile is refused with its reason', async () => {
    const broken = threshold(5, { type: 'sigma', config: { yaml: 'title: x\nlogsource: {}\n' } });
    await expect(run({ new: alone(broken), old: null })).rejects.toThrow('detection');
  });
});
