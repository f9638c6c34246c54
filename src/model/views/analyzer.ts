import { allOf, anyOf, type EventCondition, everything, holds, isNull, isOneOf, nothing, notOf } from '../condition.ts';
import type { Severity } from '../enumerations.ts';
import type { Event } from '../event.ts';
import { isoTime } from '../event.ts';
import { plainText } from '../text.ts';

/**
 * The Firewall Log Analyzer's view of an event: the words that clients written against its documents expect.
 *
 * One table of cases, first that holds wins, read both ways: {@link analyzerLog} gives an event's words, and
 * {@link analyzerCondition} says which stored events have a word, so that filters, pages and counts agree with what is shown.
 */
export const analyzerSeverities = ['LOW', 'MEDIUM', 'HIGH', 'CRITICAL'] as const;
export type AnalyzerSeverity = (typeof analyzerSeverities)[number];

export const analyzerEventTypes = [
  'SSH_FAILED_LOGIN',
  'SSH_LOGIN_SUCCESS',
  'UFW_TRAFFIC',
  'IPTABLES_TRAFFIC',
  'IPTABLES_BLOCKED',
  'CONNECTION_ATTEMPT',
  'SUSPICIOUS_PORT_ACCESS',
  'SQL_ACCESS_ATTEMPT',
  'SQL_AUTH_FAILED',
  'SQL_CONNECTION_ATTEMPT',
  'SQL_INJECTION_ATTEMPT',
  'SQL_PORT_ACCESS',
  'SYSLOG_SECURITY_EVENT',
  'SYSLOG_ENTRY',
] as const;
export type AnalyzerEventType = (typeof analyzerEventTypes)[number];

export const analyzerLogSources = ['auth.log', 'ufw.log', 'iptables', 'syslog', 'sql.log'] as const;
export type AnalyzerLogSource = (typeof analyzerLogSources)[number];

/** A log as the analyzer's API gives it, with Phosor's own severity beside the analyzer's. */
export interface AnalyzerLog {
  id: string;
  timestamp: string;
  source_ip: string | null;
  destination_ip: string | null;
  source_port: number | null;
  destination_port: number | null;
  protocol: string | null;
  log_source: AnalyzerLogSource;
  event_type: AnalyzerEventType;
  severity: AnalyzerSeverity;
  username: string | null;
  raw_log: string;
  severity_level: Severity;
}

const format = (...names: string[]): EventCondition => isOneOf('format', ...names);
const type = (...names: string[]): EventCondition => isOneOf('event_type', ...names);
const port = (...values: number[]): EventCondition => ({ op: 'number', column: 'dst_port', values });
const flag = (name: string): EventCondition => ({
  op: 'json',
  column: 'fields',
  key: 'tcp_flags',
  test: { op: 'contains', values: [name], fold: false },
});

/** A packet that asks for a connection. */
export const synWithoutAck: EventCondition = allOf(flag('SYN'), notOf(flag('ACK')));

const sshFormats = ['sshd', 'dropbear'] as const;
const sqlFormats = ['mysql', 'postgresql', 'mssql', 'sql'] as const;
const isSsh = format(...sshFormats);
const isUfw = format('ufw');
const isFirewall = allOf(type('net.blocked', 'net.allowed', 'net.logged'), notOf(isUfw));
const isSql = format(...sqlFormats);

export interface Case {
  event_type: AnalyzerEventType;
  severity: AnalyzerSeverity;
  when: EventCondition;
}

/** What an event is called and how grave that is. */
const cases: readonly Case[] = [
  { event_type: 'SSH_FAILED_LOGIN', severity: 'HIGH', when: allOf(isSsh, type('auth.failure')) },
  { event_type: 'SSH_LOGIN_SUCCESS', severity: 'LOW', when: allOf(isSsh, type('auth.success')) },
  { event_type: 'SUSPICIOUS_PORT_ACCESS', severity: 'HIGH', when: allOf(isUfw, port(22, 23, 1433, 3306)) },
  { event_type: 'UFW_TRAFFIC', severity: 'LOW', when: isUfw },
  { event_type: 'SQL_ACCESS_ATTEMPT', severity: 'HIGH', when: allOf(isFirewall, port(1433, 3306, 5432)) },
  { event_type: 'SUSPICIOUS_PORT_ACCESS', severity: 'HIGH', when: allOf(isFirewall, port(22, 23, 3389)) },
  { event_type: 'IPTABLES_BLOCKED', severity: 'MEDIUM', when: allOf(isFirewall, type('net.blocked')) },
  { event_type: 'CONNECTION_ATTEMPT', severity: 'MEDIUM', when: allOf(isFirewall, synWithoutAck) },
  { event_type: 'IPTABLES_TRAFFIC', severity: 'LOW', when: isFirewall },
  { event_type: 'SQL_INJECTION_ATTEMPT', severity: 'CRITICAL', when: type('sql.injection') },
  { event_type: 'SQL_AUTH_FAILED', severity: 'HIGH', when: type('sql.auth_failure') },
  { event_type: 'SQL_CONNECTION_ATTEMPT', severity: 'MEDIUM', when: type('sql.connection', 'sql.auth_success') },
  { event_type: 'SQL_PORT_ACCESS', severity: 'HIGH', when: allOf(format('sql'), type('net.connection')) },
  { event_type: 'SQL_ACCESS_ATTEMPT', severity: 'HIGH', when: allOf(type('sql.error'), notOf(isNull('src_ip'))) },
  // What the analyzer never knew: attacks that Phosor is sure of, then what went wrong or was refused.
  {
    event_type: 'SYSLOG_SECURITY_EVENT',
    severity: 'CRITICAL',
    when: allOf(
      type('web.attack', 'system.tampering', 'decoy.login', 'decoy.command', 'app.event'),
      isOneOf('severity', 'critical'),
    ),
  },
  {
    event_type: 'SYSLOG_SECURITY_EVENT',
    severity: 'HIGH',
    when: anyOf(
      type('web.attack', 'system.tampering', 'decoy.login', 'decoy.command'),
      allOf(type('app.event'), isOneOf('severity', 'high')),
    ),
  },
  {
    event_type: 'SYSLOG_SECURITY_EVENT',
    severity: 'MEDIUM',
    when: anyOf(
      isOneOf('outcome', 'failure', 'denied'),
      type(
        'auth.failure',
        'auth.error',
        'privilege.denied',
        'service.failed',
        'system.error',
        'web.error',
        'sql.error',
      ),
      type('mail.rejected', 'dns.denied'),
      allOf(type('app.event'), isOneOf('severity', 'medium')),
    ),
  },
  { event_type: 'SYSLOG_ENTRY', severity: 'LOW', when: everything },
];

/** The cases as conditions, first that holds wins: for stores that count them all in one look. */
export const analyzerCases: readonly Case[] = cases;

const authFormats = [...sshFormats, 'sudo', 'su', 'doas', 'pkexec', 'login', 'pam', 'accounts'];

/** Which of the analyzer's log files an event would stand in. */
const logSources: readonly { log_source: AnalyzerLogSource; when: EventCondition }[] = [
  { log_source: 'auth.log', when: format(...authFormats) },
  { log_source: 'ufw.log', when: isUfw },
  { log_source: 'iptables', when: isFirewall },
  { log_source: 'sql.log', when: anyOf(isSql, type('sql.injection')) },
  { log_source: 'syslog', when: everything },
];

/** The files that the analyzer's live view and cache know. */
export const analyzerChannels = ['auth', 'ufw', 'kern', 'syslog', 'messages'] as const;
export type AnalyzerChannel = (typeof analyzerChannels)[number];

/** By the name of the file that a line was read from, or is said to be from; else by what it says. */
const fileNamed = (...names: string[]): EventCondition => ({
  op: 'endswith',
  column: 'source',
  values: names.map((name) => `_${name}`),
  fold: false,
});
const channels: readonly { channel: AnalyzerChannel; when: EventCondition }[] = [
  { channel: 'auth', when: fileNamed('auth.log', 'secure') },
  { channel: 'ufw', when: fileNamed('ufw.log') },
  { channel: 'kern', when: fileNamed('kern.log') },
  { channel: 'syslog', when: fileNamed('syslog') },
  { channel: 'messages', when: fileNamed('messages') },
  { channel: 'auth', when: format(...authFormats) },
  { channel: 'ufw', when: isUfw },
  { channel: 'kern', when: anyOf(isFirewall, format('kernel'), isOneOf('facility', 'kern')) },
  { channel: 'syslog', when: everything },
];

export const analyzerChannel = (event: Event): AnalyzerChannel =>
  channels.find(({ when }) => holds(when, event))?.channel ?? 'syslog';

/** Which stored events belong to a channel. */
export const channelCondition = (channel: AnalyzerChannel): EventCondition =>
  firstHolds(channels, (row) => row.channel === channel);

const isSshLogin = allOf(isSsh, type('auth.failure', 'auth.success'), isNull('dst_port'));

/** Ports that a service has where a line names none. */
export const usualPorts: readonly { port: number; when: EventCondition }[] = [
  { port: 22, when: isSshLogin },
  { port: 3306, when: allOf(format('mysql'), isNull('dst_port')) },
  { port: 5432, when: allOf(format('postgresql'), isNull('dst_port')) },
  { port: 1433, when: allOf(format('mssql'), isNull('dst_port')) },
];

/** Protocols of applications, which run over TCP. The others are written in capitals. */
const overTcp = ['ssh', 'http', 'https', 'ftp', 'ftps', 'sftp', 'smtp', 'smtps', 'imap', 'imaps', 'pop3', 'pop3s'];
/** Databases speak TCP, even where a line does not say so. */
export const speaksTcp = allOf(isSql, isNull('protocol'));

export function analyzerLog(event: Event): AnalyzerLog {
  const { event_type, severity } = analyzerCase(event);
  return {
    id: event.id,
    timestamp: isoTime(event.time),
    source_ip: event.src_ip,
    destination_ip: event.dst_ip,
    source_port: event.src_port,
    destination_port: analyzerPort(event),
    protocol: analyzerProtocol(event),
    log_source: analyzerLogSource(event),
    event_type,
    severity,
    username: event.user,
    raw_log: plainText(event.raw),
    severity_level: event.severity,
  };
}

/** What the analyzer calls the event, and how grave it finds that. */
export const analyzerCase = (event: Event): { event_type: AnalyzerEventType; severity: AnalyzerSeverity } =>
  cases.find(({ when }) => holds(when, event)) as Case;

export const analyzerLogSource = (event: Event): AnalyzerLogSource =>
  logSources.find(({ when }) => holds(when, event))?.log_source ?? 'syslog';

export function analyzerPort(event: Event): number | null {
  return event.dst_port ?? usualPorts.find(({ when }) => holds(when, event))?.port ?? null;
}

/** The analyzer's word for a stored protocol. */
export const protocolWord = (stored: string): string => (overTcp.includes(stored) ? 'TCP' : stored.toUpperCase());

function analyzerProtocol(event: Event): string | null {
  const { protocol } = event;
  if (protocol === null) return holds(speaksTcp, event) ? 'TCP' : null;
  return protocolWord(protocol);
}

/** A filter on the analyzer's words. Severities may be any that Phosor or the analyzer knows. */
export interface AnalyzerFilter {
  event_type?: readonly string[];
  severity?: readonly string[];
  log_source?: readonly string[];
  protocol?: readonly string[];
  destination_port?: readonly number[];
}

/** Which stored events have these words: exactly those of which {@link analyzerLog} says them. Words in any case. */
export function analyzerCondition(filter: AnalyzerFilter): EventCondition {
  const parts: EventCondition[] = [];
  const add = <T>(words: readonly T[] | undefined, of: (word: T) => EventCondition): void => {
    if (words !== undefined) parts.push(anyOf(...words.map(of)));
  };
  const upper = (words: readonly string[] | undefined) => words && new Set(words.map((word) => word.toUpperCase()));
  const [types, severities] = [upper(filter.event_type), upper(filter.severity)];
  // Both at once: a severity alone is far more to look at.
  if (types !== undefined || severities !== undefined)
    parts.push(
      firstHolds(
        cases,
        ({ event_type, severity }) => types?.has(event_type) !== false && severities?.has(severity) !== false,
      ),
    );
  if (filter.log_source !== undefined) {
    const wanted = new Set(filter.log_source.map((word) => word.toLowerCase()));
    parts.push(firstHolds(logSources, ({ log_source }) => wanted.has(log_source)));
  }
  add(filter.protocol, protocolCondition);
  add(filter.destination_port, (value) =>
    anyOf(port(value), ...usualPorts.filter((usual) => usual.port === value).map(({ when }) => when)),
  );
  return allOf(...parts);
}

/** The events whose first case that holds is one of the wanted: no unwanted one before it does. */
function firstHolds<C extends { when: EventCondition }>(
  table: readonly C[],
  isWanted: (row: C) => boolean,
): EventCondition {
  const found: EventCondition[] = [];
  let before: EventCondition[] = [];
  let wanted: EventCondition[] = [];
  const close = (): void => {
    if (wanted.length > 0)
      found.push(before.length === 0 ? anyOf(...wanted) : allOf(...before.map(notOf), anyOf(...wanted)));
    // Said of the wanted ones too, though those are found already: a wide case rules out narrow ones before it.
    before = [...before, ...wanted];
    wanted = [];
  };
  for (const row of table) {
    if (isWanted(row)) wanted.push(row.when);
    else {
      close();
      before = [...before, row.when];
    }
  }
  close();
  return anyOf(...found);
}

function protocolCondition(word: string): EventCondition {
  const lower = word.toLowerCase();
  // The stored word of an application's protocol is not the one that is shown.
  if (overTcp.includes(lower)) return nothing;
  const stored: EventCondition = { op: 'equals', column: 'protocol', values: [lower], fold: true };
  return lower === 'tcp' ? anyOf(stored, isOneOf('protocol', ...overTcp), speaksTcp) : stored;
}

const severityWords: Readonly<Record<Severity, AnalyzerSeverity>> = {
  info: 'LOW',
  low: 'LOW',
  medium: 'MEDIUM',
  high: 'HIGH',
  critical: 'CRITICAL',
};

/** For alerts and rules: info and low are LOW. */
export const analyzerSeverity = (severity: Severity): AnalyzerSeverity => severityWords[severity];
