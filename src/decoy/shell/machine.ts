import type { Persona } from '../persona/types.ts';
import { asByteString, toBytes } from './bytes.ts';
import type { Disk } from './disk/disk.ts';
import type { RunningProcess } from './disk/proc.ts';
import type { CommandFunction } from './run/call.ts';
import { InterruptSignal, LimitSignal } from './run/signals.ts';
import type { ShellCaps, ShellEvent, ShellOptions } from './types.ts';

const defaultCaps: ShellCaps = {
  outputBytes: 4 << 20,
  commands: 5000,
  steps: 100_000,
  depth: 60,
  lineBytes: 8192,
  valueBytes: 1 << 20,
  fileBytes: 32 << 20,
  runMs: 300_000,
};

/** What one session's shells and commands share: the clock, the caps, the processes and the visitor's record. */
export class Machine {
  readonly options: ShellOptions;
  readonly persona: Persona;
  readonly disk: Disk;
  readonly caps: ShellCaps;
  readonly loginAt: number;
  /** Processes of this session, oldest first. */
  readonly session: RunningProcess[] = [];
  readonly history: string[] = [];
  /** Processes of the persona that the visitor ended. */
  readonly ended = new Set<number>();
  #nextPid: number;
  #steps = 0;
  #deadline = 0;
  #written = 0;
  #isInterrupted = false;
  #isKilled = false;
  #depth = 0;
  readonly #told = new Set<keyof ShellCaps>();
  /** Files written and not yet reported, with the tool that wrote them. */
  readonly #unreported = new Map<string, string>();
  /** Reads a line without echo, where there is a terminal. */
  secretLine: ((prompt: string) => Promise<string | null>) | null = null;
  /** The function behind a program; handed in, since programs use the machine. */
  findCommand: (name: string) => CommandFunction = () => () => 0;
  columns: number;
  rows: number;

  constructor(options: ShellOptions, disk: Disk) {
    this.options = options;
    this.persona = options.persona;
    this.disk = disk;
    this.caps = { ...defaultCaps, ...options.caps };
    this.loginAt = options.now();
    this.columns = options.terminal?.columns ?? 80;
    this.rows = options.terminal?.rows ?? 24;
    this.#nextPid = 20_000 + Math.floor(options.random() * 9000) + (Math.floor(this.loginAt / 700) % 300_000);
    disk.world = { ...disk.world, processes: () => this.processes(), self: this.#nextPid };
    this.renew();
  }

  now(): number {
    return this.options.now();
  }

  report(event: ShellEvent): void {
    this.options.report(event);
  }

  get isKilled(): boolean {
    return this.#isKilled;
  }

  /** All that run, oldest first. */
  processes(): RunningProcess[] {
    return [...this.persona.processes.filter(({ pid }) => !this.ended.has(pid)), ...this.session];
  }

  newPid(): number {
    this.#nextPid += 1 + (this.options.random() < 0.1 ? 1 : 0);
    return this.#nextPid;
  }

  /** A new line of input: its steps and time begin again. */
  renew(): void {
    this.#steps = 0;
    this.#isInterrupted = false;
    this.#deadline = this.now() + this.caps.runMs;
  }

  /** One step: throws when a cap is reached, after Ctrl-C, and lets others run every now and then. */
  async step(cost = 1): Promise<void> {
    this.#steps += cost;
    this.check();
    if (this.#steps % 128 < cost) {
      await this.options.pause(0);
      this.check();
    }
  }

  check(): void {
    if (this.#isKilled) throw new LimitSignal('killed');
    if (this.#isInterrupted) throw new InterruptSignal();
    if (this.#steps > this.caps.steps) this.limit('steps');
    if (this.now() > this.#deadline) this.limit('runMs');
  }

  /** Reports a cap once and ends the line. */
  limit(cap: keyof ShellCaps): never {
    if (!this.#told.has(cap)) this.report({ type: 'cap', cap });
    this.#told.add(cap);
    throw new LimitSignal(cap);
  }

  /** Waits, in pieces that Ctrl-C can end. */
  async wait(ms: number): Promise<void> {
    const until = this.now() + ms;
    for (let left = ms; left > 0; left = until - this.now()) {
      this.check();
      await this.options.pause(Math.min(left, 250));
    }
    this.check();
  }

  async deeper<T>(work: () => Promise<T>): Promise<T> {
    if (this.#depth >= this.caps.depth) this.limit('depth');
    this.#depth += 1;
    try {
      return await work();
    } finally {
      this.#depth -= 1;
    }
  }

  interrupt(): void {
    this.#isInterrupted = true;
  }

  kill(): void {
    this.#isKilled = true;
  }

  /** Output for the visitor, up to the session's cap. */
  write(stream: 'stdout' | 'stderr', text: string): void {
    if (text === '' || this.#isKilled) return;
    const left = this.caps.outputBytes - this.#written;
    if (left <= 0) this.limit('outputBytes');
    const shown = text.slice(0, left);
    this.#written += shown.length;
    this.options.write(stream, toBytes(shown));
  }

  /** A file was written: it is reported when it is used, removed or the session ends. */
  touched(path: string, tool: string): void {
    const where = this.disk.realpath(path);
    if (where.ok && !where.value.startsWith('/dev/') && !where.value.startsWith('/proc/'))
      this.#unreported.set(where.value, tool);
    if (this.#unreported.size > 500) this.reportFiles();
  }

  /** Reports written files: the one named, or all. */
  reportFiles(path?: string): void {
    const where = path === undefined ? null : this.disk.realpath(path);
    for (const [name, tool] of [...this.#unreported]) {
      if (where !== null && !(where.ok && (name === where.value || name.startsWith(`${where.value}/`)))) continue;
      this.#unreported.delete(name);
      const content = this.disk.read(name);
      if (content.ok && content.value.length > 0)
        this.report({ type: 'file', path: name, content: content.value, tool });
    }
  }

  get terminalName(): string {
    return this.options.terminal ? 'pts/0' : '?';
  }

  connection(): { peerAddress: string; peerPort: number; localAddress: string; localPort: number } {
    return (
      this.options.connection ?? {
        peerAddress: this.persona.interfaces[0]?.gateway ?? '10.0.0.1',
        peerPort: 41_022,
        localAddress: this.persona.interfaces[0]?.address ?? '10.0.0.2',
        localPort: 22,
      }
    );
  }

  /** Text from outside as bytes. */
  text(value: string): string {
    return asByteString(value);
  }
}
