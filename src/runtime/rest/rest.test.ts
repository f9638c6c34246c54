import { expect, test } from 'vitest';
import { Rest } from './rest.ts';

function program() {
  const is = { events: 0, bytes: 300, idle: 1, given: 0, trimmed: 0, now: 0, told: [] as string[] };
  const rest = new Rest({
    events: () => is.events,
    residentBytes: () => is.bytes,
    idle: () => is.idle,
    giveBack() {
      is.given += 1;
      is.bytes = 250;
    },
    trim() {
      is.trimmed += 1;
    },
    limitBytes: 1000,
    now: () => is.now,
    tell: (message) => is.told.push(message),
  });
  const look = (times: number): number => {
    for (let time = 0; time < times; time += 1) rest.look();
    return is.given;
  };
  return { is, look };
}

test('memory goes back once the start is over, and not again while nothing grows', () => {
  const { look } = program();
  expect(look(2)).toBe(0);
  expect(look(1)).toBe(1);
  expect(look(20)).toBe(1);
});

test('work puts it off; what a burst has taken goes back after it', () => {
  const { is, look } = program();
  for (let second = 0; second < 10; second += 1) {
    is.events += 5000;
    expect(look(1)).toBe(0);
  }
  is.idle = 0.5;
  expect(look(10)).toBe(0);
  is.idle = 1;
  expect(look(3)).toBe(1);
  is.bytes = 260;
  expect(look(20)).toBe(1);
  is.bytes = 300;
  expect(look(20)).toBe(2);
});

test('near its limit the program returns what it can at once, and says that memory is short, once an hour', () => {
  const { is, look } = program();
  is.idle = 0;
  is.bytes = 800;
  look(2);
  expect(is).toMatchObject({ given: 0, trimmed: 2, told: [] });
  is.bytes = 950;
  look(3);
  expect(is.trimmed).toBe(5);
  expect(is.told).toHaveLength(1);
  expect(is.told[0]).toContain('Memory is short');
  is.now = 3_600_000;
  look(1);
  expect(is.told).toHaveLength(2);
});
