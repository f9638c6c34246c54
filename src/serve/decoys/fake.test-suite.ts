import { z } from 'zod';
import type { DecoySession } from '../../store/contract.ts';
import type { DecoyControl, DecoyView } from './types.ts';

/** One decoy that is switched by the setting alone. */
export class FakeDecoys implements DecoyControl {
  on = false;
  kept: unknown = {};
  sessions: DecoySession[] = [];
  readonly recordings = new Map<string, Buffer>();
  readonly files = new Map<string, Buffer>();

  list(): DecoyView[] {
    return [
      {
        name: 'ssh',
        title: 'SSH',
        description: 'A shell that is none.',
        protocol: 'ssh',
        state: this.on ? 'on' : 'off',
        problem: null,
        port: 2222,
        open: this.sessions.length,
        sessions: this.sessions.length,
        last_seen: null,
        options_schema: {},
        options: this.kept,
      },
    ];
  }
  process() {
    return {
      running: this.on,
      pid: null,
      isolation: null,
      restarts: 0,
      last_problem: null,
      open: 0,
      refused: 0,
      dropped: 0,
    };
  }
  wanted(): string[] {
    return this.on ? ['ssh'] : [];
  }
  turn(names: readonly string[]): void {
    this.on = names.includes('ssh');
  }
  async settled(): Promise<void> {}
  options(name: string): z.ZodType | null {
    return name === 'ssh' ? z.strictObject({ tries: z.int().min(1).default(3) }) : null;
  }
  setOptions(_name: string, options: unknown): void {
    this.kept = options;
  }
  open(): DecoySession[] {
    return this.sessions;
  }
  async recording(session: string, number: number): Promise<Buffer | null> {
    return this.recordings.get(`${session}-${number}`) ?? null;
  }
  async file(sha256: string): Promise<Buffer | null> {
    return this.files.get(sha256) ?? null;
  }
  usage() {
    return { files_bytes: 0, files_max_bytes: 1 };
  }
}
