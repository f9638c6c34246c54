import type { Log } from '../serve/contract.ts';

/** Trouble comes and goes: on a full disk now and then a little fits. */
const overAfterMs = 60_000;

/**
 * Does work again and again. What it throws (a full disk, no file to be had) is told once until it has been over
 * for a minute, and does not end the program. The timer keeps no process alive.
 *
 * @param what begins the sentence that tells it: "Blocks that are over were not ended"
 */
export function repeat(everyMs: number, what: string, log: Log, work: () => void): NodeJS.Timeout {
  let problem: string | null = null;
  /** Since it last failed. */
  let turns = 0;
  return setInterval(() => {
    turns += 1;
    try {
      work();
      if (turns * everyMs >= overAfterMs) problem = null;
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      if (message !== problem) log('error', `${what}: ${message}. It is tried again.`);
      problem = message;
      turns = 0;
    }
  }, everyMs).unref();
}
