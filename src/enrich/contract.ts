import type { Event } from '../model/index.ts';

export type { BaitTable } from './bait/enrichment.ts';
export type { IntelFeed, IntelHit, IntelLevel, IntelTables } from './intel/tables.ts';

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

/** Where an address is. What is not known is left out. */
export type GeoFacts = Readonly<{
  /** ISO 3166-1 alpha-2. */
  country?: string;
  city?: string;
  /** Degrees, north and east. */
  lat?: number;
  lon?: number;
  /** Number of the autonomous system, and who runs it. */
  asn?: number;
  as_org?: string;
}>;

/** Says where an address is; null for private and unknown ones, and for what is no address. */
export type GeoLookup = (address: string) => GeoFacts | null;
