/* Text of log lines on paper: any character may come, none may act, none may vanish. */

/** Control, format, surrogate, private and unassigned characters, separators of lines, and letters that are drawn as nothing. */
const hidden = /\p{C}|\p{Zl}|\p{Zp}|\p{Default_Ignorable_Code_Point}|\u2800/u;
const plainAscii = /^[\x20-\x7e]*$/;

/** Whether a font can draw a character. */
export type HasGlyph = (codePoint: number) => boolean;

const codeName = (code: number): string => `‹U+${code.toString(16).toUpperCase().padStart(4, '0')}›`;

/**
 * The text with everything that could not be seen made visible: control characters as their symbols (␛, ␊), all else that is
 * hidden, reorders text or has no glyph as `‹U+202E›`.
 */
export function visibleText(text: string, hasGlyph: HasGlyph): string {
  if (plainAscii.test(text)) return text;
  let seen = '';
  for (const character of text) {
    const code = character.codePointAt(0) ?? 0;
    if (code >= 0x20 && code <= 0x7e) seen += character;
    else if (code === 9) seen += '    ';
    else if (code < 0x20 || code === 0x7f) {
      const symbol = code === 0x7f ? 0x2421 : 0x2400 + code;
      seen += hasGlyph(symbol) ? String.fromCharCode(symbol) : codeName(code);
    } else if (hidden.test(character) || !hasGlyph(code)) seen += codeName(code);
    else seen += character;
  }
  return seen;
}

/** Width of a text in points. */
export type Measure = (text: string) => number;

/**
 * Breaks text into lines that fit: between words, and inside those that are longer than a line. Nothing is left out.
 * The text is visible already ({@link visibleText}).
 */
export function wrapText(text: string, width: number, measure: Measure): string[] {
  const lines: string[] = [];
  let line = '';
  let lineWidth = 0;
  const flush = (): void => {
    lines.push(line.trimEnd());
    line = '';
    lineWidth = 0;
  };
  for (const word of text.match(/\S+\s*|\s+/gu) ?? []) {
    const visible = measure(word.trimEnd());
    if (lineWidth > 0 && lineWidth + visible > width) flush();
    if (visible <= width) {
      line += word;
      lineWidth += measure(word);
      continue;
    }
    for (const character of word.trimEnd()) {
      const one = measure(character);
      if (lineWidth > 0 && lineWidth + one > width) flush();
      line += character;
      lineWidth += one;
    }
    // Spaces may stand beyond the edge: they are not seen there.
    line += word.slice(word.trimEnd().length);
    lineWidth += measure(word) - visible;
  }
  if (line.trim() !== '' || lines.length === 0) flush();
  return lines;
}
