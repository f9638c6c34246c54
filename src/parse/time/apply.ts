import type { Event } from '../../model/index.ts';
import type { ParseContext } from '../contract.ts';
import { dayMs, daysFromCivil, isLeap, yearOfDay } from './calendar.ts';
import { stamp } from './stamp.ts';

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
