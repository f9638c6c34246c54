import fc from 'fast-check';
import { expect, test } from 'vitest';
import { PlaceTable } from './place-table.ts';
import type { Place } from './places.ts';

const keyOf = (values: readonly string[], historical: boolean) => JSON.stringify([historical, values]);

const action = fc.record({
  remove: fc.boolean(),
  values: fc.array(fc.constantFrom('', 'a', 'b', 'ab', '\u0000', 'a\u0000b', '192.0.2.1', '😀'), { maxLength: 3 }),
  number: fc.integer({ min: 0, max: 400 }),
  historical: fc.boolean(),
});

test('a table holds what a map of keys would hold, whatever comes and goes', () => {
  fc.assert(
    fc.property(fc.array(action, { maxLength: 900 }), (actions) => {
      const table = new PlaceTable(7);
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
          const place = { values: all.length === 1 ? (all[0] as string) : all, historical, first: null };
          table.add(place);
          expected.set(key, place);
        }
      }
      for (const place of expected.values()) {
        const values = typeof place.values === 'string' ? [place.values] : place.values;
        expect(table.get(values, place.historical)).toBe(place);
      }
      expect(table.get(null, false)).toBeUndefined();
    }),
    { numRuns: 60 },
  );
});
