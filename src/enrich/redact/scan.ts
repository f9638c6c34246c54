import { isStatement, type SecretKind, secretKind } from './keys.ts';
import { isCard, isSsn } from './numbers.ts';
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
] as const) {
  for (const char of chars) classes[char.charCodeAt(0)] = kind;
}

/** Key and token values count from this length; a quoted key (JSON) says enough by itself. */
const tokenMinimum = 20;
const quotedTokenMinimum = 8;

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

/** What a key of this kind means for a value that stands alone (a field of a parsed object). Null: leave it. */
export function valueMarker(key: string, kind: SecretKind, value: string): { marker: string; kind: string } | null {
  if (value === '' || isStatement(value) || markerAt(value, 0) === value.length || isCounter(key, value)) return null;
  const minimum = kind === 'token' || kind === 'api_key' ? quotedTokenMinimum : 1;
  if (value.length < minimum) return null;
  return { marker: '[REDACTED]', kind: kind === 'authorization' ? 'secret' : kind };
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
  if (!isSecret(key, kind, secret, equals, quoted, value.quoted, text.charCodeAt(first - 1))) return -1;
  if (secret.startsWith('eyJ')) {
    const jwt = endOfJwt(text, value.start + 2);
    if (jwt?.end === value.end) return found(out, jwt, 'jwt', '[JWT-REDACTED]');
  }
  const bare = quoted && !value.quoted;
  return found(out, value, kind, bare ? '"[REDACTED]"' : '[REDACTED]');
}

function isSecret(
  key: string,
  kind: SecretKind,
  value: string,
  equals: boolean,
  keyQuoted: boolean,
  valueQuoted: boolean,
  before: number,
): boolean {
  if (markerAt(value, 0) === value.length) return false;
  if (!valueQuoted && isStatement(value)) return false;
  // An object or a list, in JSON or printed by a program: its own keys are looked at.
  if (/^[[{]/.test(value) && (keyQuoted || !equals) && !valueQuoted) return false;
  if (isCounter(key, value)) return false;
  if (kind === 'token' || kind === 'api_key') {
    // A marker inside is what is left of something that was masked for its own sake.
    return value.length >= (keyQuoted ? quotedTokenMinimum : tokenMinimum) && !/\[(?:[A-Z]+-)?REDACTED\]/.test(value);
  }
  if (keyQuoted || valueQuoted) return true;
  if (equals) {
    if (key === 'PWD' || key === 'OLDPWD') return !/^(?:[/~(]|[A-Za-z]:\\|unknown$)/.test(value); // sudo's folder
    return !(key.toLowerCase() === 'pass' && /^\d{1,2}$/.test(value)); // a counter
  }
  // Behind a colon prose is as likely as a value: `passwd: user 'x' …`, `pam_unix(passwd:chauthtok)`, `pass: …`.
  const name = key.toLowerCase();
  if (before === 40) return false; // (
  if (name === 'passwd' || name === 'pass' || name === 'pw' || name === 'pwd' || name.startsWith('credential')) {
    return /[0-9!@#$%^&*+=]/.test(value) && !/^\d{1,2}$/.test(value);
  }
  return true;
}

/** `tests_pass: 12`, `"full_hash_pass":2128`: how many passed. */
const isCounter = (key: string, value: string): boolean => /.pass$/i.test(key) && /^\d+$/.test(value);

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

/** Digit groups joined by single spaces or dashes. Returns where the run of groups ends. */
function numbers(text: string, from: number, out: Span[]): number {
  const n = text.length;
  let i = from;
  let total = 0;
  let groups = 0;
  for (;;) {
    let c = text.charCodeAt(i);
    const groupStart = i;
    while (c >= 48 && c <= 57) {
      i += 1;
      c = i < n ? text.charCodeAt(i) : 0;
    }
    total += i - groupStart;
    groups += 1;
    if (c !== 45 && c !== 32) break;
    const next = i + 1 < n ? text.charCodeAt(i + 1) : 0;
    if (next < 48 || next > 57) break;
    i += 1;
  }
  if (total >= 9 && (groups >= 3 || total >= 13)) numberRun(text, from, i, out);
  return i;
}

const cardShapes: readonly (readonly number[])[] = [
  [4, 4, 4, 4, 3],
  [4, 4, 4, 4],
  [4, 4, 4, 1],
  [4, 6, 5],
  [4, 6, 4],
];

/** Looks for numbers in one run of groups. Rare: most lines never get here. */
function numberRun(text: string, from: number, to: number, out: Span[]): void {
  const before = from > 0 ? text.charCodeAt(from - 1) : 32;
  const after = to < text.length ? text.charCodeAt(to) : 32;
  const groups: { start: number; end: number }[] = [];
  for (let i = from; i < to; ) {
    let end = i;
    while (end < to && text.charCodeAt(end) !== 45 && text.charCodeAt(end) !== 32) end += 1;
    groups.push({ start: i, end });
    i = end + 1;
  }
  const length = (g: number): number => {
    const group = groups[g];
    return group === undefined ? 0 : group.end - group.start;
  };
  const joint = (g: number): number => text.charCodeAt((groups[g] as { end: number }).end);
  for (let g = 0; g < groups.length; ) {
    const first = groups[g] as { start: number; end: number };
    const glued = g === 0 && (isAlphanumeric(before) || before === 95 || before === 46 || before >= 128);
    const used = glued ? 0 : (ssnAt(g) ?? cardAt(g));
    if (used > 0) {
      const last = groups[g + used - 1] as { end: number };
      const kind = used === 3 && length(g) === 3 ? 'ssn' : 'card';
      out.push({
        start: first.start,
        end: last.end,
        marker: kind === 'ssn' ? '[SSN-REDACTED]' : '[CARD-REDACTED]',
        kind,
      });
    }
    g += Math.max(1, used);
  }

  function closed(g: number, used: number): boolean {
    return g + used < groups.length || !(isAlphanumeric(after) || after === 95);
  }

  /** 3-2-4 with one kind of joint, and nothing of that kind joined to either side. */
  function ssnAt(g: number): 3 | null {
    if (length(g) !== 3 || length(g + 1) !== 2 || length(g + 2) !== 4) return null;
    const kind = joint(g);
    if (joint(g + 1) !== kind || !closed(g, 3)) return null;
    if (g > 0 && joint(g - 1) === kind) return null;
    if (g + 3 < groups.length && joint(g + 2) === kind) return null;
    if (g === 0 && before === 45 && kind === 45) return null;
    if (g + 3 === groups.length && after === 45 && kind === 45) return null;
    const part = (k: number): number => Number(text.slice(groups[g + k]?.start, groups[g + k]?.end));
    return isSsn(part(0), part(1), part(2)) ? 3 : null;
  }

  function cardAt(g: number): number {
    if (length(g) >= 13) {
      return length(g) <= 19 && closed(g, 1) && isCard(text.slice(groups[g]?.start, groups[g]?.end)) ? 1 : 0;
    }
    for (const shape of cardShapes) {
      if (!shape.every((wanted, k) => length(g + k) === wanted) || !closed(g, shape.length)) continue;
      let digits = '';
      let same = true;
      for (let k = 0; k < shape.length; k += 1) {
        digits += text.slice(groups[g + k]?.start, groups[g + k]?.end);
        if (k > 0 && joint(g + k - 1) !== joint(g)) same = false;
      }
      if (same && isCard(digits)) return shape.length;
    }
    return 0;
  }
}
