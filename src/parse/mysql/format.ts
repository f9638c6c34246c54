import type { Event } from '../../model/index.ts';
import { asAddress } from '../address.ts';
import { defineFormat } from '../contract.ts';
import { loginVerdict, takeClient, userOf } from '../sentence.ts';
import { injectionSigns, readInjection } from '../sql-injection.ts';
import { applyStamp } from '../time/apply.ts';
import { readIso } from '../time/iso.ts';
import { readClock, stamp } from '../time/stamp.ts';
import { judge, levelOf } from '../verdict.ts';

function takeHost(event: Event, host: string): void {
  const ip = asAddress(host);
  if (ip !== null) event.src_ip = ip;
  else if (host !== '') event.fields.src_host = host;
}

const denied = /Access denied for user '(.*)'@'([^']*)'/;

function readMessage(event: Event, message: string): boolean {
  let found = denied.exec(message);
  if (found !== null) {
    event.user = found[1] || null;
    takeHost(event, found[2] ?? '');
    const database = / to database '([^']*)'/.exec(message);
    if (database !== null) event.fields.database = database[1] ?? '';
    return judge(event, 'sql.auth_failure', database === null ? 'failure' : 'denied', 'medium');
  }
  found = /^Host '([^']*)' is (?:not allowed to connect|blocked)/.exec(message);
  if (found !== null) {
    takeHost(event, found[1] ?? '');
    return judge(event, 'sql.auth_failure', 'denied', 'medium');
  }
  found = /^Aborted connection (\d+) to db: '([^']*)' user: '([^']*)' host: '([^']*)'/.exec(message);
  if (found !== null) {
    if (found[3] !== 'unauthenticated') event.user = found[3] ?? null;
    if (found[2] !== 'unconnected') event.fields.database = found[2] ?? '';
    takeHost(event, found[4] ?? '');
    return judge(event, 'sql.connection', found[3] === 'unauthenticated' ? 'failure' : 'unknown', 'low');
  }
  // The words of forks and proxies.
  if (loginVerdict(message) === 'failure') {
    event.user = userOf(message) ?? /\bdenied for (\S+)/.exec(message)?.[1] ?? null;
    takeClient(event, message);
    return judge(event, 'sql.auth_failure', 'failure', 'medium');
  }
  // A client whose name server says something odd.
  const resolved = /^IP address '([^']*)' (?:could not be|has been) resolved/.exec(message);
  if (resolved !== null) {
    takeHost(event, resolved[1] ?? '');
    return judge(event, 'sql.connection', 'unknown', 'info');
  }
  if (/ready for connections/.test(message)) return judge(event, 'service.started', 'success', 'info');
  if (/Shutdown complete|Normal shutdown/.test(message)) return judge(event, 'service.stopped', 'success', 'info');
  if (
    /^(?:Can't start server|Aborting|.*mysqld got signal|Unable to lock|Plugin 'InnoDB' init function returned error)/.test(
      message,
    )
  ) {
    return judge(event, 'service.failed', 'failure', 'high');
  }
  return false;
}

/** One command of the general query log. */
function readCommand(event: Event, command: string, argument: string): void {
  if (command === 'Connect') {
    if (readMessage(event, argument)) return;
    const found = /^(\S*)@([^\s@]+)(?: as \S*)? on ?(\S*)(?: using (\S+))?/.exec(argument);
    if (found !== null) {
      event.user = found[1] || null;
      takeHost(event, found[2] ?? '');
      if (found[3]) event.fields.database = found[3];
    }
    judge(event, 'sql.connection', 'unknown', 'info');
    return;
  }
  if (command === 'Query' || command === 'Execute' || command === 'Prepare') {
    event.fields.statement = argument;
    const signs = injectionSigns(argument);
    if (signs.length > 0) {
      event.fields.attack = signs;
      judge(event, 'sql.injection', 'unknown', 'high');
    } else judge(event, 'sql.statement', 'unknown', 'info');
    return;
  }
  judge(event, 'sql.connection', 'unknown', 'info');
}

const generalLog =
  /^\s*(\d+) (Connect|Query|Quit|Init DB|Execute|Prepare|Close stmt|Field List|Change user|Statistics|Ping|Refresh|Shutdown|Kill|Reset stmt|Fetch|Binlog Dump)(?:\t(.*)|\s*$)/s;
const serverLine = /^\s*(?:(\d+) )?\[(\w+)\] (?:\[[\w-]+\] )?(?:\[\w+\] )?/;

/** MySQL and MariaDB: error log of every version, general query log, and the same through syslog. */
export const mysql = defineFormat({
  name: 'mysql',
  description:
    'MySQL and MariaDB: refused logins, aborted connections, logged statements, errors, signs of SQL injection.',
  programs: ['mysqld', 'mariadbd', 'mysql', 'mariadb', 'mysqld_safe', 'mysqld-auth'],
  leads: '9\t A[',
  parse(event, text, context) {
    let at = 0;
    let timed = false;
    const framed = event.program !== null;
    if (text.charCodeAt(0) === 91 && !text.includes('Access denied for user ')) return false;
    if (readIso(text, 0)) {
      at = stamp.end;
      timed = true;
    } else if (/^\d{6} {1,2}\d{1,2}:\d\d:\d\d/.test(text)) {
      // `230312 10:17:27`: the two-digit year of MySQL 5.5 and MariaDB's general log.
      const clock = readClock(text, text.charCodeAt(7) === 32 ? 8 : 7);
      if (clock >= 0) {
        const end = stamp.end;
        const day = `20${text.slice(0, 2)}-${text.slice(2, 4)}-${text.slice(4, 6)}T00:00:00`;
        if (readIso(day, 0)) {
          stamp.local += clock;
          stamp.end = end;
          at = end;
          timed = true;
        }
      }
    }
    const general = generalLog.exec(text.slice(at, at + 60));
    if (general !== null && (timed || text.charCodeAt(0) === 9 || text.charCodeAt(0) === 32)) {
      if (timed) applyStamp(event, context);
      event.format = 'mysql';
      event.program ??= 'mysqld';
      event.fields.connection = Number(general[1]);
      const argumentAt = text.indexOf('\t', at + general[0].indexOf(general[2] ?? ''));
      readCommand(event, general[2] ?? '', argumentAt < 0 ? '' : text.slice(argumentAt + 1));
      return true;
    }
    const server = serverLine.exec(text.slice(at, at + 120));
    const level = server === null ? null : levelOf(server[2] === 'System' ? 'info' : (server[2] ?? ''));
    const message = server === null ? text.slice(at).trimStart() : text.slice(at + server[0].length);
    const isDenied = denied.test(message);
    if (!framed && !isDenied) {
      if (!timed || server === null || level === null) return false;
      if (
        server[1] === undefined &&
        !/^(?:InnoDB|mysqld|mariadbd|Plugin|Server|Host '|Aborted connection|Aborting|Can't start|\/\S*(?:mysqld|mariadbd))/.test(
          message,
        )
      )
        return false;
    }
    if (
      !framed &&
      isDenied &&
      !/^(?:\s|\[\w+\] |\d+ |Access denied|Connect)*$/.test(
        text.slice(at, text.indexOf('Access denied', at) >= 0 ? text.indexOf('Access denied', at) : at),
      ) &&
      server === null
    ) {
      return false;
    }
    if (timed) applyStamp(event, context);
    event.format = 'mysql';
    if (level !== null) event.level = level;
    event.program ??= 'mysqld';
    if (readMessage(event, message)) return true;
    if (level === 'error' || level === 'critical') judge(event, 'sql.error', 'failure', 'medium');
    // The server's own messages quote statements of replication.
    else if (server === null) readInjection(event, message);
    return true;
  },
});
