import type { Event, FieldValue, Severity } from '../../model/index.ts';
import { defineFormat } from '../contract.ts';
import { readStructured } from '../structured.ts';

/** Parts between unescaped bars. */
function bars(text: string, limit: number): string[] {
  const parts: string[] = [];
  let from = 0;
  for (let at = 0; at < text.length && parts.length < limit - 1; at += 1) {
    const code = text.charCodeAt(at);
    if (code === 92) at += 1;
    else if (code === 124) {
      parts.push(text.slice(from, at).replace(/\\([\\|])/g, '$1'));
      from = at + 1;
    }
  }
  parts.push(text.slice(from));
  return parts;
}

/** CEF's extension: `key=value key=value with blanks`; a value ends where ` key=` follows. */
function extension(text: string): Record<string, FieldValue> {
  const pairs: Record<string, FieldValue> = {};
  const keys = [...text.slice(0, 32_768).matchAll(/(?:^|\s)([\w.[\]-]{1,64})=/g)].slice(0, 200);
  keys.forEach((found, index) => {
    const from = found.index + found[0].length;
    const next = keys[index + 1];
    const value = text.slice(from, next === undefined ? text.length : next.index).trim();
    const key = found[1] ?? '';
    if (key !== '__proto__') pairs[key] = value.replace(/\\([\\=|])/g, '$1').replaceAll('\\n', '\n');
  });
  return pairs;
}

function severityOf(text: string): Severity | null {
  const number = Number(text);
  if (text.trim() === '' || Number.isNaN(number)) {
    const word = text.trim().toLowerCase();
    return word === 'very-high' ? 'critical' : word === 'high' || word === 'medium' || word === 'low' ? word : null;
  }
  return number >= 9 ? 'critical' : number >= 7 ? 'high' : number >= 4 ? 'medium' : number >= 1 ? 'low' : 'info';
}

function finish(event: Event, header: Record<string, FieldValue>, severity: string, name: string): void {
  Object.assign(event.fields, header);
  const stated = severityOf(severity);
  if (stated !== null && (event.event_type === 'app.event' || stated === 'high' || stated === 'critical'))
    event.severity = stated;
  if (event.message === event.raw || event.message.startsWith('CEF:') || event.message.startsWith('LEEF:')) {
    if (name !== '') event.message = name;
  }
  event.format = 'cef';
}

/** ArcSight's CEF (`CEF:0|vendor|product|version|id|name|severity|key=value …`) and QRadar's LEEF. */
export const cef = defineFormat({
  name: 'cef',
  description: 'CEF and LEEF: vendor, product, event id and name, severity and the extension’s fields.',
  programs: ['cef', 'leef'],
  anyProgram: true,
  leads: 'CL0',
  parse(event, text, context) {
    // The header reader takes `CEF:` for a tag, as RFC 3164 would.
    const program = event.program?.toLowerCase();
    const tagged = program === 'cef' || program === 'leef';
    const isCef = text.startsWith('CEF:') || (tagged && program === 'cef' && /^\d\|/.test(text));
    const isLeef = text.startsWith('LEEF:') || (tagged && program === 'leef' && /^\d(?:\.\d)?\|/.test(text));
    if (isCef) {
      const parts = bars(text, 8);
      if (parts.length < 7) return false;
      const pairs = extension(parts[7] ?? '');
      const { host, has_time: timed, time, zone_minutes: zone } = event;
      Object.assign(event.fields, pairs);
      readStructured(event, { ...pairs, cef_name: parts[5] ?? '', message: pairs.msg ?? parts[5] ?? '' }, context);
      event.host = host ?? event.host;
      if (timed) {
        event.time = time;
        event.zone_minutes = zone;
      }
      event.program = parts[2] ?? event.program;
      finish(
        event,
        {
          vendor: parts[1] ?? '',
          product: parts[2] ?? '',
          product_version: parts[3] ?? '',
          signature: parts[4] ?? '',
          name: parts[5] ?? '',
        },
        parts[6] ?? '',
        parts[5] ?? '',
      );
      return true;
    }
    if (!isLeef) return false;
    const parts = bars(text, 6);
    if (parts.length < 6) return false;
    const pairs: Record<string, FieldValue> = {};
    for (const part of (parts[5] ?? '').split(/\t|\^/).slice(0, 200)) {
      const equals = part.indexOf('=');
      if (equals > 0 && part.slice(0, equals) !== '__proto__')
        pairs[part.slice(0, equals).trim()] = part.slice(equals + 1);
    }
    Object.assign(event.fields, pairs);
    readStructured(event, { ...pairs, type: parts[4] ?? '' }, context);
    event.program = parts[2] ?? event.program;
    finish(
      event,
      { vendor: parts[1] ?? '', product: parts[2] ?? '', product_version: parts[3] ?? '', signature: parts[4] ?? '' },
      typeof pairs.sev === 'string' ? pairs.sev : '',
      parts[4] ?? '',
    );
    return true;
  },
});
