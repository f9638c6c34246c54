import { expect, test } from 'vitest';
import { openSqliteState } from '../store/state/sqlite/state.ts';
import { AgeClock } from './age-clock.ts';

const hour = 3_600_000;
const day = 24 * hour;
const start = Date.UTC(2026, 10, 22, 12);

test('a clock that leaps ahead is believed after a day, one that is set back at once', () => {
  const state = openSqliteState(':memory:');
  const said: string[] = [];
  let wall = start;
  let steady = 0;
  const open = () =>
    new AgeClock({ state, now: () => wall, log: (_, message) => void said.push(message) }, () => steady);
  const pass = (ms: number): void => {
    wall += ms;
    steady += ms;
  };
  let clock = open();
  expect(clock.time()).toBe(start);
  pass(hour);
  expect(clock.time()).toBe(start + hour);
  // A night of sleep, in which the steady clock of the machine stands still.
  wall += 20 * hour;
  expect(clock.time()).toBe(start + 21 * hour);

  wall += 500 * day;
  pass(hour);
  expect(clock.time()).toBe(start + 22 * hour);
  expect(clock.time()).toBe(start + 22 * hour);
  expect(said).toEqual([expect.stringContaining('The clock is 500 days ahead')]);
  // It is set right: nothing was lost.
  wall -= 500 * day;
  expect(clock.time()).toBe(start + 22 * hour);

  wall += 30 * day;
  pass(13 * hour);
  expect(clock.time()).toBe(start + 35 * hour);
  clock = open();
  pass(10 * hour);
  expect(clock.time()).toBe(start + 45 * hour);
  pass(hour);
  // Without a break it has been so for a day: it is the time.
  expect(clock.time()).toBe(wall);

  wall -= 3 * day;
  expect(clock.time()).toBe(wall);
  state.close();
});
