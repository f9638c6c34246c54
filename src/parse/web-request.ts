import type { Event } from '../model/index.ts';
import { attackKinds, attackSeverity } from './web-attack.ts';

/** What a web server, proxy or load balancer says about one request. Absent things are ''; status and bytes -1. */
export interface WebRequest {
  method: string;
  /** Path and query, as they stood in the request line. */
  target: string;
  version: string;
  status: number;
  bytes: number;
  referrer: string;
  agent: string;
  host: string;
}

/** Splits `GET /path HTTP/1.1`. A line that is no request (a TLS hello, a scanner's garbage) has no method. */
export function readRequestLine(line: string): Pick<WebRequest, 'method' | 'target' | 'version'> {
  const first = line.indexOf(' ');
  let last = line.lastIndexOf(' ');
  if (first > 0 && first < 20 && isMethod(line, first)) {
    let version = '';
    if (last > first && line.startsWith('HTTP/', last + 1)) version = line.slice(last + 6);
    else last = line.length;
    if (last === first) last = line.length;
    return { method: line.slice(0, first), target: line.slice(first + 1, last), version };
  }
  return { method: '', target: line, version: '' };
}

function isMethod(line: string, end: number): boolean {
  for (let i = 0; i < end; i += 1) {
    const code = line.charCodeAt(i);
    if (!(code >= 65 && code <= 90) && code !== 45 && code !== 95 && !(code >= 97 && code <= 122)) return false;
  }
  return true;
}

/** Fills the event from a request: `web.request`, or `web.attack` with the kinds in `fields.attack`. */
export function applyRequest(event: Event, request: WebRequest): void {
  const { fields } = event;
  const { target, status } = request;
  event.protocol = 'http';
  if (request.method !== '') fields.method = request.method;
  if (target !== '' && target !== '-') {
    const question = target.indexOf('?');
    fields.path = question < 0 ? target : target.slice(0, question);
    if (question >= 0) fields.query = target.slice(question + 1);
  }
  if (request.version !== '') fields.http_version = request.version;
  if (status >= 0) fields.status = status;
  if (request.bytes >= 0) fields.bytes = request.bytes;
  if (request.referrer !== '' && request.referrer !== '-') fields.referrer = request.referrer;
  if (request.agent !== '' && request.agent !== '-') fields.user_agent = request.agent;
  if (request.host !== '' && request.host !== '-') fields.vhost = request.host;

  event.outcome =
    status === 401 || status === 407
      ? 'failure'
      : status === 403 || status === 429 || status === 444
        ? 'denied'
        : status >= 400
          ? 'failure'
          : status >= 100
            ? 'success'
            : 'unknown';
  const kinds = attackKinds(target, request.agent, status);
  if (request.referrer.length > 1 && /\$\{|\(\)\s*\{|<script/i.test(request.referrer)) {
    kinds.push(...attackKinds(request.referrer, '', status).filter((kind) => kind !== 'lure' && !kinds.includes(kind)));
  }
  if (kinds.length > 0) {
    fields.attack = kinds;
    event.event_type = 'web.attack';
    event.severity = attackSeverity(kinds);
  } else {
    event.event_type = 'web.request';
    event.severity = status === 401 || status === 403 || status >= 500 ? 'low' : 'info';
  }
}
