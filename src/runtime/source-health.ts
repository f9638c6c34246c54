import type { PipelineTick, SourceTally } from '../messages.ts';
import type { EventType } from '../model/index.ts';

/** The source under whose name Phosor reports about others. */
export const ownSource = 'phosor';

/** A source is watched for silence once it has sent this many lines over this long. */
const knownAfterEvents = 20;
const knownAfterMs = 3_600_000;
/** No pause is silence below this, nor below so many times the longest pause so far. */
const silentAfterMs = 15 * 60_000;
const pauses = 3;
/** A pause between two looks means that this host slept: what was not sent then is nobody's silence. */
const sleptMs = 120_000;
const lookEveryMs = 10_000;

/** Lines by which a source is judged anew, and what is a collapse of what is understood of them. */
const readWindow = 200;
const goodShare = 0.7;
const collapsedShare = 0.5;

/** Lines by which a clock is judged anew, and how many of them must lie in the future. */
const clockWindow = 20;
const clockLines = 5;
/** Smoothed delay of a live sender from which its clock or zone is off. */
const behindMs = 10 * 60_000;

/** What Phosor says about a source: an event of format `phosor`. */
export interface HealthReport {
  phosor: EventType & `source.${string}`;
  source: string;
  message: string;
  [fact: string]: string | number;
}

interface Watched {
  firstAt: number;
  lastAt: number;
  events: number;
  raw: number;
  skewed: number;
  longestPauseMs: number;
  isSilent: boolean;
  /** Since the last judgement. */
  read: { events: number; raw: number };
  usualShare: number | null;
  isCollapsed: boolean;
  clock: { events: number; skewed: number };
  isClockOff: boolean;
}

export interface SourceHealthOptions {
  report: (report: HealthReport) => void;
  /** Whether somebody still wants to hear of a source: not where it was switched off or removed. */
  isWatched: (source: string) => boolean;
  /** Whether Phosor itself takes nothing at the moment (a full disk). */
  isHeld: () => boolean;
  now: () => number;
}

/**
 * Notices what goes wrong with sources, from the figures of the pipeline: silence, a wrong clock, lines that are no
 * longer understood. Each is said once, and again only after it was over. Its memory begins with the program's start.
 */
export class SourceHealth {
  readonly #options: SourceHealthOptions;
  readonly #sources = new Map<string, Watched>();
  #lookedAt: number;

  constructor(options: SourceHealthOptions) {
    this.#options = options;
    this.#lookedAt = options.now();
  }

  /** Takes the pipeline's figures, once a second. */
  note({ sources }: Pick<PipelineTick, 'sources'>): void {
    for (const tally of sources) {
      if (tally.source !== ownSource && tally.lastAt !== null) this.#note(tally, tally.lastAt);
    }
    const now = this.#options.now();
    const since = now - this.#lookedAt;
    if (since < lookEveryMs) return;
    this.#lookedAt = now;
    if (since > sleptMs || this.#options.isHeld()) {
      for (const one of this.#sources.values()) one.lastAt += since;
    } else this.#lookForSilence(now);
  }

  #note(tally: SourceTally, at: number): void {
    let known = this.#sources.get(tally.source);
    if (known === undefined) {
      known = fresh(at);
      this.#sources.set(tally.source, known);
    }
    const events = tally.events - known.events;
    const raw = tally.raw - known.raw;
    const skewed = tally.skewed - known.skewed;
    Object.assign(known, { events: tally.events, raw: tally.raw, skewed: tally.skewed });
    this.#notePause(tally.source, known, at);
    this.#noteUnderstood(tally.source, known, events, raw);
    this.#noteClock(tally, known, events, skewed);
  }

  #notePause(source: string, known: Watched, at: number): void {
    const pause = Math.max(0, at - known.lastAt);
    if (known.isSilent) {
      known.isSilent = false;
      this.#options.report({
        phosor: 'source.resumed',
        source,
        message: `${source} sends again after ${minutes(pause)}.`,
        silent_seconds: seconds(pause),
      });
    }
    known.longestPauseMs = Math.max(known.longestPauseMs, pause);
    known.lastAt = Math.max(known.lastAt, at);
  }

  #noteUnderstood(source: string, known: Watched, events: number, raw: number): void {
    const { read } = known;
    read.events += events;
    read.raw += raw;
    if (read.events < readWindow) return;
    const share = 1 - read.raw / read.events;
    known.read = { events: 0, raw: 0 };
    const usual = known.usualShare;
    if (usual === null) {
      known.usualShare = share;
      return;
    }
    const isCollapsed = usual >= goodShare && share < usual * collapsedShare;
    if (isCollapsed && !known.isCollapsed) {
      this.#options.report({
        phosor: 'source.unreadable',
        source,
        message: `Of the lines of ${source} ${percent(share)} % are understood; before it were ${percent(usual)} %.`,
        understood_percent: percent(share),
        usual_percent: percent(usual),
      });
    }
    known.isCollapsed = isCollapsed;
    // What stays becomes usual: slowly, where it is a collapse.
    known.usualShare = usual + (share - usual) * (isCollapsed ? 0.02 : 0.2);
  }

  #noteClock({ source, clockOffsetMs }: SourceTally, known: Watched, events: number, skewed: number): void {
    const { clock } = known;
    clock.events += events;
    clock.skewed += skewed;
    if (clock.events < clockWindow) return;
    const isAhead = clock.skewed >= clockLines;
    // A file may be old, and what an agent posts may be; only a live sender's delay says something about its clock.
    const isBehind = source.startsWith('syslog_') && (clockOffsetMs ?? 0) > behindMs;
    known.clock = { events: 0, skewed: 0 };
    if ((isAhead || isBehind) && !known.isClockOff) {
      const direction = isAhead ? 'ahead' : 'behind';
      const how = isAhead ? 'more than 5 min ahead of' : `about ${minutes(clockOffsetMs ?? 0)} behind`;
      this.#options.report({
        phosor: 'source.clock_skew',
        source,
        message: `Times in the lines of ${source} are ${how} this host: its clock or zone is off, or they come late.`,
        direction,
        ...(isBehind && { offset_seconds: seconds(clockOffsetMs ?? 0) }),
      });
    }
    known.isClockOff = isAhead || isBehind;
  }

  #lookForSilence(now: number): void {
    for (const [source, known] of this.#sources) {
      if (known.isSilent || known.events < knownAfterEvents || known.lastAt - known.firstAt < knownAfterMs) continue;
      const silence = now - known.lastAt;
      if (silence <= Math.max(silentAfterMs, pauses * known.longestPauseMs)) continue;
      if (!this.#options.isWatched(source)) {
        this.#sources.delete(source);
        continue;
      }
      known.isSilent = true;
      this.#options.report({
        phosor: 'source.silent',
        source,
        message: `${source} has sent nothing for ${minutes(silence)}. Its longest pause so far was ${minutes(known.longestPauseMs)}.`,
        silent_seconds: seconds(silence),
        longest_pause_seconds: seconds(known.longestPauseMs),
      });
    }
  }
}

const fresh = (at: number): Watched => ({
  firstAt: at,
  lastAt: at,
  events: 0,
  raw: 0,
  skewed: 0,
  longestPauseMs: 0,
  isSilent: false,
  read: { events: 0, raw: 0 },
  usualShare: null,
  isCollapsed: false,
  clock: { events: 0, skewed: 0 },
  isClockOff: false,
});

const percent = (share: number): number => Math.round(share * 100);
const seconds = (ms: number): number => Math.round(ms / 1000);
const minutes = (ms: number): string => (ms < 60_000 ? `${seconds(ms)} s` : `${Math.round(ms / 60_000)} min`);
