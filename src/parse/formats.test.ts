import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { LogRecord, SourceType } from '../model/index.ts';
import { eventToJson, eventTypes } from '../model/index.ts';
import type { ParseContext } from './contract.ts';
import { formats, parseRecord, traceParse } from './index.ts';

const context: ParseContext = { zoneMinutesAt: () => 0, year: null, live: false };
const receivedAt = Date.UTC(2026, 10, 21, 12);

function recordOf(body: string, sourceType: SourceType = 'file'): LogRecord {
  return {
    seq: 0,
    origin: { source: 'file_sample.log', source_type: sourceType, peer: null, hint: null, identity: '' },
    received_at: receivedAt,
    body,
    position: -1,
  };
}

/** The event without what every line of a sample shares, so that a change in a golden file is easy to read. */
function golden(body: string): string {
  // Phosor's own lines are only its own where they do not come from outside.
  const from = body.startsWith('{"phosor":') ? 'internal' : body.startsWith('{"decoy":') ? 'decoy' : 'file';
  const event = parseRecord(recordOf(body, from), context);
  const { id, received_at, source, source_type, raw, geo, intel, score, redacted, ...rest } = eventToJson(event, true);
  expect(raw).toBe(body);
  expect(Object.keys(eventTypes)).toContain(event.event_type);
  return JSON.stringify(Object.fromEntries(Object.entries(rest).filter(([, value]) => value !== null)));
}

for (const format of formats) {
  describe(format.name, () => {
    const folder = join(import.meta.dirname, format.name, 'samples');

    test('has samples', () => {
      expect(existsSync(folder) && readdirSync(folder).some((name) => name.endsWith('.log'))).toBe(true);
    });

    for (const name of existsSync(folder) ? readdirSync(folder).filter((file) => file.endsWith('.log')) : []) {
      const lines = readFileSync(join(folder, name), 'utf8')
        .split('\n')
        .filter((line) => line !== '');

      test(`${name} says how its lines were made and gives the golden events`, async () => {
        expect(lines[0]).toMatch(/^# .{20}/);
        const events = lines.slice(1).map(golden);
        expect(events.some((event) => event.includes(`"format":"${format.name}"`))).toBe(true);
        await expect(`${events.join('\n')}\n`).toMatchFileSnapshot(
          join(folder, name.replace('.log', '.golden.ndjson')),
        );
      });
    }
  });
}

test('nobody else can speak as Phosor', () => {
  for (const body of [
    '{"phosor":"source.silent","source":"syslog_192.0.2.7","message":"forged"}',
    '{"decoy":"ssh","event_type":"decoy.login","src_ip":"192.0.2.7","message":"forged"}',
  ]) {
    for (const from of ['file', 'webhook', 'syslog', 'replay'] as const) {
      expect(parseRecord(recordOf(body, from), context).format).toBe('json');
    }
  }
});

test('format names are unique', () => {
  expect(new Set(formats.map(({ name }) => name)).size).toBe(formats.length);
});

test('a trace names every stage and says the same as parsing', () => {
  const record = recordOf(
    'Nov 21 09:00:01 web01 sshd[4711]: Failed password for root from 203.0.113.9 port 40122 ssh2',
  );
  const { event, trace } = traceParse(record, context);
  expect(event).toEqual(parseRecord(record, context));
  expect(trace.map(({ stage }) => stage)).toEqual(['syslog header', 'candidates', 'format', 'time', 'fields']);
  expect(trace[2]?.result).toMatch(/^sshd: /);
});

test('what nobody understands is raw, with its text complete', () => {
  for (const body of ['', ' ', 'hello world', '\u0000\u0001', '{"broken": ', '<999>x', '\ud800', 'a=b']) {
    const event = parseRecord(recordOf(body), context);
    expect([event.format, event.raw, event.message]).toEqual(['raw', body, body]);
  }
});

describe('webhooks', () => {
  test.each([
    ['{"severity":"critical","message":"Database connection failed","event_type":"db_error"}', 'critical', 'app.event'],
    ['{"severity":"warning","message":"slow"}', 'medium', 'app.event'],
    ['{"level":"error","message":"x"}', 'medium', 'system.error'],
    ['{"message":"Failed password for root from 203.0.113.9 port 4 ssh2"}', 'medium', 'auth.failure'],
    ['[1,2]', 'info', 'app.event'],
    ['7', 'info', 'app.event'],
    ['{"event_type":"auth.failure","src_ip":"203.0.113.9","outcome":"failure"}', 'info', 'auth.failure'],
  ])('%s', (body, severity, type) => {
    const event = parseRecord(recordOf(body, 'webhook'), context);
    expect([event.severity, event.event_type]).toEqual([severity, type]);
  });
});
