import type { Event } from '../model/index.ts';

/** What parsing may know besides the line itself. No clock: everything arrives here. */
export interface ParseContext {
  /**
   * Offset from UTC in minutes that a zone-less local time has: called with the local time read as if it were UTC
   * (epoch ms). The default is the host's zone; a source may have its own.
   */
  zoneMinutesAt: (localEpochMs: number) => number;
  /** Year for lines that state none (RFC 3164); null: the year that puts the event closest to the record's receive time. */
  year: number | null;
  /** Live: times more than 5 min ahead of `received_at` are clamped and tagged `clock_skew`. Replay: never. */
  live: boolean;
}

/**
 * One log format. `src/parse/index.ts` lists them, most specific first.
 *
 * `parse` gets the event whose syslog header (if any) was read already, and `text`: the message behind that header, or the
 * whole line. It fills the event in place and returns true, or returns false and leaves the event exactly as it was.
 * It must never throw, never take more than 5 ms on 64 KiB, and be linear in the length of the text.
 *
 * Which lines are offered to it (anything else is never seen, which is what keeps a long registry cheap):
 *
 * - a syslog message of one of its `programs`;
 * - any syslog message, where `anyProgram` is set and its first character is one of `leads` (or `leads` is absent);
 * - a line without a syslog header whose first character is one of `leads`; every such line, where `leads` is absent.
 *   A format with `leads: ''` is never offered one.
 */
export interface Format {
  readonly name: string;
  /** One sentence for the docs and the UI. */
  readonly description: string;
  /** Program names (lower case, without path) that route a syslog-framed message straight to this format. */
  readonly programs?: readonly string[];
  /** Also offered syslog messages of programs that no format claims, or whose own formats declined. */
  readonly anyProgram?: boolean;
  /** First characters of the texts it can recognise. `9` stands for every digit, `A` for A-Z, `a` for a-z. */
  readonly leads?: string;
  readonly parse: (event: Event, text: string, context: ParseContext) => boolean;
}

/** Keeps the literal type of `name`, so that the registry yields a union of names. */
export const defineFormat = <const F extends Format>(format: F): F => format;
