/**
 * Every enumeration that Phosor publishes, in one place. The docs page and the API's schemas are made from these
 * arrays, and a test proves that parsers, rules and views use nothing else.
 */

/** Phosor's five severities, in rising order. */
export const severities = ['info', 'low', 'medium', 'high', 'critical'] as const;
export type Severity = (typeof severities)[number];

/** Rank of a severity: 0 (info) … 4 (critical). */
export const severityRank: Readonly<Record<Severity, number>> = { info: 0, low: 1, medium: 2, high: 3, critical: 4 };

export const outcomes = ['success', 'failure', 'denied', 'unknown'] as const;
export type Outcome = (typeof outcomes)[number];

/** How a record reached us. */
export const sourceTypes = ['syslog', 'file', 'webhook', 'replay', 'decoy', 'capture', 'internal'] as const;
export type SourceType = (typeof sourceTypes)[number];

/** Syslog severities by number, RFC 5424 section 6.2.1. Phosor calls them levels. */
export const levels = ['emergency', 'alert', 'critical', 'error', 'warning', 'notice', 'info', 'debug'] as const;
export type Level = (typeof levels)[number];

/** Syslog facilities by number, RFC 5424 section 6.2.1. */
export const facilities = [
  'kern',
  'user',
  'mail',
  'daemon',
  'auth',
  'syslog',
  'lpr',
  'news',
  'uucp',
  'cron',
  'authpriv',
  'ftp',
  'ntp',
  'audit',
  'alert',
  'clock',
  'local0',
  'local1',
  'local2',
  'local3',
  'local4',
  'local5',
  'local6',
  'local7',
] as const;
export type Facility = (typeof facilities)[number];

/**
 * Event types, `subject.outcome`. Add one here first; whatever emits, matches or documents a type uses this list.
 * The text says when a parser may choose it.
 */
export const eventTypes = {
  'auth.failure': 'A login, key or password was refused, or the user does not exist.',
  'auth.success': 'Somebody logged in.',
  'auth.disconnect': 'A connection ended before, during or after authentication, without a verdict of its own.',
  'auth.error': 'An authentication service complains: too many attempts, bad protocol, broken negotiation.',
  'session.opened': 'A session began.',
  'session.closed': 'A session ended.',
  'privilege.sudo': 'sudo, doas or pkexec ran a command with other rights.',
  'privilege.su': 'su switched to another user.',
  'privilege.denied': 'A change of rights was refused (sudo, su, doas, pkexec).',
  'account.created': 'A user or group was created.',
  'account.changed': 'A user, group or password was changed, or a member was added.',
  'account.deleted': 'A user or group was removed.',
  'cron.run': 'A scheduled job ran.',
  'cron.changed': 'A crontab was edited or replaced.',
  'process.exec': 'A program was started or a command was recorded.',
  'service.started': 'A service started or listens.',
  'service.stopped': 'A service stopped.',
  'service.failed': 'A service failed to start or crashed.',
  'net.blocked': 'A firewall dropped or rejected a packet.',
  'net.allowed': 'A firewall let a packet through.',
  'net.logged': 'A firewall logged a packet without saying what became of it.',
  'net.connection': 'A connection was opened, closed or refused by a service.',
  'net.flow': 'A conversation between two addresses was seen on the wire: it ended, or goes on for long.',
  'net.packet': 'A packet was seen on the wire: the first one of a conversation.',
  'net.capture': 'A capture of packets began, ended, failed or lost packets.',
  'tls.hello': 'A TLS client said hello on the wire: the name it asks for and its fingerprints.',
  'http.request': 'An HTTP request was seen on the wire; its answer was not.',
  'web.request': 'An HTTP request was answered.',
  'web.attack': 'An HTTP request carries an attack: injection, traversal, a known lure, a scanner.',
  'web.error': 'A web server reports an error.',
  'sql.auth_failure': 'A database refused a login.',
  'sql.auth_success': 'A database accepted a login.',
  'sql.injection': 'A statement shows signs of SQL injection.',
  'sql.error': 'A statement failed or a database reports an error.',
  'sql.statement': 'A statement was logged.',
  'sql.connection': 'A connection to a database was opened or closed.',
  'mail.rejected': 'A mail server refused a message or a command.',
  'mail.transaction': 'A mail server handled a message.',
  'dns.query': 'A name was asked for.',
  'dns.answer': 'A name server answered a question.',
  'dns.denied': 'A name server refused a query.',
  'file.transfer': 'A file was uploaded or downloaded.',
  'system.error': 'A program reports an error or worse.',
  'system.warning': 'A program reports a warning.',
  'system.tampering': 'A log was cleared, a clock was set, auditing was stopped.',
  'source.silent': 'A source of Phosor has sent nothing for far longer than ever before.',
  'source.limited': 'A source of Phosor sends more than its limit and is shut out for a while.',
  'source.personal_data': 'A source of Phosor sends secrets or personal data again and again.',
  'source.resumed': 'A silent source sends again.',
  'source.clock_skew': 'Times in the lines of a source are far off: its clock or zone is wrong, or they come late.',
  'source.unreadable': 'Of the lines of a source far fewer are understood than before.',
  'intel.malicious': 'A reputation provider calls an address malicious.',
  'decoy.connection': 'Somebody connected to a decoy.',
  'decoy.client': 'A client of a decoy told its version or can be told by its handshake.',
  'decoy.login': 'Somebody tried to log in to a decoy.',
  'decoy.command': 'Somebody ran a command in a decoy.',
  'decoy.request': 'Somebody sent a request to a decoy.',
  'decoy.download': 'Somebody asked a decoy to fetch something. Nothing was fetched.',
  'decoy.upload': 'Somebody left a file in a decoy.',
  'decoy.forward': 'Somebody wanted a decoy to connect to somewhere else. Nothing was connected.',
  'decoy.token': 'Bait that only an intruder can have found was used: a decoy credential or a decoy address.',
  'decoy.session': 'A visit to a decoy ended.',
  'decoy.error': 'A decoy failed, or its process was started again.',
  'app.event': 'An application reported something in a structured form (JSON, key=value, webhook).',
  message: 'Nothing more specific is known.',
} as const satisfies Record<string, string>;
export type EventType = keyof typeof eventTypes;
