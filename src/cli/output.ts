import type { Output } from './command.ts';

const flushChars = 64 * 1024;

/**
 * Writes to a stream in blocks: a write per line costs a system call per line. A terminal gets every line at once.
 * Where the reader is slower than we are, `write` returns a promise to wait for.
 */
export function createOutput(stream: NodeJS.WriteStream): Output {
  const isTerminal = stream.isTTY === true;
  let pending = '';
  let drained: Promise<void> | undefined;

  const flushNow = (): Promise<void> | undefined => {
    if (pending === '') return drained;
    const text = pending;
    pending = '';
    if (!stream.write(text) && !drained) {
      drained = new Promise((resolve) => {
        stream.once('drain', () => {
          drained = undefined;
          resolve();
        });
      });
    }
    return drained;
  };

  return {
    isTerminal,
    write(text) {
      pending += text;
      return pending.length >= flushChars || isTerminal ? flushNow() : undefined;
    },
    line(text) {
      pending += `${text}\n`;
      flushNow();
    },
    async flush() {
      flushNow();
      await new Promise<void>((resolve) => stream.write('', () => resolve()));
    },
  };
}

/** A reader that has seen enough (`phosor parse … | head`) is no error: leave quietly. */
export function endQuietlyOnBrokenPipe(stream: NodeJS.WriteStream): void {
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') process.exit(0);
    throw error;
  });
}
