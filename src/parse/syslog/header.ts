import type { Event } from '../../model/index.ts';
import { facilities, levels } from '../../model/index.ts';
import type { ParseContext } from '../contract.ts';
import { applyStamp } from '../time/apply.ts';
import { readIso } from '../time/iso.ts';
import { readBsd } from '../time/month-first.ts';
import { stamp } from '../time/stamp.ts';
import { takePriorityWord } from './priority-word.ts';
import { readRfc5424 } from './rfc5424.ts';
import { isPlainTag, readTag, tag, takeTag } from './tag.ts';
import { intern } from './words.ts';

/**
 * The syslog header: RFC 5424, RFC 3164 and what is sent under that name (no PRI, no host, a year, ISO times, Cisco's
 * sequence numbers, no time at all).
 *
 * @param isProgram says whether a word (in any case) is the name of a program that some format reads: only then is a tag
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
  if (!bsd && isContainerStream(text, end)) {
    // Kubernetes' container runtimes: `TIME stdout F MESSAGE`.
    event.fields.stream = text.slice(end + 1, end + 7);
    applyStamp(event, context);
    return end + 10;
  }
  if (text.charCodeAt(end) === 58) end += 1;
  else if (bsd && text.charCodeAt(end) === 32) end = skipZoneName(text, end);
  if (end < text.length && text.charCodeAt(end) !== 32) return -1;
  while (text.charCodeAt(end) === 32) end += 1;
  const result = readHostAndTag(event, text, end, hasPriority || bsd, isProgram);
  if (result >= 0) applyStamp(event, context);
  return result;
}

function isContainerStream(text: string, at: number): boolean {
  if (text.charCodeAt(at + 1) !== 115 || text.charCodeAt(at + 9) !== 32) return false;
  return text.startsWith(' stdout ', at) || text.startsWith(' stderr ', at);
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

/** Linux-VServer's `@vserver_web ` behind the host. */
function skipServer(text: string, at: number): number {
  if (!text.startsWith('@vserver_', at)) return at;
  const end = text.indexOf(' ', at);
  return end < 0 ? at : end + 1;
}

/** A host that stood in front of a tag, and was no tag itself. */
let lastHost = '';

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
  // The host of the line before, as in most lines of a file.
  if (lastHost !== '' && text.startsWith(lastHost, at)) {
    const next = at + lastHost.length + 1;
    if (
      text.charCodeAt(next - 1) === 32 &&
      text.charCodeAt(next) > 32 &&
      readTag(text, next, isProgram) &&
      tag.strict &&
      (loose || isIsoTag(text, next, isProgram))
    ) {
      event.host = lastHost;
      return takeTag(event, text, next);
    }
  }
  // Without brackets it could be a host's name.
  if (loose && text.charCodeAt(at) === 60) {
    const behind = takePriorityWord(event, text, at);
    if (behind > at) return readHostAndTag(event, text, behind, loose, isProgram);
  }
  let hostEnd = text.indexOf(' ', at);
  if (hostEnd < 0) hostEnd = text.length;
  // No host: the first word is the tag already.
  if (readTag(text, at, isProgram) && tag.end <= hostEnd + 1) {
    const word = text.slice(at, tag.programEnd);
    if (tag.strict || (tag.end <= hostEnd && !isBareHost(text, at, hostEnd, isProgram))) {
      if (
        loose ? !isHostWithColon(text, at, hostEnd, isProgram) : tag.pidFrom >= 0 && !levelWords.has(word.toLowerCase())
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
  if (loose) tagAt = skipServer(text, takePriorityWord(event, text, tagAt));
  const colonHost = text.charCodeAt(hostEnd - 1) === 58;
  const host = intern(text, at, colonHost ? hostEnd - 1 : hostEnd);
  if (readTag(text, tagAt, isProgram) && isHost(host)) {
    if (loose || (tag.strict && !levelWords.has(host.toLowerCase()) && isIsoTag(text, tagAt, isProgram))) {
      const end = takeTag(event, text, tagAt);
      event.host = host;
      if (!colonHost && tag.strict && host.length < 64 && !levelWords.has(host.toLowerCase())) lastHost = host;
      return end;
    }
  }
  if (!loose) return -1;
  if (host.length > 255 || !isHost(host) || startsSentence(text, at, hostEnd)) return at;
  event.host = host;
  // An empty tag: two blanks, or nothing that could be one.
  return Math.min(tagAt, text.length);
}

/** `fw kernel: …`: a host that is called like a program. Leaves the tag of the first word in place. */
function isBareHost(text: string, at: number, hostEnd: number, isProgram: (word: string) => boolean): boolean {
  const isHostName = readTag(text, hostEnd + 1, isProgram) && tag.strict;
  readTag(text, at, isProgram);
  return isHostName;
}

/** Behind an ISO time only `prog[123]:`, a known program or a plain word with a colon make the line syslog. */
function isIsoTag(text: string, at: number, isProgram: (word: string) => boolean): boolean {
  if (tag.pidFrom >= 0) return true;
  const word = text.slice(at, tag.programEnd).toLowerCase();
  return isProgram(word) || (/^[a-z][\w./@-]*$/.test(word) && !levelWords.has(word));
}

/** `host: %ASA-4-…`, `host: prog[1]: …`: what looked like a tag is the host of another one. */
function isHostWithColon(text: string, at: number, hostEnd: number, isProgram: (word: string) => boolean): boolean {
  if (text.charCodeAt(hostEnd - 1) !== 58 || tag.pidFrom >= 0) return false;
  const next = text.charCodeAt(hostEnd + 1);
  const word = text.slice(at, hostEnd - 1).toLowerCase();
  if (isProgram(word)) return false;
  if (next === 37) return !word.startsWith('%');
  if (!readTag(text, hostEnd + 1, isProgram)) return false;
  const isNext = tag.pidFrom >= 0 || isProgram(intern(text, hostEnd + 1, tag.programEnd));
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
    (hasPriority || tag.pidFrom >= 0 || (tag.strict && isProgram(intern(text, at, tag.programEnd))))
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
      tag.pidFrom >= 0 &&
      isDigits(text, tag.pidFrom, tag.pidTo) &&
      isPlainTag(text, space + 1) &&
      text.charCodeAt(tag.end - 1) === 58
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
