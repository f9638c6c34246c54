import { four, readClock, readMonth, setDate, stamp, two } from './stamp.ts';
import { readZone, readZoneName } from './zone.ts';

/** `20/Nov/2026:20:16:32 +0000` (access logs), `20/Nov/2026 20:16:32`, `1/Nov/2026:…`. */
export function readClf(text: string, from: number): boolean {
  let at = from;
  let day = two(text, at);
  if (day < 0 && text.charCodeAt(at + 1) === 47) {
    day = text.charCodeAt(at) - 48;
    at -= 1;
  }
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
