import { numbers } from './digits.ts';
import { isStatement, secretKind } from './keys.ts';
import { isSecret, tokenMinimum } from './secret.ts';
import type { Span } from './span.ts';
import { endOfAlphabet, endOfJwt, endOfPrefixedToken, tokenAlphabet } from './tokens.ts';
import { mayEndKey, mayJoinToken } from './trigger.ts';
import { markerAt, readValue } from './values.ts';

/**
 * One pass over a text that finds what is always masked. A table says which characters can be the decisive one of a
 * secret ('=' and ':' behind a key's name, digits, the 'J' of `eyJ`, …); every other character costs one look-up.
 */

const separator = 1;
const digit = 2;
const upperJ = 3;
const tokenJoint = 4;
const upperB = 5;
const dash = 6;
const quote = 7;
const bracket = 8;
const tagEnd = 9;

const classes = new Uint8Array(65_536);
for (const [chars, kind] of [
  ['=:', separator],
  ['0123456789', digit],
  ['J', upperJ],
  ['_Iz', tokenJoint],
  ['B', upperB],
  ['-', dash],
  ["'", quote],
  ['[', bracket],
  ['>', tagEnd],
] as const) {
  for (const char of chars) classes[char.charCodeAt(0)] = kind;
}

/** Appends what is to be masked, in rising order. */
export function findSecrets(text: string, out: Span[]): void {
  const n = text.length;
  let i = 0;
  while (i < n) {
    const c = text.charCodeAt(i);
    const kind = classes[c] as number;
    if (kind === 0) {
      i += 1;
      continue;
    }
    let end = -1;
    if (kind === separator) {
      end = c === 58 && isUrl(text, i) ? userinfo(text, i, out) : keyed(text, i, out);
    } else if (kind === digit) {
      end = numbers(text, i, out);
    } else if (kind === tokenJoint) {
      if (mayJoinToken(text, i)) end = found(out, endOfPrefixedToken(text, i), 'token', '[REDACTED]');
    } else if (kind === dash) {
      end = dashed(text, i, out);
    } else if (kind === upperB) {
      end = privateKey(text, i, out) ?? bearer(text, i, out);
    } else if (kind === bracket) {
      end = i + markerAt(text, i);
    } else if (kind === tagEnd) {
      end = element(text, i, out);
    } else if (kind === quote) {
      end = sqlPassword(text, i, out);
    } else {
      end = found(out, endOfJwt(text, i), 'jwt', '[JWT-REDACTED]');
    }
    i = end > i ? end : i + 1;
  }
}

/** `--password x`, `xoxb-…`, `glpat-…`, `sk-ant-…`. */
function dashed(text: string, at: number, out: Span[]): number {
  const before = text.charCodeAt(at - 1);
  if (before === 45) return option(text, at, out) ?? -1;
  if (before !== 116 && before !== 107 && text.charCodeAt(at - 2) !== 120) return -1;
  return found(out, endOfPrefixedToken(text, at), 'token', '[REDACTED]');
}

function found(out: Span[], at: { start: number; end: number } | null, kind: string, marker: string): number {
  if (at === null) return -1;
  const last = out.at(-1);
  if (last !== undefined && last.end > at.start) return -1;
  out.push({ start: at.start, end: at.end, marker, kind });
  return at.end;
}

const isSpace = (c: number): boolean => c === 32 || c === 9;
const isAlphanumeric = (c: number): boolean => (c >= 48 && c <= 57) || (c >= 65 && c <= 90) || (c >= 97 && c <= 122);
const isWord = (c: number): boolean => isAlphanumeric(c) || c === 95 || c === 45 || c === 46;

/** `key=value`, `key: value`, `"key": "value"`, `\"key\":\"value\"`, `?key=value&`. Returns where the value ends, or -1. */
function keyed(text: string, at: number, out: Span[]): number {
  let last = at - 1;
  let spaced = false;
  while (last >= 0 && isSpace(text.charCodeAt(last)) && at - last <= 2) {
    spaced = true;
    last -= 1;
  }
  let quoted = false;
  if (text.charCodeAt(last) === 34 || text.charCodeAt(last) === 39) {
    quoted = true;
    last -= 1;
    while (last >= 0 && text.charCodeAt(last) === 92 && at - last <= 8) last -= 1;
  }
  if (last < 1 || !mayEndKey(text, last)) return -1;
  let first = last;
  while (first > 0 && last - first < 64 && isWord(text.charCodeAt(first - 1))) first -= 1;
  const key = text.slice(first, last + 1);
  const kind = secretKind(key);
  if (kind === null) return -1;
  const equals = text.charCodeAt(at) === 61;
  let start = at + 1;
  if (equals && text.charCodeAt(start) === 62)
    start += 1; // =>
  else if (!equals && text.charCodeAt(start) === 61)
    start += 1; // :=
  else if (!equals && text.charCodeAt(start) === 58) return -1; // Password::check
  // `password= user=root` has an empty value.
  if (equals && !spaced && !quoted && isSpace(text.charCodeAt(start))) return -1;
  while (start < text.length && isSpace(text.charCodeAt(start)) && start - at <= 4) start += 1;
  if (kind === 'authorization') return authorization(text, start, out);
  const value = readValue(text, start);
  if (value.end <= value.start) return -1;
  const secret = text.slice(value.start, value.end);
  const before = text.charCodeAt(first - 1);
  if (!isSecret({ key, kind, value: secret, equals, keyQuoted: quoted, valueQuoted: value.quoted, before })) return -1;
  if (secret.startsWith('eyJ')) {
    const jwt = endOfJwt(text, value.start + 2);
    if (jwt?.end === value.end) return found(out, jwt, 'jwt', '[JWT-REDACTED]');
  }
  const marker = kind === 'ssn' ? '[SSN-REDACTED]' : '[REDACTED]';
  return found(out, value, kind, quoted && !value.quoted ? `"${marker}"` : marker);
}

const schemes = /^(?:basic|bearer|token|apikey|negotiate|ntlm|digest|aws4-hmac-sha256)$/i;

/** Behind `Authorization:`: the scheme stays, what follows goes. */
function authorization(text: string, start: number, out: Span[]): number {
  const whole = readValue(text, start);
  if (whole.end <= whole.start) return -1;
  const space = text.slice(whole.start, whole.start + 24).indexOf(' ');
  const schemeEnd = space < 0 ? whole.end : Math.min(whole.start + space, whole.end);
  const scheme = text.slice(whole.start, schemeEnd);
  if (!schemes.test(scheme)) {
    const value = text.slice(whole.start, whole.end);
    if (markerAt(value, 0) === value.length || isStatement(value) || (!whole.quoted && value.length < 8)) return -1;
    return found(out, whole, 'secret', '[REDACTED]');
  }
  let from = schemeEnd;
  while (from < text.length && isSpace(text.charCodeAt(from))) from += 1;
  const to = whole.quoted ? whole.end : /^digest$/i.test(scheme) ? endOfLine(text, from) : readValue(text, from).end;
  if (to <= from || from + markerAt(text, from) === to) return -1;
  const jwt = text.startsWith('eyJ', from) ? endOfJwt(text, from + 2) : null;
  if (jwt?.end === to) return found(out, jwt, 'jwt', '[JWT-REDACTED]');
  return found(out, { start: from, end: to }, 'token', '[REDACTED]');
}

function endOfLine(text: string, from: number): number {
  let end = from;
  while (end < text.length && text.charCodeAt(end) !== 10 && text.charCodeAt(end) !== 13) end += 1;
  return end;
}

/** `Bearer <token>` outside a header. */
function bearer(text: string, at: number, out: Span[]): number {
  if ((text.charCodeAt(at + 1) | 32) !== 101 || text.slice(at, at + 7).toLowerCase() !== 'bearer ') return -1;
  if (at > 0 && isAlphanumeric(text.charCodeAt(at - 1))) return -1;
  const start = at + 7;
  const end = endOfAlphabet(text, start, tokenAlphabet);
  if (end - start < tokenMinimum) return -1;
  if (text.startsWith('eyJ', start) && endOfJwt(text, start + 2)?.end === end) {
    return found(out, { start, end }, 'jwt', '[JWT-REDACTED]');
  }
  return found(out, { start, end }, 'token', '[REDACTED]');
}

const privateKeyBegin = /^BEGIN (?:[A-Z0-9]+ ){0,3}PRIVATE KEY(?: BLOCK)?-----/;

/** A PEM block, `-----BEGIN … PRIVATE KEY-----` to its END line, or to the end of the text where that is missing. */
function privateKey(text: string, at: number, out: Span[]): number | null {
  if (text.charCodeAt(at - 1) !== 45 || text.slice(Math.max(0, at - 5), at) !== '-----') return null;
  const begin = privateKeyBegin.exec(text.slice(at, at + 64));
  if (begin === null) return null;
  const close = text.indexOf('-----END ', at + begin[0].length);
  const tail = close < 0 ? -1 : text.indexOf('-----', close + 9);
  const end = tail < 0 ? text.length : tail + 5;
  return found(out, { start: at - 5, end }, 'private_key', '[REDACTED]');
}

/** `<password>hunter2</password>`, with or without a namespace. */
function element(text: string, at: number, out: Span[]): number {
  if (!mayEndKey(text, at - 1)) return -1;
  let first = at;
  while (first > 0 && at - first < 64 && isWord(text.charCodeAt(first - 1))) first -= 1;
  const before = text.charCodeAt(first - 1);
  if (before !== 60 && before !== 58) return -1;
  const key = text.slice(first, at);
  const kind = secretKind(key);
  const end = kind === null || kind === 'authorization' ? -1 : text.slice(at + 1, at + 4096).indexOf('<');
  if (kind === null || end <= 0) return -1;
  const value = text.slice(at + 1, at + 1 + end);
  if (!isSecret({ key, kind, value, equals: true, keyQuoted: true, valueQuoted: true, before })) return -1;
  const marker = kind === 'ssn' ? '[SSN-REDACTED]' : '[REDACTED]';
  return found(out, { start: at + 1, end: at + 1 + end }, kind, marker);
}

/** `--password hunter2` in a recorded command. */
function option(text: string, at: number, out: Span[]): number | null {
  if (text.charCodeAt(at - 2) === 45) return null;
  let end = at + 1;
  while (end < text.length && end - at < 40 && isWord(text.charCodeAt(end))) end += 1;
  if (end - at < 3 || text.charCodeAt(end) !== 32 || !mayEndKey(text, end - 1)) return null;
  const kind = secretKind(text.slice(at + 1, end));
  if (kind === null || kind === 'authorization') return null;
  const value = readValue(text, end + 1);
  const secret = text.slice(value.start, value.end);
  if (secret === '' || secret.startsWith('-') || markerAt(secret, 0) === secret.length) return null;
  const end2 = found(out, value, kind, '[REDACTED]');
  return end2 < 0 ? null : end2;
}

/** SQL that sets a password: `IDENTIFIED BY 'x'`, `WITH PASSWORD 'x'`, `PASSWORD('x')`. */
function sqlPassword(text: string, at: number, out: Span[]): number {
  let last = at - 1;
  while (last >= 0 && at - last <= 3 && (isSpace(text.charCodeAt(last)) || text.charCodeAt(last) === 40)) last -= 1;
  if (last === at - 1) return -1;
  const a = text.charCodeAt(last) | 32;
  if (a !== 100 && a !== 121) return -1; // passworD, bY
  const before = text.slice(Math.max(0, last - 12), last + 1).toLowerCase();
  if (!before.endsWith('password') && !before.endsWith('identified by')) return -1;
  const end = text.indexOf("'", at + 1);
  if (end <= at + 1 || markerAt(text, at + 1) === end - at - 1) return -1;
  return found(out, { start: at + 1, end }, 'password', '[REDACTED]');
}

const isUrl = (text: string, at: number): boolean =>
  text.charCodeAt(at + 1) === 47 && text.charCodeAt(at + 2) === 47 && isAlphanumeric(text.charCodeAt(at - 1));

/** `scheme://user:password@host`: the password goes, the user stays. */
function userinfo(text: string, at: number, out: Span[]): number {
  const start = at + 3;
  const limit = Math.min(text.length, start + 256);
  let colon = -1;
  let host = -1;
  for (let i = start; i < limit; i += 1) {
    const c = text.charCodeAt(i);
    if (c <= 32 || c === 34 || c === 39 || c === 47 || c === 63 || c === 35 || c === 60 || c === 62) break;
    if (c === 58 && colon < 0) colon = i;
    else if (c === 64) host = i;
  }
  if (colon < 0 || host <= colon + 1 || markerAt(text, colon + 1) === host - colon - 1) return start;
  return found(out, { start: colon + 1, end: host }, 'password', '[REDACTED]');
}
