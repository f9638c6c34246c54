import { monthLengths } from './calendar.ts';
import { four, readClock, readMonth, setDate, stamp, two } from './stamp.ts';

/** The last `Mon DD HH:MM:` that was read, and what it says: most lines come in the same minute as the one before. */
let minuteText = '';
let minuteMonth = 0;
let minuteDay = 0;
let minuteClock = 0;

/** The seconds behind a minute that is known already. Anything but a plain `SS ` is left to the full reading. */
function readSeconds(text: string, at: number): boolean {
  const second = two(text, at + 13);
  if (second < 0 || second > 60 || text.charCodeAt(at + 15) !== 32 || text.charCodeAt(at + 16) === 50) return false;
  stamp.hasYear = false;
  stamp.zone = null;
  stamp.month = minuteMonth;
  stamp.day = minuteDay;
  stamp.local = minuteClock + second * 1000;
  stamp.end = at + 15;
  return true;
}

/**
 * RFC 3164 section 4.1.2 and its variants: `Nov 20 20:16:31`, `Nov  3 …`, `Nov 3 2026 …`, `Nov 20 20:16:31.123`, with a
 * year behind (`AUG 10 22:18:24 2009`) and with a zone name behind.
 */
export function readBsd(text: string, at: number): boolean {
  if (minuteText !== '' && text.startsWith(minuteText, at) && readSeconds(text, at)) return true;
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
  if (end === at + 15) {
    minuteText = text.slice(at, at + 13);
    minuteMonth = month;
    minuteDay = day;
    minuteClock = Math.floor(clock / 60_000) * 60_000;
  }
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
