import type { Event } from '../../model/index.ts';
import { readEndpoint } from '../address.ts';
import type { ParseContext } from '../contract.ts';
import { defineFormat } from '../contract.ts';
import { applyStamp } from '../time/apply.ts';
import { readClf, readDayFirst } from '../time/day-first.ts';
import { readIso } from '../time/iso.ts';
import { stamp } from '../time/stamp.ts';
import { applyRequest, readRequestLine } from '../web-request.ts';
import { readW3c } from './w3c.ts';

/** Index of the quote that closes the text whose opening quote is before `from`; a backslash escapes one. -1: none. */
function closingQuote(text: string, from: number): number {
  let at = text.indexOf('"', from);
  while (at > 0) {
    let slashes = 0;
    while (text.charCodeAt(at - 1 - slashes) === 92) slashes += 1;
    if (slashes % 2 === 0) return at;
    at = text.indexOf('"', at + 1);
  }
  return at;
}

/** The request's closing quote: the first unescaped one that a status code follows. Some servers do not escape quotes. */
function requestEnd(text: string, from: number): number {
  let at = closingQuote(text, from);
  for (let tries = 0; at >= 0 && tries < 20; tries += 1) {
    const status = text.charCodeAt(at + 2);
    if (text.charCodeAt(at + 1) === 32 && ((status >= 48 && status <= 57) || status === 45)) return at;
    at = closingQuote(text, at + 1);
  }
  return -1;
}

/** The quoted text at `at` (a quote), or '' . `quoteEnd` is behind it. */
let quoteEnd = 0;
function quotedAt(text: string, at: number): string {
  if (text.charCodeAt(at) !== 34) return '';
  const end = closingQuote(text, at + 1);
  if (end < 0) {
    quoteEnd = text.length;
    return text.slice(at + 1);
  }
  quoteEnd = end + 1;
  return text.slice(at + 1, end);
}

function numberAt(text: string, from: number, to: number): number {
  let value = 0;
  if (to === from) return -1;
  for (let i = from; i < to; i += 1) {
    const code = text.charCodeAt(i) - 48;
    if (!(code >= 0 && code <= 9)) return -1;
    value = value * 10 + code;
  }
  return value;
}

/** `[vhost[:port]] CLIENT IDENT USER [TIME] …`: the client is the first address. Returns false where there is none. */
function readFront(event: Event, text: string, end: number): boolean {
  let at = 0;
  while (text.charCodeAt(at) === 32) at += 1;
  let wordEnd = text.indexOf(' ', at);
  if (wordEnd < 0 || wordEnd > end) return false;
  const word = text.slice(at, wordEnd);
  let peer = readEndpoint(word);
  let vhost = '';
  // `203.0.113.9, 10.0.0.5 - - […`: forwarded, the client first.
  if (peer.ip === null && word.endsWith(',')) {
    peer = readEndpoint(word.slice(0, -1));
    if (peer.ip !== null) {
      const chainEnd = text.indexOf(' - ', wordEnd);
      if (chainEnd > 0 && chainEnd < end) wordEnd = chainEnd;
    }
  }
  const nextEnd = text.indexOf(' ', wordEnd + 1);
  // A second address in front of ` - ` is the client, and the first the virtual host.
  const isPair = peer.ip !== null && nextEnd > 0 && nextEnd < end && text.startsWith(' - ', nextEnd);
  if (peer.ip === null || isPair) {
    const next = nextEnd < 0 || nextEnd > end ? null : readEndpoint(text.slice(wordEnd + 1, nextEnd).replace(/,$/, ''));
    if (next !== null && next.ip !== null) {
      peer = next;
      vhost = word;
      wordEnd = nextEnd;
    } else if (isPair) {
      // `CLIENT IDENT - […`.
    } else if (text.startsWith(' - ', wordEnd)) {
      // HostnameLookups on: a name instead of an address.
      event.fields.src_host = word;
    } else return false;
  }
  event.src_ip = peer.ip;
  event.src_port = peer.port;
  if (vhost !== '') event.fields.vhost = vhost;
  // IDENT is one word; all behind it is the user, who may have blanks in his name.
  const identEnd = text.indexOf(' ', wordEnd + 1);
  if (identEnd > 0 && identEnd < end) {
    const user = text.slice(identEnd + 1, end).trim();
    if (user !== '' && user !== '-' && user !== '""' && !user.startsWith('- ')) event.user = user;
  }
  return true;
}

function readLine(event: Event, text: string, context: ParseContext): boolean {
  if (event.program === null && text.charCodeAt(4) === 45 && readW3c(event, text, context)) return true;
  let bracket = text.indexOf(' [');
  if (bracket < 0 || bracket > 400) return false;
  // A user name may hold ` [`: the time is the bracket that a date follows.
  let timed = false;
  for (let tries = 0; tries < 4 && bracket >= 0; tries += 1) {
    timed = readClf(text, bracket + 2) || readIso(text, bracket + 2) || readDayFirst(text, bracket + 2);
    if (timed) break;
    bracket = text.indexOf(' [', bracket + 2);
  }
  if (!timed) return false;
  const close = text.indexOf(']', stamp.end);
  if (close < 0 || close - stamp.end > 8) return false;
  const quote = text.indexOf('"', close);
  if (quote < 0 || quote - close > 120) return false;
  const end = requestEnd(text, quote + 1);
  if (end < 0) return false;
  const { end: stampEnd } = stamp;
  if (!readFront(event, text, bracket)) return false;
  stamp.end = stampEnd;
  applyStamp(event, context);

  const between = text.slice(close + 1, quote).trim();
  let at = end + 2;
  let wordEnd = text.indexOf(' ', at);
  if (wordEnd < 0) wordEnd = text.length;
  const status = numberAt(text, at, wordEnd);
  at = wordEnd + 1;
  wordEnd = text.indexOf(' ', at);
  if (wordEnd < 0) wordEnd = text.length;
  const bytes = at < text.length ? numberAt(text, at, wordEnd) : -1;
  let referrer = '';
  let agent = '';
  if (text.charCodeAt(wordEnd + 1) === 34) {
    referrer = quotedAt(text, wordEnd + 1);
    if (text.charCodeAt(quoteEnd + 1) === 34) agent = quotedAt(text, quoteEnd + 1);
  }
  const line = readRequestLine(text.slice(quote + 1, end));
  const host = between !== '' && !between.includes(' ') ? between : '';
  applyRequest(event, { ...line, status: status > 999 ? -1 : status, bytes, referrer, agent, host });
  event.format = 'web-access';
  return true;
}

/** Access logs of nginx, Apache, lighttpd, Caddy (common format), Traefik, …: common and combined, with or without a virtual host. */
export const webAccess = defineFormat({
  name: 'web-access',
  description:
    'Access logs of nginx, Apache and others in the common, combined or W3C format; attacks in requests are named.',
  programs: ['nginx', 'apache', 'apache2', 'httpd', 'lighttpd', 'traefik', 'varnishncsa', 'litespeed'],
  anyProgram: true,
  leads: '9aAZz:[-',
  parse: readLine,
});
