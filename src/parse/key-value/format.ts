import type { FieldValue } from '../../model/index.ts';
import { clientOf } from '../client.ts';
import { defineFormat } from '../contract.ts';
import { loginVerdict, readLogin, takeClient } from '../sentence.ts';
import { readStructured } from '../structured.ts';
import { takeTime } from '../time/any.ts';

const maximumPairs = 200;

function isKey(code: number): boolean {
  return (
    (code >= 48 && code <= 57) ||
    (code >= 65 && code <= 90) ||
    (code >= 97 && code <= 122) ||
    code === 95 ||
    code === 45 ||
    code === 46 ||
    code === 64
  );
}

/** Pairs of the text and how many words are no part of one. */
let loose = 0;

/** `key=value key="quoted \"value\"" key='value'`, separated by blanks, commas or semicolons. */
function readPairs(text: string): Record<string, FieldValue> | null {
  const pairs: Record<string, FieldValue> = {};
  let count = 0;
  loose = 0;
  let at = 0;
  while (at < text.length && count < maximumPairs) {
    const code = text.charCodeAt(at);
    if (code === 32 || code === 44 || code === 59 || code === 9 || code === 124) {
      at += 1;
      continue;
    }
    const from = at;
    while (at < text.length && isKey(text.charCodeAt(at))) at += 1;
    if (at === from || text.charCodeAt(at) !== 61 || at - from > 64) {
      while (at < text.length && text.charCodeAt(at) !== 32 && text.charCodeAt(at) !== 9) at += 1;
      loose += 1;
      continue;
    }
    const key = text.slice(from, at);
    at += 1;
    const quote = text.charCodeAt(at);
    let value: string;
    if (quote === 34 || quote === 39) {
      let end = at + 1;
      while (end < text.length && text.charCodeAt(end) !== quote) end += text.charCodeAt(end) === 92 ? 2 : 1;
      value = text.slice(at + 1, Math.min(end, text.length));
      if (value.indexOf('\\') >= 0) value = value.replace(/\\(["'\\])/g, '$1');
      at = end + 1;
    } else {
      const start = at;
      while (at < text.length) {
        const next = text.charCodeAt(at);
        if (next === 32 || next === 9 || next === 59) break;
        // A comma ends a value only where another key follows.
        if (next === 44) {
          const behind = text.charCodeAt(at + 1);
          if (behind === 32 || isKey(behind)) break;
        }
        at += 1;
      }
      value = text.slice(start, at);
    }
    if (key !== '__proto__') pairs[key] = value;
    count += 1;
  }
  return count === 0 ? null : pairs;
}

/** logfmt, Fortinet, SonicWall and everything else that is written as key=value. */
export const keyValue = defineFormat({
  name: 'key-value',
  description: 'key=value lines: logfmt, Fortinet, SonicWall and other appliances and programs.',
  anyProgram: true,
  leads: 'aAzZ9<[_"@',
  parse(event, text, context) {
    const equals = text.indexOf('=');
    if (equals < 1 || text.indexOf('=', equals + 1) < 0) return false;
    let at = 0;
    const hadTime = event.has_time;
    const before = { time: event.time, zone: event.zone_minutes };
    const first = text.charCodeAt(0);
    if (!hadTime && first >= 48 && first <= 57) {
      const end = takeTime(event, text, 0, context);
      if (end > 0) at = end;
    }
    const pairs = readPairs(at === 0 ? text : text.slice(at));
    const count = pairs === null ? 0 : Object.keys(pairs).length;
    if (pairs === null || count < 3 || loose > count) {
      event.has_time = hadTime;
      event.time = before.time;
      event.zone_minutes = before.zone;
      return false;
    }
    event.format = 'key-value';
    const frame = { host: event.host, program: event.program, pid: event.pid };
    Object.assign(event.fields, pairs);
    const { time, has_time: timed, zone_minutes: zone } = event;
    const words = loose;
    const message = readStructured(event, pairs, context);
    // A header in front was written by the machine that we know; what the pairs say stays in `fields`.
    event.host = frame.host ?? event.host;
    event.program = frame.program ?? event.program;
    event.pid = frame.pid ?? event.pid;
    if (timed) {
      event.time = time;
      event.zone_minutes = zone;
      event.has_time = true;
    }
    if (message === null && event.event_type === 'app.event' && words > 0) {
      // Words beside the pairs are a sentence: `Login failed user=ann host=a.example [203.0.113.9]`. Where its names may hold
      // pairs, an address in one of them says nothing.
      if (event.src_ip !== null && clientOf(text)?.ip !== event.src_ip && loginVerdict(text) === 'failure') {
        event.src_ip = null;
        event.src_port = null;
      }
      if (!readLogin(event, text)) {
        takeClient(event, text);
        if (event.level === null) event.event_type = 'message';
      }
    }
    return true;
  },
});
