import { expect, test } from 'vitest';
import type { FieldValue, Match } from '../../model/index.ts';
import { event, native, sigma } from '../fixtures.test-suite.ts';
import { checkRule, compileRules, loadSigmaYaml } from '../index.ts';

/** Does a selection, as YAML flow text, match an event with these fields? */
function matches(selection: string, fields: Record<string, FieldValue>, condition = 'selection'): boolean {
  const text = `title: t\nid: t\nlogsource: { product: any }\ndetection:\n  selection: ${selection}\n  condition: ${condition}\n`;
  const rules = compileRules(sigma(text));
  const out: Match[] = [];
  rules.match(event({ fields, raw: typeof fields.line === 'string' ? fields.line : 'a line' }), 1, out);
  return out.length > 0;
}

const refusal = (selection: string): string => {
  const text = `title: t\nid: t\nlogsource: { product: any }\ndetection:\n  selection: ${selection}\n  condition: selection\n`;
  const { docs, problems } = loadSigmaYaml(text, { origin: 'user', fileName: 't.yml' });
  expect(docs).toEqual([]);
  const error = problems.find((problem) => problem.level === 'error');
  expect(error).toMatchObject({ level: 'error', line: 5 });
  return error?.message ?? '';
};

test.each<[string, Record<string, FieldValue>, boolean]>([
  // plain values
  ["{ a: 'x' }", { a: 'x' }, true],
  ["{ a: 'x' }", { a: 'X' }, true],
  ["{ a: 'x' }", { a: 'xy' }, false],
  ["{ a: 'x' }", {}, false],
  ['{ a: [x, y] }', { a: 'Y' }, true],
  ['{ a: x, b: y }', { a: 'x' }, false],
  ['[{ a: x }, { b: y }]', { b: 'y' }, true],
  ['{ a: ss }', { a: 'ſs' }, true],
  // numbers and booleans
  ['{ a: 22 }', { a: 22 }, true],
  ['{ a: 22 }', { a: '22' }, true],
  ["{ a: '22' }", { a: 22 }, true],
  ['{ a: true }', { a: true }, true],
  // empty, null, exists
  ["{ a: '' }", { a: '' }, true],
  ["{ a: '' }", {}, false],
  ['{ a: null }', {}, true],
  ['{ a: null }', { a: null }, true],
  ['{ a: null }', { a: '' }, false],
  ['{ a|exists: true }', { a: '' }, true],
  ['{ a|exists: false }', { a: 'x' }, false],
  ['{ a|exists: false }', {}, true],
  // wildcards and escapes (YAML single quotes: one backslash is one backslash)
  ["{ a: 'x*z' }", { a: 'xyyz' }, true],
  ["{ a: 'x?z' }", { a: 'xyz' }, true],
  ["{ a: 'x?z' }", { a: 'xz' }, false],
  ["{ a: 'x?z' }", { a: 'x😀z' }, true],
  ["{ a: 'x\\*z' }", { a: 'x*z' }, true],
  ["{ a: 'x\\*z' }", { a: 'xyz' }, false],
  ["{ a: 'x\\?' }", { a: 'x?' }, true],
  ["{ a: 'C:\\Temp' }", { a: 'c:\\temp' }, true],
  ["{ a: 'C:\\\\Temp' }", { a: 'c:\\temp' }, true],
  ["{ a: 'C:\\\\*' }", { a: 'c:\\anything' }, true],
  ["{ a: 'C:\\\\\\*' }", { a: 'c:\\*' }, true],
  ["{ a: '\\\\\\\\srv' }", { a: '\\\\srv' }, true],
  ["{ a: 'a*b*c' }", { a: 'a-b-b-c' }, true],
  ["{ a: 'a*b*c' }", { a: 'a-c-b' }, false],
  ["{ a: '*' }", { a: '' }, true],
  // positions
  ['{ a|contains: ell }', { a: 'Hello' }, true],
  ['{ a|startswith: he }', { a: 'Hello' }, true],
  ['{ a|endswith: lo }', { a: 'Hello' }, true],
  ['{ a|endswith: he }', { a: 'Hello' }, false],
  ["{ a|contains: 'h*o' }", { a: '-- hello --' }, true],
  ['{ a|contains|all: [a, b] }', { a: 'xbxa' }, true],
  ['{ a|contains|all: [a, b] }', { a: 'xa' }, false],
  ['{ a|contains|cased: Ell }', { a: 'hello' }, false],
  ['{ a|cased: Hello }', { a: 'Hello' }, true],
  ['{ a|neq: x }', { a: 'y' }, true],
  ['{ a|neq: x }', { a: 'X' }, false],
  ['{ a|neq: [x, y] }', { a: 'y' }, false],
  // regular expressions: case-sensitive unless told
  ["{ a|re: '^h.*o$' }", { a: 'hello' }, true],
  ["{ a|re: '^h.*o$' }", { a: 'Hello' }, false],
  ["{ a|re|i: '^h.*o$' }", { a: 'HELLO' }, true],
  ["{ a|re: 'a.b' }", { a: 'a\nb' }, false],
  ["{ a|re|s: 'a.b' }", { a: 'a\nb' }, true],
  ["{ a|re|m: '^b' }", { a: 'a\nb' }, true],
  ["{ a|re: '^b' }", { a: 'a\nb' }, false],
  ["{ a|re: '(cat|dog)house' }", { a: 'a doghouse' }, true],
  ["{ a|re|i: 'sqlmap|nikto' }", { a: 'NIKTO 2' }, true],
  ["{ a|re: '.*' }", {}, false],
  // networks
  ['{ a|cidr: 192.0.2.0/24 }', { a: '192.0.2.77' }, true],
  ['{ a|cidr: 192.0.2.0/24 }', { a: '192.0.3.1' }, false],
  ["{ a|cidr: [10.0.0.0/8, '2001:db8::/32'] }", { a: '2001:db8:1::1' }, true],
  ["{ a|cidr: '2001:db8::/33' }", { a: '2001:db8:8000::1' }, false],
  ['{ a|cidr: 0.0.0.0/0 }', { a: 'no address' }, false],
  // comparisons
  ['{ a|gt: 5 }', { a: 6 }, true],
  ['{ a|gt: 5 }', { a: 5 }, false],
  ['{ a|gte: 5 }', { a: '5' }, true],
  ['{ a|lt: 5 }', { a: 'x' }, false],
  ['{ a|lte: 5 }', {}, false],
  ['{ a|lt: 5 }', { a: '' }, false],
  // encodings
  ['{ a|base64: foo }', { a: 'Zm9v' }, true],
  ['{ a|base64offset|contains: /bin/bash }', { a: 'xx L2Jpbi9iYXNo' }, true],
  ['{ a|base64offset|contains: /bin/bash }', { a: 'IC9iaW4vYmFzaA==' }, true],
  ['{ a|base64offset|contains: /bin/bash }', { a: 'ICAvYmluL2Jhc2g=' }, true],
  ['{ a|wide|base64offset|contains: ping }', { a: 'cABpAG4AZwA=' }, true],
  ['{ a|utf16|base64: a }', { a: '//5hAA==' }, true],
  ['{ a|utf16be|base64: a }', { a: 'AGE=' }, true],
  ["{ a|windash|contains: ' -f' }", { a: 'x /F y' }, true],
  ["{ a|windash|contains: ' -f' }", { a: 'x –f y' }, true],
  // other fields
  ['{ a|fieldref: b }', { a: 'X', b: 'x' }, true],
  ['{ a|fieldref: b }', { a: 'x' }, false],
  ['{ a|fieldref|startswith: b }', { a: 'xyz', b: 'xy' }, true],
  ['{ a|fieldref|neq: b }', { a: 'x', b: 'y' }, true],
  // dates
  ['{ a|hour: 3 }', { a: '2026-11-20T03:16:31Z' }, true],
  ['{ a|week: 47 }', { a: '2026-11-20' }, true],
  ['{ a|year: 2026 }', { a: 'yesterday' }, false],
  // nested fields and arrays
  ['{ http.status: 404 }', { http: { status: 404 } }, true],
  ['{ http.status: 404 }', { 'http.status': 404 }, true],
  ['{ fields.http.status: 404 }', { http: { status: 404 } }, true],
  ['{ a.b: x }', { a: [{ b: 'y' }, { b: 'x' }] }, true],
  ['{ a: y }', { a: ['x', 'y'] }, true],
  ['{ Threat Name: x }', { ThreatName: 'x' }, true],
  ['{ constructor: x }', {}, false],
  // keywords: anywhere in the line
  ["['segfault', 'oops']", { line: 'kernel: Oops: 0000' }, true],
  ["'panic'", { line: 'all is well' }, false],
  ["{ '|all': [a1, b2] }", { line: 'b2 then a1' }, true],
  ["{ '|all': [a1, b2] }", { line: 'only b2' }, false],
  ["['seg*at']", { line: 'a segfault at 0' }, true],
  ['[{ a: x }, keyword]', { line: 'a keyword' }, true],
])('%s on %j is %s', (selection, fields, expected) => {
  expect(matches(selection, fields)).toBe(expected);
});

test.each([
  ['{ a|contans: x }', /`contans` is not known/],
  ['{ a|re|contains: x }', /`re` cannot be combined/],
  ['{ a|cidr: banana }', /no network/],
  ['{ a|re: "(" }', /missing closing/],
  ['{ a|re: "a(?=b)" }', /looks ahead/],
  ['{ a|re: "(a)\\\\1" }', /refers back/],
  ['{ a|expand: "%admins%" }', /`%admins%` has no values/],
  ['{ a: [x, null] }', /null cannot stand in a list/],
  ['{ a|exists: maybe }', /true or false/],
  ['{ a|lt: many }', /takes a number/],
  ['{ a|i: x }', /flags of `re`/],
  ['{ a|base64: "x*" }', /wildcards cannot be encoded/],
  ['{ a: { b: c } }', /not a map/],
  ['{ a: [] }', /empty/],
  ['{}', /empty/],
])('%s is refused', (selection, reason) => {
  expect(refusal(selection)).toMatch(reason);
});

test('a pattern longer than 1,000 characters is refused', () => {
  expect(refusal(`{ a|re: '${'x'.repeat(1001)}' }`)).toMatch(/1001 characters/);
  expect(checkRule(native('pattern', { field: 'raw', regex: 'x'.repeat(1001) }))).toMatchObject([{ level: 'error' }]);
});
