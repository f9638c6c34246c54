import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Ledger, none } from './ledger.ts';

const seen = fc.record({
  number: fc.nat(),
  id: fc.oneof(
    fc.uuid(),
    fc.uuid().map((id) => id.toUpperCase()),
    fc.string({ maxLength: 40 }),
  ),
  time: fc.double({ noNaN: true }),
  attributable: fc.boolean(),
});

test('a record gives back what was put in, whatever was freed and taken before', () => {
  fc.assert(
    fc.property(fc.array(fc.record({ seen, free: fc.boolean(), at: fc.nat() }), { maxLength: 200 }), (actions) => {
      const ledger = new Ledger();
      const live = new Map<number, typeof seen extends fc.Arbitrary<infer T> ? T : never>();
      for (const { seen: one, free, at } of actions) {
        const records = [...live.keys()];
        const record = records[at % Math.max(1, records.length)];
        if (free && record !== undefined) {
          ledger.free(record);
          live.delete(record);
        } else live.set(ledger.takeSeen(one.time, one), one);
      }
      for (const [record, one] of live) {
        expect(ledger.seen(record)).toEqual(one);
        expect([ledger.before(record), ledger.after(record)]).toEqual([none, none]);
      }
    }),
  );
});

test('records are chained both ways, over many chunks; freed ones are used again', () => {
  const ledger = new Ledger();
  const count = 100_000;
  let last = none;
  for (let i = 0; i < count; i += 1) {
    const record = ledger.takeSeen(i, null);
    ledger.link(last, record);
    last = record;
  }
  let back = 0;
  for (let record = last; record !== none; record = ledger.before(record))
    back += ledger.time(record) === count - 1 - back ? 1 : 0;
  expect(back).toBe(count);
  expect(ledger.seen(last)).toBeNull();
  ledger.free(500);
  ledger.free(70_000);
  expect([ledger.takeSeen(1, null), ledger.takeSeen(2, null), ledger.takeSeen(3, null)]).toEqual([70_000, 500, count]);
});
