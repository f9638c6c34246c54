import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { LogRecord } from '../model/index.ts';
import type { ParseContext } from './contract.ts';
import { formats, parseRecord } from './index.ts';

/** Lines to try: 50,000 in every test run, a million in the soak run. */
const runs = Number(process.env.PHOSOR_FUZZ_LINES ?? 50_000);
const maximumMs = 5;

const context: ParseContext = { zoneMinutesAt: () => 60, year: null, live: true };

function recordOf(body: string, webhook = false): LogRecord {
  return {
    seq: 0,
    origin: { source: 'x', source_type: webhook ? 'webhook' : 'syslog', peer: null, hint: null, identity: '' },
    received_at: 1_795_251_600_000,
    body,
    position: -1,
  };
}

const samples = formats.flatMap(({ name }) => {
  const folder = join(import.meta.dirname, name, 'samples');
  return readdirSync(folder)
    .filter((file) => file.endsWith('.log'))
    .flatMap((file) => readFileSync(join(folder, file), 'utf8').split('\n').slice(1))
    .filter((line) => line !== '');
});

const hostile = [
  '\u0000',
  '\ud800',
  '\udfff',
  '\u001b[31m',
  '\u001b]0;x\u0007',
  '\u202e',
  '\ufeff',
  '"',
  "'",
  '\\',
  '[',
  ']',
  '{',
  '=',
  ' from ',
  ' port ',
  'IN=',
  'SRC=',
  ': ',
  '%',
  '%25'.repeat(50),
  '('.repeat(200),
  'a'.repeat(2000),
  ' '.repeat(500),
  '::1',
  '[::ffff:203.0.113.9]:1',
  '__proto__=',
  '{"__proto__":1}',
  '${jndi:',
  '../'.repeat(300),
  "' or ".repeat(100),
  'user '.repeat(200),
  'failed login '.repeat(100),
];

/** A sample with pieces cut out, doubled, exchanged or replaced by what parsers trip over. */
const mutated = fc
  .tuple(
    fc.constantFrom(...samples),
    fc.constantFrom(...samples),
    fc.array(fc.tuple(fc.nat(4), fc.nat(10_000), fc.nat(60), fc.constantFrom(...hostile)), {
      minLength: 1,
      maxLength: 5,
    }),
  )
  .map(([line, other, changes]) => {
    let text = line;
    for (const [kind, where, length, piece] of changes) {
      const at = text.length === 0 ? 0 : where % (text.length + 1);
      if (kind === 0) text = text.slice(0, at) + text.slice(at + length);
      else if (kind === 1) text = text.slice(0, at) + piece + text.slice(at);
      else if (kind === 2) text = text.slice(0, at) + other.slice(where % (other.length + 1));
      else if (kind === 3) text = text.slice(0, at) + text.slice(Math.max(0, at - length));
      else text = text.slice(0, at) + piece + text.slice(at + length);
    }
    return text;
  });

const lines = fc.oneof(
  { weight: 8, arbitrary: mutated },
  { weight: 2, arbitrary: fc.string({ unit: 'binary', maxLength: 300 }) },
);

function check(body: string, webhook = false): void {
  const started = performance.now();
  const event = parseRecord(recordOf(body, webhook), context);
  let took = performance.now() - started;
  // A pause of the collector or of a busy neighbour is not the parser's: the best of twenty more counts.
  for (let attempt = 0; took > maximumMs && attempt < 20; attempt += 1) {
    const again = performance.now();
    parseRecord(recordOf(body, webhook), context);
    took = Math.min(took, performance.now() - again);
  }
  if (took > maximumMs)
    throw new Error(`${took.toFixed(1)} ms for ${body.length} characters: ${JSON.stringify(body.slice(0, 300))}`);
  if (event.raw !== body) throw new Error('the raw text was changed');
  if (!Number.isFinite(event.time)) throw new Error(`no time: ${event.time}`);
  if (event.src_port !== null && !(event.src_port >= 0 && event.src_port <= 4_294_967_295))
    throw new Error(`port ${event.src_port}`);
}

test(`no line of ${runs} generated ones breaks a parser, loses its text or takes more than ${maximumMs} ms`, () => {
  for (const line of samples) check(line);
  fc.assert(
    fc.property(lines, fc.boolean(), (body, webhook) => {
      check(body, webhook);
    }),
    { numRuns: runs },
  );
}, 3_600_000);

test('samples that end anywhere are read to their end', () => {
  let tried = 0;
  for (const line of samples) {
    for (let end = 0; end < line.length; end += 1) {
      const body = line.slice(0, end);
      expect(parseRecord(recordOf(body), context).raw).toBe(body);
      tried += 1;
    }
  }
  expect(tried).toBeGreaterThan(10_000);
});

/** 64 KiB of whatever makes a backtracking pattern or a nested loop explode. */
const long = 64 * 1024;
const fill = (piece: string): string => piece.repeat(Math.ceil(long / piece.length)).slice(0, long);
test.each([
  ...hostile.map((piece) => [JSON.stringify(piece).slice(0, 20), fill(piece)]),
  ...[
    'a',
    '1',
    '1.',
    'a:',
    'a=b ',
    'a="',
    '<1>',
    '[x] ',
    'x[1]: ',
    '{"a":',
    '[',
    '%27',
    'select ',
    'union select ',
    'or 1=1 ',
    '1.2.3.4 ',
    'fe80::',
    'error ',
    'for user ',
  ].map((piece) => [piece, fill(piece)]),
  ...samples.filter((_, index) => index % 3 === 0).map((line) => [line.slice(0, 60), line + fill(line.slice(-40))]),
  ...samples
    .filter((_, index) => index % 5 === 0)
    .map((line) => [
      `head of ${line.slice(0, 60)}`,
      line.slice(0, 60) + fill(line.slice(20, 50) || line) + line.slice(60),
    ]),
])('64 KiB of %s', (_, body) => {
  check(body);
  check(body, true);
  expect(parseRecord(recordOf(`Nov 21 09:00:00 h app[1]: ${body}`), context).raw.length).toBe(body.length + 26);
});
