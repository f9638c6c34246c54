import { describe, expect, test } from 'vitest';
import { marksOf } from '../../web/src/alert/marks.ts';
import { belongs } from '../../web/src/alerts/filter.ts';
import { makeRows } from '../../web/src/alerts/rows.ts';
import type { AlertDetail, EventJson, PhosorAlert } from '../../web/src/api/types.ts';
import { bucketSeconds, resolveRange, validateRange } from '../../web/src/shell/time-range.ts';
import { bytes, duration, group, percent, short } from '../../web/src/ui/format.ts';
import { visiblePieces } from '../../web/src/ui/visible-text.ts';

/* The parts of the screens that are plain functions. */

describe('text from logs', () => {
  const flat = (text: string) =>
    visiblePieces(text)
      .map((piece) => piece.text)
      .join('');
  test.each([
    ['plain', 'plain'],
    ['', ''],
    ['tab\tstays', 'tab\tstays'],
    ['\u001b[31mred', '␛[31mred'],
    ['a\nb\r\u0000', 'a␊b␍␀'],
    ['\u007f\u009b', '␡U+009B'],
    ['x\u202egnp.exe', 'xU+202Egnp.exe'],
    ['zero\u200bwidth\ufeff', 'zeroU+200BwidthU+FEFF'],
    ['<b>&amp;', '<b>&amp;'],
    ['héllo 日本 🙂', 'héllo 日本 🙂'],
  ])('%j is shown as %j', (text, shown) => expect(flat(text)).toBe(shown));

  test.each([
    [[{ offset: 0, length: 3 }], ['Acc', true, 'epted', false]],
    [[{ offset: 2, length: 99 }], ['Ac', false, 'cepted', true]],
    [
      [
        { offset: 0, length: 4 },
        { offset: 2, length: 4 },
      ],
      ['Acce', true, 'pt', true, 'ed', false],
    ],
    [[{ offset: 99, length: 4 }], ['Accepted', false]],
    [[{ offset: 3, length: 0 }], ['Accepted', false]],
  ])('marks %j cut it into %j', (marks, pieces) =>
    expect(visiblePieces('Accepted', marks).flatMap((piece) => [piece.text, piece.marked])).toEqual(pieces),
  );
});

test('the marks of the event that completed the alert are exact; in the others the same text is found', () => {
  const event = (id: string, time: string, raw: string) => ({ id, time, raw, received_at: time }) as EventJson;
  const marks = marksOf({
    timestamp: '2026-11-20T10:00:02.000+00:00',
    events: [
      event('a', '2026-11-20T10:00:01.000Z', 'first: Failed password'),
      event('b', '2026-11-20T10:00:02.000Z', 'Failed password'),
      event('c', '2026-11-20T10:00:03.000Z', 'something else'),
    ],
    explain: {
      summary: '',
      correlation: null,
      clauses: [
        {
          clause: 'x',
          matched: true,
          field: null,
          value: null,
          expected: null,
          at: null,
          children: [
            {
              clause: 'y',
              matched: true,
              field: 'raw',
              value: '',
              expected: '',
              at: { offset: 0, length: 6 },
              children: [],
            },
            {
              clause: 'z',
              matched: false,
              field: 'raw',
              value: '',
              expected: '',
              at: { offset: 3, length: 2 },
              children: [],
            },
          ],
        },
      ],
    },
  } as Pick<AlertDetail, 'timestamp' | 'events' | 'explain'>);
  expect(Object.fromEntries(marks)).toEqual({
    a: [{ offset: 7, length: 6 }],
    b: [{ offset: 0, length: 6 }],
    c: [],
  });
});

describe('the queue', () => {
  const alert = (id: string, rule: string, ip: string, change: Partial<PhosorAlert> = {}) =>
    ({
      id,
      rule_id: rule,
      rule_name: rule,
      message: `${rule} from ${ip}`,
      group: { src_ip: ip },
      severity_level: 'high',
      status: 'new',
      timestamp: '2026-11-20T10:00:00.000+00:00',
      ...change,
    }) as PhosorAlert;
  const alerts = [alert('1', 'brute', '192.0.2.1'), alert('2', 'scan', '192.0.2.1'), alert('3', 'brute', '192.0.2.2')];

  test.each([
    [undefined, [], ['1', '2', '3']],
    ['rule', [], ['group:brute', 'group:scan']],
    ['rule', ['group:brute'], ['group:brute', '1', '3', 'group:scan']],
    ['entity', [], ['group:192.0.2.1', 'group:192.0.2.2']],
  ] as const)('grouped by %s, unfolded %j', (by, unfolded, keys) =>
    expect(makeRows(alerts, by, new Set<string>(unfolded)).map((row) => row.key)).toEqual(keys),
  );

  test.each([
    [{}, true],
    [{ view: 'closed' }, false],
    [{ view: 'all' }, true],
    [{ severity: 'critical' }, false],
    [{ severity: 'high,critical' }, true],
    [{ entity: '192.0.2.1' }, true],
    [{ entity: '192.0.2.9' }, false],
    [{ q: 'BRUTE FROM' }, true],
    [{ q: 'spray' }, false],
    [{ from: '2026-11-20T09:00:00Z', to: '2026-11-20T10:00:00Z' }, false],
    [{ from: '2026-11-20T11:00:00+01:00', to: '2026-11-20T12:00:00+01:00' }, true],
  ] as const)('a new alert belongs to %j: %s', (search, expected) =>
    expect(belongs(alerts[0] as PhosorAlert, search)).toBe(expected),
  );
});

describe('time ranges', () => {
  test.each([
    [{}, {}],
    [{ range: '1h' }, { range: '1h' }],
    [{ range: 'ages' }, {}],
    [{ from: 'x', to: 'y', range: '7d' }, { range: '7d' }],
    [
      { from: '2026-11-20T00:00:00Z', to: '2026-11-21T00:00:00Z' },
      { from: '2026-11-20T00:00:00Z', to: '2026-11-21T00:00:00Z' },
    ],
  ])('%j in the address means %j', (search, range) => expect(validateRange(search)).toEqual(range));

  test('a preset ends with the present minute, so that it is the same question for a minute', () => {
    const one = resolveRange({ range: '1h' }, '24h', Date.UTC(2026, 10, 20, 10, 0, 1));
    const other = resolveRange({ range: '1h' }, '24h', Date.UTC(2026, 10, 20, 10, 0, 59));
    expect(one).toEqual(other);
    expect(one).toMatchObject({ from: '2026-11-20T09:01:00.000Z', to: '2026-11-20T10:01:00.000Z', hours: 1 });
  });
  test.each([
    [0.25, 30],
    [1, 60],
    [24, 1800],
    [720, 86_400],
  ])('%d hours are cut into buckets of %d s', (hours, seconds) => expect(bucketSeconds(hours)).toBe(seconds));
});

test.each([
  [short(999), '999'],
  [short(1234), '1,234'],
  [short(12_345), '12.3k'],
  [short(1_500_000), '1.5M'],
  [short(1.55), '1.6'],
  [group(1_234_567), '1,234,567'],
  [bytes(0), '0 B'],
  [bytes(1536), '1.5 KiB'],
  [percent(0.99999), '99.9 %'],
  [percent(1), '100 %'],
  [percent(0.0001), '<0.1 %'],
  [duration(0.25), '250 ms'],
  [duration(90), '2 min'],
  [duration(7200), '2 h'],
])('%s is written %s', (written, expected) => expect(written).toBe(expected));
