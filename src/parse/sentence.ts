import type { Event } from '../model/index.ts';
import { addressEnd, asAddress, readAddress, readEndpoint, readPort } from './address.ts';
import { clientOf, speaksOfItself } from './client.ts';
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
  `\\b${failWord}\\b${gap}{0,60}?\\b${noun}\\b|\\b${noun}\\b${gap}{0,80}?\\b${failWord}\\b|\\bbadlogin\\b|\\b(?:login|auth)[ _-]?fail(?:ed|ure)?\\b|\\bauth-failure\\b|\\b(?:unknown|invalid|illegal|no such|non-?exist(?:ent|ant)|unauthori[sz]ed) (?:user(?:name)?|login|account)\\b|\\buser (?:not found|unknown|does not exist)\\b|\\bpassword (?:is )?(?:wrong|incorrect|mismatch)\\b|\\bbad rcon\\b|\\bchallenge response failed\\b|\\brejected because extension not found\\b|\\bregistration\\b.{0,200}\\bfailed for\\b|\\buser denied\\b|\\brejected connection\\b.{0,80}\\bpassword\\b|\\bmight not have worked\\b|\\binvalid admin token\\b|\\btoken is invalid\\b|\\bcould not (?:retrieve user|authenticate)\\b|\\bauthentication attempt\\b.{0,120}\\bfailed\\b|\\baccess denied\\b.{0,60}\\b(?:user|password)\\b`,
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

/** A name in quotes is whole, blanks and all; a bare one ends at the next blank or bracket. */
const quotedOrBare = "(?:\"([^\"]{1,128})\"|'([^']{1,128})'|`([^`']{1,128})[`']|[[<(]?([^\\s\"'`,;\\]>)]{1,128}))";
const userPatterns: readonly RegExp[] = [
  /"(?:user_?name|user|login|email|account)"\s*:\s*"([^"]{1,128})"/gi,
  new RegExp(
    `\\b(?:user(?:\\s?name)?|username|login|account|accountid|acct|uname|suser|set_id|auth_?id|authentication_id|name)\\s*(?:input\\s*)?[:=]\\s*${quotedOrBare}`,
    'gi',
  ),
  new RegExp(
    `\\b(?:for|of|by|as)\\s+(?:(?:unknown|invalid|illegal|non-?existent|existing|local|the)\\s+)?(?:user(?:\\s?name)?|username|account|login|admin)\\s*[:=]?\\s*${quotedOrBare}`,
    'gi',
  ),
  /\b(?:user|username|account)\s+(?:"([^"]{1,128})"|'([^']{1,128})'|`([^`']{1,128})[`']|[[<]([^\]>]{1,128})[\]>])/gi,
  new RegExp(
    `\\b(?:user(?:name)?|account)\\s+(?!name\\b|not\\b|is\\b|from\\b|unknown\\b|does\\b|authentication\\b|login\\b|failed\\b|denied\\b|or\\b|tried\\b|with\\b|and\\b|on\\b|has\\b|was\\b|in\\b|to\\b|agent\\b|id\\b|locked\\b|input\\b|password\\b)${quotedOrBare}`,
    'gi',
  ),
  new RegExp(
    `\\b(?:login|log-?on|sign-?in|auth|authentication|password)(?:\\s+(?:attempt|request|failure|failed|error|denied))*\\s+(?:for|by|of|as)\\s+(?!user\\b|from\\b|unknown\\b|the\\b|invalid\\b)${quotedOrBare}`,
    'gi',
  ),
  /\buser ?name\b[^"'\n]{0,40}\bwas ["']([^"']{1,128})["']/gi,
  /\blog-?\s?in failed:\s*(?:"([^"]{1,128})"|'([^']{1,128})'|([^\s"'(]{1,128}))\s*\(/gi,
];

/** Words that stand where a name would. */
const noName = /^(?:failed|from|failure|unknown|denied|ip|host|password|credentials?|error|null|none|undefined|-+)$/i;

/** The account that the sentence names. */
export function userOf(text: string): string | null {
  const line = text.length > maximumText ? text.slice(0, maximumText) : text;
  for (const pattern of userPatterns) {
    pattern.lastIndex = 0;
    for (let tries = 0; tries < 4; tries += 1) {
      const found = pattern.exec(line);
      if (found === null) break;
      const quoted = found[1] ?? found[2];
      const name = (quoted ?? found[3] ?? found[4])?.replace(/[.:!?]+$/, '');
      if (name === undefined || name === '' || noName.test(name) || readEndpoint(name).ip !== null) continue;
      // `Failed login: user=ann`: what looked like the name is the next pair.
      if (quoted !== undefined || !/^\w+=/.test(name)) return name;
      pattern.lastIndex = found.index + found[0].length - name.length;
    }
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

/**
 * Fills the event from a sentence about a login. Keeps what the event knows already.
 *
 * @param line the sentence with what stands in front of it (time, level, and in some programs the client).
 */
export function readLogin(event: Event, text: string, line = text): boolean {
  const verdict = loginVerdict(text);
  if (verdict === null) return false;
  if (event.user === null) event.user = userOf(text);
  if (event.src_ip === null) {
    const client = clientOf(text) ?? (line === text ? null : clientOf(line));
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

/** A part of every pattern above, in one look. */
const anyTrouble = /memory|oom|fail|start|dump|space left|disk|filesystem|file system|i\/o error|panic|seg/i;

/** Out of memory, failed starts, failed backups, full disks: trouble in words that need no level. */
export function readTrouble(event: Event, text: string): boolean {
  const line = text.length > maximumText ? text.slice(0, maximumText) : text;
  if (!anyTrouble.test(line)) return false;
  for (const [pattern, type, severity] of trouble) {
    if (pattern.test(line)) return judge(event, type, 'failure', severity);
  }
  return false;
}

const refused = /\b(?:denied|denies|blocked|rejected|refused|forbidden|banned)\b/i;
const gone = /\b(?:fail(?:ed|ure|s)|intrusion|attack(?:s|ed|er)?)\b/i;

/** How it ended, where the sentence says no more of it than that somebody or something was turned away, or failed. */
export function noteRefusal(event: Event, text: string): void {
  if (event.event_type !== 'message' || event.outcome !== 'unknown') return;
  const line = text.length > maximumText ? text.slice(0, maximumText) : text;
  if (refused.test(line)) event.outcome = 'denied';
  else if (gone.test(line)) event.outcome = 'failure';
}

/** The client of a sentence about anything: its only address, or the one whose label or place says so. */
export function takeClient(event: Event, text: string, line = text): boolean {
  if (event.src_ip !== null) return false;
  const client = clientOf(text) ?? (line === text ? null : clientOf(line));
  if (client === null || (!client.labelled && speaksOfItself(text))) return false;
  event.src_ip = client.ip;
  event.src_port ??= client.port;
  return true;
}

/** Words of an address field, whatever else stands beside it (`192.0.2.1:443:WAN`, `192.0.2.1, 10.0.0.1`). */
export function addressIn(text: string): { ip: string | null; port: number | null } {
  const whole = readEndpoint(text);
  if (whole.ip !== null) return whole;
  // Asterisk: `IPV4/UDP/192.0.2.1/5060`.
  const prefixed = /^IPV[46]\/[A-Z]{2,4}\/(?=[\d[:a-f])/i.exec(text);
  if (prefixed !== null) return readEndpoint(text.slice(prefixed[0].length));
  const ip = readAddress(text, text.charCodeAt(0) === 91 ? 1 : 0);
  if (ip === null) return { ip: asAddress(text), port: null };
  const end = addressEnd;
  return { ip, port: text.charCodeAt(end) === 58 ? readPort(text, end + 1) : null };
}
