import { availableParallelism } from 'node:os';
import { setTimeout as delay } from 'node:timers/promises';
import { type DuckDBConnection, type DuckDBDataChunk, DuckDBInstance, type DuckDBValue } from '@duckdb/node-api';

export type Values = readonly DuckDBValue[];
export type Row = Record<string, unknown>;

/** Writing a log into its file does not wait longer for a long reading. */
const patienceMs = 3000;

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
  readonly memoryLimitMb: number;

  private constructor(instance: DuckDBInstance, writer: DuckDBConnection, memoryLimitMb: number) {
    this.#instance = instance;
    this.#writer = writer;
    this.memoryLimitMb = memoryLimitMb;
  }

  static async open(options: { memoryLimitMb: number; threads?: number | undefined; temporary: string }) {
    const instance = await DuckDBInstance.create(':memory:', {
      // One thread loads as fast as two and needs half the memory: with two, 96 MB do not hold 50,000 rows.
      threads: String(options.threads ?? (availableParallelism() > 2 ? 2 : 1)),
      memory_limit: `${options.memoryLimitMb}MB`,
      temp_directory: options.temporary,
      // Never as a part of a commit: where its memory does not do then, the slice is closed. See {@link Engine.checkpoint}.
      checkpoint_threshold: '1TB',
      preserve_insertion_order: 'false',
      autoinstall_known_extensions: 'false',
      autoload_known_extensions: 'false',
    });
    return new Engine(instance, await instance.connect(), options.memoryLimitMb);
  }

  /** On the writer's connection. Callers take turns: it knows one transaction at a time. */
  async write(sql: string, values: Values = []): Promise<number> {
    return (await this.#writer.run(sql, values as DuckDBValue[])).rowsChanged;
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
    const interrupt = (): void => connection?.interrupt();
    try {
      signal?.throwIfAborted();
      connection = this.#idle.pop() ?? (await this.#instance.connect());
      signal?.addEventListener('abort', interrupt);
      return (await connection.runAndReadAll(sql, values as DuckDBValue[])).getRowObjectsJS();
    } catch (error) {
      throw signal?.aborted ? signal.reason : error;
    } finally {
      signal?.removeEventListener('abort', interrupt);
      if (connection !== undefined) this.#idle.push(connection);
      this.#running -= 1;
      this.#queue.shift()?.();
    }
  }

  /**
   * One at a time, beside the reads.
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
      const interrupt = (): void => connection.interrupt();
      signal?.addEventListener('abort', interrupt);
      try {
        const result = await connection.run(sql, values as DuckDBValue[]);
        return take(await result.fetchAllChunks());
      } catch (error) {
        throw signal?.aborted ? signal.reason : error;
      } finally {
        signal?.removeEventListener('abort', interrupt);
      }
    });
    this.#scanning = turn.catch(() => undefined);
    return turn;
  }

  /**
   * Writes the log of an attached database into its file. Without enough memory DuckDB would close the database, so that no
   * long reading begins meanwhile, and one that runs is waited for a little. (More memory for as long is no way: lowering the
   * limit again may wait for a query that runs.)
   */
  async checkpoint(database: string): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const scanning = this.#scanning;
    this.#scanning = scanning.then(() => promise);
    try {
      await Promise.race([scanning, delay(patienceMs, undefined, { ref: false })]);
      await this.write(`CHECKPOINT ${database}`);
    } finally {
      resolve();
    }
  }

  close(): void {
    this.#scanner?.closeSync();
    for (const connection of [this.#writer, ...this.#idle]) connection.closeSync();
    this.#instance.closeSync();
  }
}
