import { Worker } from 'node:worker_threads';
import { PdfBusy, type PdfDocument, type PdfPrinter } from '../serve/pdf/document.ts';
import { threadHeapMb } from './memory.ts';
import { deathOf } from './thread-death.ts';

const extension = import.meta.url.endsWith('.ts') ? '.ts' : '.js';
const mostWaiting = 8;
/** Five thousand rows take some twenty seconds of a busy core. */
const mostMs = 180_000;

/** Prints each document in a thread of its own, one after the other: the main thread only waits. */
export class PdfThreads implements PdfPrinter {
  #waiting = 0;
  #turn: Promise<unknown> = Promise.resolve();
  #running: Worker | null = null;

  print(document: PdfDocument): Promise<Uint8Array> {
    if (this.#waiting >= mostWaiting) return Promise.reject(new PdfBusy(`${this.#waiting} documents wait already.`));
    this.#waiting += 1;
    const printed = this.#turn.then(() => this.#print(document));
    this.#turn = printed.then(
      () => this.#left(),
      () => this.#left(),
    );
    return printed;
  }

  /** Ends what runs. */
  async stop(): Promise<void> {
    await this.#running?.terminate();
  }

  #left(): void {
    this.#waiting -= 1;
  }

  #print(document: PdfDocument): Promise<Uint8Array> {
    const thread = new Worker(new URL(`../serve/pdf/worker${extension}`, import.meta.url), {
      workerData: document,
      resourceLimits: { maxOldGenerationSizeMb: threadHeapMb(1024) },
    });
    this.#running = thread;
    return new Promise<Uint8Array>((done, fail) => {
      const timer = setTimeout(() => {
        fail(new Error(`printing took longer than ${mostMs / 1000} s`));
        void thread.terminate();
      }, mostMs);
      thread.on('message', (bytes: Uint8Array) => done(bytes));
      thread.on('error', (error: unknown) =>
        fail(deathOf(error, 'The document needs too much memory. Choose a shorter time, or fewer events.')),
      );
      thread.on('exit', () => {
        clearTimeout(timer);
        this.#running = null;
        fail(new Error('printing was ended before the document was whole'));
      });
    });
  }
}
