/** Where a value begins and ends, and markers that are already in the text. */

const builtInMarkers = [
  '[REDACTED]',
  '[SSN-REDACTED]',
  '[CARD-REDACTED]',
  '[JWT-REDACTED]',
  '[EMAIL-REDACTED]',
  '[PHONE-REDACTED]',
  '[INTERNAL-IP]',
] as const;

/** Length of the marker that stands at `at`, or 0. */
export function markerAt(text: string, at: number): number {
  if (text.charCodeAt(at) !== 91) return 0;
  for (const marker of builtInMarkers) if (text.startsWith(marker, at)) return marker.length;
  return 0;
}

/** A pair that follows a comma or semicolon: then the value ended before it. */
const nextPair = /^[,;)\]}]\s{0,2}["'\\]{0,2}[A-Za-z_][\w.-]{0,40}["'\\]{0,2}\s{0,2}[=:]/;

/**
 * The value that begins at `start`, quotes excluded. A quoted one ends at its closing quote (where there is none, the
 * quote is part of the value); another at white space, `&`, a quote or bracket, or a comma before the next pair.
 */
export function readValue(text: string, start: number): { start: number; end: number; quoted: boolean } {
  let open = start;
  while (open < text.length && text.charCodeAt(open) === 92 && open - start < 8) open += 1;
  const c = text.charCodeAt(open);
  if (c === 34 || c === 39) {
    const end = closingQuote(text, open, open - start);
    if (end >= 0) return { start: open + 1, end, quoted: true };
  }
  let i = start + markerAt(text, start);
  while (i < text.length) {
    const d = text.charCodeAt(i);
    if (d <= 32 || d === 38 || d === 34 || d === 60 || d === 62 || (d === 92 && isEscapedEnd(text, i))) break;
    if (d === 39 && i > start) break;
    if ((d === 44 || d === 59 || d === 41 || d === 93 || d === 125) && endsHere(text, i)) break;
    i += 1;
  }
  return { start, end: i, quoted: false };
}

/** `\"`, `\n`, `\r` and `\t` in escaped text end a value; another backslash belongs to it. */
function isEscapedEnd(text: string, at: number): boolean {
  const c = text.charCodeAt(at + 1);
  return c === 34 || c === 110 || c === 114 || c === 116;
}

function endsHere(text: string, at: number): boolean {
  const next = text.charCodeAt(at + 1);
  // NaN: the end of the text.
  if (!(next > 32) || next === 34 || next === 39 || next === 41 || next === 93 || next === 125) return true;
  return nextPair.test(text.slice(at, at + 56));
}

/** The closing quote of a value opened at `open` behind `escapes` backslashes, or -1. */
function closingQuote(text: string, open: number, escapes: number): number {
  const mark = text.charCodeAt(open);
  for (let i = open + 1; i < text.length; i += 1) {
    const c = text.charCodeAt(i);
    if (c === 10) return -1;
    if (c !== mark && c !== 92) continue;
    let slashes = 0;
    while (text.charCodeAt(i + slashes) === 92) slashes += 1;
    if (text.charCodeAt(i + slashes) === mark) {
      // Escapes of the surrounding text are the same for the opening and the closing quote; more of them are content.
      if (slashes === escapes || (escapes === 0 && slashes % 2 === 0)) return i + (escapes === 0 ? slashes : 0);
      i += slashes;
    } else if (slashes > 0) {
      i += slashes - 1 + (escapes === 0 && slashes % 2 === 1 ? 1 : 0);
    }
  }
  return -1;
}
