import fc from 'fast-check';
import { expect, test } from 'vitest';
import { PlaceTable } from './place-table.ts';
import type { Place } from './state.ts';

const keyOf = (values: readonly string[], historical: boolean) =>
  [historical ? 'old' : 'now', ...values].join('\u0000');

const action = fc.record({
  remove: fc.boolean(),
  values: fc.array(fc.constantFrom('', 'a', 'b', 'ab', '192.0.2.1', '😀'), { maxLength: 3 }),
  number: fc.integer({ min: 0, max: 400 }),
  historical: fc.boolean(),
});

test('a table holds what a map of keys would hold, whatever comes and goes', () => {
  fc.assert(
    fc.property(fc.array(action, { maxLength: 900 }), (actions) => {
      const table = new PlaceTable();
      const expected = new Map<string, Place>();
      for (const { remove, values, number, historical } of actions) {
        const all = [...values, String(number)];
        const key = keyOf(all, historical);
        const known = expected.get(key);
        expect(table.get(all, historical)).toBe(known);
        if (remove && known !== undefined) {
          table.delete(known);
          expected.delete(key);
        } else if (known === undefined) {
          const place = { key, groups: [] };
          table.add(place);
          expected.set(key, place);
        }
      }
      for (const [key, place] of expected) expect(table.byKey(key)).toBe(place);
      expect(table.get(null, false)).toBeUndefined();
    }),
    { numRuns: 60 },
  );
});
