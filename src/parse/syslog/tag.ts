import type { Event } from '../../model/index.ts';
import { levels } from '../../model/index.ts';
import { intern } from './words.ts';

/** A process id in digits goes to `pid`, anything else to `fields.procid`. */
export function setPid(event: Event, text: string, from: number, to: number): void {
  let value = 0;
  for (let i = from; i < to; i += 1) {
    const code = text.charCodeAt(i) - 48;
    if (!(code >= 0 && code <= 9) || i - from > 9) {
      event.fields.procid = text.slice(from, to);
      return;
    }
    value = value * 10 + code;
  }
  if (to > from) event.pid = value;
}

/** The tag that {@link readTag} found: one record for all lines. */
export const tag = {
  /** Where the message begins, but for a blank. */
  end: 0,
  programEnd: 0,
  /** -1: no process id. */
  pidFrom: -1,
  pidTo: -1,
  /** It cannot be a word of the message: it has a process id or ends in `: `. */
  strict: false,
};

const maximumTag = 64;

/** `prog:`, `prog[123]:`, `prog(pam_unix)[123]`, `postfix/smtpd[1]:`, `%ASA-4-1: ` at `at`. */
export function readTag(text: string, at: number, isProgram: (word: string) => boolean): boolean {
  let end = at;
  let code = text.charCodeAt(end);
  while (code > 32 && code !== 58 && code !== 91 && code < 127 && end - at < maximumTag) {
    // Quotes, braces, equals, commas and brackets belong to messages.
    if (code === 34 || code === 39 || code === 61 || code === 44 || code === 123 || code === 60 || code === 59)
      return false;
    end += 1;
    code = text.charCodeAt(end);
  }
  if (end === at) return false;
  tag.programEnd = end;
  tag.pidFrom = -1;
  if (code === 91) {
    const close = text.indexOf(']', end + 1);
    if (close < 0 || close - end > 40) return false;
    const first = text.charCodeAt(end + 1);
    const next = text.charCodeAt(close + 1);
    if (next !== 58 && next !== 32) return false;
    if (next === 32 && !(first >= 48 && first <= 57)) return false;
    for (let i = end + 1; i < close; i += 1) if (text.charCodeAt(i) === 32) return false;
    tag.pidFrom = end + 1;
    tag.pidTo = close;
    tag.end = close + (next === 58 ? 2 : 1);
    tag.strict = true;
  } else if (code === 58) {
    const next = text.charCodeAt(end + 1);
    tag.strict = next === 32 || Number.isNaN(next);
    // `tag:text` is a tag too, unless it looks like a URL, a clock, an address or a path.
    if (!tag.strict) {
      const first = text.charCodeAt(at) | 32;
      if (next === 47 || next === 58 || next === 92 || !(first >= 97 && first <= 122) || end - at > 32) return false;
      for (let i = at; i < end; i += 1) if (text.charCodeAt(i) === 46) return false;
    }
    tag.end = end + 1;
  } else if (code === 32 || Number.isNaN(code)) {
    if (!isProgram(intern(text, at, end))) return false;
    tag.end = end;
    tag.strict = false;
  } else {
    return false;
  }
  return true;
}

export function takeTag(event: Event, text: string, at: number): number {
  event.program = intern(text, at, tag.programEnd);
  if (text.charCodeAt(at) === 37) {
    // Cisco writes the severity into the tag: `%FACILITY-SEVERITY-MNEMONIC`.
    const severity = /-([0-7])-/.exec(event.program);
    if (severity !== null) event.level = levels[Number(severity[1])] ?? null;
  }
  if (tag.pidFrom >= 0) setPid(event, text, tag.pidFrom, tag.pidTo);
  // RFC 3164 keeps the blank behind the tag in the message; nobody wants it there.
  return text.charCodeAt(tag.end) === 32 ? tag.end + 1 : tag.end;
}

/** The tag (just read) starts with a letter and holds nothing but what program names hold. */
export function isPlainTag(text: string, at: number): boolean {
  for (let i = at; i < tag.programEnd; i += 1) {
    const code = text.charCodeAt(i);
    const letter = (code | 32) >= 97 && (code | 32) <= 122;
    if (
      i === at
        ? !letter && code !== 47 && code !== 95
        : !letter && !(code >= 45 && code <= 57) && code !== 95 && code !== 40 && code !== 41 && code !== 64
    ) {
      return false;
    }
  }
  return true;
}
