import { expect, test } from 'vitest';
import { fakeServices, testEvent } from '../fakes.test-suite.ts';
import { briefEvent, HotSet } from './hot.ts';

test('a very long event is held cut, says so, and is not given as the whole', async () => {
  const raw = 'x'.repeat(1_000_000);
  const long = testEvent({ id: 'long', raw, message: raw, fields: { text: raw } });
  const brief = briefEvent(long);
  expect(brief.raw.length).toBeLessThan(66_000);
  expect(brief.raw).toContain('(cut: the line has 1000000 characters, GET /api/events/long has them all)');
  expect([brief.message, brief.fields.left_out]).toEqual([brief.raw, brief.raw.slice(65_536)]);
  const short = testEvent({ id: 'short' });
  expect(briefEvent(short)).toBe(short);

  const services = fakeServices();
  services.held.push(long, short);
  const hot = new HotSet(services);
  expect(await hot.newest('all', 5)).toHaveLength(2);
  expect(hot.byId('short')?.id).toBe('short');
  expect(hot.byId('long')).toBeUndefined();
  hot.close();
});
