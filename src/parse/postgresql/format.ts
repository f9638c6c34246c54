import type { Event, Level } from '../../model/index.ts';
import { addressEnd, numberEnd, readAddress, readEndpoint, readPort } from '../address.ts';
import type { ParseContext } from '../contract.ts';
import { defineFormat } from '../contract.ts';
import { injectionSigns, readInjection } from '../sql-injection.ts';
import { applyStamp } from '../time/apply.ts';
import { readIso } from '../time/iso.ts';
import { stamp } from '../time/stamp.ts';
import { judge, loginSeverity } from '../verdict.ts';
import { readCsv } from './csv.ts';

/** Severities of PostgreSQL, `errcodes` and `elog.h`, in English and as localised servers write them. */
const severityWords: Record<string, Level> = {
  FATAL: 'critical',
  PANIC: 'emergency',
  ERROR: 'error',
  WARNING: 'warning',
  NOTICE: 'notice',
  LOG: 'info',
  INFO: 'info',
  DEBUG: 'debug',
  DEBUG1: 'debug',
  DEBUG2: 'debug',
  DETAIL: 'info',
  HINT: 'info',
  CONTEXT: 'info',
  STATEMENT: 'info',
  QUERY: 'info',
  LOCATION: 'info',
  FEHLER: 'error',
  WARNUNG: 'warning',
  ERREUR: 'error',
  ATTENTION: 'warning',
};

const severityPattern =
  /(?:^|[\s:\]>-])(FATAL|PANIC|ERROR|WARNING|NOTICE|LOG|INFO|DEBUG\d?|DETAIL|HINT|CONTEXT|STATEMENT|QUERY|LOCATION|FEHLER|WARNUNG|ERREUR|ATTENTION): {1,2}/;

/** Client, user, database and process from whatever `log_line_prefix` puts before the severity. */
function readPrefix(event: Event, written: string, message: string): void {
  const prefix = withoutName(written, message);
  const pid = /\[(\d{1,10})(?:-\d+)?\]|(?:^|[\s,])(?:pid|p)=(\d{1,10})/.exec(prefix);
  if (pid !== null && event.pid === null) event.pid = Number(pid[1] ?? pid[2]);
  // user@database, where neither is [unknown].
  const at = /(?:^|[\s,=\]>:])([^\s@,=\]>:]+|\[unknown\])@([^\s,\]:@]+|\[unknown\])/.exec(prefix);
  if (at !== null) {
    if (at[1] !== '[unknown]') event.user = at[1] ?? null;
    if (at[2] !== '[unknown]') event.fields.database = at[2] ?? '';
  }
  const hosts: string[] = [];
  for (const found of prefix.matchAll(/\b(user|db|database|app|client|host|remote)=([^,\s\]]*)/g)) {
    const value = found[2] ?? '';
    if (value === '' || value === '[unknown') continue;
    if (found[1] === 'user') event.user = value;
    else if (found[1] === 'db' || found[1] === 'database') event.fields.database = value;
    else if (found[1] === 'app') event.fields.application = value;
    else hosts.push(value);
  }
  takeOnly(event, hosts);
  if (hosts.length > 1) return;
  if (event.src_ip !== null || event.fields.local === true) return;
  if (prefix.includes('[local]')) {
    event.fields.local = true;
    return;
  }
  // Amazon RDS: `UTC:192.0.2.1(4711):ann@app:[100]:`.
  const joined = /[:\s]([\da-f.:]{3,45}\(\d{1,5}\)):/i.exec(prefix)?.[1];
  if (joined !== undefined && (takeHost(event, joined) || takeHost(event, joined.slice(joined.indexOf(':') + 1))))
    return;
  // A bare address, `192.0.2.1(4711)` (%r) or `192.0.2.1` (%h), anywhere among the words.
  const words = prefix
    .split(/[\s,|@]+/)
    .filter((word) => word.length <= longestHost)
    .map((word) => word.replace(/^[[(]|[\]):]+$/g, (cut) => (cut === ')' ? ')' : '')));
  takeOnly(
    event,
    words.filter((word) => readAddress(word, 0) !== null),
  );
}

/** An IPv6 address with zone, port and brackets. */
const longestHost = 80;

/** Users and databases are the client's words: where they make the address doubtful, there is none. */
function takeOnly(event: Event, hosts: readonly string[]): void {
  const [first] = hosts;
  if (first !== undefined && hosts.every((host) => host === first)) takeHost(event, first);
}

/** Names are 63 bytes long at most; a refusal holds two or three. */
const longestRefusal = 600;

/** The prefix with the user's name, which the message repeats, as one word: it may look like any part of the prefix. */
function withoutName(prefix: string, message: string): string {
  if (message.length > longestRefusal || !message.includes(' user "')) return prefix;
  const name = / user "(.*?)"(?:,|$)/.exec(message)?.[1];
  if (name === undefined || name === '' || /^[\w-]+$/.test(name)) return prefix;
  return prefix.replaceAll(name, name.replace(/[^\w]/g, '_'));
}

function takeHost(event: Event, word: string): boolean {
  if (word === '[local]') {
    event.fields.local = true;
    return true;
  }
  const ip = readAddress(word, 0);
  if (ip === null) return false;
  const end = addressEnd;
  if (end < word.length) {
    if (word.charCodeAt(end) !== 40) return false;
    event.src_port = readPort(word, end + 1);
  }
  event.src_ip = ip;
  return true;
}

const authentication =
  /^(?:password|Peer|peer|Ident|ident|GSSAPI|SSPI|LDAP|PAM|RADIUS|certificate|SCRAM|MD5|md5|BSD|"?\w+"?) authentication failed for user "(.*)"/;

/** What a message of any severity says about a login or a connection that was refused. */
function readRefusal(event: Event, severity: string, message: string): boolean {
  const login = authentication.exec(message);
  if (login !== null) {
    event.user = login[1] ?? null;
    return judge(event, 'sql.auth_failure', 'failure', 'medium');
  }
  if (
    /^(?:no pg_hba\.conf entry|pg_hba\.conf rejects connection|no pg_hba\.conf entry for replication connection)/.test(
      message,
    )
  ) {
    const host = /\bhost "([^"]*)"/.exec(message);
    if (host !== null) takeHost(event, host[1] ?? '');
    // Database and user are the client's words; the server quotes them last and in this order.
    const user = /, user "(.*?)"(?:, database "(.*?)")?(?:,|$)/.exec(message);
    if (user !== null) {
      event.user = user[1] ?? null;
      if (user[2] !== undefined) event.fields.database = user[2];
    }
    return judge(event, 'sql.auth_failure', 'denied', 'medium');
  }
  if (severity !== 'FATAL') return false;
  const role = /^role "(.*)" (?:does not exist|is not permitted to log in)/.exec(message);
  if (role !== null) {
    event.user = role[1] ?? null;
    return judge(event, 'sql.auth_failure', 'failure', 'medium');
  }
  if (/^(?:too many connections|sorry, too many clients|remaining connection slots)/.test(message))
    return judge(event, 'sql.error', 'failure', 'medium');
  const database = /^database "(.*)" does not exist/.exec(message);
  if (database === null) return false;
  event.fields.database = database[1] ?? '';
  return judge(event, 'sql.error', 'failure', 'low');
}

/** `log_connections`, `log_disconnections`: who came, as whom, and who left. */
function readConnection(event: Event, message: string): boolean {
  if (message.startsWith('connection received: host=')) {
    takeHost(event, message.slice(26).split(' ')[0] ?? '');
    const port = message.indexOf(' port=');
    if (port > 0) event.src_port = readPort(message, port + 6);
    return judge(event, 'sql.connection', 'unknown', 'info');
  }
  const authorized = /^connection authorized: user=(\S+)/.exec(message);
  if (authorized !== null) {
    event.user = authorized[1] ?? null;
    const database = /\bdatabase=(\S+)/.exec(message);
    if (database !== null) event.fields.database = database[1] ?? '';
    return judge(event, 'sql.auth_success', 'success', 'info');
  }
  const authenticated = /^connection authenticated: identity="(.*)" method=(\S+)/.exec(message);
  if (authenticated !== null) {
    event.user = authenticated[1] ?? null;
    event.fields.method = authenticated[2] ?? '';
    return judge(event, 'sql.connection', 'success', 'info');
  }
  if (!message.startsWith('disconnection: ')) return false;
  const user = /\buser=(\S+)/.exec(message);
  const host = /\bhost=(\S+)/.exec(message);
  const port = message.lastIndexOf(' port=');
  if (user !== null) event.user = user[1] ?? null;
  if (host !== null) takeHost(event, host[1] ?? '');
  if (port > 0 && readPort(message, port + 6) !== null && numberEnd > port + 6)
    event.src_port = readPort(message, port + 6);
  return judge(event, 'sql.connection', 'success', 'info');
}

/** Severity LOG: connections, statements, and the server about itself. */
function readLog(event: Event, message: string): boolean {
  if (readConnection(event, message)) return true;
  const logged = /^(?:duration: [\d.]+ ms {2})?(?:statement|execute [^:]*|parse [^:]*|bind [^:]*): /.exec(message);
  if (logged !== null) return statement(event, message.slice(logged[0].length), false);
  if (/^(?:database system is ready|starting PostgreSQL|listening on)/.test(message))
    return judge(event, 'service.started', 'success', 'info');
  if (/^(?:database system is shut down|shutting down|received \w+ shutdown request)/.test(message)) {
    return judge(event, 'service.stopped', 'success', 'info');
  }
  if (/^(?:could not|server process .* was terminated|terminating any other)/.test(message)) {
    return judge(event, 'service.failed', 'failure', 'high');
  }
  if (
    /^(?:invalid length of startup packet|incomplete startup packet|unsupported frontend protocol|could not accept SSL)/.test(
      message,
    )
  ) {
    return judge(event, 'sql.error', 'failure', 'low');
  }
  return true;
}

function readMessage(event: Event, severity: string, message: string): boolean {
  if (severity === 'FATAL' || severity === 'ERROR' || severity === 'LOG') {
    if (readRefusal(event, severity, message)) return true;
  }
  if (severity === 'LOG') return readLog(event, message);
  if (severity === 'STATEMENT' || severity === 'QUERY') return statement(event, message, true);
  if (severity === 'ERROR' || severity === 'FATAL' || severity === 'PANIC') {
    if (
      severity !== 'ERROR' &&
      /^(?:could not (?:bind|create|open|write|access)|lock file|data directory|the database system is)/.test(message)
    ) {
      return judge(
        event,
        message.startsWith('the database') ? 'sql.error' : 'service.failed',
        'failure',
        message.startsWith('the database') ? 'low' : 'high',
      );
    }
    return judge(
      event,
      'sql.error',
      /^permission denied|must be (?:superuser|owner)/.test(message) ? 'denied' : 'failure',
      severity === 'PANIC' ? 'critical' : severity === 'FATAL' ? 'medium' : 'low',
    );
  }
  if (severity === 'WARNING') return judge(event, 'system.warning', 'unknown', 'low');
  return true;
}

/** A logged statement; a failed one is repeated in its STATEMENT line. Signs of injection are named in `fields.attack`. */
function statement(event: Event, text: string, failed: boolean): true {
  event.fields.statement = text;
  const signs = injectionSigns(text);
  if (signs.length > 0) {
    event.fields.attack = signs;
    return judge(event, 'sql.injection', failed ? 'failure' : 'unknown', 'high');
  }
  return judge(event, 'sql.statement', failed ? 'failure' : 'unknown', 'info');
}

/** A row of the CSV log. */
function readCsvLine(event: Event, text: string, context: ParseContext): boolean {
  const first = text.charCodeAt(0);
  if (!(first >= 48 && first <= 57) || !readIso(text, 0) || text.charCodeAt(stamp.end) !== 44) return false;
  const { end } = stamp;
  const row = readCsv(text, end);
  if (row === null || !Object.hasOwn(severityWords, row.severity)) return false;
  readIso(text, 0);
  applyStamp(event, context);
  event.format = 'postgresql';
  event.program = 'postgres';
  event.level = severityWords[row.severity] ?? null;
  event.pid = row.pid;
  if (row.user !== '') event.user = row.user;
  if (row.database !== '') event.fields.database = row.database;
  if (row.state !== '') event.fields.state = row.state;
  if (row.client !== '' && row.client !== '[local]') {
    const peer = readEndpoint(row.client);
    event.src_ip = peer.ip;
    event.src_port = peer.port;
  }
  event.message = row.message;
  readMessage(event, row.severity, row.message);
  return true;
}

const bouncer =
  /^ ?\[(\d{1,10})\] (ERROR|WARNING|LOG|FATAL|NOISE|DEBUG) [CS]-0x[\da-f]+: ([^\s/]{1,128})\/(.{1,200})@([\w.:[\]/-]{2,64}) ((?:login attempt|closing because|pooler error|\w{1,20} authentication|new connection|no such user).*)$/s;

/** PgBouncer: `TIME [77] WARNING C-0x…: DATABASE/USER@192.0.2.1:4711 pooler error: password authentication failed`. */
function readBouncer(event: Event, text: string, context: ParseContext): boolean {
  const first = text.charCodeAt(0);
  if (!(first >= 48 && first <= 57) || !readIso(text, 0)) return false;
  const found = bouncer.exec(text.slice(stamp.end));
  if (found === null) return false;
  const [, pid, severity = '', database = '', user = '', endpoint = '', message = ''] = found;
  applyStamp(event, context);
  event.format = 'postgresql';
  event.program ??= 'pgbouncer';
  event.pid ??= Number(pid);
  event.level = severityWords[severity] ?? event.level;
  event.user = user === '(nouser)' ? null : user;
  event.fields.database = database;
  const peer = readEndpoint(endpoint);
  event.src_ip = peer.ip;
  event.src_port = peer.port;
  if (/authentication failed|no such user|password mismatch|wrong password/.test(message))
    return judge(event, 'sql.auth_failure', 'failure', 'medium');
  return judge(event, 'sql.connection', severity === 'LOG' ? 'unknown' : 'failure', 'info');
}

/** PostgreSQL's server log under any `log_line_prefix`, from files and from syslog (`[3-1] FATAL:  …`). */
export const postgresql = defineFormat({
  name: 'postgresql',
  description: 'PostgreSQL: refused and accepted logins, statements, errors, signs of SQL injection.',
  programs: ['postgres', 'postgresql', 'postmaster', 'pgbouncer'],
  leads: '9[FELWPDSHNC<pu',
  parse(event, text, context) {
    if (event.program === null && readCsvLine(event, text, context)) return true;
    if (readBouncer(event, text, context)) return true;
    const head = text.length > 400 ? text.slice(0, 400) : text;
    const found = severityPattern.exec(head);
    const framed = event.program !== null;
    if (found === null) {
      if (!framed) return false;
      event.format = 'postgresql';
      readInjection(event, head);
      return true;
    }
    const severity = found[1] ?? '';
    const prefix = head.slice(0, found.index);
    const message = text.slice(found.index + found[0].length);
    if (!framed) {
      // Two blanks behind the colon are PostgreSQL's own; a message of its own words stands in for them.
      if (!found[0].endsWith('  ') && !authentication.test(message) && !message.startsWith('no pg_hba.conf'))
        return false;
      let at = 0;
      let timed = false;
      while (at < prefix.length && at < 60) {
        if (readIso(text, at)) {
          timed = true;
          break;
        }
        at = prefix.indexOf(' ', at) + 1;
        if (at === 0) break;
      }
      if (!timed && prefix.trim() !== '' && !/\[\d+\]|@|=/.test(prefix)) return false;
      if (timed) applyStamp(event, context);
      readPrefix(event, timed ? `${text.slice(0, at)} ${prefix.slice(stamp.end)}` : prefix, message);
    } else readPrefix(event, prefix, message);
    event.format = 'postgresql';
    event.level = severityWords[severity] ?? event.level;
    event.program ??= 'postgres';
    readMessage(event, severity, message);
    if (event.event_type === 'sql.auth_failure' && loginSeverity(event.user) === 'medium') event.severity = 'medium';
    return true;
  },
});
