import type { Event, EventType, Level, Outcome, Severity } from '../model/index.ts';

/** The three judgements that every format makes. Answers true, so that a parser can end with it. */
export function judge(event: Event, type: EventType, outcome: Outcome, severity: Severity): true {
  event.event_type = type;
  event.outcome = outcome;
  event.severity = severity;
  return true;
}

const levelWords: Record<string, Level> = {
  emergency: 'emergency',
  emerg: 'emergency',
  panic: 'emergency',
  alert: 'alert',
  critical: 'critical',
  crit: 'critical',
  fatal: 'critical',
  severe: 'error',
  error: 'error',
  err: 'error',
  eror: 'error',
  failure: 'error',
  warning: 'warning',
  warn: 'warning',
  wrn: 'warning',
  notice: 'notice',
  note: 'notice',
  info: 'info',
  inf: 'info',
  information: 'info',
  informational: 'info',
  log: 'info',
  hint: 'info',
  statement: 'info',
  detail: 'info',
  debug: 'debug',
  dbg: 'debug',
  trace: 'debug',
  verbose: 'debug',
  fine: 'debug',
  finer: 'debug',
  finest: 'debug',
};

/** The syslog level of a word in any usual spelling and case, or null. */
export function levelOf(word: string): Level | null {
  if (word.length < 3 || word.length > 13) return null;
  const lower = word.toLowerCase();
  return Object.hasOwn(levelWords, lower) ? (levelWords[lower] ?? null) : null;
}

/** Events that no format judged are judged by their level: errors and warnings of programs we know nothing else about. */
export function judgeByLevel(event: Event): void {
  switch (event.level) {
    case 'emergency':
    case 'alert':
      event.event_type = 'system.error';
      event.severity = 'critical';
      return;
    case 'critical':
      event.event_type = 'system.error';
      event.severity = 'high';
      return;
    case 'error':
      event.event_type = 'system.error';
      event.severity = 'medium';
      return;
    case 'warning':
      event.event_type = 'system.warning';
      event.severity = 'low';
      return;
    default:
      return;
  }
}

const trustedNames = new Set(['root', 'admin', 'administrator', 'sa', 'postgres']);

/** Failed logins of the accounts that own a machine weigh more. */
export function loginSeverity(user: string | null, unknownUser = false): Severity {
  return unknownUser || (user !== null && isTrusted(user)) ? 'medium' : 'low';
}

/** Told by length and first letter before a lower-case copy is made: this is asked of every failed login. */
function isTrusted(user: string): boolean {
  const { length } = user;
  if (length !== 4 && length !== 5 && length !== 2 && length !== 8 && length !== 13) return false;
  const first = user.charCodeAt(0) | 32;
  if (first !== 114 && first !== 97 && first !== 115 && first !== 112) return false;
  return user === 'root' || trustedNames.has(user.toLowerCase());
}
