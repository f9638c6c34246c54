/** The Gregorian calendar by arithmetic: `Date` costs four times a whole parse. */

export const dayMs = 86_400_000;

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
