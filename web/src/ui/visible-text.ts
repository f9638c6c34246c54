/** A piece of log text ready to be shown: ordinary, or one control character made visible. */
export interface TextPiece {
  text: string;
  /** What the visible symbol stands for, for the tip. */
  control: string | null;
  marked: boolean;
  /** Where the piece starts in the text. */
  at: number;
}

export interface TextMark {
  offset: number;
  length: number;
}

// Control characters, and the invisible ones that reorder or hide text: none may act on the page or on a copied line unseen.
const hidden =
  /[\u0000-\u0008\u000a-\u001f\u007f-\u009f\u00ad\u061c\u115f\u1160\u180e\u200b-\u200f\u2028-\u202e\u2060-\u2069\u3164\ufeff\ufff9-\ufffb]/g;

const escapeName = (code: number): string => `U+${code.toString(16).toUpperCase().padStart(4, '0')}`;

/** The symbol shown for a hidden character: `␛` for escape, `␊` for a line feed, else its code point. */
function symbolFor(character: string): string {
  const code = character.charCodeAt(0);
  if (code < 0x20) return String.fromCharCode(0x2400 + code);
  if (code === 0x7f) return '␡';
  return escapeName(code);
}

/** Splits log text at hidden characters and at the borders of the marks (offsets in UTF-16 units of `text`). */
export function visiblePieces(text: string, marks: readonly TextMark[] = []): TextPiece[] {
  const pieces: TextPiece[] = [];
  const sorted = [...marks].filter((mark) => mark.length > 0).sort((a, b) => a.offset - b.offset);
  let at = 0;
  for (const mark of sorted) {
    const start = Math.max(mark.offset, at);
    const end = Math.min(mark.offset + mark.length, text.length);
    if (end <= start) continue;
    pushVisible(pieces, text, at, start, false);
    pushVisible(pieces, text, start, end, true);
    at = end;
  }
  pushVisible(pieces, text, at, text.length, false);
  return pieces;
}

function pushVisible(pieces: TextPiece[], whole: string, start: number, end: number, marked: boolean): void {
  let at = start;
  for (const found of whole.slice(start, end).matchAll(hidden)) {
    const here = start + found.index;
    if (here > at) pieces.push({ text: whole.slice(at, here), control: null, marked, at });
    pieces.push({ text: symbolFor(found[0]), control: escapeName(found[0].charCodeAt(0)), marked, at: here });
    at = here + 1;
  }
  if (at < end) pieces.push({ text: whole.slice(at, end), control: null, marked, at });
}
