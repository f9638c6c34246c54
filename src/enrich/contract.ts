import type { Event } from '../model/index.ts';

/** One enrichment. Changes the event in place. State and lookups are handed in when it is created; it does no I/O. */
export interface Enrichment {
  readonly name: string;
  readonly apply: (event: Event) => void;
}

export interface RedactOptions {
  email: boolean;
  phone: boolean;
  internalIps: boolean;
  /** User's own patterns: what matches is replaced by `marker`. Compiled by the caller in linear time (re2js). */
  custom: readonly { name: string; regex: string; marker: string }[];
}
