import fc from 'fast-check';
import { expect, test } from 'vitest';
import { fold } from '../index/field.ts';
import { compileRegex, requiredLiterals } from './regex.ts';

test.each<[string, boolean, string[] | null]>([
  ['Failed password', false, ['Failed password']],
  ['Failed password', true, ['failed password']],
  ['Failed (password|publickey) for', false, ['Failed ']],
  ['cat|doggy', false, ['cat', 'doggy']],
  ['cat|.*', false, null],
  ['a+bcd?', false, null],
  ['abcd?e', false, ['abc']],
  ['abc{0}defg', false, ['defg']],
  ['x*yyy', false, ['yyy']],
  ['\\d+\\.\\d+', false, null],
  ['\\/etc\\/passwd', false, ['/etc/passwd']],
  ['[abc]defg]', false, ['defg]']],
  ['(?i)Root', true, ['root']],
  ['\\x41bcd', false, null],
  ['\\Qa.b\\E', false, null],
  ['', false, null],
])('%s (folded: %s) requires %j', (source, folded, expected) => {
  expect(requiredLiterals(source, folded)).toEqual(expected);
});

test('whatever matches contains one of the required literals', () => {
  const unit = fc.constantFrom(
    'a',
    'b',
    'c',
    'k',
    's',
    'A',
    '.',
    '*',
    '+',
    '?',
    '|',
    '(',
    ')',
    '[',
    ']',
    '\\',
    '{2}',
    '{0}',
    '^',
    '$',
    '\\d',
    'ſ',
    '(?i)',
  );
  fc.assert(
    fc.property(
      fc.string({ unit, maxLength: 14 }),
      fc.string({ unit: fc.constantFrom('a', 'b', 'c', 'A', 'k', 'K', 's', 'ſ', '.', '*', ']'), maxLength: 12 }),
      fc.constantFrom('', 'i'),
      (source, text, flags) => {
        let regex: ReturnType<typeof compileRegex>;
        try {
          regex = compileRegex(source, flags);
        } catch {
          return;
        }
        if (regex.literals === null || !regex.test(text)) return;
        const searched = regex.folded ? fold(text) : text;
        expect(regex.literals.some((literal) => searched.includes(literal))).toBe(true);
      },
    ),
    { numRuns: 5000 },
  );
});

test('a pattern that ruins backtracking engines is answered at once', () => {
  const regex = compileRegex('(a+)+$', '');
  const started = performance.now();
  expect(regex.test(`${'a'.repeat(5000)}!`)).toBe(false);
  expect(performance.now() - started).toBeLessThan(1000);
});

test('only the first 64 Ki characters are searched', () => {
  const regex = compileRegex('needle', '');
  expect(regex.test(`${'x'.repeat(65_530)}needle`)).toBe(true);
  expect(regex.test(`${'x'.repeat(65_531)}needle`)).toBe(false);
});

test('find gives the place of the match', () => {
  expect(compileRegex('b+', '').find('aabbb')).toEqual({ offset: 2, length: 3 });
  expect(compileRegex('é', '').find('😀é')).toEqual({ offset: 2, length: 1 });
  expect(compileRegex('x', '').find('aa')).toBeNull();
});
