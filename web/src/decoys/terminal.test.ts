import { describe, expect, test } from 'vitest';
import { Playback, readRecording, Terminal } from './terminal.ts';

const screen = (columns: number, rows: number, text: string): string[] => {
  const terminal = new Terminal(columns, rows);
  // In pieces: a sequence may be cut anywhere.
  for (const character of text) terminal.write(character);
  return terminal.view().map((line) =>
    line
      .map((piece) => piece.text)
      .join('')
      .trimEnd(),
  );
};

describe('terminal', () => {
  test.each([
    ['plain lines', 'a\r\nb', ['a', 'b', '']],
    ['scrolls', '1\r\n2\r\n3\r\n4', ['2', '3', '4']],
    ['wraps', '12345678901', ['1234567890', '1', '']],
    ['goes back and writes over', 'abc\b\bX', ['aXc', '', '']],
    ['moves and erases', 'hello\r\u001b[2C\u001b[K', ['he', '', '']],
    ['clears', 'x\r\ny\u001b[2J\u001b[Hz', ['z', '', '']],
    ['swallows titles and links', '\u001b]0;evil\u0007a\u001b]8;;http://x\u001b\\b', ['ab', '', '']],
    ['swallows what it does not know', '\u001b[?2004ha\u001b[5n\u001b(Bb\u0000\u200e', ['ab', '', '']],
    ['deletes and inserts', 'abcd\r\u001b[2P\u001b[1@', [' cd', '', '']],
  ])('%s', (_, text, expected) => expect(screen(10, 3, text)).toEqual(expected));

  test('colours are the sixteen, and others are left out', () => {
    const terminal = new Terminal(20, 2);
    terminal.write('\u001b[1;31mred\u001b[0m\u001b[38;5;200;4mx\u001b[97;44my');
    const [line = []] = terminal.view();
    expect(line[0]).toEqual({ text: 'red', style: { colour: 1, ground: null, bold: true, inverse: false } });
    expect(line[1]?.style.colour).toBeNull();
    expect(line[2]?.style).toMatchObject({ colour: 15, ground: 4 });
  });

  test('a size that is none is bounded', () => {
    const terminal = new Terminal(1e9, -5);
    terminal.resize(Number.NaN, 1e12);
    expect([terminal.columns, terminal.rows]).toEqual([1, 120]);
  });
});

test('a recording is played to any second, forwards and backwards', () => {
  const recording = readRecording(
    [
      '{"version":2,"width":20,"height":5,"title":"t"}',
      '[0.5,"o","$ "]',
      '[1,"m","id"]',
      '[1.5,"o","id\\r\\n"]',
      'broken',
      '[2,"i","secret"]',
      '[3,"o","uid=0"]',
    ].join('\n'),
  );
  expect(recording).toMatchObject({ columns: 20, rows: 5, length: 3, markers: [{ at: 1, label: 'id' }] });
  const playback = new Playback(recording);
  const text = (at: number): string =>
    playback
      .at(at)
      .view()
      .map((line) => line.map((piece) => piece.text).join(''))
      .join('|')
      .replace(/ +/g, ' ');
  expect(text(3)).toContain('$ id |uid=0');
  expect(text(1.6)).not.toContain('uid');
  expect(text(0)).not.toContain('$');
});
