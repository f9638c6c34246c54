import { BroadcastChannel } from 'node:worker_threads';
import type { Log } from '../../serve/contract.ts';
import type { EventStore } from '../../store/contract.ts';
import { memoryHereMb } from '../memory.ts';
import { giveBack, restChannel } from './thread.ts';

const lookEveryMs = 5000;
/** Fewer events than this in five seconds are no work worth waiting for. */
const fewEvents = 50;
/** At rest: that many looks, one after the other, at which nearly nothing was done. */
const quietLooks = 3;
/** Requests are answered in between; many of them, or one that computes, are work. */
const idleShare = 0.9;
/** The program has grown by this since memory was given back last: it is worth the tenth of a second again. */
const growth = 1.15;
/** From this share of what the program may take on, what was freed goes back at once, whatever there is to do. */
const fullShare = 0.6;
/** Somewhat more than that, and people are told. */
const shortShare = 0.9;
const tellEveryMs = 3_600_000;
/** Until all threads have collected. */
const collectMs = 500;

export interface RestOptions {
  /** Events taken in so far. */
  events: () => number;
  residentBytes: () => number;
  /** Share of the time in which main has waited since the last call. */
  idle: () => number;
  /** Collects garbage, in all threads, and returns what was freed. */
  giveBack: () => void;
  /** Returns what was freed, without a pause. */
  trim: () => void;
  /** What the program may take. */
  limitBytes: number;
  now: () => number;
  /** For people: memory is short. */
  tell: (message: string) => void;
}

/** When the program has nothing to do, memory that work has taken goes back to the system: after the start, and after each burst. */
export class Rest {
  readonly #options: RestOptions;
  #events = 0;
  #quiet = 0;
  /** Resident memory after it was given back last; 0: it never was. */
  #kept = 0;
  #isGiven = false;
  #toldAt = Number.NEGATIVE_INFINITY;

  constructor(options: RestOptions) {
    this.#options = options;
  }

  /** Called at a steady pace. */
  look(): void {
    this.#watch();
    const { events, residentBytes, idle, giveBack: give } = this.#options;
    const now = events();
    const isQuiet = idle() >= idleShare && now - this.#events < fewEvents;
    this.#events = now;
    this.#quiet = isQuiet ? this.#quiet + 1 : 0;
    if (this.#isGiven) {
      // Threads have had the time to return theirs.
      this.#isGiven = false;
      this.#kept = residentBytes();
    }
    if (this.#quiet < quietLooks || residentBytes() < this.#kept * growth) return;
    this.#quiet = 0;
    this.#isGiven = true;
    give();
  }

  #watch(): void {
    const { residentBytes, limitBytes, trim, now, tell } = this.#options;
    const bytes = residentBytes();
    if (bytes > limitBytes * fullShare) trim();
    if (bytes <= limitBytes * shortShare || now() - this.#toldAt < tellEveryMs) return;
    this.#toldAt = now();
    const mb = (n: number): number => Math.round(n / 1e6);
    tell(
      `Memory is short: Phosor takes ${mb(bytes)} of ${mb(limitBytes)} MB. Give it more, or lower PHOSOR_STORE_MEMORY_LIMIT_MB. Answers may be slow; nothing is lost.`,
    );
  }
}

export interface RestParts {
  /** Taken in so far. */
  events: () => number;
  store: Pick<EventStore, 'giveBack'>;
  now: () => number;
  log: Log;
}

export function startRest({ events, store, now, log }: RestParts): { stop(): void } {
  const trim = (): void => void store.giveBack().catch(() => undefined);
  const channel = new BroadcastChannel(restChannel);
  channel.unref();
  let before = performance.eventLoopUtilization();
  const rest = new Rest({
    events,
    residentBytes: () => process.memoryUsage.rss(),
    idle() {
      const now = performance.eventLoopUtilization();
      const { utilization } = performance.eventLoopUtilization(now, before);
      before = now;
      return 1 - utilization;
    },
    giveBack() {
      channel.postMessage(null);
      giveBack();
      setTimeout(trim, collectMs).unref();
    },
    trim,
    limitBytes: memoryHereMb() * 1e6,
    now,
    tell: (message) => log('warn', message),
  });
  const timer = setInterval(() => rest.look(), lookEveryMs);
  timer.unref();
  return {
    stop() {
      clearInterval(timer);
      channel.close();
    },
  };
}
