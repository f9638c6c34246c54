import { four, readClock, setDate, stamp, two } from './stamp.ts';
import { readZone, readZoneName } from './zone.ts';

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
