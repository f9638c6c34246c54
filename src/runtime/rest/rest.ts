import { BroadcastChannel } from 'node:worker_threads';
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

export interface RestOptions {
  /** Events taken in so far. */
  events: () => number;
  residentBytes: () => number;
  /** Share of the time in which main has waited since the last call. */
  idle: () => number;
  /** Collects garbage, in all threads. */
  giveBack: () => void;
}

/** When the program has nothing to do, memory that work has taken goes back to the system: after the start, and after each burst. */
export class Rest {
  readonly #options: RestOptions;
  #events = 0;
  #quiet = 0;
  /** Resident memory after it was given back last; 0: it never was. */
  #kept = 0;
  #isGiven = false;

  constructor(options: RestOptions) {
    this.#options = options;
  }

  /** Called at a steady pace. */
  look(): void {
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
}

/** @param events taken in so far */
export function startRest(events: () => number): { stop(): void } {
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
    },
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
