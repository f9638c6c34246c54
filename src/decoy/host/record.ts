import type { FieldValue } from '../../model/index.ts';
import type { DecoyRecord } from '../contract.ts';
import { limits } from './limits.ts';
import type { SentRecord, SentScalar, SentShallow, SentValue } from './messages.ts';

const most = { entries: 1000, keys: 200 } as const;

/** Brings a record to what one may be: well-formed text, at most 8 KiB a text and 32 KiB in all. `cut`: something is missing. */
export function fitRecord(record: DecoyRecord): { record: SentRecord; cut: boolean } {
  let cut = false;
  let room: number = limits.recordBytes;
  const text = (value: string, longest: number): string => {
    const well = value.toWellFormed();
    const allowed = Math.max(0, Math.min(longest, room));
    const kept = well.length > allowed ? well.slice(0, allowed).toWellFormed() : well;
    if (kept.length < well.length) cut = true;
    room -= Buffer.byteLength(kept) + 8;
    return kept;
  };
  const scalar = (value: FieldValue): SentScalar => {
    if (typeof value === 'string') return text(value, limits.textLength);
    if (typeof value === 'number') return Number.isFinite(value) ? value : null;
    if (typeof value !== 'object' || value === null) return value;
    cut = true;
    return null;
  };
  const list = <T>(values: FieldValue[], each: (value: FieldValue) => T): T[] => {
    if (values.length > most.entries) cut = true;
    return values.slice(0, most.entries).map(each);
  };
  const entries = <T>(values: { [key: string]: FieldValue }, each: (value: FieldValue) => T): Record<string, T> => {
    const all = Object.entries(values);
    if (all.length > most.keys) cut = true;
    return Object.fromEntries(all.slice(0, most.keys).map(([name, value]) => [text(name, 100), each(value)]));
  };
  const shallow = (value: FieldValue): SentShallow => {
    if (Array.isArray(value)) return list(value, scalar);
    return typeof value === 'object' && value !== null ? entries(value, scalar) : scalar(value);
  };
  const deep = (value: FieldValue): SentValue => {
    if (Array.isArray(value)) return list(value, shallow);
    return typeof value === 'object' && value !== null ? entries(value, shallow) : scalar(value);
  };
  const message = text(record.message, 2048);
  const { event_type, outcome, severity, user, fields = {} } = record;
  const fitted: SentRecord = { event_type, message };
  if (outcome !== undefined) fitted.outcome = outcome;
  if (severity !== undefined) fitted.severity = severity;
  if (user !== undefined) fitted.user = user === null ? null : text(user, 1024);
  fitted.fields = Object.fromEntries(Object.entries(fields).map(([name, value]) => [name, deep(value)]));
  if (cut) fitted.fields.truncated_record = true;
  return { record: fitted, cut };
}
