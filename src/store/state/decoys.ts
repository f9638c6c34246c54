/** One visit to a decoy, from accept to close. */
export interface DecoySession {
  /** 16 hex digits. `fields.session` of its events. */
  id: string;
  decoy: string;
  src_ip: string;
  src_port: number;
  dst_port: number;
  /** Epoch ms. */
  started_at: number;
  /** Epoch ms; null: it is open. */
  ended_at: number | null;
  /** Why it ended. */
  reason: string | null;
  /** The name under which it logged in; null: it did not. */
  user: string | null;
  logins: number;
  commands: number;
  uploads: number;
  downloads: number;
  forwards: number;
  requests: number;
  /** Numbers of its terminal recordings. */
  recordings: readonly number[];
  /** Client version, fingerprints … */
  facts: Readonly<Record<string, string | number | boolean>>;
  received_bytes: number;
  sent_bytes: number;
}

/** One try to log in. */
export interface DecoyCredential {
  /** Epoch ms. */
  time: number;
  decoy: string;
  session: string;
  src_ip: string;
  user: string;
  /** As it was typed: evidence. Shown whole to analysts and administrators only. */
  password: string;
  method: string;
  accepted: boolean;
}

/** A pair of name and password with how often it was tried. */
export interface TriedCredential {
  user: string;
  password: string;
  times: number;
  addresses: number;
  accepted: number;
  first_at: number;
  last_at: number;
  decoys: readonly string[];
}

/** A file that visitors left, by its content. */
export interface DecoyFile {
  /** Of what is kept. */
  sha256: string;
  bytes: number;
  /** What the last visitor called it. */
  name: string;
  via: string;
  decoy: string;
  session: string;
  src_ip: string;
  /** How often it was left. */
  times: number;
  /** Epoch ms. */
  first_at: number;
  last_at: number;
  /** It was longer than what is kept. */
  truncated: boolean;
  /** False: its content had to make room. */
  kept: boolean;
}

export interface DecoySessionFilter {
  decoy?: string;
  src_ip?: string;
  /** Only those that logged in. */
  loggedIn?: boolean;
  /** Only those with a terminal recording. */
  recorded?: boolean;
  /** Those that began before this one: (started_at, id). */
  before?: { started_at: number; id: string };
  limit: number;
}

export interface DecoyState {
  putSession(session: DecoySession): void;
  session(id: string): DecoySession | null;
  /** Newest first. */
  sessions(filter: DecoySessionFilter): DecoySession[];
  /** Epoch ms of the newest visit per decoy, and how many are kept. */
  visits(): { decoy: string; sessions: number; last_at: number }[];
  addCredentials(credentials: readonly DecoyCredential[]): void;
  /** Most tried first. `from`: only those tried since, epoch ms. */
  tried(filter: { decoy?: string; from?: number; limit: number; offset: number }): TriedCredential[];
  credentialsOf(session: string): DecoyCredential[];
  /** Remembers one more time a file was left. */
  putFile(file: DecoyFile): void;
  file(sha256: string): DecoyFile | null;
  /** Newest first. */
  files(limit: number): DecoyFile[];
  filesOf(session: string): DecoyFile[];
  /** What is over the limits goes, oldest first. @returns how many rows went */
  forget(most: { sessions: number; credentials: number; files: number }): number;
}
