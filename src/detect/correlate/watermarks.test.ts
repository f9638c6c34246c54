import { expect, test } from 'vitest';
import { newEvent } from '../../model/index.ts';
import { Watermarks } from './watermarks.ts';

const second = 1000;
const hour = 3_600_000;
const start = Date.UTC(2026, 10, 22, 12);
/** @param at when it was received, @param ahead how much later its own time is; ms behind the start */
const line = (at: number, ahead = 0) => ({
  ...newEvent({ source: 'relay', source_type: 'syslog', peer: null, hint: null, identity: 'r' }, start + at, 'x'),
  time: start + at + ahead,
});

test('one sender whose clock is ahead makes nobody else late behind the same relay', () => {
  const marks = new Watermarks(60 * second);
  marks.isLate(line(0));
  expect(marks.isLate(line(second, 299 * second))).toBe(false);
  // Of the others, each on time.
  for (let at = 2; at < 200; at += 1) expect(marks.isLate(line(at * second))).toBe(false);
  expect(marks.isLate(line(200 * second, -62 * second))).toBe(true);
});

test('a clock that was set back by hours makes nothing late', () => {
  const marks = new Watermarks(60 * second);
  marks.isLate(line(0));
  marks.isLate(line(5 * hour));
  expect(marks.isLate(line(10 * second))).toBe(false);
  expect(marks.isLate(line(80 * second))).toBe(false);
  expect(marks.isLate(line(90 * second, -75 * second))).toBe(true);
});

test('a replay looks at the events alone', () => {
  const marks = new Watermarks(Number.POSITIVE_INFINITY);
  marks.isLate(line(0, hour));
  expect(marks.of('relay')).toBe(start + hour);
});
