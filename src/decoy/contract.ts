import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import type { z } from 'zod';
import type { EventType, FieldValue, Outcome, Severity } from '../model/index.ts';

/*
 * What a decoy is, and what it may use. Decoys run in a child process of their own (host/): no way out, no files, no
 * programs. A unit never opens a socket by itself, never imports node:net (types only), node:fs, node:http's client,
 * node:dns or node:child_process; it gets connections from the host and tells the host what happened on them.
 */

/** What a decoy may report. The texts in enumerations.ts say when. */
export type DecoyEventType = Extract<EventType, `decoy.${string}`>;

/** Decoys by the name of their folder. */
export interface Decoy<Options = unknown> {
  /** Folder name, and the name in the configuration, the API and the events' source (`decoy_ssh`). */
  readonly name: string;
  /** For people. */
  readonly title: string;
  /** One sentence for the page and the docs. */
  readonly description: string;
  /** The port it takes when it is switched on without one. */
  readonly defaultPort: number;
  /** The event's `protocol`: ssh, http, ftp, telnet, smtp, mysql, redis. */
  readonly protocol: string;
  /** Strict, with a default for every key. Each key has a title and a description in `.meta()`. */
  readonly options: z.ZodType<Options>;
  /**
   * Loads the code that speaks with strangers. Only the decoys' process does so, and before it gives up its rights: later it may
   * not be able to read its own files. The list of decoys, which the main process reads, holds none of that code.
   */
  load(): Promise<unknown>;
  /** Makes it ready. Connections come afterwards, each to {@link RunningDecoy.connection}. */
  start(host: DecoyHost, options: Options): RunningDecoy | Promise<RunningDecoy>;
}

export const defineDecoy = <Options>(decoy: Decoy<Options>): Decoy<Options> => decoy;

export interface RunningDecoy {
  /**
   * One client. The caps of connections are kept already; `error` on the socket is handled. The visit ends when the socket
   * closes. What it throws ends this visit only.
   */
  connection(socket: Socket, visit: Visit): void;
  /** Visits are ended by the host. */
  stop?(): void;
}

/** What the child process gives to a decoy. */
export interface DecoyHost {
  /**
   * 64 hex digits, made once per installation and kept: everything that could identify an installation (host name, users,
   * keys, sizes) is derived from it (persona/). Never shown to anyone.
   */
  readonly seed: string;
  /** When the imitated machine was installed first, epoch ms: when this seed was made. For dates that must stay. */
  readonly installedAt: number;
  /** The address that clients reached, where the decoy has to state one (FTP's PASV); null: take the socket's own. */
  readonly publicAddress: string | null;
  /** The port it listens on. */
  readonly port: number;
  /**
   * Something that is made once and kept across restarts of this installation, in the data folder: host keys. `make` is
   * called only where nothing is kept under this name. At most 64 KiB.
   */
  kept(name: string, make: () => string): Promise<string>;
  /**
   * A second listener for one visit (FTP's passive data connection): takes any free port, one connection from the visit's
   * own address only, and closes after `timeoutMs`. At most 4 at a time per visit.
   */
  listenFor(visit: Visit, timeoutMs: number): Promise<DataListener>;
  /** Epoch ms. */
  now(): number;
}

export interface DataListener {
  readonly port: number;
  /** The client's data connection. Rejects when none came in time, or the visit ended. */
  readonly connection: Promise<Socket>;
  close(): void;
}

/** One connection of one client, from accept to close: a session. */
export interface Visit {
  /** 16 hex digits, random. `fields.session` of everything that it reports. */
  readonly id: string;
  /** The client. IPv4 is never written as IPv6. */
  readonly address: string;
  readonly port: number;
  readonly localAddress: string;
  readonly localPort: number;
  /** Epoch ms. */
  readonly startedAt: number;
  /** Aborted when the visit ends, for whatever reason. */
  readonly signal: AbortSignal;
  /**
   * Tells what happened. `decoy.connection` and `decoy.session` (its end, with what it came to) are reported by the host.
   * Records are cut to 32 KiB in all, texts first.
   */
  report(record: DecoyRecord): void;
  /** Remembered, and part of `decoy.session` and of the list of sessions: client version, fingerprints, the user. */
  describe(facts: Readonly<Record<string, string | number | boolean>>): void;
  /**
   * The client is no longer a stranger: from now on the limits of a session (30 min in all, 180 s idle) count instead of
   * those before a login (120 s).
   */
  authenticated(user: string): void;
  /** Counts a line or request; false: more than a visit may send (5,000), end it. */
  countCommand(): boolean;
  /**
   * Counts bytes that are about to be sent; false: more than a visit is given (4 MiB): end it. The cap is told in the end's
   * record.
   */
  countOutput(bytes: number): boolean;
  /**
   * Takes a file that the client sends. Nothing is written by this process; the content is kept inert by its SHA-256. More
   * than 10 MiB is counted and hashed, and the rest is not kept (`truncated`).
   *
   * @param name what the client called it, at most 1,024 characters are kept
   * @param via how it came: `sftp`, `scp`, `ftp`, `http`, `shell` (a redirect in the shell that a client fills by hand)
   */
  upload(name: string, via: string): UploadSink;
  /** Begins the recording of a terminal (asciicast v2). One per shell channel; at most 4 MiB each, the rest is counted. */
  recordTerminal(size: { columns: number; rows: number; term: string; title: string }): TerminalRecorder;
  /** Ends the connection. The reason goes into `decoy.session`. */
  end(reason: string): void;
}

export interface DecoyRecord {
  event_type: Exclude<DecoyEventType, 'decoy.connection' | 'decoy.session' | 'decoy.error'>;
  /** One line for people, without a password in it. */
  message: string;
  /** Default: unknown. */
  outcome?: Outcome;
  /** Default: by the event type, see parse/decoy. */
  severity?: Severity;
  /** The name that was tried, or under which the client is logged in. */
  user?: string | null;
  /**
   * Everything else. Names that are the same in all decoys:
   *
   * - decoy.login: `password` (masked for viewers and in exports), `method` (password, publickey, keyboard-interactive,
   *   basic, form …), `key_fingerprint` (`SHA256:…`), `key_type`
   * - decoy.command: `command`, `cwd`, `exit_status`, `found` (false: no such command)
   * - decoy.download: `url`, `command`
   * - decoy.upload: made by {@link UploadSink.end}: `file_name`, `sha256`, `size`, `via`, `truncated`
   * - decoy.forward: `dst_host`, `dst_port` (a number), `kind` (direct-tcpip, tcpip-forward, socks, port …)
   * - decoy.request: `method`, `path`, `query`, `host`, `user_agent`, `headers` (list of [name, value] in their order),
   *   `body`, `body_bytes`, `status`, `lure` (which one answered)
   * - decoy.client: `client` (version text), `hassh`, `hassh_algorithms`, `ja3`, `ja4`
   */
  fields?: Readonly<Record<string, FieldValue>>;
}

export interface UploadSink {
  /** @returns false when the 10 MiB are reached: what comes now is counted and hashed, not kept. */
  write(chunk: Uint8Array): boolean;
  /** Stores it and reports `decoy.upload`. `fields` are added to that record. */
  end(fields?: Readonly<Record<string, FieldValue>>): { sha256: string; size: number; truncated: boolean };
  /** The transfer broke: what came is kept all the same, and the record says `complete: false`. */
  abort(): void;
}

export interface TerminalRecorder {
  output(text: string): void;
  /** What the client typed. Not shown at replay; markers are made from commands. */
  input(text: string): void;
  resize(columns: number, rows: number): void;
  /** A mark at this moment: the command line. */
  marker(label: string): void;
  end(): void;
}

/** Streams a decoy may hand about instead of sockets (TLS in memory). */
export type DecoyStream = Socket | Duplex;
