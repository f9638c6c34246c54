import { expect, test } from 'vitest';
import type { FieldValue } from '../../../model/index.ts';
import { errorOf, fits, rule, warningsOf } from './conformance.test-suite.ts';

type Fields = Record<string, FieldValue>;

test.each<[string, Fields, boolean]>([
  ['{ a: x, b: y }', { a: 'x', b: 'y' }, true],
  ['{ a: x, b: y }', { a: 'x' }, false],
  ['[{ a: x }, { b: y }]', { b: 'y' }, true],
  ['[{ a: x, c: z }, { b: y }]', { a: 'x' }, false],
])('C5 a map is and, a list of maps is or: %s on %j is %s', (selection, fields, expected) => {
  expect(fits(rule(selection), fields)).toBe(expected);
});

test.each<[string, string, boolean]>([
  ['[one, two]', 'there is Two', true],
  ['[one, two]', 'there is three', false],
  ["{ '|all': [one, two] }", 'two and one', true],
  ["{ '|all': [one, two] }", 'only one', false],
  ['[4625, 4624]', 'id=4624', true],
  ["['t?o']", 'a two', true],
  ["['tw*ee']", 'two and three', true],
  ["{ '|re': 'tw[io]' }", 'a two', true],
  ['[{ a: x }, word]', 'a word', true],
])('C5 keywords are searched in the whole event: %s in "%s" is %s', (selection, raw, expected) => {
  expect(fits(rule(selection), {}, raw)).toBe(expected);
});

test('C5 a keyword is found in a value that the line writes with escapes', () => {
  const path = 'C:\\Windows\\Temp';
  expect(fits(rule("['windows\\temp']"), { deep: { path: [path] } }, JSON.stringify({ path }))).toBe(true);
});

test.each<[string, Fields, boolean]>([
  ['{ a: [x, y] }', { a: 'y' }, true],
  ['{ a|contains|all: [x, y] }', { a: '-y-x-' }, true],
  ['{ a|contains|all: [x, y] }', { a: '-y-' }, false],
  ["{ a|windash|contains|all: ['-a', '-b'] }", { a: '/b –a' }, true],
  ["{ a|windash|contains|all: ['-a', '-b'] }", { a: '/b' }, false],
])('C6 a list is or, with `all` and: %s on %j is %s', (selection, fields, expected) => {
  expect(fits(rule(selection), fields)).toBe(expected);
});

test('C6 `all` on a single value is told about', () => {
  expect(warningsOf(rule('{ a|contains|all: x }'))).toEqual([expect.stringMatching(/no effect on the single value/)]);
});

test.each<[string, Fields, boolean]>([
  ['{ a: abc }', { a: 'ABC' }, true],
  ['{ a|cased: abc }', { a: 'ABC' }, false],
  ['{ a|contains|cased: bC }', { a: 'abCd' }, true],
  ['{ EventID: 4625 }', { EventID: '4625' }, true],
  ["{ EventID: '4625' }", { EventID: 4625 }, true],
  ['{ a: 9223372036854775807 }', { a: '9223372036854775807' }, true],
  ['{ a: true }', { a: 'True' }, true],
])('C7 case and numbers: %s on %j is %s', (selection, fields, expected) => {
  expect(fits(rule(selection), fields)).toBe(expected);
});

// One backslash in a YAML text in single quotes is one backslash.
test.each<[string, string, boolean]>([
  ['x*z', 'xyyz', true],
  ['x?z', 'xyz', true],
  ['x?z', 'xyyz', false],
  ['x?z', 'x😀z', true],
  ['C:\\Win', 'C:\\Win', true],
  ['C:\\\\Win', 'C:\\Win', true],
  ['x\\*z', 'x*z', true],
  ['x\\*z', 'xyz', false],
  ['x\\?z', 'x?z', true],
  ['x\\?z', 'xyz', false],
  ['x\\\\*', 'x\\anything', true],
  ['x\\\\\\*', 'x\\*', true],
  ['x\\\\\\*', 'x\\y', false],
  ['\\\\\\\\server', '\\\\server', true],
  ['*', '', true],
])('C8 wildcards and escapes: %s on %s is %s', (value, a, expected) => {
  expect(fits(rule(`{ a: '${value}' }`), { a })).toBe(expected);
});

test.each<[string, Fields, boolean]>([
  ["{ a: '' }", { a: '' }, true],
  ["{ a: '' }", { a: 'x' }, false],
  ["{ a: '' }", {}, false],
  ["{ a: '' }", { a: null }, false],
  ['{ a: null }', {}, true],
  ['{ a: null }', { a: null }, true],
  ['{ a: null }', { a: '' }, false],
  ['{ a|neq: null }', { a: '' }, true],
  ['{ a|neq: null }', {}, false],
])('C9 empty, null and absent: %s on %j is %s', (selection, fields, expected) => {
  expect(fits(rule(selection), fields)).toBe(expected);
});

test('C9 null in a list is refused', () => {
  expect(errorOf(rule('{ a: [x, null] }'))).toMatchObject({ line: 5, column: 23 });
});

test.each<[string, Fields, boolean]>([
  ['{ Threat Name: x }', { ThreatName: 'x' }, true],
  ['{ Threat Name: x }', { 'Threat Name': 'x' }, true],
  ['{ Provider_Name: x }', { Provider_Name: 'x' }, true],
  ['{ Execution_ProcessID: 4 }', { Execution_ProcessID: 4 }, true],
])('C10 names of fields: %s on %j is %s', (selection, fields, expected) => {
  expect(fits(rule(selection), fields)).toBe(expected);
});

test.each<[string, Fields, boolean]>([
  ['{ destination.port: 22 }', { 'destination.port': 22 }, true],
  ['{ destination.port: 22 }', { destination: { port: 22 } }, true],
  ['{ a.b.c: x }', { 'a.b': { c: 'x' } }, true],
  ['{ a: y }', { a: ['x', 'y'] }, true],
  ['{ a.b: y }', { a: [{ b: 'x' }, { b: 'y' }] }, true],
  ['{ a.b: y }', { a: [{ b: 'x' }] }, false],
  ['{ a|contains|all: [x, y] }', { a: ['x1', '1y'] }, true],
])('C11 dotted and nested names, and arrays: %s on %j is %s', (selection, fields, expected) => {
  expect(fits(rule(selection), fields)).toBe(expected);
});

test.each<[string, Fields, boolean]>([
  ['{ a|startswith: ab }', { a: 'ABc' }, true],
  ['{ a|endswith: bc }', { a: 'ABC' }, true],
  ["{ a|startswith: 'a*c' }", { a: 'abcd' }, true],
  ['{ a|exists: true }', { a: '' }, true],
  ['{ a|exists: true }', { a: null }, true],
  ['{ a|exists: true }', {}, false],
  ['{ a|exists: false }', {}, true],
  ['{ a|exists: false }', { a: null }, false],
  ['{ user|exists: false }', {}, true],
  ['{ a|neq: x }', { a: 'y' }, true],
  ['{ a|neq: 5 }', { a: '5' }, false],
  ['{ a|contains|neq: b }', { a: 'abc' }, false],
  // every dash, in every combination
  ...['-', '/', '–', '—', '―'].flatMap((dash): [string, Fields, boolean][] => [
    ["{ a|windash|contains: ' -x' }", { a: `cmd ${dash}x` }, true],
    ["{ a|windash|contains: ' /x -y' }", { a: `cmd ${dash}x ―y` }, true],
    ["{ a|windash: '-a -b -c -d -e -f' }", { a: `${dash}a -b /c –d —e ―f` }, true],
  ]),
  ["{ a|windash: '-a -b -c -d -e -f' }", { a: '-a -b -c -d -e +f' }, false],
  ["{ a|windash|contains: 'x-y' }", { a: 'x/y' }, false],
  // regular expressions
  ["{ a|re: 'b.d' }", { a: 'abcde' }, true],
  ["{ a|re: '^b' }", { a: 'ab' }, false],
  ["{ a|re: 'ABC' }", { a: 'abc' }, false],
  ["{ a|re|i: 'ABC' }", { a: 'abc' }, true],
  ["{ a|re|m: '^b$' }", { a: 'a\nb\nc' }, true],
  ["{ a|re|s: 'a.b' }", { a: 'a\nb' }, true],
  ["{ a|re|i|m|s: '^B.C$' }", { a: 'a\nb\nc' }, true],
  ["{ a|re: '(cat|dog)s?[0-9]{2,3}' }", { a: 'dogs42' }, true],
  ["{ a|re|neq: 'a+' }", { a: 'bbb' }, true],
  // encodings
  ['{ a|base64: foobar }', { a: 'Zm9vYmFy' }, true],
  ['{ a|base64offset|contains: http:// }', { a: 'aHR0cDovL2V4YW1wbGU=' }, true],
  ['{ a|base64offset|contains: http:// }', { a: 'IGh0dHA6Ly9leGFtcGxl' }, true],
  ['{ a|base64offset|contains: http:// }', { a: 'ICBodHRwOi8vZXhhbXBsZQ==' }, true],
  ['{ a|utf16le|base64: cmd }', { a: 'YwBtAGQA' }, true],
  ['{ a|wide|base64: cmd }', { a: 'YwBtAGQA' }, true],
  ['{ a|utf16be|base64: cmd }', { a: 'AGMAbQBk' }, true],
  ['{ a|utf16|base64: cmd }', { a: '//5jAG0AZAA=' }, true],
  ['{ a|wide|base64offset|contains: cmd }', { a: 'xYwBtAGQAx' }, true],
  ['{ a|wide|contains: cm }', { a: '-c\u0000m\u0000-' }, true],
  // numbers
  ['{ a|lt: 5 }', { a: 4.5 }, true],
  ['{ a|lte: 5 }', { a: '5' }, true],
  ['{ a|gt: 5 }', { a: 5 }, false],
  ['{ a|gte: -5 }', { a: -5 }, true],
  ['{ a|gt: 5 }', { a: 'many' }, false],
  ['{ a|gt: 5, a|lt: 7 }', { a: 6 }, true],
  // parts of dates
  ['{ a|minute: 5 }', { a: '2026-03-01T07:05:59+09:00' }, true],
  ['{ a|hour: 7 }', { a: '2026-03-01T07:05:59+09:00' }, true],
  ['{ a|day: 1 }', { a: '2026-03-01 07:05:59' }, true],
  ['{ a|week: 9 }', { a: '2026-03-01' }, true],
  ['{ a|month: 3 }', { a: '2026-03-01' }, true],
  ['{ a|year: [2025, 2026] }', { a: '2026-03-01' }, true],
  ['{ a|hour|gte: 22 }', { a: '2026-03-01T23:00:00' }, true],
  ['{ a|hour|lt: 6 }', { a: '2026-03-01T23:00:00' }, false],
  ['{ a|hour: 7 }', { a: 'yesterday' }, false],
  // networks
  ['{ a|cidr: [192.0.2.0/25, 198.51.100.0/24] }', { a: '198.51.100.9' }, true],
  ['{ a|cidr: 192.0.2.0/25 }', { a: '192.0.2.128' }, false],
  ["{ a|cidr: '2001:db8::/32' }", { a: '2001:DB8::1' }, true],
  ['{ a|cidr|neq: 192.0.2.0/24 }', { a: '203.0.113.1' }, true],
  // other fields
  ['{ a|fieldref: b }', { a: 'x', b: 'X' }, true],
  ['{ a|fieldref|cased: b }', { a: 'x', b: 'X' }, false],
  ['{ a|fieldref|neq: b }', { a: 'x', b: 'y' }, true],
  ['{ a|fieldref|neq: b }', { a: 'x', b: 'x' }, false],
  ['{ a|fieldref|startswith: b }', { a: 'xyz', b: 'xy' }, true],
  ['{ a|fieldref|endswith: b }', { a: 'xyz', b: 'yz' }, true],
  ['{ a|fieldref|contains: b }', { a: 'xyz', b: 'y' }, true],
  ['{ a|fieldref: b }', { a: 'x' }, false],
])('modifiers: %s on %j is %s', (selection, fields, expected) => {
  expect(fits(rule(selection), fields)).toBe(expected);
});

test.each([
  ['{ a|like: x }', /`like` is not known/],
  ['{ a|re|contains: x }', /`re` cannot be combined with `contains`/],
  ['{ a|re|cased: x }', /`re` cannot be combined with `cased`/],
  ['{ a|re|base64: x }', /`re` cannot be combined with `base64`/],
  ['{ a|re|cidr: x }', /cannot be used together/],
  ['{ a|contains|endswith: x }', /cannot be used together/],
  ['{ a|contains|contains: x }', /twice/],
  ['{ a|i|re: x }', /stand behind it/],
  ['{ a|exists|neq: true }', /takes true or false/],
  ["{ a|exists: 'yes' }", /takes true or false/],
  ['{ a|cidr: example.com }', /no network/],
  ['{ a|cidr: 192.0.2.0/33 }', /no network/],
  ['{ a|contains|base64: x }', /must stand before/],
  ["{ a|base64: 'x*' }", /wildcards cannot be encoded/],
  ['{ a|gt: much }', /takes a number/],
  ['{ a|lt|gt: 5 }', /cannot be used together/],
  ['{ a|lt|hour: 5 }', /cannot be used together/],
  ['{ a|contains: null }', /no modifier but/],
  ['{ a|fieldref: 5 }', /name of a field/],
  ["{ a|re: 'a(?=b)' }", /looks ahead/],
  ["{ a|re: '(a)\\1' }", /refers back/],
  ["{ '|exists': true }", /name a field/],
  ["['']", /empty keyword/],
  ['{ a: { b: c } }', /not a map/],
  ['{ a: [] }', /empty/],
])('refused with its place: %s', (selection, reason) => {
  expect(errorOf(rule(selection))).toMatchObject({ line: 5, message: expect.stringMatching(reason) });
});

test('base64offset without contains is told about', () => {
  expect(warningsOf(rule('{ a|base64offset: x }'))).toEqual([expect.stringMatching(/base64offset\|contains/)]);
});
