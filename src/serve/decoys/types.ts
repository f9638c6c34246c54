import type { z } from 'zod';
import type { DecoySession } from '../../store/contract.ts';

export const decoyStates = ['off', 'starting', 'on', 'failed'] as const;

export const portOrigins = ['default', 'configuration', 'page'] as const;

/** Who the decoys pretend to be. Times are epoch ms. */
export interface PersonaView {
  hostname: string;
  domain: string;
  /** What the machine seems to be for. */
  role: string;
  system: string;
  kernel: string;
  cpu: string;
  cores: number;
  memory_bytes: number;
  disk_bytes: number;
  address: string | null;
  mac: string | null;
  installed_at: number;
  booted_at: number;
  /** People, not services. */
  users: { name: string; full_name: string; sudo: boolean }[];
  processes: number;
  ssh_version: string;
}

/** A decoy as people see it. */
export interface DecoyView {
  name: string;
  title: string;
  description: string;
  protocol: string;
  state: (typeof decoyStates)[number];
  /** Why it is not on, in a sentence. */
  problem: string | null;
  port: number;
  /** Who chose that port: the decoy itself, the configuration, or somebody on the page of decoys. */
  port_origin: (typeof portOrigins)[number];
  /** The port that it takes when nobody chooses one. */
  default_port: number;
  /** Visits that are open. */
  open: number;
  /** Visits that are remembered. */
  sessions: number;
  /** When the newest one began, epoch ms. */
  last_seen: number | null;
  /** JSON Schema of its options, and their values in force. */
  options_schema: unknown;
  options: unknown;
}

/** What keeps the decoys in, as their process found it by trying. */
export interface DecoyIsolation {
  /** User id it runs under. */
  uid: number | null;
  /** Node refuses connections, files, programs and add-ons. */
  permission: boolean;
  /** Own network namespace without an interface: the kernel has no way out. */
  namespace: boolean;
  /** Node's functions that connect, ask names or start programs were taken away before anything was loaded. */
  guarded: boolean;
}

export interface DecoyProcessView {
  running: boolean;
  /** Null: not running. */
  pid: number | null;
  isolation: DecoyIsolation | null;
  /** How often it was started again since Phosor's start. */
  restarts: number;
  last_problem: string | null;
  open: number;
  /** Connections that were closed because there were too many. */
  refused: number;
  /** Records that were dropped because too many came, or the store was full. */
  dropped: number;
}

/** The decoys, for those who run them and read what visitors did. */
export interface DecoyControl {
  list(): DecoyView[];
  process(): DecoyProcessView;
  /** Names of those that are wanted: what `decoys.enabled` is changed from. */
  wanted(): string[];
  /** Switches to exactly these. */
  turn(names: readonly string[]): void;
  /** Resolves once every wanted decoy is on or has failed, at most 15 s. */
  settled(): Promise<void>;
  /** The schema of one decoy's options; null: there is no such decoy. */
  options(name: string): z.ZodType | null;
  /** Keeps other options and starts the decoy again with them. They fit the schema. */
  setOptions(name: string, options: unknown): void;
  /** Keeps another port and moves the decoy there; null: its own again. */
  setPort(name: string, port: number | null): void;
  persona(): PersonaView;
  /** The address that the decoys listen on. */
  host(): string;
  /** Sessions that are open. */
  open(): DecoySession[];
  /** A terminal recording (asciicast v2); null: there is none (any more). */
  recording(session: string, number: number): Promise<Buffer | null>;
  /** What a visitor left; null: it is not kept (any more). */
  file(sha256: string): Promise<Buffer | null>;
  usage(): { files_bytes: number; files_max_bytes: number };
}
