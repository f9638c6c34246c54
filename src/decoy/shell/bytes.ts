/** Byte strings: one character per byte. Inside the shell all data has this form. */

/** The UTF-8 bytes of a text, as a byte string. */
export function utf8(text: string): string {
  let bytes = '';
  for (const character of text) {
    const code = character.codePointAt(0) as number;
    if (code < 0x80) bytes += character;
    else if (code < 0x800) bytes += String.fromCharCode(0xc0 | (code >> 6), 0x80 | (code & 63));
    else if (code < 0x10000)
      bytes += String.fromCharCode(0xe0 | (code >> 12), 0x80 | ((code >> 6) & 63), 0x80 | (code & 63));
    else
      bytes += String.fromCharCode(
        0xf0 | (code >> 18),
        0x80 | ((code >> 12) & 63),
        0x80 | ((code >> 6) & 63),
        0x80 | (code & 63),
      );
  }
  return bytes;
}

/** The byte string of an array. */
export function fromBytes(data: Uint8Array): string {
  let text = '';
  for (let at = 0; at < data.length; at += 8192) text += String.fromCharCode(...data.subarray(at, at + 8192));
  return text;
}

/** The array of a byte string; characters beyond a byte are cut to their low byte. */
export function toBytes(text: string): Uint8Array {
  const data = new Uint8Array(text.length);
  for (let at = 0; at < text.length; at++) data[at] = text.charCodeAt(at) & 0xff;
  return data;
}

/** Any text handed in from outside as a byte string: unchanged where it is one already. */
export const asByteString = (text: string): string => (/[^\0-\xff]/.test(text) ? utf8(text) : text);

const open = utf8('‘');
const close = utf8('’');

/** Quotes as GNU programs write them in a UTF-8 locale. */
export const curly = (text: string): string => `${open}${text}${close}`;

/** Names as `ls` and its relatives quote them in messages: always in single quotes, escaped as for a shell. */
export function quoted(text: string): string {
  if (/[\0-\x1f\x7f]/.test(text)) {
    const parts = text.split(/([\0-\x1f\x7f]+)/);
    return parts
      .map((part, at) =>
        at % 2 === 0 ? (part === '' && at > 0 ? '' : `'${part.replaceAll("'", "'\\''")}'`) : `$'${controls(part)}'`,
      )
      .join('');
  }
  return text.includes("'") && !/["$`\\]/.test(text) ? `"${text}"` : `'${text.replaceAll("'", "'\\''")}'`;
}

const controls = (text: string): string =>
  [...text]
    .map((each) =>
      each === '\n' ? '\\n' : each === '\t' ? '\\t' : `\\${each.charCodeAt(0).toString(8).padStart(3, '0')}`,
    )
    .join('');

/** Lines of a text without their line feeds; a last line without one counts as a line. */
export function linesOf(text: string): string[] {
  if (text === '') return [];
  const lines = text.split('\n');
  if (lines[lines.length - 1] === '') lines.pop();
  return lines;
}
