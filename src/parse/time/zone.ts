import { stamp, two } from './stamp.ts';

/** `Z`, `+02:00`, `+0200`, `-07` at `at`: sets `stamp.zone` and `stamp.end`; leaves them where there is none. */
export function readZone(text: string, at: number): void {
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

/** UTC, GMT and the zones whose letters mean one offset wherever they are written by log programs. */
export function readZoneName(text: string, at: number): void {
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
