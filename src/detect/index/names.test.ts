import fc from 'fast-check';
import { expect, test } from 'vitest';
import { event } from '../fixtures.test-suite.ts';
import { accessor } from './field.ts';
import { bitOf, forgetNames, isFlat, mayHave } from './names.ts';

const name = fc.oneof(fc.constantFrom('', 'a', 'a.b', 'a b', 'c-uri', 'message', 'constructor'), fc.string());

test('a name that is there is never said to be missing, and is read', () => {
  fc.assert(
    fc.property(fc.array(name, { maxLength: 40 }), name, (names, asked) => {
      const fields = Object.fromEntries(names.map((one) => [one, 'x']));
      const one = event({ fields });
      for (const there of names) expect(mayHave(one, bitOf(there))).toBe(true);
      expect(isFlat(one)).toBe(!names.some((there) => there.includes('.')));
      const found = accessor({ view: 'event', path: `fields.${asked}` })(one);
      if (names.includes(asked)) expect(found).toBe('x');
    }),
  );
});

test('an event without fields has no name; what changed is seen when it is looked at anew', () => {
  const one = event({ fields: {} });
  expect(mayHave(one, -1)).toBe(false);
  one.fields = { a: { b: 1 } };
  forgetNames();
  expect(mayHave(one, bitOf('a'))).toBe(true);
  expect(isFlat(one)).toBe(false);
  expect(accessor({ view: 'event', path: 'a.b' })(one)).toBe(1);
});
