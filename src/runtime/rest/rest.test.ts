import { expect, test } from 'vitest';
import { Rest } from './rest.ts';

function program() {
  const is = { events: 0, bytes: 300, idle: 1, given: 0 };
  const rest = new Rest({
    events: () => is.events,
    residentBytes: () => is.bytes,
    idle: () => is.idle,
    giveBack() {
      is.given += 1;
      is.bytes = 250;
    },
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
