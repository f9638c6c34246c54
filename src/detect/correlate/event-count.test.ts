import fc from 'fast-check';
import { expect, test } from 'vitest';
import { event } from '../fixtures.test-suite.ts';
import { countWindows } from './event-count.ts';
import { Ledger } from './ledger.ts';
import { open } from './range.ts';
import { HeldEvents } from './seen.ts';
import { newContribution } from './window.ts';

const span = 10;

/** What a window of at least `least` events finds, looked for in a plain list of times. */
function naive(times: number[], time: number, least: number): { count: number; first: number; last: number } | null {
  if (times.length === 2 * least && time < (times[0] as number)) return null;
  let at = times.length;
  while (at > 0 && (times[at - 1] as number) > time) at -= 1;
  times.splice(at, 0, time);
  if (times.length > 2 * least) {
    times.shift();
    at -= 1;
  }
  for (let last = Math.max(at, least - 1); last < Math.min(at + least, times.length); last += 1) {
    const end = times[last] as number;
    if (end - (times[last - least + 1] as number) >= span) continue;
    const first = times.findIndex((one) => end - one < span);
    return { count: last - first + 1, first: times[first] as number, last: end };
  }
  return null;
}

test('a window finds what a plain list finds: in order, late, at the same time, after a restart', () => {
  const step = fc.record({ gap: fc.integer({ min: -12, max: 6 }), restart: fc.integer({ min: 0, max: 9 }) });
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 6 }), fc.array(step, { maxLength: 80 }), (least, steps) => {
      const ledger = new Ledger();
      const held = new HeldEvents(1000);
      const make = countWindows({ gte: least }, open(span), ledger);
      let window = make();
      const times: number[] = [];
      let now = 0;
      steps.forEach(({ gap, restart }, i) => {
        const time = now + gap;
        now = Math.max(now, time);
        const one = { ...event({ id: `e${i}` }), time };
        const part = { ...newContribution(), time, event: one, held: held.hold(one) };
        const expected = naive(times, time, least);
        const holds = window.add(part);
        expect(holds).toBe(expected !== null);
        if (holds) {
          const { count, first, last, events } = window.firing();
          expect({ count, first, last }).toEqual(expected);
          expect(events.length).toBe(Math.min(count, least));
          expect(events.map((seen) => held.get(seen)?.time)).toEqual(events.map((seen) => seen.time));
          expect(events.at(-1)?.time).toBe(last);
        }
        if (restart > 0) return;
        const kept: unknown[] = [];
        const json = JSON.parse(
          JSON.stringify(
            window.toJson(
              (seen) => kept.push(seen) - 1,
              () => 0,
            ),
          ),
        );
        window.clear();
        window = make();
        window.restore(
          json as never,
          (saved) => kept[saved as number] as never,
          () => one,
        );
      });
      // All records go back.
      window.clear();
      const [a, b] = [ledger.takeSeen(0, null), ledger.takeSeen(0, null)];
      expect(Math.max(a, b)).toBeLessThan(Math.max(2, 2 * least + 1));
    }),
    { numRuns: 300 },
  );
});
