import type { Worker } from 'node:worker_threads';
import type { Log } from '../serve/contract.ts';

/** The exit code of an internal error, as in sysexits. */
const internalError = 70;

/**
 * Ends the program when one of its threads dies: a dead stage would lose events silently. Ending lets the service manager start
 * anew, and the spool has the rest.
 *
 * @returns to be called before the threads are stopped
 */
export function watchThreads(threads: Readonly<Record<string, Worker>>, log: Log): () => void {
  let isStopping = false;
  for (const [name, thread] of Object.entries(threads)) {
    thread.on('error', (error: unknown) => {
      log(
        'error',
        `The ${name} worker failed and Phosor stops: ${error instanceof Error ? error.stack : String(error)}`,
      );
      process.exit(internalError);
    });
    thread.on('exit', (code) => {
      if (isStopping) return;
      log('error', `The ${name} worker ended unexpectedly (code ${code}) and Phosor stops.`);
      process.exit(internalError);
    });
  }
  return () => {
    isStopping = true;
  };
}
