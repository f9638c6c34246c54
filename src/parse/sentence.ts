import type { Event } from '../model/index.ts';
import { addressEnd, asAddress, readAddress, readEndpoint, readPort } from './address.ts';
import { judge, loginSeverity } from './verdict.ts';

/**
 * The general extractor's reading of one sentence: does it state a failed or accepted login, by whom, from where?
 *
 * It must never accuse: not on successes, not on an address that stands in quoted text (which the attacker may have
 * typed), not where two addresses are possible. Then there is no `src_ip`, whatever else is said.
 */

/** Longest part of a text that is looked at: sentences about logins are short, and the work stays bounded. */
const maximumText = 1500;

const noun =
  '(?:log(?:ged)?[-\\s]?(?:in|on)s?|logon|sign-?\\s?(?:in|on)|auth(?:entications?|enticate[ds]?|enticating|orization|orisation)?|password|passwd|passphrase|passcode|credentials?|2fa|mfa|totp|otp|webapi login|rcon)';
const failWord =
  "(?:fail(?:ed|ure|ures|s|ing)?|failing|unsuccessful(?:ly)?|invalid|incorrect|wrong|bad|denied|refused|rejected|illegal|non-?exist(?:ent|ant)|mismatch(?:ed)?|not (?:match|valid|found|accepted)|doesn't match|does not match|unauthori[sz]ed|mislukte|fehlgeschlagen|locked out|is incorrect|too many)";
/** Anything but the end of a sentence: the dots of addresses and of `name.surname` are none. */
const gap = '(?:[^.\\n]|\\.(?=\\S))';
const failure = new RegExp(
  `\\b${failWord}\\b${gap}{0,60}?\\b${noun}\\b|\\b${noun}\\b${gap}{0,80}?\\b${failWord}\\b|\\bbadlogin\\b|\\b(?:login|auth)[ _-]?fail(?:ed|ure)?\\b|\\bauth-failure\\b|\\b(?:unknown|invalid|illegal|no such|non-?exist(?:ent|ant)|unauthori[sz]ed) (?:user(?:name)?|login|account)\\b|\\buser (?:not found|unknown|does not exist)\\b|\\bpassword (?:is )?(?:wrong|incorrect|mismatch)\\b|\\bbad rcon\\b|\\binvalid admin token\\b|\\btoken is invalid\\b|\\bcould not (?:retrieve user|authenticate)\\b|\\bauthentication attempt\\b.{0,120}\\bfailed\\b|\\baccess denied\\b.{0,60}\\b(?:user|password)\\b`,
  'i',
);
const success =
  /(?:^|[^a-z])(?:success(?:ful(?:ly)?|ed)?|succeeded|accepted|granted|logged (?:in|on)|login ok|auth(?:entication)? ok|auth-success|login success|has been (?:authenticated|authorized))(?![a-z])/i;
const unsuccess =
  /\b(?:un|not |in)success|not (?:logged|accepted|granted|authenticated)|no success|success(?:ful)?[:=] ?(?:false|0|no)/i;
const accepted =
  /\b(?:log-?\s?in|log-?on|sign-?in|auth(?:entication|enticated)?|password|session)\b(?:[^.\n]|\.(?=\S)){0,60}\b(?:success(?:ful(?:ly)?)?|succeeded|accepted|granted|ok)\b|\b(?:success(?:ful(?:ly)?)?|accepted)\b[^.\n]{0,40}\b(?:log-?\s?in|log-?on|sign-?in|auth(?:entication)?|password)\b|\blogged in\b/i;
const anyFailure = new RegExp(
  `\\b${failWord}\\b|\\b(?:not|no|cannot|can't|unable|error|attempt(?:ed|ing)?|tried|trying)\\b`,
  'i',
);
/** Words that make a failure one of a machine, not of a person: connections to back ends, certificates, updates. */
const notLogin =
  /\b(?:failed to (?:connect|load|open|start|read|write|parse|fetch|resolve|bind|send)|certificate|ssl negotiation|tls handshake|unable to open|no auth attempts)\b/i;

/** Names of the client's address, right in front of it. */
const clientLabel =
  /(?:\b(?:from|rhost|rip|client|clientip|client_ip|client ip|remote|remote_addr|remote_ip|remoteip|remoteaddr|peer|src|srcip|src_ip|source|source ip|sourceip|source_ip|source network address|ip|ip address|ip-address|ipaddress|ip_address|addr|address|host|attacker|oip|hostname|relay|by)|raddr)(?:\s+ip)?(?:\s+address)?\s*[:=]?\s*["'[(<]?\s*(?:::ffff:)?$|\b(?:from|relay=|client|host|peer)\s*[\w.-]{1,60}\s*[[(]$|\b(?:ban|banned|blocking|blocked|blacklisted)\s+$/i;
const serverLabel =
  /\b(?:to|on|via|lip|laddr|local|dst|dstip|dst_ip|dest|destination|server|listen(?:ing)?|at|->|into|destip|destination_ip|upstream|gateway)\s*[:=]?\s*["'[(<]?\s*$/i;

interface Candidate {
  ip: string;
  port: number | null;
  labelled: boolean;
}

function isWordCode(code: number): boolean {
  return (code >= 48 && code <= 57) || (code >= 65 && code <= 90) || (code >= 97 && code <= 122) || code === 95;
}

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
    const isEndpoint = inside.length < 60 && readEndpoint(inside.replace(/^<|[>.]$/g, '')).ip !== null;
    if (!isEndpoint) {
      result += text.slice(from, at) + ' '.repeat(close + 1 - at);
      from = close + 1;
    }
    at = close;
  }
  return result + text.slice(from);
}

/** Addresses that may be the client's, each once. */
function candidates(text: string): Candidate[] {
  const found: Candidate[] = [];
  for (let at = 0; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    const isStart = (code >= 48 && code <= 58) || (code >= 97 && code <= 102) || (code >= 65 && code <= 70);
    if (!isStart) continue;
    const before = at === 0 ? 32 : text.charCodeAt(at - 1);
    if (
      isWordCode(before) ||
      before === 46 ||
      before === 45 ||
      (before === 58 && code !== 58 && isHexColon(text, at))
    ) {
      at = skipWord(text, at);
      continue;
    }
    const ip = readAddress(text, at);
    if (ip === null) {
      at = skipWord(text, at);
      continue;
    }
    const end = addressEnd;
    const label = text.slice(Math.max(0, at - 32), at);
    const port = readTail(text, end);
    at = end;
    // `name@192.0.2.1` names an account, `/192.0.2.1/…` a path.
    if (before === 64) continue;
    if (serverLabel.test(label)) continue;
    const labelled = clientLabel.test(label);
    const seen = found.find((candidate) => candidate.ip === ip);
    if (seen !== undefined) {
      seen.labelled ||= labelled;
      seen.port ??= port;
    } else found.push({ ip, port, labelled });
    if (found.length > 8) break;
  }
  return found;
}

function isHexColon(text: string, at: number): boolean {
  // `12:34:56`: a clock or a MAC address in front, not the start of an address.
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
  if (code === 58 || code === 35) return readPort(text, end + 1);
  if (text.startsWith(' port ', end)) return readPort(text, end + 6);
  if (text.startsWith(', port ', end)) return readPort(text, end + 7);
  return null;
}

/** The one client of the sentence, or null where there is none or more than one is possible. */
export function clientOf(text: string): { ip: string; port: number | null; labelled: boolean } | null {
  const line = withoutQuoted(text.length > maximumText ? text.slice(0, maximumText) : text);
  const all = candidates(line);
  if (all.length === 1) return all[0] ?? null;
  const labelled = all.filter((candidate) => candidate.labelled);
  return labelled.length === 1 && all.length <= 4 ? (labelled[0] ?? null) : null;
}

/** A name in quotes is whole, blanks and all; a bare one ends at the next blank or bracket. */
const quotedOrBare = "(?:\"([^\"]{1,128})\"|'([^']{1,128})'|`([^`']{1,128})[`']|[[<(]?([^\\s\"'`,;\\]>)]{1,128}))";
const userPatterns: readonly RegExp[] = [
  new RegExp(
    `\\b(?:user(?:\\s?name)?|username|login|account|acct|uname|suser|name)\\s*(?:input\\s*)?[:=]\\s*${quotedOrBare}`,
    'i',
  ),
  new RegExp(
    `\\b(?:for|of|by|as)\\s+(?:(?:unknown|invalid|illegal|non-?existent|existing|local|the)\\s+)?(?:user(?:\\s?name)?|username|account|login|admin)\\s*[:=]?\\s*${quotedOrBare}`,
    'i',
  ),
  /\b(?:user|username|account)\s+(?:"([^"]{1,128})"|'([^']{1,128})'|`([^`']{1,128})[`']|[[<]([^\]>]{1,128})[\]>])/i,
  new RegExp(
    `\\b(?:user(?:name)?|account)\\s+(?!name\\b|not\\b|is\\b|from\\b|unknown\\b|does\\b|authentication\\b|login\\b|failed\\b|or\\b|tried\\b|with\\b|and\\b|on\\b|has\\b|was\\b|in\\b|to\\b|agent\\b|id\\b|locked\\b|input\\b)${quotedOrBare}`,
    'i',
  ),
  new RegExp(
    `\\b(?:login|log-?on|sign-?in|authentication|password)(?:\\s+(?:attempt|failure|failed|error|denied))*\\s+(?:for|by|of|as)\\s+(?!user\\b|from\\b|unknown\\b|the\\b|invalid\\b)${quotedOrBare}`,
    'i',
  ),
];

/** The account that the sentence names. */
export function userOf(text: string): string | null {
  const line = text.length > maximumText ? text.slice(0, maximumText) : text;
  for (const pattern of userPatterns) {
    const found = pattern.exec(line);
    const name = (found?.[1] ?? found?.[2] ?? found?.[3] ?? found?.[4])?.replace(/[.:!?]+$/, '');
    if (name === undefined || name === '' || name === '-' || name === 'null') continue;
    if (readEndpoint(name).ip !== null || /^(?:failed|from|failure|unknown|denied|ip|host|password)$/i.test(name))
      continue;
    return name;
  }
  return null;
}

export type LoginVerdict = 'failure' | 'success' | null;

/** Whether the sentence states a refused or an accepted login. */
export function loginVerdict(text: string): LoginVerdict {
  let line = text.length > maximumText ? text.slice(0, maximumText) : text;
  // What a client asked for is no statement of the server.
  if (line.includes('://')) line = line.replace(/\bhttps?:\/\/\S*/gi, ' ');
  if (failure.test(line) && !notLogin.test(line)) {
    if (success.test(line) && !unsuccess.test(line)) return null;
    return 'failure';
  }
  // One word of failure anywhere is enough to call nothing a success.
  return accepted.test(line) && !unsuccess.test(line) && !anyFailure.test(line) ? 'success' : null;
}

/** Fills the event from a sentence about a login. Keeps what the event knows already. */
export function readLogin(event: Event, text: string): boolean {
  const verdict = loginVerdict(text);
  if (verdict === null) return false;
  if (event.user === null) event.user = userOf(text);
  if (event.src_ip === null) {
    const client = clientOf(text);
    if (client !== null) {
      event.src_ip = client.ip;
      event.src_port = client.port;
    }
  }
  if (verdict === 'success') return judge(event, 'auth.success', 'success', 'info');
  const unknownUser =
    /\b(?:unknown|invalid|illegal|no such|non-?exist(?:ent|ant)) user|user (?:not found|unknown)/i.test(text);
  return judge(event, 'auth.failure', 'failure', loginSeverity(event.user, unknownUser));
}

const trouble: readonly (readonly [RegExp, 'system.error' | 'service.failed', 'medium' | 'high' | 'critical'])[] = [
  [/\b(?:out of memory|oom[- ]kill(?:er|ed)?|cannot allocate memory|memory exhausted)\b/i, 'system.error', 'high'],
  [
    /\b(?:failed to start|start(?:up)? failed|failed with result|could not (?:be )?start(?:ed)?|entered failed state|service failed|core dumped)\b/i,
    'service.failed',
    'high',
  ],
  [/\bbackup\b.{0,60}\bfail(?:ed|ure)\b|\bfail(?:ed|ure)\b.{0,40}\bbackup\b/i, 'system.error', 'high'],
  [
    /\b(?:no space left on device|disk (?:is )?full|filesystem (?:is )?full|read-only file system|i\/o error)\b/i,
    'system.error',
    'high',
  ],
  [/\b(?:kernel panic|segmentation fault|segfault)\b/i, 'system.error', 'high'],
];

/** Out of memory, failed starts, failed backups, full disks: trouble in words that need no level. */
export function readTrouble(event: Event, text: string): boolean {
  const line = text.length > maximumText ? text.slice(0, maximumText) : text;
  for (const [pattern, type, severity] of trouble) {
    if (pattern.test(line)) return judge(event, type, 'failure', severity);
  }
  return false;
}

/** An address that is the client's beyond doubt in a sentence about anything. */
export function takeClient(event: Event, text: string): boolean {
  if (event.src_ip !== null) return false;
  const client = clientOf(text);
  if (client === null || !client.labelled) return false;
  event.src_ip = client.ip;
  event.src_port ??= client.port;
  return true;
}

/** Words of an address field, whatever else stands beside it (`192.0.2.1:443:WAN`, `192.0.2.1, 10.0.0.1`). */
export function addressIn(text: string): { ip: string | null; port: number | null } {
  const whole = readEndpoint(text);
  if (whole.ip !== null) return whole;
  const ip = readAddress(text, text.charCodeAt(0) === 91 ? 1 : 0);
  if (ip === null) return { ip: asAddress(text), port: null };
  const end = addressEnd;
  return { ip, port: text.charCodeAt(end) === 58 ? readPort(text, end + 1) : null };
}
