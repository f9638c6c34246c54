import { stamp } from './stamp.ts';

/** Epoch seconds (10 digits, fraction allowed) or milliseconds (13 digits). */
export function readEpoch(text: string, at: number): boolean {
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
