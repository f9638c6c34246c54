import { expect, test } from 'vitest';
import { fakeServices, testEvent, testTime } from '../fakes.test-suite.ts';
import { logParts } from './read.ts';

test('an export settles the store once, asks for fewer where long lines make parts short, and leaves none out', async () => {
  const services = fakeServices();
  const { held } = services;
  for (let i = 0; i < 40; i += 1) held.push(testEvent({ id: `e${i}`, time: testTime + i }));
  const page = services.events.page.bind(services.events);
  const asked: unknown[][] = [];
  let settled = 0;
  const still = {
    ...services.events,
    // No more than five fit into a part.
    page: async (...args: Parameters<typeof page>) => {
      asked.push([args[1], args[4]]);
      return page(args[0], Math.min(5, args[1]), args[2], args[3]);
    },
  };
  const events = {
    ...services.events,
    page: async () => {
      throw new Error('asked of a store that is not settled');
    },
    settled: async () => {
      settled += 1;
      return still;
    },
  };
  const ids: string[] = [];
  for await (const part of logParts({ ...services, events }, {})) ids.push(...part.map(({ id }) => id));
  expect(new Set(ids).size).toBe(40);
  expect([ids.length, settled]).toEqual([40, 1]);
  expect(asked.slice(0, 3)).toEqual([
    [1000, true],
    [10, true],
    [10, true],
  ]);
});
