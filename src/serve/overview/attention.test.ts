import { expect, test } from 'vitest';
import { emptyStats, testSource, testTime } from '../fakes.test-suite.ts';
import { type AttentionFacts, attentionOf } from './attention.ts';

const facts = (change: Partial<AttentionFacts> = {}): AttentionFacts => ({
  now: testTime,
  sources: [],
  pipeline: emptyStats(),
  failingRules: [],
  contextProblems: [],
  kernelDrops: 0,
  damaged: [],
  isFirstRun: false,
  ...change,
});
const record = {
  name: 'syslog_192.0.2.1',
  type: 'syslog' as const,
  path: null,
  enabled: true,
  hint: null,
  timezone: null,
  trusted: false,
  from_beginning: false,
  created_at: 0,
};
const kinds = (given: AttentionFacts) => attentionOf(given).map(({ kind }) => kind);
const source = (change: Parameters<typeof testSource>[0]) => facts({ sources: [testSource(change)] });

test.each<[string, AttentionFacts, string[]]>([
  ['all is well', facts({ sources: [testSource()] }), []],
  ['nothing has arrived', facts({ isFirstRun: true }), ['no_source']],
  ['kernel drops', facts({ kernelDrops: 7 }), ['kernel_drops']],
  ['damaged files', facts({ damaged: ['000001.duckdb cannot be read'] }), ['events_damaged']],
  ['kernel drops cannot be read', facts({ kernelDrops: null }), []],
  [
    'full disk, with losses',
    facts({
      pipeline: { ...emptyStats(), notStored: 3, spool: { state: 'full', reason: 'No space', pendingBytes: 1 } },
    }),
    ['spool_full', 'not_stored'],
  ],
  [
    'a salvaged segment',
    facts({
      pipeline: {
        ...emptyStats(),
        recovery: { salvagedBytes: 10, discardedBytes: 5, quarantinedRows: 0, replayedBatches: 1 },
      },
    }),
    ['recovery'],
  ],
  [
    'a clean start',
    facts({
      pipeline: {
        ...emptyStats(),
        recovery: { salvagedBytes: 0, discardedBytes: 0, quarantinedRows: 0, replayedBatches: 4 },
      },
    }),
    [],
  ],
  [
    'a mapping file with a mistake',
    facts({ contextProblems: [{ file: '/data/mappings/gate.yml', line: 4, column: 7, message: 'No.', kept: true }] }),
    ['rule_context'],
  ],
  ['a limited source', source({ limited: 5, state: 'limited' }), ['source_limited']],
  ['a limited source that is trusted now', source({ limited: 5, record: { ...record, trusted: true } }), []],
  ['a configured source fell silent', source({ lastAt: testTime - 3 * 3_600_000, record }), ['source_silent']],
  ['a passing sender fell silent', source({ lastAt: testTime - 3 * 3_600_000 }), []],
  ['a source that was switched off', source({ state: 'failed', record: { ...record, enabled: false } }), []],
  ['an unreadable file', source({ state: 'failed', detail: 'permission denied' }), ['source_failed']],
  ['a clock that is off', source({ clockOffsetMs: -3_600_000 }), ['clock_skew']],
  ['lines that nobody understands', source({ events: 200, parseShare: 0.1 }), ['low_parse_share']],
  ['few lines that nobody understands', source({ events: 20, parseShare: 0.1 }), []],
])('%s', (_, given, expected) => {
  expect(kinds(given)).toEqual(expected);
});

test('a file that is refused is told with its place and with what counts instead', () => {
  const at = { file: '/data/mappings/gate.yml', line: 4, column: 7, message: '`logsources` must be a list' };
  const told = (kept: boolean) => attentionOf(facts({ contextProblems: [{ ...at, kept }] }))[0];
  expect(told(true)).toMatchObject({
    severity: 'medium',
    title: 'gate.yml is not used as it is',
    detail: '/data/mappings/gate.yml:4:7: `logsources` must be a list. What it said before stays in force.',
  });
  expect(told(false)).toMatchObject({ severity: 'high', detail: expect.stringMatching(/Nothing of it is used\.$/) });
});

test('the most urgent comes first, and every action leads somewhere', () => {
  const found = attentionOf({
    ...source({ limited: 1, clockOffsetMs: 999_999 }),
    kernelDrops: 1,
    damaged: [],
    pipeline: { ...emptyStats(), spool: { state: 'full', reason: null, pendingBytes: 0 } },
  });
  expect(found.map(({ kind }) => kind)).toEqual(['spool_full', 'kernel_drops', 'source_limited', 'clock_skew']);
  for (const { title, detail, action } of found) {
    expect([title, detail].join('')).not.toContain('undefined');
    expect(action?.href).toMatch(/^\//);
  }
});
