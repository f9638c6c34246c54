import { availableParallelism } from 'node:os';
import { setTimeout as delay } from 'node:timers/promises';
import { type DuckDBConnection, type DuckDBDataChunk, DuckDBInstance, type DuckDBValue } from '@duckdb/node-api';

export type Values = readonly DuckDBValue[];
export type Row = Record<string, unknown>;

/** Writing a log into its file does not wait longer for a long reading. */
const patienceMs = 3000;

/** Work that nobody waits for begins once no question has run for so long, and waits for that no longer than this. */
const quietMs = 30;
const mostQuietMs = 2000;

/** The memory limit is lowered again so long after nobody needs more. */
const roomyMs = 3000;

/** The one DuckDB instance, in memory, to which slices are attached. Loads have a connection of their own. */
export class Engine {
  #instance: DuckDBInstance;
  #writer: DuckDBConnection;
  #idle: DuckDBConnection[] = [];
  #running = 0;
  #queue: (() => void)[] = [];
  /** Long readings of history wait for each other here, not among the short queries of the screens. */
  #scanner: DuckDBConnection | null = null;
  #scanning: Promise<unknown> = Promise.resolve();
  /** What nobody waits for, one after the other. */
  #back: DuckDBConnection | null = null;
  #working: Promise<unknown> = Promise.resolve();
  #lastRead = Number.NEGATIVE_INFINITY;
  readonly #memoryLimitMb: number;
  readonly #roomMb: number;
  /** How many need more memory than that now. */
  #roomy = 0;
  #raisedToMb = 0;
  /** The last log that was to be written into its file was not, or the next one has long rows. */
  #isTight = false;
  #lowering: NodeJS.Timeout | undefined;
  /** Limits are set here one after the other: lowering may wait for a query that runs. */
  readonly #limiter: DuckDBConnection;
  #limits: Promise<unknown> = Promise.resolve();

  private constructor(
    instance: DuckDBInstance,
    writer: DuckDBConnection,
    limiter: DuckDBConnection,
    memoryLimitMb: number,
    roomMb: number,
  ) {
    this.#instance = instance;
    this.#writer = writer;
    this.#limiter = limiter;
    this.#memoryLimitMb = memoryLimitMb;
    this.#roomMb = roomMb;
  }

  /** @param options.roomMb what work gets that does not do with `memoryLimitMb`; absent: twice as much and 128 MB */
  static async open(options: {
    memoryLimitMb: number;
    roomMb?: number | undefined;
    threads?: number | undefined;
    temporary: string;
  }) {
    const { memoryLimitMb, roomMb = memoryLimitMb * 2 + 128 } = options;
    const instance = await DuckDBInstance.create(':memory:', {
      // One thread loads as fast as two and needs half the memory: with two, 96 MB do not hold 50,000 rows.
      threads: String(options.threads ?? (availableParallelism() > 2 ? 2 : 1)),
      memory_limit: `${memoryLimitMb}MB`,
      temp_directory: options.temporary,
      // Never as a part of a commit: where its memory does not do then, the slice is closed. See {@link Engine.checkpoint}.
      checkpoint_threshold: '1TB',
      preserve_insertion_order: 'false',
      // It unpacks 2048 lines at a time, in memory that is not counted: of lines of 1 MiB that is 2 GiB for each question.
      zstd_min_string_length: '1000000000',
      autoinstall_known_extensions: 'false',
      autoload_known_extensions: 'false',
    });
    return new Engine(instance, await instance.connect(), await instance.connect(), memoryLimitMb, roomMb);
  }

  /** On the writer's connection. Callers take turns: it knows one transaction at a time. */
  async write(sql: string, values: Values = []): Promise<number> {
    return (await this.#writer.run(sql, values as DuckDBValue[])).rowsChanged;
  }

  /** The same; once more with all the memory that there is where it found too little. */
  writeRoomy(sql: string): Promise<number> {
    return this.#orRoomy(() => this.write(sql));
  }

  async writerRows(sql: string, values: Values = []): Promise<Row[]> {
    return (await this.#writer.runAndReadAll(sql, values as DuckDBValue[])).getRowObjectsJS();
  }

  /**
   * At most two at a time: more would starve the loads and hold every thread of libuv's pool.
   *
   * @throws the signal's reason, soon after it is given: the running query is interrupted
   */
  async read(sql: string, values: Values = [], signal?: AbortSignal): Promise<Row[]> {
    if (this.#running >= 2) await new Promise<void>((resolve) => this.#queue.push(resolve));
    this.#running += 1;
    let connection: DuckDBConnection | undefined;
    try {
      signal?.throwIfAborted();
      connection = this.#idle.pop() ?? (await this.#instance.connect());
      return await this.#rows(connection, sql, values, signal);
    } finally {
      if (connection !== undefined) this.#idle.push(connection);
      this.#running -= 1;
      this.#lastRead = performance.now();
      this.#queue.shift()?.();
    }
  }

  /**
   * Work that nobody waits for: one at a time on a connection of its own, begun when no question runs, at the latest two
   * seconds after it was asked for.
   *
   * @throws the signal's reason, soon after it is given: the running query is interrupted
   */
  aside(sql: string, values: Values = [], signal?: AbortSignal): Promise<Row[]> {
    const turn = this.#working.then(async () => {
      await this.#quiet(signal);
      this.#back ??= await this.#instance.connect();
      return this.#rows(this.#back, sql, values, signal);
    });
    this.#working = turn.catch(() => undefined);
    return turn;
  }

  #rows(connection: DuckDBConnection, sql: string, values: Values, signal: AbortSignal | undefined): Promise<Row[]> {
    const run = async (): Promise<Row[]> => {
      signal?.throwIfAborted();
      return (await connection.runAndReadAll(sql, values as DuckDBValue[])).getRowObjectsJS();
    };
    return interruptible(connection, signal, () => this.#orRoomy(run));
  }

  async #quiet(signal: AbortSignal | undefined): Promise<void> {
    const end = performance.now() + mostQuietMs;
    while (!signal?.aborted && performance.now() < end) {
      if (this.#running === 0 && performance.now() - this.#lastRead >= quietMs) return;
      await delay(quietMs);
    }
  }

  /**
   * One at a time, beside the reads, with somewhat more memory.
   *
   * @param take makes a copy of what it needs of the whole result: the chunks' memory is DuckDB's
   * @throws the signal's reason, soon after it is given: the running query is interrupted
   */
  scan<T>(
    sql: string,
    values: Values,
    signal: AbortSignal | undefined,
    take: (chunks: readonly DuckDBDataChunk[]) => T,
  ): Promise<T> {
    const turn = this.#scanning.then(async () => {
      signal?.throwIfAborted();
      this.#scanner ??= await this.#instance.connect();
      const connection = this.#scanner;
      const run = async (): Promise<T> => {
        signal?.throwIfAborted();
        const result = await connection.run(sql, values as DuckDBValue[]);
        return take(await result.fetchAllChunks());
      };
      return interruptible(connection, signal, () => this.#orRoomy(() => this.#roomier(run), run));
    });
    this.#scanning = turn.catch(() => undefined);
    return turn;
  }

  /**
   * Writes the log of an attached database into its file. Without enough memory DuckDB would close the database, so that it
   * has somewhat more, no long reading begins meanwhile, and one that runs is waited for a little. Where that did not do, the
   * next one has all that there is.
   */
  async checkpoint(database: string): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const scanning = this.#scanning;
    this.#scanning = scanning.then(() => promise);
    try {
      await Promise.race([scanning, delay(patienceMs, undefined, { ref: false })]);
      const write = () => this.write(`CHECKPOINT ${database}`);
      await (this.#isTight ? this.roomy(write) : this.#roomier(write));
      this.#isTight = false;
    } catch (error) {
      this.#isTight = true;
      throw error;
    } finally {
      resolve();
    }
  }

  /** The next log that is written into its file gets all the memory that there is: its rows are long. */
  needRoom(): void {
    this.#isTight = true;
  }

  /** Work that did not do with the memory that is given to DuckDB as a rule gets all that it may have. */
  roomy<T>(work: () => Promise<T>): Promise<T> {
    return this.#with(this.#roomMb, work);
  }

  /**
   * Memory that was freed goes back to the system, the program's as well as DuckDB's. By itself neither allocator does that:
   * both do when the limit is set, also to what it is.
   */
  async giveBack(): Promise<void> {
    await this.#limit(this.#raisedToMb === 0 ? this.#memoryLimitMb : this.#raisedToMb);
  }

  /** What found too little memory is done once more with all that there is. */
  #orRoomy<T>(work: () => Promise<T>, again: () => Promise<T> = work): Promise<T> {
    return work().catch((error: unknown) => {
      if (!isOutOfMemory(error)) throw error;
      return this.roomy(again);
    });
  }

  /** Work that often needs somewhat more. */
  #roomier<T>(work: () => Promise<T>): Promise<T> {
    return this.#with(this.#memoryLimitMb + 48, work);
  }

  async #with<T>(mb: number, work: () => Promise<T>): Promise<T> {
    this.#roomy += 1;
    clearTimeout(this.#lowering);
    if (this.#raisedToMb < mb) {
      this.#raisedToMb = mb;
      void this.#limit(mb);
    }
    try {
      await this.#limits;
      return await work();
    } finally {
      this.#roomy -= 1;
      if (this.#roomy === 0) this.#lowerLater();
    }
  }

  #lowerLater(): void {
    clearTimeout(this.#lowering);
    this.#lowering = setTimeout(async () => {
      const raised = this.#raisedToMb;
      this.#raisedToMb = 0;
      // More than that is in use: later.
      const isLow = await this.#limit(this.#memoryLimitMb);
      if (isLow || this.#roomy > 0) return;
      this.#raisedToMb = raised;
      this.#lowerLater();
    }, roomyMs);
    this.#lowering.unref();
  }

  /** @returns whether it is the limit now */
  #limit(mb: number): Promise<boolean> {
    const set = this.#limits.then(() =>
      this.#limiter.run(`SET memory_limit = '${mb}MB'`).then(
        () => true,
        () => false,
      ),
    );
    this.#limits = set;
    return set;
  }

  close(): void {
    clearTimeout(this.#lowering);
    this.#scanner?.closeSync();
    this.#back?.closeSync();
    for (const connection of [this.#writer, this.#limiter, ...this.#idle]) connection.closeSync();
    this.#instance.closeSync();
  }
}

/** @throws the signal's reason, soon after it is given: the query that runs is interrupted */
async function interruptible<T>(
  connection: DuckDBConnection,
  signal: AbortSignal | undefined,
  work: () => Promise<T>,
): Promise<T> {
  const interrupt = (): void => connection.interrupt();
  signal?.addEventListener('abort', interrupt);
  try {
    return await work();
  } catch (error) {
    throw signal?.aborted ? signal.reason : error;
  } finally {
    signal?.removeEventListener('abort', interrupt);
  }
}

/** A commit and a log that is read again say it in other words. What has been closed for it needs to be attached anew first. */
export const isOutOfMemory = (error: unknown): boolean =>
  /Out of Memory Error|failed to (?:pin|allocate)/i.test(String(error)) && !/has been invalidated/i.test(String(error));
