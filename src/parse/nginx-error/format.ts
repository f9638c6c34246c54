import type { Event, Level } from '../../model/index.ts';
import { addressEnd, readAddress, readPort } from '../address.ts';
import { defineFormat } from '../contract.ts';
import { applyStamp } from '../time/apply.ts';
import { readIso } from '../time/iso.ts';
import { stamp } from '../time/stamp.ts';
import { judge, judgeByLevel, levelOf, loginSeverity } from '../verdict.ts';
import { attackKinds, attackSeverity } from '../web-attack.ts';
import { readRequestLine } from '../web-request.ts';

/** nginx appends its own account of the connection: `, client: …, server: …, request: "…", upstream: "…", host: "…"`. */
function takeTail(event: Event, text: string): number {
  // The message may quote what a client sent, so the last `, client: ` is nginx's own.
  const at = text.lastIndexOf(', client: ');
  if (at < 0) {
    const early = text.indexOf('client ');
    if (early >= 0) event.src_ip = readAddress(text, early + 7);
    return text.length;
  }
  const ip = readAddress(text, at + 10);
  if (ip !== null) {
    event.src_ip = ip;
    if (text.charCodeAt(addressEnd) === 58) event.src_port = readPort(text, addressEnd + 1);
  }
  const server = text.indexOf(', server: ', at);
  if (server > 0) {
    let end = text.indexOf(', ', server + 10);
    if (end < 0) end = text.length;
    const name = text.slice(server + 10, end);
    if (name !== '') event.fields.vhost = name;
  }
  return at;
}

function takeRequest(event: Event, text: string, tail: number): void {
  const at = text.indexOf(', request: "', tail);
  if (at < 0) return;
  let end = text.indexOf('", ', at + 12);
  if (end < 0) end = text.endsWith('"') ? text.length - 1 : text.length;
  const { method, target } = readRequestLine(text.slice(at + 12, end));
  if (method !== '') event.fields.method = method;
  const question = target.indexOf('?');
  event.fields.path = question < 0 ? target : target.slice(0, question);
  if (question >= 0) event.fields.query = target.slice(question + 1);
}

function requestTarget(event: Event): string {
  const { path, query } = event.fields;
  return typeof query === 'string' ? `${String(path)}?${query}` : typeof path === 'string' ? path : '';
}

/** `2026/11/20 20:20:05 [error] 26589#26589: *1124 user "admin": password mismatch, client: 203.0.113.86, server: , request: "…"`. */
export const nginxError = defineFormat({
  name: 'nginx-error',
  description:
    'nginx error log: wrong passwords of basic authentication, forbidden and limited requests, missing files, upstream errors.',
  programs: ['nginx'],
  leads: '9',
  parse(event, text, context) {
    let at = 0;
    const first = text.charCodeAt(0);
    const dated = first >= 48 && first <= 57 && text.charCodeAt(4) === 47 && readIso(text, 0);
    if (dated) at = stamp.end + 1;
    if (text.charCodeAt(at) !== 91) return false;
    const close = text.indexOf('] ', at);
    if (close < 0 || close - at > 12) return false;
    const level: Level | null = levelOf(text.slice(at + 1, close));
    if (level === null) return false;
    // `PID#TID: *CONNECTION message`
    let from = close + 2;
    const hash = text.indexOf('#', from);
    const colon = text.indexOf(': ', from);
    if (hash < 0 || colon < 0 || hash > colon || colon - from > 24) return false;
    if (dated) applyStamp(event, context);
    event.pid = readPort(text, from) ?? event.pid;
    from = colon + 2;
    if (text.charCodeAt(from) === 42) {
      const space = text.indexOf(' ', from);
      if (space > 0) from = space + 1;
    }
    event.format = 'nginx-error';
    event.level = level;
    event.protocol = 'http';
    event.program ??= 'nginx';
    const tail = takeTail(event, text);
    takeRequest(event, text, tail);
    const message = text.slice(from, tail);
    event.fields.error = message.length > 500 ? message.slice(0, 500) : message;
    const user = /^user "(.*)"(?:: password mismatch| was not found in ")/s.exec(message);
    if (user !== null) {
      if (user[1] !== '') event.user = user[1] ?? null;
      return judge(event, 'auth.failure', 'failure', loginSeverity(event.user));
    }
    const refused =
      /^PAM: user '(.*)' - not authenticated|^(?:http_auth_ldap: .*|ldap: .*)[Ii]nvalid credentials/s.exec(message);
    if (refused !== null) {
      if (refused[1]) event.user = refused[1];
      return judge(event, 'auth.failure', 'failure', loginSeverity(event.user));
    }
    if (/^(?:no user\/password was provided|invalid (?:user|password))/.test(message)) {
      return judge(event, 'web.error', 'failure', 'info');
    }
    const target = requestTarget(event);
    const kinds = target === '' ? [] : attackKinds(target, '', message.includes('(2: No such file') ? 404 : 0);
    if (/^access forbidden by rule/.test(message) || message.includes('is forbidden')) {
      judge(event, 'web.error', 'denied', 'low');
    } else if (/^(?:limiting (?:requests|connections)|delaying request)/.test(message)) {
      judge(event, 'web.error', 'denied', 'medium');
    } else if (/^client sent (?:invalid|too|plain|HTTP\/1\.1 request without)/.test(message)) {
      judge(event, 'web.error', 'failure', 'low');
    } else if (message.includes('ModSecurity: ')) {
      judge(event, 'web.attack', 'denied', 'high');
      if (kinds.length > 0) event.fields.attack = kinds;
      return true;
    } else if (
      /PHP message: .*(?:[Ff]ailed login|authentication failure|[Ll]ogin failed) (?:for|of)? ?(?:user )?["']?([^\s"']+)/.test(
        message,
      )
    ) {
      const name = /(?:[Ff]ailed login|[Ll]ogin failed) (?:for|of) (?:user )?["']?([^\s"']+)/.exec(message);
      if (name !== null) event.user = name[1] ?? null;
      return judge(event, 'auth.failure', 'failure', loginSeverity(event.user));
    } else {
      judgeByLevel(event);
      if (event.event_type === 'system.error' || event.event_type === 'system.warning') event.event_type = 'web.error';
      if (event.src_ip !== null && event.severity === 'medium') event.severity = 'low';
      if (message.includes('failed (') || message.includes('is not found')) event.outcome = 'failure';
    }
    if (kinds.length > 0) {
      event.fields.attack = kinds;
      return judge(event, 'web.attack', event.outcome === 'unknown' ? 'failure' : event.outcome, attackSeverity(kinds));
    }
    return true;
  },
});
