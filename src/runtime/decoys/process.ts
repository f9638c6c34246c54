import { type ChildProcess, fork } from 'node:child_process';
import type { Socket } from 'node:net';
import { type FromChild, fromChild, type ToChild } from '../../decoy/host/messages.ts';
import type { Log } from '../../serve/contract.ts';
import type { DecoyIsolation } from '../../serve/decoys/types.ts';
import { childFile, namespaceWay, nodeArguments } from './isolation.ts';

const firstPauseMs = 500;
const longestPauseMs = 60_000;
/** A process that lived this long begins again with a short pause. */
const steadyMs = 60_000;
/** After so many questions without an answer it is ended. */
const askEveryMs = 2500;
const mostUnanswered = 6;

export interface DecoyProcessOptions {
  log: Log;
  now: () => number;
  /** It is there and kept in: decoys may be started in it. */
  onReady: () => void;
  onMessage: (message: Exclude<FromChild, { type: 'ready' | 'alive' }>) => void;
  /** It is asked so often whether it still turns. */
  askEveryMs?: number;
  /** It ended without being asked to. */
  onCrash: (problem: string) => void;
}

/** The decoys' process: started when a decoy is wanted, started again when it dies, ended when none is wanted. */
export class DecoyProcess {
  readonly #options: DecoyProcessOptions;
  #child: ChildProcess | null = null;
  #isReady = false;
  #isWanted = false;
  #startedAt = 0;
  #pauseMs = firstPauseMs;
  #timer: NodeJS.Timeout | null = null;
  #way: readonly string[] | null | undefined;
  #starting = false;
  #asking: NodeJS.Timeout | null = null;
  #unanswered = 0;
  isolation: DecoyIsolation | null = null;
  restarts = 0;
  /** Messages that were none. */
  refusedMessages = 0;
  lastProblem: string | null = null;

  constructor(options: DecoyProcessOptions) {
    this.#options = options;
  }

  get pid(): number | null {
    return this.#child?.pid ?? null;
  }

  get isReady(): boolean {
    return this.#isReady;
  }

  want(wanted: boolean): void {
    this.#isWanted = wanted;
    if (wanted && this.#child === null && this.#timer === null) void this.#start();
    if (!wanted) void this.stop();
  }

  /** @returns false: it is not there, and nothing was sent. */
  send(message: ToChild, socket?: Socket): boolean {
    const child = this.#child;
    if (child === null || !child.connected) {
      socket?.destroy();
      return false;
    }
    child.send(message, socket, {}, (error) => {
      if (error !== null) socket?.destroy();
    });
    return true;
  }

  async #start(): Promise<void> {
    if (this.#starting) return;
    this.#starting = true;
    this.#way ??= await namespaceWay();
    this.#starting = false;
    if (!this.#isWanted || this.#child !== null) return;
    const args = nodeArguments();
    const way = this.#way;
    const child = fork(childFile, [], {
      ...(way === null ? { execArgv: args } : { execPath: 'unshare', execArgv: [...way, process.execPath, ...args] }),
      // It needs nothing of ours, and ours holds keys.
      env: { PATH: process.env.PATH ?? '/usr/bin:/bin', TZ: 'UTC', LANG: 'C.UTF-8' },
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
      serialization: 'json',
    });
    this.#child = child;
    this.#startedAt = this.#options.now();
    let said = '';
    this.#watch(child, (why) => {
      said += why;
    });
    child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      said = (said + text).slice(-4000);
    });
    child.on('message', (message) => this.#receive(child, message));
    child.on('error', (error) => {
      said += error.message;
      // Without a process there is no exit.
      if (child.pid === undefined) this.#ended(child, error.message);
    });
    child.on('exit', (status, signal) => {
      const why = said.trim() === '' ? '' : `: ${lastLines(said)}`;
      this.#ended(child, `${signal === null ? `code ${status}` : signal}${why}`);
    });
  }

  /**
   * A visitor may find a way to keep it busy for ever, and all other visitors with it. Questions are counted, not seconds: where
   * this process was held up itself, the other one has as much time again.
   */
  #watch(child: ChildProcess, end: (why: string) => void): void {
    if (this.#asking !== null) clearInterval(this.#asking);
    this.#unanswered = 0;
    const everyMs = this.#options.askEveryMs ?? askEveryMs;
    this.#asking = setInterval(() => {
      if (child !== this.#child || !this.#isReady) return;
      if (this.#unanswered >= mostUnanswered) {
        end(`\nIt did not answer for ${(mostUnanswered * everyMs) / 1000} s and was ended.`);
        child.kill('SIGKILL');
        // Once: it may take a while to be gone.
        this.#unanswered = Number.NEGATIVE_INFINITY;
        return;
      }
      this.#unanswered += 1;
      this.send({ type: 'ask' });
    }, everyMs);
    this.#asking.unref();
  }

  #receive(child: ChildProcess, message: unknown): void {
    if (child !== this.#child) return;
    const read = fromChild.safeParse(message);
    if (!read.success) {
      this.refusedMessages += 1;
      return;
    }
    if (read.data.type === 'alive') {
      this.#unanswered = 0;
      return;
    }
    if (read.data.type === 'ready') {
      this.isolation = read.data.isolation;
      this.#isReady = true;
      this.#options.onReady();
      return;
    }
    this.#options.onMessage(read.data);
  }

  #ended(child: ChildProcess, problem: string): void {
    if (child !== this.#child) return;
    this.#child = null;
    this.#isReady = false;
    this.isolation = null;
    if (this.#asking !== null) clearInterval(this.#asking);
    this.#asking = null;
    if (!this.#isWanted) return;
    this.lastProblem = problem;
    this.restarts += 1;
    if (this.#options.now() - this.#startedAt > steadyMs) this.#pauseMs = firstPauseMs;
    const pause = this.#pauseMs;
    this.#pauseMs = Math.min(longestPauseMs, pause * 2);
    this.#options.log(
      'warn',
      `The decoys' process ended (${problem}). It is started again in ${Math.round(pause / 100) / 10} s.`,
    );
    this.#options.onCrash(problem);
    this.#timer = setTimeout(() => {
      this.#timer = null;
      if (this.#isWanted) void this.#start();
    }, pause);
  }

  async stop(): Promise<void> {
    this.#isWanted = false;
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
    const child = this.#child;
    if (child === null || child.exitCode !== null) return;
    const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
    this.send({ type: 'shutdown' });
    const kill = setTimeout(() => child.kill('SIGKILL'), 2000);
    await ended;
    clearTimeout(kill);
    if (this.#child === child) this.#child = null;
    this.#isReady = false;
    this.isolation = null;
  }
}

const lastLines = (text: string): string => text.trim().split('\n').slice(-6).join(' | ').slice(0, 800);
