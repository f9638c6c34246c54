/** Loaded into every thread of the server before its entry: it gives memory back when main says that there is time for it. */
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { BroadcastChannel, isMainThread } from 'node:worker_threads';

type Collect = (options: { type: 'major'; execution: 'sync'; flavor: 'last-resort' }) => void;

/** Main's word to the other threads. */
export const restChannel = 'phosor-rest';

// The flag is the whole program's: it is never taken back, because another thread may be about to use it.
setFlagsFromString('--expose-gc');
const collect = runInNewContext('globalThis.gc') as Collect | undefined;

/**
 * Collects this thread's garbage, moves what is left together and returns the pages: 0.1 s in which the thread does nothing else.
 * By itself V8 keeps what a start or a big answer has taken.
 */
export function giveBack(): void {
  collect?.({ type: 'major', execution: 'sync', flavor: 'last-resort' });
}

if (!isMainThread) {
  const channel = new BroadcastChannel(restChannel);
  channel.unref();
  channel.onmessage = giveBack;
}
