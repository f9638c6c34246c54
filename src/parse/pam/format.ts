import type { Event } from '../../model/index.ts';
import { addressEnd, asAddress, readAddress } from '../address.ts';
import { defineFormat } from '../contract.ts';
import { lastOf, lastWord } from '../search.ts';
import { intern } from '../syslog/words.ts';
import { judge, loginSeverity } from '../verdict.ts';

/** Value of ` key=value` (value up to the next blank), '' where it is empty, null where the key is absent. */
function value(text: string, key: string): string | null {
  let at = lastOf(text, key);
  while (at > 0) {
    const before = text.charCodeAt(at - 1);
    if (before === 32 || before === 59 || before === 44) {
      const from = at + key.length;
      let end = text.indexOf(' ', from);
      if (end < 0) end = text.length;
      return text.slice(from, end);
    }
    at = text.lastIndexOf(key, at - 1);
  }
  return null;
}

/** An address in brackets, or a name. */
function takeHost(event: Event, host: string): void {
  const ip = asAddress(host);
  if (ip !== null) event.src_ip = ip;
  else event.fields.src_host = host;
}

/** Where the blank in front of the first `word` stands, or -1. */
function wordAt(text: string, word: string): number {
  let at = text.indexOf(word);
  while (at >= 0 && text.charCodeAt(at - 1) !== 32) at = text.indexOf(word, at + 1);
  return at - 1;
}

/**
 * Which ` rhost=` is PAM's own: the one right behind an empty `ruser=`; else the one between two copies of the same name, as
 * FTP servers and SASL give it; else the last.
 */
function remoteAt(text: string, from: number): number {
  if (text.startsWith(' rhost=', from)) return from;
  let last = -1;
  for (let at = text.indexOf(' rhost=', from); at >= 0; at = text.indexOf(' rhost=', at + 1)) {
    last = at;
    const end = text.indexOf(' ', at + 7);
    if (end < 0) break;
    const rest = text.slice(end).trim();
    if (rest.length === at - from + 5 && rest.startsWith('user=') && rest.endsWith(text.slice(from, at))) return at;
  }
  return last;
}

/** `… ruser=%s rhost=%s  user=%s`: the names in front and behind are the client's to choose and may hold ` rhost=…`. */
function takeRemote(event: Event, text: string): void {
  const ruserAt = wordAt(text, 'ruser=');
  const at = ruserAt < 0 ? lastWord(text, 'rhost=') : remoteAt(text, ruserAt + 7);
  if (at >= 0) {
    let end = text.indexOf(' ', at + 7);
    if (end < 0) end = text.length;
    const ip = readAddress(text, at + 7);
    if (ip !== null && addressEnd === end) event.src_ip = ip;
    else if (end > at + 7) takeHost(event, text.slice(at + 7, end));
    let userAt = end;
    while (text.charCodeAt(userAt) === 32) userAt += 1;
    if (text.startsWith('user=', userAt)) {
      const user = text.slice(userAt + 5).trimEnd();
      if (user !== '') event.user = user;
    }
    if (ruserAt >= 0 && ruserAt + 7 < at) event.fields.ruser = text.slice(ruserAt + 7, at);
  } else {
    const user = value(text, 'user=');
    if (user !== null && user !== '' && user !== 'unknown') event.user = user;
  }
  const tty = value(text, 'tty=');
  if (tty !== null && tty !== '') event.fields.tty = tty;
  // Services without a user of their own (FTP, SASL) pass the name on as the remote user.
  if (event.user === null && typeof event.fields.ruser === 'string') event.user = event.fields.ruser;
  // pam_krb5 and its like know the client by the name it logs in with only.
  if (event.user === null && (event.src_ip !== null || event.fields.src_host !== undefined)) {
    const name = /(?:^|[ ;])logname=([^\s=]+) /.exec(text)?.[1];
    if (name !== undefined && name !== 'LOGIN' && name !== 'unknown') event.user = name;
  }
}

/** `session opened for user ann(uid=1000) by root(uid=0)`. */
function readSession(event: Event, text: string): boolean {
  const opened = text.startsWith('opened for ', 8);
  if (!opened && !text.startsWith('closed for ', 8)) return false;
  const from = text.startsWith('user ', 19) ? 24 : text.startsWith('local user ', 19) ? 30 : -1;
  if (from < 0 || from >= text.length) return false;
  let end = text.indexOf(' ', from);
  let by = '';
  if (end < 0) end = text.length;
  else if (text.startsWith('by ', end + 1)) by = text.slice(end + 4).trimEnd();
  else if (text.trimEnd().length > end) return false;
  let userEnd = end;
  const uidAt = text.indexOf('(uid=', from);
  if (uidAt > from && uidAt < end && text.charCodeAt(end - 1) === 41) {
    const uid = readNumber(text, uidAt + 5, end - 1);
    if (uid !== null) {
      userEnd = uidAt;
      event.fields.uid = uid;
    }
  }
  if (userEnd === from) return false;
  if (by !== '') event.fields.by = by;
  event.user = text.slice(from, userEnd);
  return judge(event, opened ? 'session.opened' : 'session.closed', 'success', 'info');
}

function readNumber(text: string, from: number, to: number): number | null {
  if (to <= from) return null;
  let value = 0;
  for (let i = from; i < to; i += 1) {
    const code = text.charCodeAt(i) - 48;
    if (!(code >= 0 && code <= 9)) return null;
    value = value * 10 + code;
  }
  return value;
}

/** Groups of modules whose words differ: pam_unix, pam_sss, pam_winbind, pam_tally2, pam_faillock, pam_ldap, pam_krb5 … */
function readMessage(event: Event, module: string, text: string): boolean {
  if (text.startsWith('session ')) {
    return readSession(event, text);
  }
  if (text.startsWith('authentication failure; logname=')) {
    takeRemote(event, text);
    return judge(event, 'auth.failure', 'failure', loginSeverity(event.user));
  }
  if (/^(?:\d+ more )?authentication failures?[;:, ]/i.test(text) || /^authentication failure$/i.test(text)) {
    takeRemote(event, text);
    if (event.user === null) {
      const named = /^authentication failure(?:; | for )user[ =]?["']?([^\s"';]+)/i.exec(text);
      if (named !== null) event.user = named[1] ?? null;
    }
    const count = /^(\d+) more/.exec(text);
    if (count !== null) event.fields.count = Number(count[1]);
    return judge(event, 'auth.failure', 'failure', loginSeverity(event.user));
  }
  if (text.startsWith('check pass; user unknown') || text.startsWith('bad username [')) {
    // The failure itself follows in a line of its own, with the address.
    event.fields.invalid_user = true;
    return judge(event, 'auth.failure', 'failure', 'low');
  }
  if (text.startsWith('authentication success')) {
    takeRemote(event, text);
    return judge(event, 'auth.success', 'success', 'info');
  }
  if (text.startsWith("user '") || text.startsWith('user ') || text.startsWith('User ')) {
    const granted = /^[Uu]ser '?([^'\s]+)'? granted access/.exec(text);
    if (granted !== null) {
      event.user = granted[1] ?? null;
      return judge(event, 'auth.success', 'success', 'info');
    }
    const denied = /denied|not allowed|locked|tally \d+, deny/.test(text) ? /^[Uu]ser '?([^'\s(]+)/.exec(text) : null;
    if (denied !== null) {
      event.user = denied[1] ?? null;
      takeRemote(event, text);
      return judge(event, 'auth.failure', 'denied', loginSeverity(event.user));
    }
  }
  if (module === 'pam_faillock' || module.startsWith('pam_tally')) {
    const locked = /^(?:Consecutive login failures for user|user) (\S+)/i.exec(text);
    if (locked !== null) {
      event.user = locked[1] ?? null;
      return judge(event, 'auth.failure', 'denied', 'medium');
    }
  }
  const received =
    /^(?:received for user|request failed|failed auth for user|password expired for user) ?([^:\s]*):?/.exec(text);
  if (received !== null) {
    const name = received[1] ?? '';
    if (name !== '') event.user = name;
    return judge(event, 'auth.failure', 'failure', loginSeverity(event.user));
  }
  if (text.startsWith('password changed for ')) {
    event.user = text.slice(21).split(' ')[0] ?? null;
    return judge(event, 'account.changed', 'success', 'medium');
  }
  if (/^auth(?:entication)? could not identify password for \[/.test(text)) {
    const user = /\[([^\]]*)\]/.exec(text);
    event.user = user?.[1] ?? null;
    return judge(event, 'auth.failure', 'failure', loginSeverity(event.user));
  }
  // pam_access: `access denied for user `ann' from `192.0.2.1'`.
  const refused = /^access denied for user [`']?(.*?)['`]? from [`']?([^`'\s]+)['`]?$/.exec(text);
  if (refused !== null) {
    event.user = refused[1] || null;
    event.src_ip = asAddress(refused[2] ?? '');
    if (event.src_ip === null) event.fields.src_host = refused[2] ?? '';
    return judge(event, 'auth.failure', 'denied', loginSeverity(event.user));
  }
  const conversation = /^conversation failed$/.test(text);
  if (conversation) return judge(event, 'auth.error', 'failure', 'low');
  const noUser = /^(?:no such user|user not known)/i.test(text);
  if (noUser) return judge(event, 'auth.failure', 'failure', 'medium');
  return false;
}

/** `pam_unix(sshd:auth): `, taken apart. */
interface Front {
  module: string;
  service: string;
  step: string;
  length: number;
}

const fronts = new Map<string, Front | null>();
/** They come from outside. */
const mostFronts = 500;

/** Front of the message in the words of nearly all of PAM's lines; null where it is written in another way. */
function readFront(text: string): Front | null {
  if (!text.startsWith('pam_')) return null;
  const close = text.indexOf('): ', 4);
  if (close < 0 || close > 60) return null;
  const words = intern(text, 0, close + 3);
  let known = fronts.get(words);
  if (known === undefined) {
    const found = /^(pam_\w+)\(([\w-]*)(?::([\w-]*))?\): $/.exec(words);
    known =
      found === null
        ? null
        : { module: found[1] ?? '', service: found[2] ?? '', step: found[3] ?? '', length: words.length };
    if (fronts.size >= mostFronts) fronts.clear();
    fronts.set(words, known);
  }
  return known !== null && text.charCodeAt(known.length) !== 40 ? known : null;
}

/** Linux-PAM, in whatever program it runs: `pam_unix(sshd:auth): authentication failure; … rhost=… user=…`. */
export const pam = defineFormat({
  name: 'pam',
  description: 'PAM modules inside any program: failures, successes, sessions, lock-outs.',
  anyProgram: true,
  leads: 'pas(cbPAu123456789',
  parse(event, text) {
    const first = text.charCodeAt(0);
    const front = first === 112 ? readFront(text) : null;
    if (front !== null) {
      readMessage(event, front.module, text.slice(front.length));
      event.format = 'pam';
      event.fields.pam_module = front.module;
      if (front.service !== '') event.fields.pam_service = front.service;
      if (front.step !== '') event.fields.pam_type = front.step;
      return true;
    }
    if (
      (first === 112 && text.startsWith('pam_')) ||
      (first === 80 && text.startsWith('PAM-')) ||
      (first === 40 && text.startsWith('(pam_'))
    ) {
      const open = text.charCodeAt(0) === 40 ? 1 : 0;
      const found = /^\(?(pam_\w+|PAM-\w+)(?:\(([^():\s]*)(?::([\w-]*))?\)|\)|\[\d+\])?:? /.exec(text.slice(0, 100));
      if (found === null) return false;
      const module = found[1] ?? '';
      let from = found[0].length;
      if (text.charCodeAt(from) === 40 && open === 1) from += 1;
      const service = found[2] ?? '';
      const step = found[3] ?? '';
      const body = text.slice(from);
      // Notices of modules that judge nobody (`pam_limits`, `pam_env`, …) keep the level's verdict.
      readMessage(event, module, body.startsWith('(') ? body.slice(body.indexOf(') ') + 2) : body);
      event.format = 'pam';
      event.fields.pam_module = module;
      if (service !== '') event.fields.pam_service = service;
      if (step !== '') event.fields.pam_type = step;
      return true;
    }
    // The old way: `sshd(pam_unix)[123]: authentication failure; …` and programs that repeat PAM's text.
    const inProgram = event.program?.includes('(pam_') === true;
    if (!inProgram && (first === 65 || first === 99 || !/^(?:\d+ more )?authentication failures?; logname=/.test(text)))
      return false;
    const short = inProgram ? event.program?.slice(event.program.indexOf('(') + 1, -1) : undefined;
    if (!readMessage(event, short ?? 'pam_unix', text)) return false;
    event.format = 'pam';
    if (short !== undefined) event.fields.pam_module = short;
    return true;
  },
});
