import type { Event } from '../../model/index.ts';
import { asAddress, numberEnd, readEndpoint, readPort } from '../address.ts';
import { defineFormat } from '../contract.ts';
import { applyStamp } from '../time/apply.ts';
import { readIso } from '../time/iso.ts';
import { readCtime } from '../time/month-first.ts';
import { stamp } from '../time/stamp.ts';
import { judge, judgeByLevel, levelOf, loginSeverity } from '../verdict.ts';
import { attackKinds, attackSeverity } from '../web-attack.ts';

/** Apache 2.4 always writes a port, behind IPv6 addresses too and without brackets: `2001:db8::9:51386`. */
function readClient(text: string, isVersion24: boolean): { ip: string | null; port: number | null } {
  const colon = text.lastIndexOf(':');
  if (text.charCodeAt(0) !== 91 && colon !== text.indexOf(':')) {
    const ip = asAddress(text.slice(0, colon));
    const port = readPort(text, colon + 1);
    if (ip !== null && port !== null && numberEnd === text.length && (isVersion24 || asAddress(text) === null))
      return { ip, port };
  }
  return readEndpoint(text);
}

/** `[module:level]`, `[level]`, `[pid 1:tid 2]`, `[client 192.0.2.1:4711]` in front of the message. Returns where it begins. */
function readBrackets(event: Event, text: string, from: number): number {
  let at = from;
  for (let count = 0; count < 8 && text.charCodeAt(at) === 91; count += 1) {
    const close = text.indexOf('] ', at);
    const end = close < 0 ? text.lastIndexOf(']') : close;
    if (end < at || end - at > 200) break;
    const inside = text.slice(at + 1, end);
    if (inside.startsWith('client ') || inside.startsWith('remote ')) {
      const peer = readClient(inside.slice(7).replace(/^["']|["']$/g, ''), event.fields.module !== undefined);
      if (event.src_ip === null) {
        event.src_ip = peer.ip;
        event.src_port = peer.port;
      }
      if (peer.ip === null) event.fields.src_host = inside.slice(7);
    } else if (inside.startsWith('pid ')) {
      const pid = Number.parseInt(inside.slice(4), 10);
      if (pid >= 0 && event.pid === null) event.pid = pid;
    } else if (inside.startsWith('file ') || inside.startsWith('id ') || inside.startsWith('line ')) {
      break;
    } else {
      const colon = inside.lastIndexOf(':');
      const level = levelOf(colon < 0 ? inside : inside.slice(colon + 1).replace(/\d$/, ''));
      if (level === null) {
        if (event.src_ip !== null) break;
      } else if (event.level === null || event.src_ip === null) {
        event.level = level;
        if (colon > 0) event.fields.module = inside.slice(0, colon);
      }
    }
    at = end + 2;
    // `(13)Permission denied: [client 192.0.2.1:4711] AH…`: the system's words stand in between.
    if (text.charCodeAt(at) === 40 && event.src_ip === null) {
      const client = /^\(\d{1,6}\)[^[\]]{1,120}: (?=\[(?:client|remote) )/.exec(text.slice(at, at + 140));
      if (client !== null) at += client[0].length;
    }
  }
  return at;
}

/** Modules' message numbers whose meaning is a refused login: mod_auth_basic, mod_auth_digest, mod_authz_core, mod_authnz_ldap. */
const failureCodes = new Set([
  'AH01614',
  'AH01617',
  'AH01618',
  'AH01694',
  'AH01695',
  'AH01774',
  'AH01775',
  'AH01777',
  'AH01779',
  'AH01780',
  'AH01782',
  'AH01786',
  'AH01788',
  'AH01789',
  'AH01790',
  'AH01791',
  'AH01792',
  'AH01793',
  'AH01794',
]);

function readMessage(event: Event, message: string): boolean {
  const code = /^AH\d{5}/.exec(message)?.[0] ?? '';
  if (code !== '') event.fields.code = code;
  const body = code === '' ? message : message.slice(code.length + 2);
  // The name is what the client sent: it ends at the last of the words that Apache puts behind it.
  const refused =
    /^(?:Digest: )?user [`'"]?(.*?)['"]?:? (?:in realm [`'"].*['"] )?(?:authentication failure|authorization failure|not found|denied by provider|password mismatch|access to .* failed|user not found|nonce|auth_ldap authenticate)/s.exec(
      body,
    );
  if (refused !== null) {
    const user = withoutTail(refused[1] ?? '').trim();
    if (user !== '') event.user = user;
    const denied = body.includes('authorization failure') || body.includes('access to ');
    return judge(
      event,
      'auth.failure',
      denied ? 'denied' : 'failure',
      loginSeverity(event.user, body.includes('not found')),
    );
  }
  // mod_authnz_ldap, and Apache 2.2's words for a user who may not go there.
  const named =
    /(?:^|\] )auth_ldap auth(?:enticate|orize): user (.*?) auth(?:entication|orization) failed/.exec(body) ??
    /^Authorization of user (.*) to access \S* failed, reason:/.exec(body) ??
    /^access to \S* failed(?: for [^,]*)?, reason: user [`'"]?(.*?)['"]? (?:does not|not |is not)/.exec(body);
  if (named !== null) {
    if (named[1] !== '') event.user = named[1] ?? null;
    return judge(event, 'auth.failure', body.includes(', reason:') ? 'denied' : 'failure', loginSeverity(event.user));
  }
  if (
    /^(?:client used wrong authentication scheme|Digest: |unknown algorithm|invalid nonce|realm mismatch|nonce )/.test(
      body,
    )
  ) {
    return judge(
      event,
      code === 'AH01776' || body.includes('invalid nonce') || body.includes('nonce expired')
        ? 'auth.error'
        : 'auth.failure',
      'failure',
      'low',
    );
  }
  if (failureCodes.has(code)) return judge(event, 'auth.failure', 'failure', 'low');
  if (/^client denied by server configuration/.test(body)) {
    const target = /: (\S+)/.exec(body)?.[1] ?? '';
    event.fields.path = target;
    return judge(event, 'web.error', 'denied', 'low');
  }
  if (body.includes('ModSecurity: ') || body.startsWith('ModSecurity')) return readModSecurity(event, body);
  const failed =
    /\b(?:user|User) (\S+) (?:authentication failure|login failed)|(?:[Ff]ailed login|[Ll]ogin (?:denied|failed))(?: attempt)? (?:for|of|by) (?:user )?["']?([^\s"'\]]+)/.exec(
      body,
    );
  if (failed !== null) {
    const user = failed[1] ?? failed[2] ?? '';
    if (user !== '' && !user.startsWith('(')) event.user = user;
    return judge(event, 'auth.failure', 'failure', loginSeverity(event.user));
  }
  const path =
    /(?:File does not exist|script not found or unable to stat|script '([^']+)' not found|Invalid URI in request|invalid URI path|Primary script unknown|Cannot (?:serve|map)|Attempt to serve directory|Directory index forbidden by rule|request failed|Invalid method in request|error importing function definition|Invalid Content-Length|URI too long|The URI|Premature end|no acceptable variant)[: (]*([^\s)]*)/.exec(
      body,
    );
  if (path !== null) {
    const target = path[1] ?? path[2] ?? '';
    if (target.startsWith('/')) event.fields.path = target;
    const kinds = attackKinds(body.slice(path.index), '', 404);
    if (/^(?:Invalid URI|invalid URI|error importing function)/.test(path[0]) && kinds.length === 0)
      kinds.push(path[0].startsWith('error') ? 'rce' : 'traversal');
    if (kinds.length > 0) {
      event.fields.attack = kinds;
      return judge(event, 'web.attack', 'failure', attackSeverity(kinds));
    }
    return judge(event, 'web.error', body.includes('forbidden') ? 'denied' : 'failure', 'low');
  }
  judgeByLevel(event);
  if (event.event_type === 'system.error' || event.event_type === 'system.warning') event.event_type = 'web.error';
  if (event.src_ip !== null && event.severity === 'medium') event.severity = 'low';
  return true;
}

function readModSecurity(event: Event, body: string): true {
  for (const key of ['id', 'msg', 'severity', 'uri', 'hostname'] as const) {
    const at = body.indexOf(`[${key} "`);
    if (at < 0) continue;
    const end = body.indexOf('"]', at);
    if (end > 0) event.fields[key === 'id' ? 'rule_id' : key] = body.slice(at + key.length + 3, end);
  }
  return judge(event, 'web.attack', /Access denied|intercepted/i.test(body) ? 'denied' : 'unknown', 'high');
}

/** `[Sat Jul 20 21:37:32.266605 2013] [auth_basic:error] [pid 1:tid 2] [client 192.0.2.1:51386] AH01618: user … not found: /path`. */
export const apacheError = defineFormat({
  name: 'apache-error',
  description: 'Apache error log: refused logins, denied and malformed requests, ModSecurity.',
  programs: ['apache', 'apache2', 'httpd'],
  anyProgram: true,
  leads: '[9',
  parse(event, text, context) {
    let at = 0;
    if (text.charCodeAt(0) === 91) {
      if (readCtime(text, 1) || readIso(text, 1)) {
        if (text.charCodeAt(stamp.end) !== 93) return false;
        at = stamp.end + 2;
        if (
          text.charCodeAt(at) !== 91 ||
          !/^\[(?:[\w.-]*:)?(?:emerg|alert|crit|error|warn|notice|info|debug|trace\d)\] |^\[client /.test(
            text.slice(at, at + 60),
          )
        )
          return false;
        applyStamp(event, context);
      } else if (!/^\[(?:\w*:)?(?:error|notice|warn|info|crit|alert|debug)\] \[(?:pid|client) /.test(text))
        return false;
    } else if (!event.program || !/^(?:httpd|apache)/.test(event.program) || !/^AH\d{5}: /.test(text)) return false;
    const from = readBrackets(event, text, at);
    event.format = 'apache-error';
    event.protocol = 'http';
    readMessage(event, text.slice(from));
    return true;
  },
});

/** The text without colons and quotes at its end; an expression would look at every run of them from each of its places. */
function withoutTail(text: string): string {
  let end = text.length;
  while (end > 0 && `:'"`.includes(text[end - 1] as string)) end -= 1;
  return text.slice(0, end);
}
