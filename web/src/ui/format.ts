const two = (value: number) => String(value).padStart(2, '0');

/** ISO text, epoch ms or nothing. */
export type TimeValue = string | number | null | undefined;

export function toDate(value: TimeValue): Date | null {
  if (value === null || value === undefined || value === '' || value === 0) return null;
  const date = new Date(value);
  return Number.isNaN(date.getTime()) ? null : date;
}

/** `2026-11-21 14:03:22` in the reader's zone. */
export function localTime(date: Date, withMs = false): string {
  return `${localDay(date)} ${clock(date, withMs)}`;
}

export function localDay(date: Date): string {
  return `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
}

export function clock(date: Date, withMs = false): string {
  const text = `${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}`;
  return withMs ? `${text}.${String(date.getMilliseconds()).padStart(3, '0')}` : text;
}

/** `UTC+01:00` for that day in the reader's zone. */
export function zoneName(date: Date): string {
  const minutes = -date.getTimezoneOffset();
  if (minutes === 0) return 'UTC';
  const abs = Math.abs(minutes);
  return `UTC${minutes < 0 ? '−' : '+'}${two(Math.trunc(abs / 60))}:${two(abs % 60)}`;
}

/** `12 s ago`, `3 min ago`, `in 5 min`. */
export function ago(date: Date, now: number): string {
  const seconds = (now - date.getTime()) / 1000;
  const text = duration(Math.abs(seconds));
  if (Math.abs(seconds) < 1.5) return 'now';
  return seconds > 0 ? `${text} ago` : `in ${text}`;
}

/** A length of time in the largest unit that fits: `42 s`, `7 min`, `3 h`, `12 d`. */
export function duration(seconds: number): string {
  if (seconds < 1) return `${Math.round(seconds * 1000)} ms`;
  if (seconds < 90) return `${Math.round(seconds)} s`;
  if (seconds < 5400) return `${Math.round(seconds / 60)} min`;
  if (seconds < 129_600) return `${Math.round(seconds / 3600)} h`;
  return `${Math.round(seconds / 86_400)} d`;
}

/** `1,234`, `12.3k`, `4.5M`: short, for tiles and lists. */
export function short(value: number): string {
  const abs = Math.abs(value);
  if (abs < 10_000) return Number.isInteger(value) ? group(value) : value.toFixed(abs < 10 ? 1 : 0);
  if (abs < 1_000_000) return `${(value / 1000).toFixed(abs < 100_000 ? 1 : 0)}k`;
  if (abs < 1_000_000_000) return `${(value / 1_000_000).toFixed(abs < 100_000_000 ? 1 : 0)}M`;
  return `${(value / 1_000_000_000).toFixed(1)}G`;
}

/** `1,234,567` */
export function group(value: number): string {
  return String(Math.round(value)).replace(/\B(?=(\d{3})+$)/g, ',');
}

export function bytes(value: number): string {
  const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];
  let unit = 0;
  let size = value;
  while (size >= 1024 && unit < units.length - 1) {
    size /= 1024;
    unit += 1;
  }
  return `${unit === 0 || size >= 100 ? Math.round(size) : size.toFixed(1)} ${units[unit]}`;
}

/** `97.3 %`; never rounded up to a 100 that is not one. */
export function percent(share: number): string {
  const value = share * 100;
  if (value > 0 && value < 0.1) return '<0.1 %';
  return `${value >= 100 || value === 0 ? value.toFixed(0) : (Math.floor(value * 10) / 10).toFixed(1)} %`;
}

export function plural(count: number, one: string, many = `${one}s`): string {
  return `${group(count)} ${count === 1 ? one : many}`;
}

/** `src_ip` → `source address`, for sentences and headings. */
const fieldNames: Record<string, string> = {
  src_ip: 'Source address',
  dst_ip: 'Target address',
  dst_port: 'Target port',
  src_port: 'Source port',
  user: 'User',
  host: 'Host',
  source: 'Source',
  program: 'Program',
  event_type: 'Event type',
};
export function fieldName(field: string): string {
  const last = field.slice(field.lastIndexOf('.') + 1);
  return fieldNames[last] ?? last.replaceAll('_', ' ').replace(/^./, (letter) => letter.toUpperCase());
}

/** A field's value as text: words as they are, lists with commas, anything deeper as JSON. */
export function fieldText(value: unknown): string {
  if (typeof value === 'string') return value;
  if (Array.isArray(value) && value.every((each) => typeof each !== 'object')) return value.join(', ');
  return JSON.stringify(value);
}
