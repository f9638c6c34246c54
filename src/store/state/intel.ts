/** A list of addresses as people set it up, and what became of it when it was last fetched. */
export interface IntelListRecord {
  /** Of a list that comes with Phosor its name; of another one `own-…`. */
  id: string;
  name: string;
  /** Null: its file was uploaded. */
  url: string | null;
  /** What being on it means: `c2`, `hijacked`, `attacks` … */
  category: string;
  level: 'malicious' | 'suspicious';
  enabled: boolean;
  everyHours: number;
  /** Epoch ms; null: not yet. */
  fetched_at: number | null;
  tried_at: number | null;
  /** What went wrong at the last try, in a sentence; null: nothing. */
  error: string | null;
  /** Tries in a row that failed. */
  failures: number;
  etag: string | null;
  last_modified: string | null;
  /** Of the copy on disk. */
  bytes: number | null;
}

/** A network that lists never match. */
export interface AllowedNetwork {
  /** An address or network as {@link https://www.rfc-editor.org/rfc/rfc5952} writes it. */
  network: string;
  reason: string;
  by: string;
  created_at: number;
}

/** What a provider said of an address. */
export interface ProviderAnswer {
  source: string;
  address: string;
  /** Epoch ms. */
  checked_at: number;
  expires_at: number;
  /** As JSON. */
  document: unknown;
}

/** Threat intelligence: lists, what is allowed all the same, and what providers said. */
export interface IntelState {
  lists(): IntelListRecord[];
  putList(list: IntelListRecord): void;
  removeList(id: string): void;
  allowed(): AllowedNetwork[];
  allow(network: AllowedNetwork): void;
  /** False: it was not allowed. */
  disallow(network: string): boolean;
  /** What is remembered of an address, also when it has expired. */
  answers(address: string): ProviderAnswer[];
  remember(answer: ProviderAnswer): void;
  /** Forgets what expired before a time, and the oldest beyond so many. */
  forget(expiredBefore: number, most: number): void;
  /** How often a provider was asked on a day (`2026-11-20`). */
  used(source: string, day: string): number;
  use(source: string, day: string): void;
}
