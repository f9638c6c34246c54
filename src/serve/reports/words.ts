import { type Severity, severities } from '../../model/index.ts';

/* Figures, times and severities as documents write them. */

export const number = (value: number): string => value.toLocaleString('en-US');

/** `2026-11-22 08:15` of `2026-11-22T08:15:00+01:00`. */
export const readable = (iso: string): string => iso.replace('T', ' ').slice(0, 16);

/** Undefined: a word of nobody's. */
export const severityOf = (word: string): Severity | undefined =>
  severities.find((severity) => severity === word.toLowerCase());

const regions = new Intl.DisplayNames('en', { type: 'region' });
/** `DE` → `Germany (DE)`; what is no code as it is. */
export function countryName(code: string): string {
  if (!/^[A-Z]{2}$/.test(code)) return code;
  const name = regions.of(code);
  return name && name !== code ? `${name} (${code})` : code;
}

/** How long something took: `35 s`, `12 min`, `5 h`, `3 d`. */
export function lasted(seconds: number): string {
  if (seconds < 90) return `${Math.round(seconds)} s`;
  if (seconds < 5400) return `${Math.round(seconds / 60)} min`;
  if (seconds < 129_600) return `${Math.round(seconds / 3600)} h`;
  return `${Math.round(seconds / 86_400)} d`;
}
