import { expect, test } from 'vitest';
import type { SourceTally } from '../messages.ts';
import { type HealthReport, ownSource, SourceHealth } from './source-health.ts';

const start = Date.UTC(2026, 10, 21, 3);
const second = 1000;
const minute = 60 * second;

/** A program whose clock is ours; `sends` is what the pipeline would tell of a source a second later. */
function watching(options: { isWatched?: (source: string) => boolean; isHeld?: () => boolean } = {}) {
  let now = start;
  const reports: HealthReport[] = [];
  const health = new SourceHealth({
    report: (report) => reports.push(report),
    isWatched: options.isWatched ?? (() => true),
    isHeld: options.isHeld ?? (() => false),
    now: () => now,
  });
  const tallies = new Map<string, SourceTally>();
  const sends = (source: string, more: { events?: number; raw?: number; skewed?: number; offset?: number } = {}) => {
    const { events = 1, raw = 0, skewed = 0, offset = 0 } = more;
    const before = tallies.get(source);
    const tally: SourceTally = {
      ...{ source, redacted: 0, redactedKinds: [], format: null, lastRaw: null },
      events: (before?.events ?? 0) + events,
      raw: (before?.raw ?? 0) + raw,
      skewed: (before?.skewed ?? 0) + skewed,
      lastAt: now,
      clockOffsetMs: offset,
    };
    tallies.set(source, tally);
    health.note({ sources: [tally] });
  };
  /** Time passes, with a tick of the pipeline every ten seconds. */
  const passes = (ms: number) => {
    for (const end = now + ms; now < end; ) {
      now = Math.min(end, now + 10 * second);
      health.note({ sources: [] });
    }
  };
  const sleeps = (ms: number) => {
    now += ms;
    health.note({ sources: [] });
  };
  const told = () => reports.splice(0).map(({ phosor, source }) => `${phosor} ${source}`);
  return { sends, passes, sleeps, told, reports };
}

const host = 'syslog_192.0.2.7';

/** Two hours with a line every two minutes. */
function known(options = {}) {
  const one = watching(options);
  for (let i = 0; i < 60; i += 1) {
    one.sends(host);
    one.passes(2 * minute);
  }
  return one;
}

test('a source that falls silent is told once, and again when it is back', () => {
  const { passes, sends, told, reports } = known();
  passes(12 * minute);
  expect(told()).toEqual([]);
  passes(2 * minute);
  expect(reports[0]).toMatchObject({ phosor: 'source.silent', source: host, longest_pause_seconds: 120 });
  expect(reports[0]?.message).toMatch(/has sent nothing for 15 min\. Its longest pause so far was 2 min\./);
  passes(120 * minute);
  expect(told()).toEqual([`source.silent ${host}`]);
  sends(host);
  expect(told()).toEqual([`source.resumed ${host}`]);
  // Such a pause is usual from now on.
  passes(180 * minute);
  expect(told()).toEqual([]);
});

test('a source with long pauses of its own is given three of them; a new one is not watched', () => {
  const { sends, passes, told } = watching();
  for (let hour = 0; hour < 30; hour += 1) {
    sends(host, { events: 50 });
    passes(60 * minute);
  }
  sends('syslog_192.0.2.9', { events: 500 });
  passes(115 * minute);
  expect(told()).toEqual([]);
  passes(10 * minute);
  expect(told()).toEqual([`source.silent ${host}`]);
});

test('nobody is silent while this host sleeps or takes nothing, nor where nobody watches', () => {
  const asleep = known();
  asleep.sleeps(8 * 60 * minute);
  expect(asleep.told()).toEqual([]);
  let isHeld = false;
  const full = known({ isHeld: () => isHeld });
  isHeld = true;
  full.passes(60 * minute);
  isHeld = false;
  full.passes(5 * minute);
  expect(full.told()).toEqual([]);
  const removed = known({ isWatched: () => false });
  removed.passes(60 * minute);
  expect(removed.told()).toEqual([]);
});

test('times in the future and a live sender that is late are a wrong clock, an old file is not', () => {
  const { sends, told, reports } = watching();
  sends('file_old.log', { events: 400, offset: 86_400 * second });
  sends(host, { events: 30, skewed: 2 });
  expect(told()).toEqual([]);
  sends(host, { events: 30, skewed: 30 });
  sends(host, { events: 30, skewed: 30 });
  expect(reports[0]).toMatchObject({ direction: 'ahead' });
  expect(told()).toEqual([`source.clock_skew ${host}`]);
  sends('syslog_192.0.2.8', { events: 20, offset: 3600 * second });
  expect(reports[0]).toMatchObject({ direction: 'behind', offset_seconds: 3600 });
  expect(told()).toEqual(['source.clock_skew syslog_192.0.2.8']);
  // Right, then wrong again.
  sends(host, { events: 30 });
  sends(host, { events: 30, skewed: 30 });
  expect(told()).toEqual([`source.clock_skew ${host}`]);
});

test('a source whose lines are no longer understood is told once; one that never was is not', () => {
  const { sends, told, reports } = watching();
  for (let i = 0; i < 5; i += 1) {
    sends('file_app.log', { events: 200, raw: 10 });
    sends('file_odd.log', { events: 200, raw: 190 });
  }
  expect(told()).toEqual([]);
  sends('file_app.log', { events: 150, raw: 150 });
  expect(told()).toEqual([]);
  sends('file_app.log', { events: 50, raw: 50 });
  sends('file_app.log', { events: 200, raw: 200 });
  sends('file_odd.log', { events: 200, raw: 200 });
  expect(reports[0]).toMatchObject({ understood_percent: 0, usual_percent: 95 });
  expect(told()).toEqual(['source.unreadable file_app.log']);
  sends('file_app.log', { events: 200 });
  sends('file_app.log', { events: 200, raw: 200 });
  expect(told()).toEqual(['source.unreadable file_app.log']);
});

test('what Phosor says itself is not watched', () => {
  const { sends, told } = watching();
  for (let i = 0; i < 5; i += 1) sends(ownSource, { events: 200, raw: i > 2 ? 200 : 0, skewed: 200 });
  expect(told()).toEqual([]);
});
