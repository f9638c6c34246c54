import { createHash, randomBytes } from 'node:crypto';
import { createReadStream, rmSync, statSync } from 'node:fs';
import type { Worker } from 'node:worker_threads';
import { RefusedError } from '../../serve/contract.ts';
import type { CaptureImport } from '../../serve/network/types.ts';
import type { DeskOptions } from '../desk.ts';
import { serverThread } from '../server-thread.ts';
import type { CaptureReport, FileJob } from './messages.ts';

const kept = 20;
const retryMs = 1000;
const flowsOfFile = 1_000_000;

/** Files of packets, one at a time, each on a thread of its own. The same file again gives the same events. */
export class CaptureImports {
  readonly #options: DeskOptions;
  readonly #all: CaptureImport[] = [];
  #thread: Worker | null = null;
  #ended: Promise<void> = Promise.resolve();
  #isBusy = false;

  constructor(options: DeskOptions) {
    this.#options = options;
  }

  list(): CaptureImport[] {
    return this.#all.map((one) => ({ ...one }));
  }

  start(path: string, name: string): CaptureImport {
    if (this.#isBusy) {
      rmSync(path, { force: true });
      throw new RefusedError('Another capture is being read. Wait until it is done.');
    }
    this.#isBusy = true;
    const entry: CaptureImport = {
      id: randomBytes(8).toString('hex'),
      name,
      state: 'running',
      detail: null,
      bytes: 0,
      bytes_total: statSync(path).size,
      records: 0,
      counts: null,
      started_at: this.#options.now(),
      ended_at: null,
    };
    this.#all.unshift(entry);
    this.#all.length = Math.min(this.#all.length, kept);
    this.#ended = this.#run(path, entry).catch((error: Error) => this.#finish(entry, path, error.message));
    return { ...entry };
  }

  async #run(path: string, entry: CaptureImport): Promise<void> {
    const identity = `pcap:${await hashOf(path)}`;
    const job: FileJob = { kind: 'file', path, flows: flowsOfFile };
    const thread = serverThread('runtime/capture/worker', job);
    this.#thread = thread;
    const source = `pcap_${entry.name}`;
    let detail: string | null = null;
    thread.on('message', (report: CaptureReport) => {
      if (report.type === 'lines')
        void this.#hand(thread, entry, { source, identity, first: report.first }, report.lines);
      else if (report.type === 'figures') Object.assign(entry, { counts: report.counts, bytes: report.bytesRead });
      else if (report.type === 'ended') detail = report.detail;
    });
    await new Promise<void>((resolve, reject) => {
      thread.on('error', reject);
      thread.on('exit', () => resolve());
    });
    this.#finish(entry, path, detail);
  }

  /** Where nothing can be stored right now the file waits. */
  async #hand(
    thread: Worker,
    entry: CaptureImport,
    origin: { source: string; identity: string; first: number },
    lines: string[],
  ): Promise<void> {
    while (this.#thread === thread) {
      try {
        await this.#options.pipeline.capture(origin, lines);
        entry.records += lines.length;
        thread.postMessage({ type: 'taken' });
        return;
      } catch {
        await new Promise((resolve) => setTimeout(resolve, retryMs));
      }
    }
  }

  #finish(entry: CaptureImport, path: string, detail: string | null): void {
    rmSync(path, { force: true });
    this.#thread = null;
    this.#isBusy = false;
    const isNothing = (entry.counts?.packets ?? 0) === 0 && detail !== null;
    Object.assign(entry, { state: isNothing ? 'failed' : 'done', detail, ended_at: this.#options.now() });
  }

  async stop(): Promise<void> {
    const thread = this.#thread;
    this.#thread = null;
    await thread?.terminate();
    await this.#ended;
  }
}

async function hashOf(path: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(path, { highWaterMark: 1 << 18 }) as AsyncIterable<Buffer>)
    hash.update(chunk);
  return hash.digest('hex').slice(0, 32);
}
