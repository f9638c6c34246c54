/** Generated and mutated lines through parsing and redaction: nothing throws, nothing loses the raw text, nothing is slow. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createEnrichments } from '../../src/enrich/index.ts';
import { eventToJson, eventTypes, outcomes, type SourceInfo, severities } from '../../src/model/index.ts';
import { packageRoot } from '../../src/package.ts';
import { parseRecord } from '../../src/parse/index.ts';

/** A line may take this much of a processor, at its best of five tries: the first may have met the garbage collector. */
const limitMs = 5;
/** Masking may take longer: 64 KiB of nothing but card numbers are 3,000 replacements. */
const maskingLimitMs = 15;
const longestLine = 65_536;

export interface FuzzReport {
  lines: number;
  /** Lines that some format understood. */
  understood: number;
  slowestMs: number;
  /** One sentence per finding, the line quoted. Must be empty. */
  findings: string[];
}

/** Runs `lines` lines. The same `seed` gives the same lines. */
export function fuzzParsing(lines: number, seed: number): FuzzReport {
  const random = randomOf(seed);
  const seeds = seedLines();
  const origin: SourceInfo = {
    source: 'syslog_192.0.2.1',
    source_type: 'syslog',
    peer: '192.0.2.1',
    hint: null,
    identity: '',
  };
  const context = { zoneMinutesAt: () => 0, year: null, live: true };
  const enrichments = createEnrichments({ redact: { email: true, phone: true, internalIps: true, custom: [] } });
  const received_at = Date.UTC(2026, 10, 20);
  const report: FuzzReport = { lines, understood: 0, slowestMs: 0, findings: [] };
  const types = new Set(Object.keys(eventTypes));

  const work = (body: string, seq: number): string | null => {
    const event = parseRecord({ seq, origin, received_at, body, position: -1 }, context);
    if (event.raw !== body) return 'the raw text was changed by parsing';
    if (event.format !== 'raw') report.understood += 1;
    for (const enrichment of enrichments) enrichment.apply(event);
    if (body !== '' && event.raw === '') return 'redaction left nothing of the raw text';
    if (!types.has(event.event_type)) return `event type "${event.event_type}" is not in the list`;
    if (!severities.includes(event.severity) || !outcomes.includes(event.outcome))
      return 'a severity or outcome is not in its list';
    if (!Number.isFinite(event.time)) return 'the time is no number';
    for (const port of [event.src_port, event.dst_port]) {
      if (port !== null && !(Number.isInteger(port) && port >= 0 && port <= 65_535)) return `a port is ${port}`;
    }
    if (seq % 64 === 0) JSON.parse(JSON.stringify(eventToJson(event)));
    return null;
  };

  for (let seq = 1; seq <= lines && report.findings.length < 20; seq += 1) {
    const body = mutate(seeds, random);
    let finding: string | null;
    const began = performance.now();
    try {
      finding = work(body, seq);
    } catch (error) {
      finding = `it throws ${error instanceof Error ? error.stack?.split('\n').slice(0, 2).join(' ').replace(/\s+/g, ' ') : error}`;
    }
    let took = performance.now() - began;
    if (took > limitMs && finding === null) {
      const parsing = bestOfFive(() => parseRecord({ seq, origin, received_at, body, position: -1 }, context));
      took = bestOfFive(() => work(body, seq));
      if (parsing > limitMs) finding = `parsing takes ${parsing.toFixed(1)} ms`;
      else if (took > maskingLimitMs) finding = `parsing and masking take ${took.toFixed(1)} ms`;
    }
    report.slowestMs = Math.max(report.slowestMs, took);
    if (finding !== null)
      report.findings.push(
        `seed ${seed}, line ${seq} (${body.length} characters): ${finding}: ${JSON.stringify(body.slice(0, 300))}`,
      );
  }
  return report;
}

/** Milliseconds of processor time of this thread. */
function bestOfFive(work: () => void): number {
  let best = Number.POSITIVE_INFINITY;
  for (let i = 0; i < 5; i += 1) {
    const start = process.threadCpuUsage();
    work();
    const { user, system } = process.threadCpuUsage(start);
    best = Math.min(best, (user + system) / 1000);
  }
  return best;
}

/** Real lines to start from: the samples of the formats and the lines beside the rules. */
function seedLines(): string[] {
  const lines: string[] = [];
  for (const folder of ['src/parse', 'rules']) {
    for (const name of readdirSync(join(packageRoot, folder), { recursive: true, encoding: 'utf8' })) {
      if (!/\.(?:log|txt|ndjson)$/.test(name) || /golden/.test(name)) continue;
      lines.push(
        ...readFileSync(join(packageRoot, folder, name), 'utf8')
          .split('\n')
          .filter((line) => line !== '' && !line.startsWith('#')),
      );
    }
  }
  if (lines.length < 100) throw new Error(`Only ${lines.length} sample lines were found to start from.`);
  return lines;
}

const fragments = [
  ...[
    '\u0000',
    '\u001b[31m',
    '\ufeff',
    '\ud800',
    '\udfff',
    '\u2028',
    '\r',
    '\t',
    '  ',
    '"',
    "'",
    '\\',
    '\\"',
    '[',
    ']',
    '{',
    '}',
    '(',
    '<34>',
    '<999>',
  ],
  ...[
    '=',
    ':',
    ',',
    ';',
    '|',
    '%00',
    '%s',
    '../',
    'from ',
    ' from 203.0.113.9',
    ' port 99999999999',
    ' user=',
    'password=x',
    'rhost=',
    '::ffff:192.0.2.1',
  ],
  ...[
    '2001:db8::',
    '999.999.999.999',
    '1',
    '00000000000000000000',
    '-1',
    'Feb 30 25:61:61',
    '2026-13-45T99:99:99Z',
    'eyJhbGciOiJIUzI1NiJ9.',
    '4111 1111 1111 1111',
  ],
  ...[
    '123-45-6789',
    'a@b.example',
    '{"a":{"b":[1,2,{"c":"d"}]}}',
    'GET /',
    'HTTP/1.1"',
    '🙂',
    'ü',
    'sshd[1]: ',
    'kernel: [UFW BLOCK] ',
    'SRC=',
    'DPT=',
  ],
];

type Random = () => number;
const below = (random: Random, limit: number): number => Math.floor(random() * limit);
const pick = <T>(random: Random, items: readonly T[]): T => items[below(random, items.length)] as T;

/** One to four changes of a real line, or noise. */
function mutate(seeds: readonly string[], random: Random): string {
  let line = random() < 0.03 ? noise(random) : pick(random, seeds);
  const changes = 1 + below(random, 4);
  for (let i = 0; i < changes; i += 1) line = change(line, seeds, random);
  return line.length > longestLine ? line.slice(0, longestLine) : line;
}

function change(line: string, seeds: readonly string[], random: Random): string {
  const at = below(random, line.length + 1);
  const to = Math.min(line.length, at + below(random, 40));
  switch (below(random, 9)) {
    case 0:
      return line.slice(0, at);
    case 1:
      return line.slice(at);
    case 2:
      return line.slice(0, at) + pick(random, fragments) + line.slice(at);
    case 3:
      return line.slice(0, at) + line.slice(to);
    case 4:
      return line.slice(0, to) + line.slice(at);
    case 5: {
      const other = pick(random, seeds);
      return line.slice(0, at) + other.slice(below(random, other.length));
    }
    case 6:
      return line.slice(0, at) + String.fromCharCode(below(random, random() < 0.9 ? 256 : 65_536)) + line.slice(at + 1);
    case 7:
      // Rarely long: repetition is what makes a pattern slow.
      return (
        line.slice(0, at) +
        pick(random, fragments).repeat(random() < 0.02 ? below(random, 20_000) : below(random, 8)) +
        line.slice(at)
      );
    default:
      return line.replaceAll(pick(random, [' ', '=', ':', '"', '.', '[']), pick(random, fragments));
  }
}

function noise(random: Random): string {
  let text = '';
  const length = below(random, 200);
  for (let i = 0; i < length; i += 1) text += String.fromCharCode(below(random, random() < 0.8 ? 128 : 65_536));
  return text;
}

/** mulberry32: the same numbers everywhere. */
function randomOf(seed: number): Random {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}
