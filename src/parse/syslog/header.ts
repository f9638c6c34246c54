import type { Event, FieldValue } from '../../model/index.ts';
import { facilities, levels } from '../../model/index.ts';
import type { ParseContext } from '../contract.ts';
import { applyStamp } from '../time/apply.ts';
import { readIso } from '../time/iso.ts';
import { readBsd } from '../time/month-first.ts';
import { stamp } from '../time/stamp.ts';
import { readStructuredData, structuredDataEnd } from './structured-data.ts';

/**
 * The syslog header: RFC 5424, RFC 3164 and what is sent under that name (no PRI, no host, a year, ISO times, Cisco's
 * sequence numbers, no time at all).
 *
 * @param isProgram says whether a word (lower case) is the name of a program that some format reads: only then is a tag
 *   accepted that has neither a colon nor a process id.
 * @returns where the message begins, or -1 where there is no syslog header; the event is then untouched.
 */
export function readHeader(
  event: Event,
  text: string,
  context: ParseContext,
  isProgram: (word: string) => boolean,
): number {
  let at = 0;
  let priority = -1;
  if (text.charCodeAt(0) === 60) {
    priority = readPriority(text);
    if (priority >= 0) {
      at = priorityEnd;
      if (text.charCodeAt(at) === 49 && text.charCodeAt(at + 1) === 32) {
        const end = readRfc5424(event, text, at + 2, context);
        if (end >= 0) {
          setPriority(event, priority);
          return end;
        }
      }
    }
  }
  const end = readRfc3164(event, text, at, priority >= 0, context, isProgram);
  if (end < 0) return -1;
  if (priority >= 0) setPriority(event, priority);
  return end;
}

let priorityEnd = 0;

/** `<0>` … `<191>` at the start, or -1: RFC 5424 allows no leading zeros. */
export function readPriority(text: string): number {
  let at = 1;
  let value = 0;
  while (at < 4) {
    const code = text.charCodeAt(at) - 48;
    if (!(code >= 0 && code <= 9)) break;
    value = value * 10 + code;
    at += 1;
  }
  if (at === 1 || text.charCodeAt(at) !== 62 || value > 191 || (at > 2 && text.charCodeAt(1) === 48)) return -1;
  priorityEnd = at + 1;
  return value;
}

function setPriority(event: Event, priority: number): void {
  event.facility = facilities[priority >> 3] ?? null;
  event.level = levels[priority & 7] ?? null;
}

const nil = '-';

/** RFC 5424 section 6, behind `<PRI>1 `. */
function readRfc5424(event: Event, text: string, from: number, context: ParseContext): number {
  let at = from;
  let timed = false;
  if (text.charCodeAt(at) === 45 && text.charCodeAt(at + 1) === 32) at += 1;
  else {
    if (!readIso(text, at)) return -1;
    timed = true;
    at = stamp.end;
  }
  if (text.charCodeAt(at) !== 32) return -1;
  const hostEnd = text.indexOf(' ', at + 1);
  if (hostEnd < 0) return -1;
  const programEnd = text.indexOf(' ', hostEnd + 1);
  if (programEnd < 0) return -1;
  const pidEnd = text.indexOf(' ', programEnd + 1);
  if (pidEnd < 0) return -1;
  let idEnd = text.indexOf(' ', pidEnd + 1);
  if (idEnd < 0) idEnd = text.length;
  if (timed) applyStamp(event, context);
  const host = text.slice(at + 1, hostEnd);
  if (host !== nil) event.host = host;
  const program = text.slice(hostEnd + 1, programEnd);
  if (program !== nil) event.program = program;
  const pid = text.slice(programEnd + 1, pidEnd);
  if (pid !== nil) setPid(event, pid);
  const id = text.slice(pidEnd + 1, idEnd);
  if (id !== nil && id !== '') event.fields.msgid = id;
  at = idEnd + 1;
  if (text.charCodeAt(at) === 91) {
    const data = readStructuredData(text, at);
    if (data !== null) {
      for (const key of Object.keys(data)) event.fields[key] = data[key] as FieldValue;
      at = structuredDataEnd;
    }
  } else if (text.charCodeAt(at) === 45) at += 1;
  if (text.charCodeAt(at) === 32) at += 1;
  // The byte order mark that announces UTF-8, decoded or as its bytes read as Latin-1.
  if (text.charCodeAt(at) === 0xfeff) at += 1;
  else if (text.startsWith('ï»¿', at)) at += 3;
  return Math.min(at, text.length);
}

function setPid(event: Event, text: string): void {
  let value = 0;
  for (let i = 0; i < text.length; i += 1) {
    const code = text.charCodeAt(i) - 48;
    if (!(code >= 0 && code <= 9) || i > 9) {
      event.fields.procid = text;
      return;
    }
    value = value * 10 + code;
  }
  if (text.length > 0) event.pid = value;
}

/** Where the tag that {@link readTag} found ends; its program and process id. */
let tagEnd = 0;
let tagProgramEnd = 0;
let tagPidFrom = -1;
let tagPidTo = -1;
/** A tag that cannot be a word of the message: it has a process id or ends in `: `. */
let tagStrict = false;

const maximumTag = 64;

/** `prog:`, `prog[123]:`, `prog(pam_unix)[123]`, `postfix/smtpd[1]:`, `%ASA-4-1: ` at `at`. */
function readTag(text: string, at: number, isProgram: (word: string) => boolean): boolean {
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
  tagProgramEnd = end;
  tagPidFrom = -1;
  if (code === 91) {
    const close = text.indexOf(']', end + 1);
    if (close < 0 || close - end > 40) return false;
    const first = text.charCodeAt(end + 1);
    const next = text.charCodeAt(close + 1);
    if (next !== 58 && next !== 32) return false;
    if (next === 32 && !(first >= 48 && first <= 57)) return false;
    for (let i = end + 1; i < close; i += 1) if (text.charCodeAt(i) === 32) return false;
    tagPidFrom = end + 1;
    tagPidTo = close;
    tagEnd = close + (next === 58 ? 2 : 1);
    tagStrict = true;
  } else if (code === 58) {
    const next = text.charCodeAt(end + 1);
    tagStrict = next === 32 || Number.isNaN(next);
    // `tag:text` is a tag too, unless it looks like a URL, a clock, an address or a path.
    if (!tagStrict) {
      const first = text.charCodeAt(at) | 32;
      if (next === 47 || next === 58 || next === 92 || !(first >= 97 && first <= 122) || end - at > 32) return false;
      for (let i = at; i < end; i += 1) if (text.charCodeAt(i) === 46) return false;
    }
    tagEnd = end + 1;
  } else if (code === 32 || Number.isNaN(code)) {
    if (!isProgram(text.slice(at, end).toLowerCase())) return false;
    tagEnd = end;
    tagStrict = false;
  } else {
    return false;
  }
  return true;
}

function takeTag(event: Event, text: string, at: number): number {
  event.program = text.slice(at, tagProgramEnd);
  if (text.charCodeAt(at) === 37) {
    // Cisco writes the severity into the tag: `%FACILITY-SEVERITY-MNEMONIC`.
    const severity = /-([0-7])-/.exec(event.program);
    if (severity !== null) event.level = levels[Number(severity[1])] ?? null;
  }
  if (tagPidFrom >= 0) setPid(event, text.slice(tagPidFrom, tagPidTo));
  // RFC 3164 keeps the blank behind the tag in the message; nobody wants it there.
  return text.charCodeAt(tagEnd) === 32 ? tagEnd + 1 : tagEnd;
}

function readRfc3164(
  event: Event,
  text: string,
  start: number,
  hasPriority: boolean,
  context: ParseContext,
  isProgram: (word: string) => boolean,
): number {
  let at = start;
  if (hasPriority) while (text.charCodeAt(at) === 32) at += 1;
  let code = text.charCodeAt(at);
  if (hasPriority && code >= 48 && code <= 57) {
    // Cisco IOS puts a sequence number in front: `<189>1234: `, `<189>1234: *Mar  1 …`, `<189>1234: host: …`.
    const colon = text.indexOf(': ', at);
    if (colon > 0 && colon - at < 12 && isDigits(text, at, colon)) {
      at = colon + 2;
      code = text.charCodeAt(at);
    }
  }
  // Cisco marks a clock that is not (or not any more) synchronised.
  if (code === 42 || (code === 46 && hasPriority)) {
    at += 1;
    code = text.charCodeAt(at);
  }
  let timed = false;
  let bsd = false;
  if (code >= 65 && code <= 122) timed = bsd = readBsd(text, at);
  else if (code >= 48 && code <= 57) timed = readIso(text, at);
  if (!timed) return readUntimed(event, text, at, hasPriority, isProgram);
  let end = stamp.end;
  if (text.charCodeAt(end) === 58) end += 1;
  else if (bsd && text.charCodeAt(end) === 32) end = skipZoneName(text, end);
  if (end < text.length && text.charCodeAt(end) !== 32) return -1;
  while (text.charCodeAt(end) === 32) end += 1;
  const result = readHostAndTag(event, text, end, hasPriority || bsd, isProgram);
  if (result >= 0) applyStamp(event, context);
  return result;
}

/** Cisco writes ` UTC: ` behind the time. */
function skipZoneName(text: string, at: number): number {
  const colon = text.indexOf(':', at + 1);
  if (colon < 0 || colon - at > 5) return at;
  for (let i = at + 1; i < colon; i += 1) {
    const code = text.charCodeAt(i) & ~32;
    if (code < 65 || code > 90) return at;
  }
  const word = text.slice(at + 1, colon).toUpperCase();
  return /^(?:UTC|GMT|[A-Z]{2,3}T)$/.test(word) ? colon + 1 : at;
}

function isDigits(text: string, from: number, to: number): boolean {
  for (let i = from; i < to; i += 1) {
    const code = text.charCodeAt(i);
    if (code < 48 || code > 57) return false;
  }
  return to > from;
}

/** Words that stand where a host would, in application logs. */
const levelWords = new Set(
  'debug info information notice warn warning error err fatal critical crit alert emerg trace severe log panic verbose'.split(
    ' ',
  ),
);

/**
 * `HOST TAG MESSAGE`, `TAG MESSAGE`, `HOST MESSAGE`, behind the time. `loose`: the line is syslog whatever follows
 * (it had a PRI or an RFC 3164 time); otherwise only a strict tag makes it one.
 */
function readHostAndTag(
  event: Event,
  text: string,
  at: number,
  loose: boolean,
  isProgram: (word: string) => boolean,
): number {
  let hostEnd = text.indexOf(' ', at);
  if (hostEnd < 0) hostEnd = text.length;
  // No host: the first word is the tag already.
  if (readTag(text, at, isProgram) && tagEnd <= hostEnd + 1) {
    const word = text.slice(at, tagProgramEnd);
    if (tagStrict || tagEnd <= hostEnd) {
      if (
        loose ? !isHostWithColon(text, at, hostEnd, isProgram) : tagPidFrom >= 0 && !levelWords.has(word.toLowerCase())
      ) {
        // The look at the next word has overwritten what was found.
        readTag(text, at, isProgram);
        return takeTag(event, text, at);
      }
    }
  }
  if (hostEnd === at) return loose ? at : -1;
  let tagAt = hostEnd;
  while (text.charCodeAt(tagAt) === 32) tagAt += 1;
  const colonHost = text.charCodeAt(hostEnd - 1) === 58;
  const host = text.slice(at, colonHost ? hostEnd - 1 : hostEnd);
  if (readTag(text, tagAt, isProgram) && isHost(host)) {
    if (loose || (tagStrict && !levelWords.has(host.toLowerCase()) && isIsoTag(text, tagAt, isProgram))) {
      const end = takeTag(event, text, tagAt);
      event.host = host;
      return end;
    }
  }
  if (!loose) return -1;
  if (host.length > 255 || !isHost(host) || startsSentence(text, at, hostEnd)) return at;
  event.host = host;
  // An empty tag: two blanks, or nothing that could be one.
  return Math.min(tagAt, text.length);
}

/** Behind an ISO time only `prog[123]:`, a known program or a plain word with a colon make the line syslog. */
function isIsoTag(text: string, at: number, isProgram: (word: string) => boolean): boolean {
  if (tagPidFrom >= 0) return true;
  const word = text.slice(at, tagProgramEnd).toLowerCase();
  return isProgram(word) || (/^[a-z][\w./@-]*$/.test(word) && !levelWords.has(word));
}

/** `host: %ASA-4-…`, `host: prog[1]: …`: what looked like a tag is the host of another one. */
function isHostWithColon(text: string, at: number, hostEnd: number, isProgram: (word: string) => boolean): boolean {
  if (text.charCodeAt(hostEnd - 1) !== 58 || tagPidFrom >= 0) return false;
  const next = text.charCodeAt(hostEnd + 1);
  const word = text.slice(at, hostEnd - 1).toLowerCase();
  if (isProgram(word)) return false;
  if (next === 37) return !word.startsWith('%');
  if (!readTag(text, hostEnd + 1, isProgram)) return false;
  const isNext = tagPidFrom >= 0 || isProgram(text.slice(hostEnd + 1, tagProgramEnd).toLowerCase());
  readTag(text, at, isProgram);
  return isNext && !isProgram(word) && word.indexOf('/') < 0;
}

function isHost(word: string): boolean {
  if (word.length === 0 || word.length > 255) return false;
  for (let i = 0; i < word.length; i += 1) {
    const code = word.charCodeAt(i);
    if (code <= 32 || code === 34 || code === 39 || code === 61 || code === 123 || code === 40 || code === 59)
      return false;
  }
  return true;
}

/** `Failed password …`: a capitalised word before a lower-case one is no host name. */
function startsSentence(text: string, at: number, end: number): boolean {
  const first = text.charCodeAt(at);
  if (first < 65 || first > 90 || end - at < 3) return false;
  for (let i = at + 1; i < end; i += 1) {
    const code = text.charCodeAt(i);
    if (code < 97 || code > 122) return false;
  }
  const next = text.charCodeAt(end + 1);
  return next >= 97 && next <= 122;
}

/** No time: `<27>xapi: …`, `sshd[31602]: …`, `srv sshd[31602]: …`, and with a PRI anything. */
function readUntimed(
  event: Event,
  text: string,
  at: number,
  hasPriority: boolean,
  isProgram: (word: string) => boolean,
): number {
  if (
    readTag(text, at, isProgram) &&
    (hasPriority || tagPidFrom >= 0 || (tagStrict && isProgram(text.slice(at, tagProgramEnd).toLowerCase())))
  ) {
    if (hasPriority || isPlainTag(text, at)) return takeTag(event, text, at);
  }
  // Cisco's `%ASA-4-106023: `, relayed without its header.
  if (
    text.charCodeAt(at) === 37 &&
    /^%[A-Z][A-Z0-9_]*-(?:\w+-)?[0-7]-\w+: /.test(text.slice(at, at + 60)) &&
    readTag(text, at, isProgram)
  ) {
    return takeTag(event, text, at);
  }
  const space = text.indexOf(' ', at);
  if (space > at && space - at < 256) {
    if (
      readTag(text, space + 1, isProgram) &&
      tagPidFrom >= 0 &&
      isDigits(text, tagPidFrom, tagPidTo) &&
      isPlainTag(text, space + 1) &&
      text.charCodeAt(tagEnd - 1) === 58
    ) {
      const host = text.slice(at, space);
      if (/^[A-Za-z0-9][\w.:-]*$/.test(host) && !levelWords.has(host.toLowerCase())) {
        const end = takeTag(event, text, space + 1);
        event.host = host;
        return end;
      }
    }
  }
  return hasPriority ? at : -1;
}

/** The tag (just read) starts with a letter and holds nothing but what program names hold. */
function isPlainTag(text: string, at: number): boolean {
  for (let i = at; i < tagProgramEnd; i += 1) {
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
