import type { Log } from '../serve/contract.ts';

/**
 * Does work again and again. What it throws (a full disk, no file to be had) is told once until it is over, and does not end the
 * program. The timer keeps no process alive.
 *
 * @param what begins the sentence that tells it: "Blocks that are over were not ended"
 */
export function repeat(everyMs: number, what: string, log: Log, work: () => void): NodeJS.Timeout {
  let problem: string | null = null;
  return setInterval(() => {
    try {
      work();
      problem = null;
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      if (message !== problem) log('error', `${what}: ${message}. It is tried again.`);
      problem = message;
    }
  }, everyMs).unref();
}
