import { RefusedError } from '../serve/contract.ts';

/**
 * What a worker thread died of, as people may be told it where they can do something about it.
 *
 * @param outOfMemory what to do where it took more memory than it may
 */
export function deathOf(error: unknown, outOfMemory: string): Error {
  if (!(error instanceof Error)) return new Error(String(error));
  return 'code' in error && error.code === 'ERR_WORKER_OUT_OF_MEMORY' ? new RefusedError(outOfMemory) : error;
}
