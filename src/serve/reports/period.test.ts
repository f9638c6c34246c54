import { describe, expect, test } from 'vitest';
import { bucketsOf, countingMs, PeriodError, periodOf, type ReportType } from './period.ts';

const hourMs = 3_600_000;
const now = Date.parse('2026-11-22T12:34:56.789Z');
const asked = (type: ReportType, given: object = {}, zone = 'UTC', at = now) => {
  const { start, end, until, before } = periodOf({ type, zone, ...given }, at);
  return [start, end, until, before.start, before.end].map((time) => new Date(time).toISOString());
};

describe('periods', () => {
  test.each<[string, ReportType, object, string, string[]]>([
    [
      'a day that is over',
      'DAILY',
      { date: '2026-11-20' },
      'UTC',
      [
        '2026-11-20T00:00:00.000Z',
        '2026-11-21T00:00:00.000Z',
        '2026-11-21T00:00:00.000Z',
        '2026-11-19T00:00:00.000Z',
        '2026-11-20T00:00:00.000Z',
      ],
    ],
    [
      'today is compared with as much of yesterday',
      'DAILY',
      {},
      'UTC',
      [
        '2026-11-22T00:00:00.000Z',
        '2026-11-23T00:00:00.000Z',
        '2026-11-22T12:34:56.789Z',
        '2026-11-21T00:00:00.000Z',
        '2026-11-21T12:34:56.789Z',
      ],
    ],
    [
      'today of a zone that is already tomorrow',
      'DAILY',
      {},
      'Pacific/Kiritimati',
      [
        '2026-11-22T10:00:00.000Z',
        '2026-11-23T10:00:00.000Z',
        '2026-11-22T12:34:56.789Z',
        '2026-11-21T10:00:00.000Z',
        '2026-11-21T12:34:56.789Z',
      ],
    ],
    [
      'the last seven days',
      'WEEKLY',
      {},
      'UTC',
      [
        '2026-11-15T12:00:00.000Z',
        '2026-11-22T12:34:56.789Z',
        '2026-11-22T12:34:56.789Z',
        '2026-11-08T12:00:00.000Z',
        '2026-11-15T12:00:00.000Z',
      ],
    ],
    [
      'three days, the last of which belongs to it',
      'CUSTOM',
      { start_date: '2026-11-01', end_date: '2026-11-03' },
      'UTC',
      [
        '2026-11-01T00:00:00.000Z',
        '2026-11-04T00:00:00.000Z',
        '2026-11-04T00:00:00.000Z',
        '2026-10-29T00:00:00.000Z',
        '2026-11-01T00:00:00.000Z',
      ],
    ],
    [
      'times',
      'CUSTOM',
      { start_date: '2026-11-01T08:00', end_date: '2026-11-01T10:00:00+01:00' },
      'Europe/Berlin',
      [
        '2026-11-01T07:00:00.000Z',
        '2026-11-01T09:00:00.000Z',
        '2026-11-01T09:00:00.000Z',
        '2026-11-01T05:00:00.000Z',
        '2026-11-01T07:00:00.000Z',
      ],
    ],
    [
      'a month',
      'MONTHLY',
      { date: '2026-03-31' },
      'UTC',
      [
        '2026-03-01T00:00:00.000Z',
        '2026-04-01T00:00:00.000Z',
        '2026-04-01T00:00:00.000Z',
        '2026-02-01T00:00:00.000Z',
        '2026-03-01T00:00:00.000Z',
      ],
    ],
  ])('%s', (_, type, given, zone, expected) => {
    expect(asked(type, given, zone)).toEqual(expected);
  });

  test.each([
    ['spring: 23 hours', '2026-03-29', 23],
    ['autumn: 25 hours', '2026-10-25', 25],
    ['the day after', '2026-10-26', 24],
  ])('a day over the change of the clock, %s', (_, date, hours) => {
    const period = periodOf({ type: 'DAILY', date, zone: 'Europe/Berlin' }, now);
    expect((period.end - period.start) / hourMs).toBe(hours);
    expect(bucketsOf(period).buckets).toHaveLength(hours);
  });

  test('a week over the change of the clock has seven days, of one of which an hour is missing', () => {
    const period = periodOf({ type: 'WEEKLY', start_date: '2026-03-25', zone: 'Europe/Berlin' }, now);
    const { unit, buckets } = bucketsOf(period);
    expect(unit).toBe('day');
    expect(buckets.map(({ start, end }) => (end - start) / hourMs)).toEqual([24, 24, 24, 24, 23, 24, 24]);
    expect(buckets.at(0)?.label).toBe('2026-03-25');
    expect((period.before.end - period.before.start) / hourMs).toBe(168);
  });

  test('where midnight is skipped, the day begins after it', () => {
    const period = periodOf({ type: 'DAILY', date: '2026-09-06', zone: 'America/Santiago' }, now);
    expect((period.end - period.start) / hourMs).toBe(23);
  });

  test.each([
    ['UTC', hourMs],
    ['Asia/Kolkata', hourMs / 2],
    ['Asia/Kathmandu', hourMs / 4],
  ])('what is counted in %s does not lie across hours', (zone, step) => {
    expect(countingMs(periodOf({ type: 'DAILY', date: '2026-11-20', zone }, now))).toBe(step);
  });

  test.each<[string, ReportType, object, string, RegExp]>([
    ['no date', 'DAILY', { date: 'bad' }, 'UTC', /date "bad" is no day/],
    ['a day that does not exist', 'DAILY', { date: '2026-02-30' }, 'UTC', /2026-02-30/],
    ['another order', 'DAILY', { date: '22-11-2026' }, 'UTC', /YYYY-MM-DD/],
    ['no zone', 'DAILY', {}, 'Mars/Base', /"Mars\/Base" is no time zone/],
    ['an offset', 'DAILY', {}, '+05:00', /is no time zone/],
    ['a hostile zone', 'DAILY', {}, 'UTC\r\nX: y', /is no time zone/],
    ['exchanged', 'CUSTOM', { start_date: '2024-01-03', end_date: '2024-01-01' }, 'UTC', /Exchange them/],
    ['only one', 'CUSTOM', { start_date: '2024-01-03' }, 'UTC', /needs start_date and end_date/],
    ['too long', 'CUSTOM', { start_date: '2020-01-01', end_date: '2024-01-01' }, 'UTC', /more than the 366 days/],
  ])('%s is refused', (_, type, given, zone, words) => {
    expect(() => periodOf({ type, zone, ...given }, now)).toThrow(PeriodError);
    expect(() => periodOf({ type, zone, ...given }, now)).toThrow(words);
  });

  test('one that has not begun covers nothing', () => {
    const period = periodOf({ type: 'DAILY', date: '2030-01-01', zone: 'UTC' }, now);
    expect(period.until).toBe(period.start);
    expect(bucketsOf(period).buckets).toEqual([]);
  });
});
