import { mkdirSync, readdirSync, rmSync } from 'node:fs';
import { networkInterfaces } from 'node:os';
import { join } from 'node:path';
import type { Worker } from 'node:worker_threads';
import type { PhosorConfig } from '../../config/index.ts';
import type { Services } from '../../serve/contract.ts';
import type { CaptureStatus, NetworkControl, NetworkPicture, NetworkQuestion } from '../../serve/network/types.ts';
import type { DeskOptions } from '../desk.ts';
import { serverThread } from '../server-thread.ts';
import { findProgram, noProgram } from './helper.ts';
import { CaptureImports } from './imports.ts';
import type { CaptureJob, CaptureReport } from './messages.ts';

const historySeconds = 300;
const pictureTimeoutMs = 5000;
const retryMs = [2000, 5000, 15_000, 60_000];
/** Losses are told of as an event at most this often. */
const lossEveryMs = 60_000;

interface CapturePart {
  services: Pick<Services, 'network'>;
  apply(config: PhosorConfig): void;
  stop(): Promise<void>;
}

type Wanted = PhosorConfig['capture'];

/** The wire beside the data's way: a program that captures, a thread that reads what it writes, and files of packets. */
export function startCapture(options: DeskOptions): CapturePart {
  const live = new LiveCapture(options);
  const folder = join(options.dataDir, 'uploads');
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  // What a start before this one did not finish.
  for (const name of readdirSync(folder)) if (name.endsWith('.pcap')) rmSync(join(folder, name), { force: true });
  const imports = new CaptureImports(options);
  const network: NetworkControl = {
    status: () => live.status(),
    interfaces,
    picture: (question) => live.picture(question),
    uploadFolder: () => folder,
    maxUploadBytes: () => options.config().capture.fileMaxBytes,
    importFile: (path, name) => imports.start(path, name),
    imports: () => imports.list(),
  };
  live.apply(options.config().capture);
  return {
    services: { network },
    apply: (config) => live.apply(config.capture),
    async stop() {
      await imports.stop();
      await live.stop();
    },
  };
}

const interfaces = (): { name: string; addresses: string[] }[] => [
  { name: 'any', addresses: [] },
  ...Object.entries(networkInterfaces()).map(([name, all]) => ({
    name,
    addresses: (all ?? []).map(({ address }) => address),
  })),
];

class LiveCapture {
  readonly #options: DeskOptions;
  #wanted: Wanted | null = null;
  #thread: Worker | null = null;
  #ended: Promise<void> = Promise.resolve();
  #retry: NodeJS.Timeout | null = null;
  #tries = 0;
  #ticket = 0;
  #seen = { packets: 0, bytes: 0 };
  #lossToldAt = 0;
  #lossTold = 0;
  readonly #pictures = new Map<number, (picture: NetworkPicture | null) => void>();
  #status: CaptureStatus;

  constructor(options: DeskOptions) {
    this.#options = options;
    this.#status = fresh(options.config().capture);
  }

  status(): CaptureStatus {
    return { ...this.#status, history: [...this.#status.history] };
  }

  picture(question: NetworkQuestion): Promise<NetworkPicture | null> {
    const thread = this.#thread;
    if (thread === null || this.#pictures.size >= 16) return Promise.resolve(null);
    this.#ticket += 1;
    const ticket = this.#ticket;
    return new Promise((resolve) => {
      const timer = setTimeout(() => this.#answer(ticket, null), pictureTimeoutMs);
      this.#pictures.set(ticket, (picture) => {
        clearTimeout(timer);
        resolve(picture);
      });
      thread.postMessage({ type: 'picture', ticket, question });
    });
  }

  #answer(ticket: number, picture: NetworkPicture | null): void {
    this.#pictures.get(ticket)?.(picture);
    this.#pictures.delete(ticket);
  }

  /** What is wanted has changed, or not. */
  apply(wanted: Wanted): void {
    if (this.#wanted !== null && JSON.stringify(this.#wanted) === JSON.stringify(wanted)) return;
    const before = this.#wanted;
    this.#wanted = wanted;
    if (before === null && !wanted.enabled) return;
    this.#tries = 0;
    void this.#end().then(() => {
      if (this.#wanted !== wanted) return;
      this.#status = fresh(wanted);
      if (wanted.enabled) this.#begin(wanted);
    });
  }

  async stop(): Promise<void> {
    this.#wanted = null;
    await this.#end();
  }

  async #end(): Promise<void> {
    if (this.#retry !== null) clearTimeout(this.#retry);
    this.#retry = null;
    const thread = this.#thread;
    if (thread === null) return;
    thread.postMessage({ type: 'stop' });
    const timer = setTimeout(() => void thread.terminate(), 5000);
    await this.#ended;
    clearTimeout(timer);
  }

  #begin(wanted: Wanted): void {
    const program = findProgram(wanted.program);
    if (program === null) {
      const said =
        wanted.program === ''
          ? noProgram
          : { ...noProgram, detail: `${wanted.program} is not there, or is no program.` };
      this.#unavailable(said.detail, said.hint);
      return;
    }
    const { interface: name, filter, snapLength, bufferMb, immediate, flows } = wanted;
    const job: CaptureJob = { kind: 'live', program, interface: name, filter, snapLength, bufferMb, immediate, flows };
    this.#status = { ...fresh(wanted), state: 'starting', program };
    this.#seen = { packets: 0, bytes: 0 };
    this.#lossTold = 0;
    const thread = serverThread('runtime/capture/worker', job);
    this.#thread = thread;
    thread.on('message', (report: CaptureReport) => this.#take(report, thread));
    thread.on('error', (error: Error) => {
      this.#options.log('error', `The thread that reads packets failed: ${error.message}`);
      this.#over('The thread that reads packets failed.', null, false);
    });
    this.#ended = new Promise((resolve) => {
      thread.on('exit', () => {
        if (this.#thread === thread) this.#thread = null;
        for (const ticket of this.#pictures.keys()) this.#answer(ticket, null);
        resolve();
      });
    });
  }

  #take(report: CaptureReport, thread: Worker): void {
    const { pipeline, now, log } = this.#options;
    const status = this.#status;
    switch (report.type) {
      case 'lines': {
        const taken = (): void => thread.postMessage({ type: 'taken' });
        const origin = { source: `capture_${status.interface}`, identity: '', first: 0 };
        pipeline.capture(origin, report.lines).then(taken, () => {
          status.notTaken += report.lines.length;
          taken();
        });
        break;
      }
      case 'running':
        Object.assign(status, { state: 'running', since: now() });
        log('info', `Packets of ${status.interface} are captured with ${report.program}.`);
        this.#say(true, `A capture of ${status.interface} began.`, {});
        break;
      case 'figures':
        this.#figures(report);
        break;
      case 'picture':
        this.#answer(report.ticket, report.picture);
        break;
      case 'ended':
        this.#over(report.detail, report.hint, report.isFinal);
        break;
    }
  }

  #figures({ counts, received, lost, notTaken }: Extract<CaptureReport, { type: 'figures' }>): void {
    const status = this.#status;
    const { packets, bytes } = this.#seen;
    this.#seen = { packets: counts.packets, bytes: counts.bytes };
    status.history.push({ packets: counts.packets - packets, bytes: counts.bytes - bytes });
    if (status.history.length > historySeconds) status.history.shift();
    Object.assign(status, { counts, received, lost, notTaken: Math.max(status.notTaken, notTaken) });
    if (counts.packets > 0) this.#tries = 0;
    const now = this.#options.now();
    const more = (lost ?? 0) - this.#lossTold;
    if (more <= 0 || now - this.#lossToldAt < lossEveryMs) return;
    this.#lossToldAt = now;
    this.#lossTold = lost ?? 0;
    this.#say(false, `The capture of ${status.interface} lost ${more} packets: the kernel's buffer was full.`, {
      lost: more,
    });
  }

  #over(detail: string | null, hint: string | null, isFinal: boolean): void {
    const wanted = this.#wanted;
    if (wanted === null || !wanted.enabled) return;
    if (isFinal) {
      this.#unavailable(detail ?? 'The capture ended.', hint);
      return;
    }
    // Somebody has changed what is wanted: that begins by itself.
    if (this.#status.state === 'waiting' || wanted.interface !== this.#status.interface) return;
    const wait = retryMs[Math.min(this.#tries, retryMs.length - 1)] as number;
    this.#tries += 1;
    Object.assign(this.#status, { state: 'waiting', detail, hint });
    this.#options.log('warn', `${detail ?? 'The capture ended.'} It is tried again in ${wait / 1000} s.`);
    this.#say(false, `The capture of ${wanted.interface} ended by itself. ${detail ?? ''}`.trim(), {});
    this.#retry = setTimeout(() => {
      void this.#ended.then(() => {
        if (this.#wanted === wanted) this.#begin(wanted);
      });
    }, wait);
  }

  #unavailable(detail: string, hint: string | null): void {
    Object.assign(this.#status, { state: 'unavailable', detail, hint });
    this.#options.log('warn', `Packets are not captured. ${detail} ${hint ?? ''}`.trim());
    this.#say(false, `Packets of ${this.#status.interface} cannot be captured. ${detail}`, {});
  }

  #say(ok: boolean, message: string, facts: Record<string, number>): void {
    const time = new Date(this.#options.now()).toISOString();
    const { interface: name, filter } = this.#status;
    const line = JSON.stringify({
      wire: 'net.capture',
      time,
      message,
      fields: { interface: name, filter, ok, ...facts },
    });
    this.#options.pipeline
      .capture({ source: `capture_${name}`, identity: '', first: 0 }, [line])
      .catch(() => undefined);
  }
}

const fresh = (wanted: Wanted): CaptureStatus => ({
  state: 'off',
  detail: null,
  hint: null,
  program: null,
  interface: wanted.interface,
  filter: wanted.filter,
  since: null,
  received: null,
  lost: null,
  notTaken: 0,
  counts: null,
  history: [],
});
