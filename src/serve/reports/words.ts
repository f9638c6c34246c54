import { type Severity, severities } from '../../model/index.ts';

/* Figures, times and severities as documents write them. */

export const number = (value: number): string => value.toLocaleString('en-US');

/** `2026-11-22 08:15` of `2026-11-22T08:15:00+01:00`. */
export const readable = (iso: string): string => iso.replace('T', ' ').slice(0, 16);

/** Undefined: a word of nobody's. */
export const severityOf = (word: string): Severity | undefined =>
  severities.find((severity) => severity === word.toLowerCase());
