import type { Event } from '../../model/index.ts';
import type { ParseContext } from '../contract.ts';
import { applyStamp } from './apply.ts';
import { readClf, readDayFirst } from './day-first.ts';
import { readEpoch } from './epoch.ts';
import { readIso } from './iso.ts';
import { readBsd, readCtime } from './month-first.ts';
import { stamp } from './stamp.ts';

/** A time in any of the notations above, starting exactly at `at`. */
export function readTime(text: string, at: number): boolean {
  const first = text.charCodeAt(at);
  if (first >= 48 && first <= 57) {
    return readIso(text, at) || readClf(text, at) || readDayFirst(text, at) || readEpoch(text, at);
  }
  if ((first >= 65 && first <= 90) || (first >= 97 && first <= 122)) return readCtime(text, at) || readBsd(text, at);
  return false;
}

/** Reads a time at `at` into the event. Returns the index behind it, or -1 where there is none. */
export function takeTime(event: Event, text: string, at: number, context: ParseContext): number {
  if (!readTime(text, at)) return -1;
  const end = stamp.end;
  applyStamp(event, context);
  return end;
}
