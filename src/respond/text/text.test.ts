import fc from 'fast-check';
import { expect, test } from 'vitest';
import { cut, cutBytes, escapeHtml, oneLine, plain } from './text.ts';

test.each([
  ['a\r\nb\rc\u2028d', 'a\nb\nc\nd'],
  ['\u001b[31mred\u001b[0m', 'red'],
  ['a\u0000b\u0007c\u009bd', 'abcd'],
  ['\u202egpj.exe\u2066', 'gpj.exe'],
  ['http://a https://b HTTPS://c', 'hxxp://a hxxps://b hxxPS://c'],
  ['www.example.com ftp:x javascript:y data:z', 'www[.]example.com ftp[:]x javascript[:]y data[:]z'],
  ['\ud800x', '\ufffdx'],
])('%j is made harmless', (text, harmless) => {
  expect(plain(text)).toBe(harmless);
});

test('cut text says how long it was, and no character is cut in two', () => {
  expect(cut('abcdef', 6)).toBe('abcdef');
  expect(cut('x'.repeat(100), 40)).toMatch(/^x+ … \(cut: 100 characters\)$/);
  expect(cut('🔥'.repeat(50), 41).isWellFormed()).toBe(true);
});

test('whatever comes, lines are one line, limits hold and HTML is text', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 300 }), fc.integer({ min: 1, max: 200 }), (text, most) => {
      expect(oneLine(text)).not.toMatch(/[\r\n\u0000-\u001f\u2028\u2029]/);
      expect(cut(text, most).length).toBeLessThanOrEqual(Math.max(most, 1));
      expect(Buffer.byteLength(cutBytes(text, 64 + most))).toBeLessThanOrEqual(64 + most);
      expect(escapeHtml(text)).not.toMatch(/[<>"']/);
    }),
  );
});
