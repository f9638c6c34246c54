import { parseSearchWith, stringifySearchWith } from '@tanstack/react-router';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { searchValue } from './search-value.ts';

const parse = parseSearchWith(searchValue);
const stringify = stringifySearchWith(JSON.stringify, searchValue);

test('quotes that somebody writes stay', () => {
  expect(parse('?q="Failed password" -host:web1')).toEqual({ q: '"Failed password" -host:web1' });
  expect(parse(`?q=${encodeURIComponent('"Failed password"')}`)).toEqual({ q: '"Failed password"' });
  expect(stringify({ q: '"Failed password"' })).toBe('?q=%22Failed+password%22');
});

test('numbers, lists and yes or no are what they are', () => {
  expect(parse('?a=404&b=true&c=[1,"x"]&d=text')).toEqual({ a: 404, b: true, c: [1, 'x'], d: 'text' });
});

test('addresses of before, in which every quoted text was JSON, mean the same', () => {
  expect(parse(`?q=${encodeURIComponent(JSON.stringify('"Failed password"'))}`)).toEqual({ q: '"Failed password"' });
  expect(parse('?q="404"')).toEqual({ q: '404' });
});

test('every text comes back as it was', () => {
  const text = fc.oneof(
    fc.string(),
    fc.constantFrom('404', 'true', 'null', '"a"', '"404"', '""', '"', '\\"', '{"a":1}', '"\\"x\\""'),
    fc.string().map((one) => JSON.stringify(one)),
    fc.string().map((one) => JSON.stringify(JSON.stringify(one))),
  );
  fc.assert(
    fc.property(text, (q) => {
      if (q === '') return;
      expect(parse(stringify({ q }))).toEqual({ q });
    }),
    { numRuns: 2000 },
  );
});
