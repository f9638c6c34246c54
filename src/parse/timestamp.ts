import type { Event } from '../model/index.ts';
import type { ParseContext } from './contract.ts';

/**
 * Times in text, read by arithmetic: Date.parse costs four times a whole parse. Results are in {@link stamp}, one
 * module-level record, so that a line costs no allocation for its time.
 */
export const stamp = {
  /** Local time as if it were UTC, epoch ms. */
  local: 0,
  /** Offset from UTC in minutes, or null where the text states none. */
  zone: null as number | null,
  /** False where the text has no year: `local` then has year 1970. */
  hasYear: true,
  month: 0,
  day: 0,
  /** Index behind the time. */
  end: 0,
};

const dayMs = 86_400_000;

/** Days since 1970-01-01 of a proleptic Gregorian date, month 1-12. (Howard Hinnant, days_from_civil.) */
export function daysFromCivil(year: number, month: number, day: number): number {
  const y = month <= 2 ? year - 1 : year;
  const era = Math.floor(y / 400);
  const yearOfEra = y - era * 400;
  const dayOfYear = Math.floor((153 * (month + (month > 2 ? -3 : 9)) + 2) / 5) + day - 1;
  return (
    era * 146_097 + yearOfEra * 365 + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100) + dayOfYear - 719_468
  );
}

function yearOfDay(day: number): number {
  let year = 1970 + Math.floor(day / 365.2425);
  while (daysFromCivil(year + 1, 1, 1) <= day) year += 1;
  while (daysFromCivil(year, 1, 1) > day) year -= 1;
  return year;
}

const monthLengths = [31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];

function isLeap(year: number): boolean {
  return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);
}

/** Month 1-12 of the three letters at `at`, in any case, or 0. */
export function readMonth(text: string, at: number): number {
  const a = text.charCodeAt(at) | 32;
  const b = text.charCodeAt(at + 1) | 32;
  const c = text.charCodeAt(at + 2) | 32;
  switch (a) {
    case 106: // j
      if (b === 97 && c === 110) return 1;
      if (b === 117) return c === 110 ? 6 : c === 108 ? 7 : 0;
      return 0;
    case 102:
      return b === 101 && c === 98 ? 2 : 0;
    case 109:
      return b === 97 ? (c === 114 ? 3 : c === 121 ? 5 : 0) : 0;
    case 97:
      return b === 112 && c === 114 ? 4 : b === 117 && c === 103 ? 8 : 0;
    case 115:
      return b === 101 && c === 112 ? 9 : 0;
    case 111:
      return b === 99 && c === 116 ? 10 : 0;
    case 110:
      return b === 111 && c === 118 ? 11 : 0;
    case 100:
      return b === 101 && c === 99 ? 12 : 0;
    default:
      return 0;
  }
}

function two(text: string, at: number): number {
  const a = text.charCodeAt(at) - 48;
  const b = text.charCodeAt(at + 1) - 48;
  return a >= 0 && a <= 9 && b >= 0 && b <= 9 ? a * 10 + b : -1;
}

function four(text: string, at: number): number {
  const a = two(text, at);
  const b = two(text, at + 2);
  return a < 0 || b < 0 ? -1 : a * 100 + b;
}

/** `HH:MM:SS[.fraction]` (also `,fraction`) at `at`: milliseconds, or -1. Sets `stamp.end`. */
export function readClock(text: string, at: number): number {
  let from = at;
  let hour = two(text, from);
  if (hour < 0 && text.charCodeAt(from + 1) === 58) {
    hour = text.charCodeAt(from) - 48;
    if (hour < 0 || hour > 9) return -1;
    from -= 1;
  }
  if (hour < 0 || hour > 23 || text.charCodeAt(from + 2) !== 58) return -1;
  const minute = two(text, from + 3);
  if (minute < 0 || minute > 59 || text.charCodeAt(from + 5) !== 58) return -1;
  const second = two(text, from + 6);
  if (second < 0 || second > 60) return -1;
  let end = from + 8;
  let ms = 0;
  const mark = text.charCodeAt(end);
  if (mark === 46 || mark === 44) {
    let scale = 100;
    let digit = end + 1;
    for (; digit - end <= 9; digit += 1) {
      const code = text.charCodeAt(digit) - 48;
      if (!(code >= 0 && code <= 9)) break;
      ms += code * scale;
      scale /= 10;
    }
    if (digit > end + 1) end = digit;
  }
  stamp.end = end;
  return ((hour * 60 + minute) * 60 + second) * 1000 + Math.floor(ms);
}

/** `Z`, `+02:00`, `+0200`, `-07` at `at`: sets `stamp.zone` and `stamp.end`; leaves them where there is none. */
function readZone(text: string, at: number): void {
  const code = text.charCodeAt(at);
  if (code === 90 || code === 122) {
    stamp.zone = 0;
    stamp.end = at + 1;
    return;
  }
  if (code !== 43 && code !== 45) return;
  const hours = two(text, at + 1);
  if (hours < 0 || hours > 15) return;
  let end = at + 3;
  if (text.charCodeAt(end) === 58) end += 1;
  const minutes = two(text, end);
  if (minutes >= 0 && minutes < 60) end += 2;
  else end = at + 3;
  stamp.zone = (code === 45 ? -1 : 1) * (hours * 60 + (minutes >= 0 && minutes < 60 ? minutes : 0));
  stamp.end = end;
}

function setDate(year: number, month: number, day: number, clock: number): boolean {
  if (month < 1 || month > 12 || day < 1 || day > (monthLengths[month - 1] ?? 0)) return false;
  if (month === 2 && day === 29 && !isLeap(year)) return false;
  stamp.hasYear = true;
  stamp.zone = null;
  stamp.month = month;
  stamp.day = day;
  stamp.local = daysFromCivil(year, month, day) * dayMs + clock;
  return true;
}

/** `2026-11-20T20:16:39.609446+00:00`, `2026-11-20 20:16:39,123`, `2026/11/20 20:16:31`, with or without zone. */
export function readIso(text: string, at: number): boolean {
  const year = four(text, at);
  if (year < 1970) return false;
  const mark = text.charCodeAt(at + 4);
  if ((mark !== 45 && mark !== 47 && mark !== 46 && mark !== 58) || text.charCodeAt(at + 7) !== mark) return false;
  const month = two(text, at + 5);
  const day = two(text, at + 8);
  const between = text.charCodeAt(at + 10);
  // T, t, space, underscore or (as some write) a dash or colon between date and clock.
  if (between !== 84 && between !== 32 && between !== 116 && between !== 45 && between !== 58) return false;
  let clockAt = at + 11;
  if (between === 32 && text.charCodeAt(clockAt) === 32) clockAt += 1;
  const clock = readClock(text, clockAt);
  if (clock < 0 || !setDate(year, month, day, clock)) return false;
  const end = stamp.end;
  readZone(text, end);
  if (stamp.end === end && text.charCodeAt(end) === 32) {
    // ` +0000`, ` -0700` or ` UTC` behind a space; `.123 Z` as well.
    const code = text.charCodeAt(end + 1);
    if (code === 43 || code === 45) readZone(text, end + 1);
    else readZoneName(text, end + 1);
  }
  return true;
}

/** UTC, GMT and the zones whose letters mean one offset wherever they are written by log programs. */
function readZoneName(text: string, at: number): void {
  const a = text.charCodeAt(at);
  if (a === 85 || a === 71) {
    if (text.startsWith('UTC', at) || text.startsWith('GMT', at)) {
      const next = text.charCodeAt(at + 3);
      if (Number.isNaN(next) || next === 32 || next === 93 || next === 58 || next === 44) {
        stamp.zone = 0;
        stamp.end = at + 3;
      }
    }
    return;
  }
  for (const [name, minutes] of namedZones) {
    if (text.startsWith(name, at)) {
      const next = text.charCodeAt(at + name.length);
      if (Number.isNaN(next) || next === 32 || next === 93) {
        stamp.zone = minutes;
        stamp.end = at + name.length;
        return;
      }
    }
  }
}

const namedZones: readonly (readonly [string, number])[] = [
  ['CEST', 120],
  ['CET', 60],
  ['EEST', 180],
  ['EET', 120],
  ['EDT', -240],
  ['EST', -300],
  ['CDT', -300],
  ['PDT', -420],
  ['PST', -480],
  ['MDT', -360],
  ['MST', -420],
];

/**
 * RFC 3164 section 4.1.2 and its variants: `Nov 20 20:16:31`, `Nov  3 …`, `Nov 3 2026 …`, `Nov 20 20:16:31.123`, with a
 * year behind (`AUG 10 22:18:24 2009`) and with a zone name behind.
 */
export function readBsd(text: string, at: number): boolean {
  const month = readMonth(text, at);
  if (month === 0) return false;
  let from = at + 3;
  if (text.charCodeAt(from) !== 32) return false;
  from += 1;
  if (text.charCodeAt(from) === 32) from += 1;
  let day = two(text, from);
  if (day < 0) {
    day = text.charCodeAt(from) - 48;
    if (!(day >= 0 && day <= 9)) return false;
    from += 1;
  } else from += 2;
  if (text.charCodeAt(from) !== 32) {
    if (text.charCodeAt(from) !== 44) return false;
    from += 1;
  }
  from += 1;
  let year = -1;
  if (text.charCodeAt(from + 4) === 32) {
    year = four(text, from);
    if (year >= 1970) from += 5;
  }
  const clock = readClock(text, from);
  if (clock < 0) return false;
  let end = stamp.end;
  if (year < 1970 && text.charCodeAt(end) === 32 && text.charCodeAt(end + 1) === 50) {
    const behind = four(text, end + 1);
    const next = text.charCodeAt(end + 5);
    if (behind >= 1970 && behind < 2100 && (next === 32 || next === 93 || next === 58 || Number.isNaN(next))) {
      year = behind;
      end += 5;
    }
  }
  stamp.end = end;
  if (year >= 1970) return setDate(year, month, day, clock);
  if (day < 1 || day > (monthLengths[month - 1] ?? 0)) return false;
  stamp.hasYear = false;
  stamp.zone = null;
  stamp.month = month;
  stamp.day = day;
  stamp.local = clock;
  return true;
}

/** `20/Nov/2026:20:16:32 +0000` (access logs), `20/Nov/2026 20:16:32`. */
export function readClf(text: string, at: number): boolean {
  const day = two(text, at);
  const mark = text.charCodeAt(at + 2);
  if (day < 0 || (mark !== 47 && mark !== 45 && mark !== 32)) return false;
  const month = readMonth(text, at + 3);
  if (month === 0 || text.charCodeAt(at + 6) !== mark) return false;
  const year = four(text, at + 7);
  const between = text.charCodeAt(at + 11);
  if (year < 1970 || (between !== 58 && between !== 32)) return false;
  const clock = readClock(text, at + 12);
  if (clock < 0 || !setDate(year, month, day, clock)) return false;
  const end = stamp.end;
  readZone(text, text.charCodeAt(end) === 32 ? end + 1 : end);
  return true;
}

/** `Fri Nov 20 20:19:39 2026`, `Sat Jul 20 21:37:32.266605 2013`: ctime(3). */
export function readCtime(text: string, at: number): boolean {
  if (text.charCodeAt(at + 3) !== 32) return false;
  const weekday = text.slice(at, at + 3);
  if (!weekdays.has(weekday)) return false;
  return readBsd(text, at + 4);
}

const weekdays = new Set(['Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat', 'Sun']);

/** `22-06-2014 09:56:12`, `11-06-2013 02:09:43 +0300`, `20.11.2026 10:00:00`: day first, four-digit year. */
export function readDayFirst(text: string, at: number): boolean {
  const mark = text.charCodeAt(at + 2);
  if ((mark !== 45 && mark !== 46 && mark !== 47) || text.charCodeAt(at + 5) !== mark) return false;
  let day = two(text, at);
  let month = two(text, at + 3);
  const year = four(text, at + 6);
  if (year < 1970 || day < 0 || month < 0) return false;
  // `05/21/2017`: with slashes the American order, unless the first number can only be a day.
  if (mark === 47 && day <= 12) [day, month] = [month, day];
  let clockAt = at + 10;
  while (clockAt < at + 14 && !(text.charCodeAt(clockAt) >= 48 && text.charCodeAt(clockAt) <= 57)) clockAt += 1;
  const clock = readClock(text, clockAt);
  if (clock < 0 || !setDate(year, month, day, clock)) return false;
  const end = stamp.end;
  if (text.charCodeAt(end) === 32) {
    const code = text.charCodeAt(end + 1);
    if (code === 43 || code === 45) readZone(text, end + 1);
    else readZoneName(text, end + 1);
  }
  return true;
}

/** Epoch seconds (10 digits, fraction allowed) or milliseconds (13 digits). */
function readEpoch(text: string, at: number): boolean {
  let digits = 0;
  let value = 0;
  while (digits < 14) {
    const code = text.charCodeAt(at + digits) - 48;
    if (!(code >= 0 && code <= 9)) break;
    value = value * 10 + code;
    digits += 1;
  }
  let end = at + digits;
  if (digits === 10) {
    value *= 1000;
    if (text.charCodeAt(end) === 46) {
      let scale = 100;
      let fraction = end + 1;
      for (; fraction - end <= 9; fraction += 1) {
        const code = text.charCodeAt(fraction) - 48;
        if (!(code >= 0 && code <= 9)) break;
        value += code * scale;
        scale /= 10;
      }
      end = fraction;
    }
  } else if (digits !== 13) return false;
  // 2001-09-09 … 2100: other ten-digit numbers are ids, not times.
  if (value < 1_000_000_000_000 || value > 4_102_444_800_000) return false;
  const next = text.charCodeAt(end);
  if ((next >= 65 && next <= 90) || (next >= 97 && next <= 122) || next === 95) return false;
  stamp.local = Math.floor(value);
  stamp.zone = 0;
  stamp.hasYear = true;
  stamp.end = end;
  return true;
}

/** A time in any of the notations above, starting exactly at `at`. */
export function readTime(text: string, at: number): boolean {
  const first = text.charCodeAt(at);
  if (first >= 48 && first <= 57) {
    return readIso(text, at) || readClf(text, at) || readDayFirst(text, at) || readEpoch(text, at);
  }
  if ((first >= 65 && first <= 90) || (first >= 97 && first <= 122)) return readCtime(text, at) || readBsd(text, at);
  return false;
}

let zoneContext: ParseContext | null = null;
let zoneQuarter = Number.NaN;
let zoneValue = 0;

/** The context's zone at a local time, remembered per quarter of an hour: no zone changes inside one. */
function zoneAt(context: ParseContext, local: number): number {
  const quarter = Math.floor(local / 900_000);
  if (context !== zoneContext || quarter !== zoneQuarter) {
    zoneContext = context;
    zoneQuarter = quarter;
    zoneValue = context.zoneMinutesAt(local);
  }
  return zoneValue;
}

let yearReceived = Number.NaN;
let yearOfReceived = 1970;

/** Local time with the year that puts it closest to, and not more than a day after, the receive time. */
function withYear(receivedAt: number, context: ParseContext): number {
  const { month, day, local } = stamp;
  const at = (year: number): number => daysFromCivil(year, month, day) * dayMs + local;
  const exists = (year: number): boolean => !(month === 2 && day === 29) || isLeap(year);
  if (context.year !== null) return at(context.year);
  const receivedDay = Math.floor(receivedAt / dayMs);
  if (receivedDay !== yearReceived) {
    yearReceived = receivedDay;
    yearOfReceived = yearOfDay(receivedDay);
  }
  for (let year = yearOfReceived + 1; year > yearOfReceived - 9; year -= 1) {
    if (!exists(year)) continue;
    const time = at(year);
    if (time > receivedAt + 3 * dayMs) continue;
    if (time - zoneAt(context, time) * 60_000 <= receivedAt + dayMs) return time;
  }
  return at(yearOfReceived);
}

const maximumAheadMs = 5 * 60_000;

/** Takes the time in {@link stamp} over into the event: zone, year and clock-skew rules of the design, section 4. */
export function applyStamp(event: Event, context: ParseContext): void {
  const local = stamp.hasYear ? stamp.local : withYear(event.received_at, context);
  const zone = stamp.zone ?? zoneAt(context, local);
  let time = local - zone * 60_000;
  if (context.live && time > event.received_at + maximumAheadMs) {
    time = event.received_at;
    if (!event.tags.includes('clock_skew')) event.tags.push('clock_skew');
  }
  event.time = time;
  event.zone_minutes = zone;
  event.has_time = true;
}

/** Reads a time at `at` into the event. Returns the index behind it, or -1 where there is none. */
export function takeTime(event: Event, text: string, at: number, context: ParseContext): number {
  if (!readTime(text, at)) return -1;
  const end = stamp.end;
  applyStamp(event, context);
  return end;
}
