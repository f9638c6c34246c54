import type { FilePosition, SourceInfo } from '../model/index.ts';

/* Messages between `main` and the ingest worker. Chunks (model/chunk.ts) go straight to the pipeline over a port of their own. */

/** pipeline → ingest: the buffer of a ChunkMessage comes home (transferred). Each release is one credit. */
export interface ChunkRelease {
  type: 'release';
  buffer: ArrayBuffer;
}

/** What syslog over TLS is answered with, as PEM. */
export interface SyslogIdentity {
  cert: string;
  key: string;
  passphrase?: string;
  /** Authorities of which a sender has to show a certificate; without them nobody is asked for one. */
  ca?: string;
}

export type SyslogListener = 'syslog-udp' | 'syslog-tcp' | 'syslog-tls';

export interface IngestConfig {
  syslog: {
    host: string;
    /** 0: off. UDP and TCP listen on the same port. */
    port: number;
    /** 0: off. */
    tlsPort: number;
    /** null: nothing listens with TLS. */
    identity: SyslogIdentity | null;
    /** Events per second and source before it is limited. 0: no limit. */
    ratePerSecond: number;
    /** Addresses and CIDR ranges that are never limited. */
    trustedRelays: string[];
    /** Trusted by people, beside them: as the command `trust` has it. */
    trustedAddresses?: string[];
    receiveBufferBytes: number;
    maxConnections: number;
  };
  files: {
    /** Folders that may be tailed; symlinks are resolved before the check. */
    roots: string[];
  };
}

export interface FileSource {
  /** `file_auth.log` */
  name: string;
  /** Path or glob. A missing file is waited for. */
  path: string;
  hint: string | null;
  fromBeginning: boolean;
}

/** main → ingest */
export type IngestCommand =
  | { type: 'start'; config: IngestConfig; files: FileSource[]; positions: FilePosition[] }
  | { type: 'add_file'; file: FileSource }
  | { type: 'remove_file'; name: string }
  /** The certificate of TLS was exchanged: new connections meet this one. */
  | { type: 'identity'; identity: SyslogIdentity }
  /** The addresses and ranges that are never limited beside `trustedRelays`: all of them. */
  | { type: 'trust'; addresses: string[] }
  /** `full`: pause TCP and files. UDP cannot be slowed: it is handed on, detected, and counted as not stored. */
  | { type: 'spool'; state: 'ok' | 'full' }
  | { type: 'stats' }
  | { type: 'stop' };

/** ingest → main */
export type IngestReport =
  | { type: 'listening'; what: SyslogListener; host: string; port: number }
  | { type: 'failed'; what: string; message: string; fatal: boolean }
  /** The command `start` is done: what could be opened is open. */
  | { type: 'started' }
  /**
   * A sender is over its limit. `blockedSeconds` > 0: it sends datagrams and is shut out for so long; 0: it sends over TCP and
   * is slowed.
   */
  | {
      type: 'limited';
      source: string;
      /** What it may send per second, by its reputation. */
      limit: number;
      blockedSeconds: number;
      violations: number;
      reputation: number;
    }
  | { type: 'stats'; sources: SourceStats[]; udp: UdpStats; connections: number }
  /** Everything that had arrived was taken by the pipeline. The thread ends by itself. */
  | { type: 'stopped' };

export interface SourceStats {
  source: string;
  source_type: SourceInfo['source_type'];
  received: number;
  bytes: number;
  /** Dropped by our limiter (UDP), or delayed (TCP: paused). */
  limited: number;
  dropped: number;
  /** Epoch ms, null: nothing yet. */
  lastAt: number | null;
  /** Files: bytes still unread; state of the follower. */
  lagBytes: number | null;
  state: 'active' | 'waiting' | 'limited' | 'failed';
  detail: string | null;
  path: string | null;
  /** Senders of syslog that have a limit. */
  standing?: SourceStanding;
}

/** How a source has kept to its limit. */
export interface SourceStanding {
  /** 0 to 100. */
  reputation: number;
  violations: number;
  /** Events per second that it may send now. */
  limit: number;
  /** Epoch ms, null: it is not shut out. */
  blockedUntil: number | null;
}

export interface UdpStats {
  received: number;
  /** Kernel drops of our socket (/proc/net/udp), null where that cannot be read. */
  kernelDrops: number | null;
  /** Dropped because buffers were full. */
  overflow: number;
  /** Dropped because their sender was over its limit, all senders together. */
  limited: number;
  /** Datagrams without a byte; they are kept as empty records. */
  empty: number;
  receiveBufferBytes: number;
  /** Senders that are remembered, and how many were forgotten because there were too many. */
  senders?: { tracked: number; forgotten: number };
}
