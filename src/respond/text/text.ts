/* Text from logs is hostile. What every channel does to it before its own escaping. */

/** Control characters but line feed and tab, and those that turn the direction of what follows. */
const invisible = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]/g;

/** Links in log lines shall not be clickable where a message is shown: `hxxp://`, `www[.]`. */
const defang = (text: string): string =>
  text
    .replace(/\bh(tt)(ps?:\/\/)/gi, 'hxx$2')
    .replace(/\b(www)\./gi, '$1[.]')
    .replace(/\b(ftp|data|javascript):/gi, '$1[:]');

/** Keeps line breaks. Control characters and ANSI codes go, links are made harmless. */
export const plain = (text: string): string =>
  defang(
    text
      .toWellFormed()
      .replace(/\u001b\[[0-9;?]*[ -/]*[@-~]/g, '')
      .replace(/\r\n?|[\u2028\u2029\u0085]/g, '\n')
      .replace(invisible, ''),
  );

/** The same on one line: for titles, subjects, headers and names. */
export const oneLine = (text: string): string => plain(text).replace(/\s+/g, ' ').trim();

/** The first `most` UTF-16 units at most, with a note where something was cut. Never cuts a character in two. */
export function cut(text: string, most: number): string {
  if (text.length <= most) return text;
  const note = ` … (cut: ${text.length} characters)`;
  const room = most - note.length;
  return room > 0
    ? `${text
        .slice(0, room)
        .toWellFormed()
        .replace(/\ufffd$/, '')}${note}`
    : `${text
        .slice(0, Math.max(0, most - 1))
        .toWellFormed()
        .replace(/\ufffd$/, '')}…`;
}

/** The same with a limit in bytes of UTF-8. */
export function cutBytes(text: string, most: number): string {
  const bytes = Buffer.byteLength(text);
  if (bytes <= most) return text;
  const note = ` … (cut: ${bytes} bytes)`;
  const room = Math.max(0, most - Buffer.byteLength(note));
  const head = new TextDecoder('utf-8', { fatal: false })
    .decode(Buffer.from(text).subarray(0, room))
    .replace(/\ufffd$/, '');
  return head + note;
}

/** For HTML text and attribute values. */
export const escapeHtml = (text: string): string => text.replace(/[&<>"']/g, (found) => `&#${found.charCodeAt(0)};`);

/** Slack's three (https://docs.slack.dev/messaging/formatting-message-text): nothing becomes a link, a mention or a command. */
export const escapeSlack = (text: string): string =>
  text.replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/>/g, '&gt;');

/** Markdown as Discord reads it: a backslash before everything that could format, mention or link. */
export const escapeMarkdown = (text: string): string => text.replace(/[\\`*_[\]()<>#|~@]/g, '\\$&');

/** `2026-11-20 10:00:00 UTC` */
export const timeText = (time: number): string => `${new Date(time).toISOString().slice(0, 19).replace('T', ' ')} UTC`;
