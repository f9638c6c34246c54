import type { GlobToken } from '../form.ts';

/** Byte-level encodings of Sigma's modifiers. A byte string holds one byte per UTF-16 unit (0-255). */

/** UTF-8 bytes of a text. */
function utf8(text: string): string {
  let bytes = '';
  for (const char of text.toWellFormed()) {
    const code = char.codePointAt(0) as number;
    if (code < 0x80) bytes += String.fromCharCode(code);
    else if (code < 0x800) bytes += String.fromCharCode(0xc0 | (code >> 6), 0x80 | (code & 63));
    else if (code < 0x10000) {
      bytes += String.fromCharCode(0xe0 | (code >> 12), 0x80 | ((code >> 6) & 63), 0x80 | (code & 63));
    } else {
      bytes += String.fromCharCode(
        0xf0 | (code >> 18),
        0x80 | ((code >> 12) & 63),
        0x80 | ((code >> 6) & 63),
        0x80 | (code & 63),
      );
    }
  }
  return bytes;
}

/** UTF-16 bytes of a text. */
function utf16(text: string, order: 'le' | 'be'): string {
  let bytes = '';
  for (let i = 0; i < text.length; i += 1) {
    const unit = text.charCodeAt(i);
    const low = unit & 255;
    const high = unit >> 8;
    bytes += order === 'le' ? String.fromCharCode(low, high) : String.fromCharCode(high, low);
  }
  return bytes;
}

const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';

/** RFC 4648 section 4, with padding. */
function base64(bytes: string): string {
  let text = '';
  for (let i = 0; i < bytes.length; i += 3) {
    const a = bytes.charCodeAt(i);
    const b = i + 1 < bytes.length ? bytes.charCodeAt(i + 1) : 0;
    const c = i + 2 < bytes.length ? bytes.charCodeAt(i + 2) : 0;
    text += alphabet[a >> 2] as string;
    text += alphabet[((a & 3) << 4) | (b >> 4)] as string;
    text += i + 1 < bytes.length ? (alphabet[((b & 15) << 2) | (c >> 6)] as string) : '=';
    text += i + 2 < bytes.length ? (alphabet[c & 63] as string) : '=';
  }
  return text;
}

/** What base64 of a text that contains `bytes` contains, for each of the three possible alignments. */
function base64Offsets(bytes: string): string[] {
  return [0, 1, 2].map((shift) => {
    const encoded = base64(' '.repeat(shift) + bytes);
    const from = [0, 2, 3][shift] as number;
    const rest = (shift + bytes.length) % 3;
    const cut = [0, 3, 2][rest] as number;
    return encoded.slice(from, encoded.length - cut);
  });
}

/** Every dash that Windows and its users take for one: hyphen, slash, en dash, em dash, horizontal bar. */
export const dashes = ['-', '/', '–', '—', '―'] as const;
/** Values with more option dashes than this are not spelled out. */
const maxDashes = 4;

const isWord = (char: string | undefined): boolean => char !== undefined && /[\p{L}\p{N}_]/u.test(char);

/** Where a text has an option dash: `-` or `/` before a letter or digit, and not behind one. */
export function dashPlaces(text: string): number[] {
  const places: number[] = [];
  for (let i = 0; i < text.length; i += 1) {
    const c = text[i];
    if ((c === '-' || c === '/') && !isWord(text[i - 1]) && isWord(text[i + 1])) places.push(i);
  }
  return places;
}

/** Every way to write the option dashes of a value; null where there are too many ways. */
export function windashed(tokens: readonly GlobToken[]): (readonly GlobToken[])[] | null {
  let variants: (readonly GlobToken[])[] = [[]];
  let found = 0;
  for (const token of tokens) {
    const places = typeof token === 'string' ? dashPlaces(token) : [];
    found += places.length;
    if (found > maxDashes) return null;
    let choices: GlobToken[] = [token];
    for (const place of places) {
      choices = choices.flatMap((choice) =>
        dashes.map((dash) => `${(choice as string).slice(0, place)}${dash}${(choice as string).slice(place + 1)}`),
      );
    }
    variants = variants.flatMap((start) => choices.map((choice) => [...start, choice]));
  }
  return variants;
}

/** A text in one of Sigma's encodings; several where it depends on what stands before it. */
export function encoded(text: string, modifier: string, isBytes: boolean): string[] {
  switch (modifier) {
    case 'base64':
      return [base64(isBytes ? text : utf8(text))];
    case 'base64offset':
      return base64Offsets(isBytes ? text : utf8(text));
    case 'utf16be':
      return [utf16(text, 'be')];
    case 'utf16':
      return [`ÿþ${utf16(text, 'le')}`];
    default:
      return [utf16(text, 'le')];
  }
}
