import { expect, test } from 'vitest';
import { errorOf, fits, warningsOf } from './conformance.test-suite.ts';

const rule = (condition: string) => `title: A rule
logsource: { product: any }
detection:
  sel_a: { a: 1 }
  sel_b: { b: 1 }
  other_c: { c: 1 }
  _hidden: { d: 1 }
  condition: ${condition}
`;
const fields = (names: string) => Object.fromEntries([...names].map((name) => [name, 1]));

test.each<[string, string, boolean]>([
  ['sel_a and sel_b', 'ab', true],
  ['sel_a AND sel_b', 'a', false],
  ['sel_a Or sel_b', 'b', true],
  ['NOT sel_a', 'b', true],
  ['not not sel_a', 'a', true],
  // or is weaker than and, and than not
  ['sel_a or sel_b and other_c', 'a', true],
  ['(sel_a or sel_b) and other_c', 'a', false],
  ['not sel_a and sel_b', 'b', true],
  ['not (sel_a and sel_b)', 'a', true],
  ['sel_a and not 1 of other*', 'a', true],
  ['sel_a and not 1 of other*', 'ac', false],
  ['1 of them', 'c', true],
  ['any of them', 'c', true],
  ['1 OF THEM', 'c', true],
  ['1 of them', 'd', false],
  ['all of them', 'abc', true],
  ['all of them', 'ab', false],
  ['1 of sel*', 'b', true],
  ['1 of sel*', 'c', false],
  ['all of sel*', 'ab', true],
  ['all of sel*', 'a', false],
  ['1 of *_c', 'c', true],
  ['1 of s*_b', 'a', false],
  ['all of *', 'abcd', true],
  ['1 of _hidden', 'd', true],
  ['[sel_a, sel_b and other_c]', 'a', true],
  ['[sel_a, sel_b and other_c]', 'bc', true],
  ['[sel_a, sel_b and other_c]', 'b', false],
])('C13 %s on %s is %s', (condition, names, expected) => {
  expect(fits(rule(condition), fields(names))).toBe(expected);
});

test.each([
  ['2 of sel*', /`2 of` is not Sigma/],
  ['sel_a | count() by a > 5', /event_count/],
  ['sel_a | near sel_b', /temporal/],
  ['sel_a and', /missing at the end/],
  ['sel_a sel_b', /not expected/],
  ['(sel_a', /`\)` is missing/],
  ['sel_a)', /not expected/],
  ['nobody', /no selection is called `nobody`/],
  ['1 of', /needs `them`/],
  ["''", /empty/],
  ['5', /needs `condition:`/],
])('C13 refused: %s', (condition, reason) => {
  expect(errorOf(rule(condition))).toMatchObject({ line: 8, message: expect.stringMatching(reason) });
});

test.each(['1 of nothing*', 'all of nothing*'])('C14 a pattern that fits no selection is an error: %s', (condition) => {
  expect(errorOf(rule(condition))).toMatchObject({ line: 8, message: expect.stringMatching(/no selection fits/) });
});

test('a timeframe of Sigma 1 is refused, and a selection that no condition uses is told about', () => {
  const old = rule('sel_a').replace('detection:\n', 'detection:\n  timeframe: 5m\n');
  expect(errorOf(old)).toMatchObject({ line: 4, message: expect.stringMatching(/timespan/) });
  expect(warningsOf(rule('sel_a and sel_b'))).toEqual([
    expect.stringMatching(/`other_c`/),
    expect.stringMatching(/`_hidden`/),
  ]);
});
