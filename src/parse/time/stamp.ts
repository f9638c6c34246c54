import { dayMs, daysFromCivil, isLeap, monthLengths } from './calendar.ts';

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

/** Two digits at `at`, or -1. */
export function two(text: string, at: number): number {
  const a = text.charCodeAt(at) - 48;
  const b = text.charCodeAt(at + 1) - 48;
  return a >= 0 && a <= 9 && b >= 0 && b <= 9 ? a * 10 + b : -1;
}

/** Four digits at `at`, or -1. */
export function four(text: string, at: number): number {
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

/** Puts a local time with its year into {@link stamp}, without a zone. False where the calendar has no such day. */
export function setDate(year: number, month: number, day: number, clock: number): boolean {
  if (month < 1 || month > 12 || day < 1 || day > (monthLengths[month - 1] ?? 0)) return false;
  if (month === 2 && day === 29 && !isLeap(year)) return false;
  stamp.hasYear = true;
  stamp.zone = null;
  stamp.month = month;
  stamp.day = day;
  stamp.local = daysFromCivil(year, month, day) * dayMs + clock;
  return true;
}
