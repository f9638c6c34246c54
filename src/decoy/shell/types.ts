/**
 * The imitated machine's shell and files, as the SSH, Telnet and FTP decoys use them. No Node API in here: the clock,
 * randomness and waiting are handed in, and nothing an attacker types ever leaves these data structures.
 *
 * **Byte strings**: inside the shell, data is a string with one character per byte (what Node calls `latin1`), so that
 * binary uploads and UTF-8 pass unchanged. At the border it is `Uint8Array`.
 */
import type { Persona } from '../persona/types.ts';

export type NodeKind = 'file' | 'directory' | 'symlink' | 'character' | 'block' | 'fifo' | 'socket';

/** What `stat` answers. Times are Unix ms. */
export interface FileStat {
  kind: NodeKind;
  /** With the bits of the kind, as `st_mode` has it. */
  mode: number;
  uid: number;
  gid: number;
  size: number;
  modifiedAt: number;
  inode: number;
  links: number;
  /** Target, of symbolic links only. */
  target: string | null;
}

/** Why a file operation failed: the name of the errno and the text of `strerror`. */
export interface FileError {
  code:
    | 'ENOENT'
    | 'EACCES'
    | 'EPERM'
    | 'EEXIST'
    | 'ENOTDIR'
    | 'EISDIR'
    | 'ENOTEMPTY'
    | 'EINVAL'
    | 'ELOOP'
    | 'EROFS'
    | 'ENOSPC'
    | 'EBUSY'
    | 'ENAMETOOLONG'
    | 'EIO'
    | 'ENXIO'
    | 'ETXTBSY';
  message: string;
}

export type FileResult<T> = { ok: true; value: T } | { ok: false; error: FileError };

/**
 * One visitor's view of the imitated disk. Changes stay in this view. Paths are absolute byte strings (or plain ASCII).
 * All calls are answered at once and never throw. Permissions are checked for `as`; without it root acts.
 */
export interface FileSystem {
  stat(path: string, as?: Actor): FileResult<FileStat>;
  /** Does not follow a symbolic link at the end. */
  lstat(path: string, as?: Actor): FileResult<FileStat>;
  /** Names in the directory, sorted by byte, without `.` and `..`. */
  readdir(path: string, as?: Actor): FileResult<readonly string[]>;
  read(path: string, as?: Actor): FileResult<Uint8Array>;
  /** Creates or replaces. ENOSPC once the view's memory cap is reached. */
  write(path: string, data: Uint8Array, options?: WriteOptions, as?: Actor): FileResult<void>;
  mkdir(path: string, mode?: number, as?: Actor): FileResult<void>;
  rmdir(path: string, as?: Actor): FileResult<void>;
  unlink(path: string, as?: Actor): FileResult<void>;
  rename(from: string, to: string, as?: Actor): FileResult<void>;
  chmod(path: string, mode: number, as?: Actor): FileResult<void>;
  chown(path: string, uid: number, gid: number, as?: Actor): FileResult<void>;
  utimes(path: string, modifiedAt: number, as?: Actor): FileResult<void>;
  symlink(target: string, path: string, as?: Actor): FileResult<void>;
  readlink(path: string, as?: Actor): FileResult<string>;
  realpath(path: string, as?: Actor): FileResult<string>;
  /** One line as `ls -l` writes it, for the directory lists of SFTP (`longname`) and FTP. */
  longName(name: string, stat: FileStat): string;
  /** Bytes this view holds beyond the common image. */
  readonly usedBytes: number;
}

export interface Actor {
  uid: number;
  gid: number;
}

export interface WriteOptions {
  append?: boolean;
  /** Of a new file, default 0644. */
  mode?: number;
}

/** What the visitor did, for the session's record. Times are added by the receiver. */
export type ShellEvent =
  /** A line typed, or the command of exec mode, before it runs. */
  | { type: 'input'; line: string }
  /** A simple command about to run, after expansion. `isKnown` is false when bash would say "command not found". */
  | { type: 'command'; name: string; args: readonly string[]; isKnown: boolean }
  /** Something that would have been fetched. Nothing was. */
  | { type: 'download'; tool: string; url: string; destination: string | null }
  /** Something that would have been dialled or sent. Nothing was. */
  | { type: 'connect'; tool: string; host: string; port: number | null }
  /** A file took its final content through the shell (redirect, `tee`, `dd`, `base64 -d`…): once per closed writing. */
  | { type: 'file'; path: string; content: Uint8Array; tool: string }
  /** A password typed into `passwd`, `chpasswd`, `su` or `sudo`. */
  | { type: 'credential'; tool: string; user: string; password: string }
  /** A cap ended or cut something. */
  | { type: 'cap'; cap: keyof ShellCaps };

/** Every limit of one session. */
export interface ShellCaps {
  /** Bytes written to the visitor. */
  outputBytes: number;
  /** Lines or exec commands accepted. */
  commands: number;
  /** Steps of one line (simple commands, loop turns, expansions). */
  steps: number;
  /** Nested functions, substitutions and subshells. */
  depth: number;
  /** Bytes of one typed line. */
  lineBytes: number;
  /** Bytes in one variable, one pipe or one substitution. */
  valueBytes: number;
  /** Bytes the visitor's files may take. */
  fileBytes: number;
  /** Real milliseconds one line may run, waiting included. */
  runMs: number;
}

export interface ShellOptions {
  persona: Persona;
  fs: FileSystem;
  /** The account logged in to: a user of the persona, or any other name, which is then treated as root. */
  user: string;
  /** Added to what Debian sets (`LANG`, `TERM`…), as the client sent it. */
  env?: Readonly<Record<string, string>>;
  /** Unix time in ms. */
  now: () => number;
  /** In [0, 1). */
  random: () => number;
  /** Resolves after about `ms`; also with 0, to let others run. */
  pause: (ms: number) => Promise<void>;
  report: (event: ShellEvent) => void;
  /** Output for the visitor. With a terminal, everything comes as stdout and with CR LF. */
  write: (stream: 'stdout' | 'stderr', data: Uint8Array) => void;
  caps?: Partial<ShellCaps>;
  /** Both ends of the visitor's connection: `who`, `netstat`, SSH_CONNECTION and `last` show it. */
  connection?: { peerAddress: string; peerPort: number; localAddress: string; localPort: number };
  /** Present with a pty. */
  terminal?: { term: string; columns: number; rows: number };
  /** What downloads meet: the name does not resolve, nobody answers, or the port is closed. Default `unresolved`. */
  network?: 'unresolved' | 'timeout' | 'refused';
  /** How the visitor came: decides the parent processes that `ps` shows. Default `ssh`. */
  via?: 'ssh' | 'telnet';
}

/** A login session. Use either `run` (exec mode) or `start` (login shell), once. */
export interface Shell {
  /**
   * Exec mode, as `ssh host 'command'`: runs one command text and resolves with its exit code, also collecting the
   * output (which `write` has seen already). Standard input is `stdin`, or what `input` and `end` bring.
   */
  run(command: string, stdin?: Uint8Array): Promise<{ exitCode: number; stdout: Uint8Array; stderr: Uint8Array }>;
  /** Login shell: prints the message of the day (where `terminal` is set) and the prompt. Resolves when it ends. */
  start(): Promise<number>;
  /** Bytes from the visitor. With a terminal: echo, line editing, history, Ctrl-C and Ctrl-D are done here. */
  input(data: Uint8Array): void;
  /** End of the visitor's input. */
  end(): void;
  resize(columns: number, rows: number): void;
  /** Ends everything at once (the connection is gone). */
  kill(): void;
}

/** `createFileSystem` of `src/decoy/shell/index.ts`: a fresh view on the persona's disk; cheap, one per visitor. */
export type CreateFileSystem = (options: {
  persona: Persona;
  now: () => number;
  /** Bytes the view may hold beyond the image; default 32 MiB. */
  fileBytes?: number;
}) => FileSystem;

/** `createShell` of `src/decoy/shell/index.ts`. `fs` comes from `createFileSystem`. */
export type CreateShell = (options: ShellOptions) => Shell;
