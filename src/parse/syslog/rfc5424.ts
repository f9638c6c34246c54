import type { Event, FieldValue } from '../../model/index.ts';
import type { ParseContext } from '../contract.ts';
import { applyStamp } from '../time/apply.ts';
import { readIso } from '../time/iso.ts';
import { stamp } from '../time/stamp.ts';
import { readStructuredData, structuredDataEnd } from './structured-data.ts';
import { setPid } from './tag.ts';
import { intern } from './words.ts';

const nil = '-';

/** RFC 5424 section 6, behind `<PRI>1 `. */
export function readRfc5424(event: Event, text: string, from: number, context: ParseContext): number {
  let at = from;
  let timed = false;
  if (text.charCodeAt(at) === 45 && text.charCodeAt(at + 1) === 32) at += 1;
  else {
    if (!readIso(text, at)) return -1;
    timed = true;
    at = stamp.end;
  }
  if (text.charCodeAt(at) !== 32) return -1;
  const hostEnd = text.indexOf(' ', at + 1);
  if (hostEnd < 0) return -1;
  const programEnd = text.indexOf(' ', hostEnd + 1);
  if (programEnd < 0) return -1;
  const pidEnd = text.indexOf(' ', programEnd + 1);
  if (pidEnd < 0) return -1;
  let idEnd = text.indexOf(' ', pidEnd + 1);
  if (idEnd < 0) idEnd = text.length;
  if (timed) applyStamp(event, context);
  const host = intern(text, at + 1, hostEnd);
  if (host !== nil) event.host = host;
  const program = intern(text, hostEnd + 1, programEnd);
  if (program !== nil) event.program = program;
  if (pidEnd !== programEnd + 2 || text.charCodeAt(programEnd + 1) !== 45) setPid(event, text, programEnd + 1, pidEnd);
  const id = text.slice(pidEnd + 1, idEnd);
  if (id !== nil && id !== '') event.fields.msgid = id;
  at = idEnd + 1;
  if (text.charCodeAt(at) === 91) {
    const data = readStructuredData(text, at);
    if (data !== null) {
      for (const key of Object.keys(data)) event.fields[key] = data[key] as FieldValue;
      at = structuredDataEnd;
    }
  } else if (text.charCodeAt(at) === 45) at += 1;
  if (text.charCodeAt(at) === 32) at += 1;
  // The byte order mark that announces UTF-8, decoded or as its bytes read as Latin-1.
  if (text.charCodeAt(at) === 0xfeff) at += 1;
  else if (text.startsWith('ï»¿', at)) at += 3;
  return Math.min(at, text.length);
}
