import { addressEnd, readAddress, readEndpoint, readPort } from './address.ts';
import { isWordCode, labelBefore } from './client-label.ts';

/**
 * The client's address in one sentence of a program that has no format of its own.
 *
 * It must never accuse: not an address that stands in quoted text or in a URL (which the client may have typed), not one
 * that a client claims for itself, not the server's, not where two addresses are possible. Then there is none.
 */

/** Longest part of a text that is looked at: such sentences are short, and the work stays bounded. */
const maximumText = 1500;
const maximumCandidates = 8;

/** Between two endpoints of which the first is the sender's. */
const arrow = /^\]?\s*(?:->|=>|→|>|to)\s*\[?$/;
/** Sentences about a machine's own addresses. */
const ownAddresses =
  /\b(?:listen(?:ing|s)?|bound|binding|nameservers?|name server|dns servers?|resolver|gateway|routes?|netmask|broadcast|subnet|dhcp\w*|leases?|assigned|ntp|time server|upstream|backend|mirror)\b/i;

export interface Client {
  ip: string;
  port: number | null;
  /** The words in front of it, or its place, say that it is the client's. */
  labelled: boolean;
}

interface Candidate extends Client {
  from: number;
  to: number;
  /** Inside `([…])` or `(…)`: what mail servers print of a greeting. */
  claimed: boolean;
  /** The words in front of it say that it is the server's. */
  server: boolean;
}

/** `/192.0.2.1:4711` (Java), `IPV4/UDP/192.0.2.1/5060` (Asterisk): no part of a path. */
const mayFollowSlash = /(?:^|[\s=([{,"'])\/$|\b(?:tcp|udp|tls|ws|ipv[46]|inet)\/$/i;

/** Text whose quoted parts are blanked, unless the quotes hold nothing but an address. Same length as before. */
function withoutQuoted(text: string): string {
  let result = '';
  let from = 0;
  for (let at = 0; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    if (code !== 34 && code !== 39 && code !== 96) continue;
    // An apostrophe inside a word (`doesn't`) opens nothing.
    if (code === 39 && at > 0 && isWordCode(text.charCodeAt(at - 1))) continue;
    let close = text.indexOf(code === 34 ? '"' : "'", at + 1);
    if (code === 96) {
      const same = text.indexOf('`', at + 1);
      if (same > 0 && (close < 0 || same < close)) close = same;
    }
    if (close < 0) {
      // Never closed: everything behind it may be the attacker's.
      return result + text.slice(from, at) + ' '.repeat(text.length - at);
    }
    const inside = text.slice(at + 1, close).trim();
    if (!isQuotedEndpoint(inside)) {
      result += text.slice(from, at) + ' '.repeat(close + 1 - at);
      from = close + 1;
    }
    at = close;
  }
  return result + text.slice(from);
}

function isQuotedEndpoint(inside: string): boolean {
  if (inside.length >= 60) return false;
  return readEndpoint(inside.replace(/^<|[>.]$/g, '').replace(/^ipv[46]\/(?:\w{2,4}\/)?/i, '')).ip !== null;
}

function isHexColon(text: string, at: number): boolean {
  // `12:34:56`: a clock or a MAC address in front, not the start of an address. `ipv4:192.0.2.1` names its kind.
  if (/(?:^|\W)ipv[46]:$/i.test(text.slice(Math.max(0, at - 6), at))) return false;
  const previous = text.charCodeAt(at - 2);
  return isWordCode(previous) && !/[A-Za-z]$/.test(text.slice(Math.max(0, at - 2), at - 1));
}

function skipWord(text: string, from: number): number {
  let at = from;
  while (at + 1 < text.length && isWordCode(text.charCodeAt(at + 1))) at += 1;
  return at;
}

function readTail(text: string, end: number): number | null {
  const code = text.charCodeAt(end);
  if (code === 58 || code === 35 || code === 47) return readPort(text, end + 1);
  if (code === 93 && text.charCodeAt(end + 1) === 58) return readPort(text, end + 2);
  if (text.startsWith(' port ', end)) return readPort(text, end + 6);
  if (text.startsWith(', port ', end)) return readPort(text, end + 7);
  return null;
}

/** `192.0.2.1.4711`, BSD's way of writing a port: tcpdump, Dante. Not a version number, whose parts are small. */
function readDotted(text: string, at: number): { ip: string; port: number; end: number } | null {
  const found = /^(?:\d{1,3}\.){4}\d{1,5}(?![\w.])/.exec(text.slice(at, at + 24));
  if (found === null) return null;
  const { ip, port } = readEndpoint(found[0]);
  if (ip === null || port === null) return null;
  const end = at + found[0].length;
  return port > 255 || text.startsWith(' > ', end) || text.startsWith(': ', end) ? { ip, port, end } : null;
}

/** A dot between two digits, two colons side by side, or seven of them: without any there is no address. */
function mayHoldAddress(text: string): boolean {
  for (let at = text.indexOf('.'); at >= 0; at = text.indexOf('.', at + 1)) {
    const before = text.charCodeAt(at - 1);
    const behind = text.charCodeAt(at + 1);
    if (before >= 48 && before <= 57 && behind >= 48 && behind <= 57) return true;
  }
  let colons = 0;
  for (let at = text.indexOf(':'); at >= 0; at = text.indexOf(':', at + 1)) {
    colons += 1;
    if (colons === 7 || text.charCodeAt(at + 1) === 58) return true;
  }
  return false;
}

/** Addresses that may be the client's, each once. */
function candidates(text: string): Candidate[] {
  const found: Candidate[] = [];
  for (let at = 0; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    const isStart = (code >= 48 && code <= 58) || (code >= 97 && code <= 102) || (code >= 65 && code <= 70);
    if (!isStart) continue;
    const before = at === 0 ? 32 : text.charCodeAt(at - 1);
    if (code === 58 && isWordCode(before)) continue;
    if (
      isWordCode(before) ||
      before === 46 ||
      before === 45 ||
      (before === 58 && code !== 58 && isHexColon(text, at))
    ) {
      at = skipWord(text, at);
      continue;
    }
    let ip = readAddress(text, at);
    let end = addressEnd;
    let dotted: number | null = null;
    if (ip === null) {
      const five = code >= 48 && code <= 57 ? readDotted(text, at) : null;
      if (five === null) {
        at = skipWord(text, at);
        continue;
      }
      ({ ip, end } = five);
      dotted = five.port;
    }
    const from = at;
    at = end;
    // `name@192.0.2.1` names an account, `/192.0.2.1/…` and `Browser/1.2.3.4` are parts of paths, `192.0.2.0/24` is a network.
    if (before === 64) continue;
    if (before === 47 && !mayFollowSlash.test(text.slice(Math.max(0, from - 8), from))) continue;
    if (text.charCodeAt(end) === 47 && isNetwork(text, end + 1, ip)) continue;
    const label = labelBefore(text, from);
    const server = label === 'server';
    const labelled = label === 'client';
    const port = dotted ?? readTail(text, end);
    const seen = found.find((candidate) => candidate.ip === ip);
    if (seen !== undefined) {
      seen.labelled ||= labelled;
      seen.server &&= server;
      seen.port ??= port;
    } else {
      const claimed = before === 40 || (before === 91 && text.charCodeAt(from - 2) === 40);
      found.push({ ip, port, labelled, from, to: end, claimed, server });
    }
    if (found.length > maximumCandidates) break;
  }
  return found;
}

function isNetwork(text: string, at: number, ip: string): boolean {
  const bits = readPort(text, at);
  if (bits === null) return false;
  const digits = bits < 10 ? 1 : bits < 100 ? 2 : 3;
  return bits <= (ip.includes(':') ? 128 : 32) && !isWordCode(text.charCodeAt(at + digits));
}

/** Two colons alone are more often punctuation than an address that is not known. */
const unspecified = '::';
const isNobody = (ip: string): boolean => ip === '0.0.0.0' || ip === '::1' || ip.startsWith('127.');

/** A time, a level, a program in brackets: what stands in front of an access log's first field. */
const inFront = /^[\s[]*(?:[\w:.+/-]{1,40}[\s[\]]+){0,3}$/;

/** Of several addresses the one whose place says that it is the client's. `line` is `text` with its quotes. */
function byPlace(text: string, line: string, all: readonly Candidate[]): Candidate | null {
  const [first, second] = all;
  if (first === undefined || second === undefined) return null;
  // `192.0.2.1 - name "GET /…`: an access log, whatever follows.
  const behind = line.slice(first.to, first.to + 80);
  if (
    !first.labelled &&
    first.from < 160 &&
    inFront.test(text.slice(0, first.from)) &&
    /^\]?(?::\d+)? - \S{1,64} ["[]/.test(behind)
  )
    return first;
  const labelled = all.filter((candidate) => candidate.labelled);
  if (labelled.length > 0) return labelled.length === 1 && all.length <= 4 ? (labelled[0] ?? null) : null;
  const between = text.slice(first.to, second.from).replace(/^\]?[:#/.]\d{1,5}/, '');
  if (arrow.test(between)) return first;
  // Two endpoints side by side: the one with the ephemeral port is the client's, the first where that decides nothing.
  if (first.port !== null && second.port !== null && /^\]?[ ,;\t|]\[?$/.test(between)) {
    return first.port < 1024 && second.port >= 1024 ? second : first;
  }
  // The line begins with it.
  return /^\s*\[?$/.test(text.slice(0, first.from)) && /^\]?(?::\d{1,5}\b)?[\s:,]/.test(behind) ? first : null;
}

/** `sending packet: from 192.0.2.1[500] to 203.0.113.9[500]`: the client is the one it is sent to. */
const outgoing = /\bsend(?:ing|s)\b[^.\n]{0,40}\bfrom:? \[?$/i;

/**
 * Whether a name with a quote in it may have hidden the program's own words: quotes hold an address with a label, and the one
 * outside of them has none.
 */
function isDoubtful(text: string, line: string, only: Candidate): boolean {
  if (text === line || only.labelled || /^\s*\[?$/.test(text.slice(0, only.from))) return false;
  return candidates(line).some(({ ip, labelled }) => labelled && ip !== only.ip);
}

/** The one client of the sentence, or null where there is none or more than one is possible. */
export function clientOf(text: string): Client | null {
  if (!mayHoldAddress(text)) return null;
  const line = text.length > maximumText ? text.slice(0, maximumText) : text;
  const plain = withoutQuoted(line);
  const every = candidates(plain);
  const [sender, receiver] = every;
  if (sender === undefined) return null;
  if (receiver?.server === true && outgoing.test(plain.slice(0, sender.from))) return receiver;
  const found = every.filter((candidate) => !candidate.server && candidate.ip !== unspecified);
  if (found.length < 2) return found[0] === undefined || isDoubtful(plain, line, found[0]) ? null : found[0];
  const real = found.filter((candidate) => !isNobody(candidate.ip));
  const all = real.length > 0 ? real : found;
  if (all.length === 1) return all[0] ?? null;
  const stated = all.filter((candidate) => !candidate.claimed || candidate.labelled);
  if (stated.length === 1) return stated[0] ?? null;
  const placed = byPlace(plain, line, stated.length === 0 ? all : stated);
  return placed === null ? null : { ip: placed.ip, port: placed.port, labelled: true };
}

/** Whether the sentence is about addresses of the machine itself: then an address without a label is nobody's. */
export const speaksOfItself = (text: string): boolean => ownAddresses.test(text.slice(0, maximumText));
