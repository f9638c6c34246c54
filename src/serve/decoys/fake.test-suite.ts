import { z } from 'zod';
import type { DecoySession } from '../../store/contract.ts';
import type { DecoyControl, DecoyView, PersonaView } from './types.ts';

/** One decoy that is switched by the setting alone. */
export class FakeDecoys implements DecoyControl {
  on = false;
  kept: unknown = {};
  chosenPort: number | null = null;
  portOrigin: DecoyView['port_origin'] = 'default';
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
        port: this.chosenPort ?? 2222,
        port_origin: this.portOrigin,
        default_port: 2222,
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
  setPort(_name: string, port: number | null): void {
    this.chosenPort = port;
  }
  persona(): PersonaView {
    return {
      hostname: 'web1-fenholm',
      domain: 'arbor.lan',
      role: 'web',
      system: 'Debian GNU/Linux 12.9',
      kernel: '6.1.0-28-amd64',
      cpu: 'A processor',
      cores: 2,
      memory_bytes: 1,
      disk_bytes: 1,
      address: null,
      mac: null,
      installed_at: 0,
      booted_at: 0,
      users: [],
      processes: 90,
      ssh_version: 'OpenSSH_9.2p1',
    };
  }
  host(): string {
    return '127.0.0.1';
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
