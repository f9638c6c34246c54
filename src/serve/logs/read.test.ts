import { expect, test } from 'vitest';
import { fakeServices, testEvent, testTime } from '../fakes.test-suite.ts';
import { logParts } from './read.ts';

test('where a part is too much for the store, smaller ones are asked for, and none is left out', async () => {
  const services = fakeServices();
  const { held } = services;
  for (let i = 0; i < 40; i += 1) held.push(testEvent({ id: `e${i}`, time: testTime + i, raw: 'x'.repeat(500_000) }));
  const page = services.events.page.bind(services.events);
  const asked: number[] = [];
  const events = {
    ...services.events,
    page: async (...args: Parameters<typeof page>) => {
      asked.push(args[1]);
      if (args[1] > 20) throw new Error('Out of Memory Error: failed to pin block of size 980.0 KiB');
      return page(...args);
    },
  };
  const ids: string[] = [];
  for await (const part of logParts({ ...services, events }, {})) ids.push(...part.map(({ id }) => id));
  expect(ids).toHaveLength(40);
  expect(new Set(ids).size).toBe(40);
  // 1000, 250 and 62 were too much; of half a million characters each eight make a part.
  expect(asked).toEqual([1000, 250, 62, 15, 8, 8, 8, 8]);
});
