import type { Log } from '../serve/contract.ts';
import { isDiskTrouble } from '../store/contract.ts';

/** The same trouble is told this often. */
const tellEveryMs = 60_000;

/**
 * Keeps a disk that is full from ending the program: what could not be written was rolled back, detection and what people read
 * go on, and the step is taken again when something new asks for it. Every other uncaught error ends the program as before.
 *
 * @returns how to let go
 */
export function outliveFullDisk(log: Log, now: () => number = () => performance.now()): () => void {
  let toldAt = Number.NEGATIVE_INFINITY;
  const caught = (error: unknown): void => {
    if (!isDiskTrouble(error)) {
      stop();
      throw error;
    }
    if (now() - toldAt < tellEveryMs) return;
    toldAt = now();
    const where = error instanceof Error ? (/\(?file:\S*\/src\/(\S+?)\)?$/m.exec(error.stack ?? '')?.[1] ?? '') : '';
    log(
      'error',
      `The state cannot be written: ${(error as Error).message} (${where}). Free disk space; nothing else has to be done.`,
    );
  };
  const stop = (): void => {
    process.off('uncaughtException', caught);
    process.off('unhandledRejection', caught);
  };
  process.on('uncaughtException', caught);
  process.on('unhandledRejection', caught);
  return stop;
}
