import { Worker } from 'node:worker_threads';
import { contextInUse } from '../../detect/index.ts';
import { RefusedError } from '../../serve/contract.ts';
import { threadHeapMb } from '../memory.ts';
import { deathOf } from '../thread-death.ts';
import type { TrialAnswer, TrialInput, TrialKind, TrialOrder, TrialReport } from './jobs.ts';

/** Nobody has asked for so long: its memory is better given back. */
const idleMs = 15_000;
/** Longer than this, nobody waits for an answer. */
const longestMs = 60_000;
const memoryMb = 1024;
/** One that holds more than this is ended with its work: the next rule may need as much. */
const muchHeapBytes = 300 * 1024 * 1024;
/** More that wait at a time would be a queue that nobody sees the end of. */
const mostWaiting = 20;

const extension = import.meta.url.endsWith('.ts') ? '.ts' : '.js';

interface Waiting {
  resolve: (answer: unknown) => void;
  reject: (error: Error) => void;
}

/** A thread for rules that are too big to be compiled beside requests: started when one comes, ended when none has come for a while. */
class TrialThread {
  #worker: Worker | null = null;
  readonly #waiting = new Map<number, Waiting>();
  #nextId = 1;
  #idle: NodeJS.Timeout | null = null;
  #watch: NodeJS.Timeout | null = null;
  #isFull = false;

  /** Whether it is there: for tests, and for who counts memory. */
  get isRunning(): boolean {
    return this.#worker !== null;
  }

  /** @param context what rules are compiled with; absent: what is in use on this thread. */
  run<Kind extends TrialKind>(
    kind: Kind,
    input: TrialInput<Kind>,
    context: TrialOrder['context'] = contextInUse(),
  ): Promise<TrialAnswer<Kind>> {
    if (this.#waiting.size >= mostWaiting)
      return Promise.reject(new RefusedError('Too many big rules are being tried right now. Try again in a moment.'));
    const worker = this.#started();
    const id = this.#nextId++;
    const order: TrialOrder = { id, kind, input, context };
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve: resolve as Waiting['resolve'], reject });
      worker.postMessage(order);
      this.#rest();
    });
  }

  #started(): Worker {
    if (this.#worker !== null) return this.#worker;
    const worker = new Worker(new URL(`./worker${extension}`, import.meta.url), {
      resourceLimits: { maxOldGenerationSizeMb: threadHeapMb(memoryMb), maxYoungGenerationSizeMb: 32 },
    });
    // It keeps no process alive.
    worker.unref();
    worker.on('message', (report: TrialReport) => this.#take(report));
    worker.on('error', (error: unknown) => this.#died(worker, error));
    worker.on('exit', () => this.#died(worker, new Error('The thread that tries big rules ended.')));
    this.#worker = worker;
    this.#isFull = false;
    return worker;
  }

  #take(report: TrialReport): void {
    const waiting = this.#waiting.get(report.id);
    this.#waiting.delete(report.id);
    if (report.type === 'done') {
      waiting?.resolve(report.answer);
      this.#isFull = report.heapBytes > muchHeapBytes;
    } else waiting?.reject(report.refused ? new RefusedError(report.detail) : new Error(report.detail));
    this.#rest();
  }

  /** Ends it after a while without work, or without an answer. */
  #rest(): void {
    clearTimeout(this.#idle ?? undefined);
    clearTimeout(this.#watch ?? undefined);
    this.#idle = null;
    this.#watch = null;
    if (this.#worker === null) return;
    if (this.#waiting.size === 0) {
      if (this.#isFull) this.#end(new Error('full'));
      else this.#idle = setTimeout(() => this.#end(new Error('idle')), idleMs).unref();
    } else {
      const late = new RefusedError(`This took longer than ${longestMs / 1000} s. Try a smaller rule, or fewer lines.`);
      this.#watch = setTimeout(() => this.#end(late), longestMs).unref();
    }
  }

  #end(reason: Error): void {
    const worker = this.#worker;
    if (worker === null) return;
    this.#died(worker, reason);
    void worker.terminate();
  }

  #died(worker: Worker, error: unknown): void {
    if (this.#worker !== worker) return;
    this.#worker = null;
    const reason = deathOf(error, 'The rule needs too much memory. Split it into several rules.');
    const waiting = [...this.#waiting.values()];
    this.#waiting.clear();
    this.#rest();
    for (const { reject } of waiting) reject(reason);
  }
}

/** One for all who ask. */
export const trialThread = new TrialThread();
