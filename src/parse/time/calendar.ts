/** The Gregorian calendar by arithmetic: `Date` costs four times a whole parse. */

export const dayMs = 86_400_000;

/** The last day asked for in each of four years: lines come in the order of time. */
const askedFor = [-1, -1, -1, -1];
const answers = [0, 0, 0, 0];

/** Days since 1970-01-01 of a proleptic Gregorian date, month 1-12. */
export function daysFromCivil(year: number, month: number, day: number): number {
  const slot = year & 3;
  const key = year * 512 + month * 32 + day;
  if (askedFor[slot] !== key) {
    askedFor[slot] = key;
    answers[slot] = countDays(year, month, day);
  }
  return answers[slot] as number;
}

/** Howard Hinnant, days_from_civil. */
function countDays(year: number, month: number, day: number): number {
  const y = month <= 2 ? year - 1 : year;
  const era = Math.floor(y / 400);
  const yearOfEra = y - era * 400;
  const dayOfYear = Math.floor((153 * (month + (month > 2 ? -3 : 9)) + 2) / 5) + day - 1;
  return (
    era * 146_097 + yearOfEra * 365 + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100) + dayOfYear - 719_468
  );
}

/** The year in which a day since 1970-01-01 lies. */
export function yearOfDay(day: number): number {
  let year = 1970 + Math.floor(day / 365.2425);
  while (daysFromCivil(year + 1, 1, 1) <= day) year += 1;
  while (daysFromCivil(year, 1, 1) > day) year -= 1;
  return year;
}

/** Longest length of each month: February has 29. */
export const monthLengths = [31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];

export function isLeap(year: number): boolean {
  return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);
}
