import { describe, expect, test } from 'vitest';
import { visiblePieces } from './visible-text.ts';

describe('text from logs', () => {
  const flat = (text: string) =>
    visiblePieces(text)
      .map((piece) => piece.text)
      .join('');
  test.each([
    ['plain', 'plain'],
    ['', ''],
    ['tab\tstays', 'tab\tstays'],
    ['\u001b[31mred', '␛[31mred'],
    ['a\nb\r\u0000', 'a␊b␍␀'],
    ['\u007f\u009b', '␡U+009B'],
    ['x\u202egnp.exe', 'xU+202Egnp.exe'],
    ['zero\u200bwidth\ufeff', 'zeroU+200BwidthU+FEFF'],
    ['<b>&amp;', '<b>&amp;'],
    ['héllo 日本 🙂', 'héllo 日本 🙂'],
  ])('%j is shown as %j', (text, shown) => expect(flat(text)).toBe(shown));

  test.each([
    [[{ offset: 0, length: 3 }], ['Acc', true, 'epted', false]],
    [[{ offset: 2, length: 99 }], ['Ac', false, 'cepted', true]],
    [
      [
        { offset: 0, length: 4 },
        { offset: 2, length: 4 },
      ],
      ['Acce', true, 'pt', true, 'ed', false],
    ],
    [[{ offset: 99, length: 4 }], ['Accepted', false]],
    [[{ offset: 3, length: 0 }], ['Accepted', false]],
  ])('marks %j cut it into %j', (marks, pieces) =>
    expect(visiblePieces('Accepted', marks).flatMap((piece) => [piece.text, piece.marked])).toEqual(pieces),
  );
});
