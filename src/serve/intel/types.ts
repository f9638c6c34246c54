import type { GeoFacts, IntelHit } from '../../enrich/contract.ts';
import type { Reputation, ReputationSource } from '../../model/reputation.ts';
import type { AllowedNetwork, IntelListRecord } from '../../store/contract.ts';

/** A list of known addresses, as people see it. */
export interface IntelListView extends Omit<IntelListRecord, 'etag' | 'last_modified' | 'failures'> {
  /** `shipped`: its address comes with Phosor. `own`: added by somebody here. `folder`: a file in the data folder. */
  origin: 'shipped' | 'own' | 'folder';
  /** What it holds, and what its publisher asks for. */
  description: string;
  /** Networks that are matched; null: it is off, or was not read yet. */
  entries: number | null;
  /** Lines without an address, networks that are too wide, private ones: not matched. */
  left_out: { unread: number; too_wide: number; internal: number } | null;
  fetching: boolean;
  /** When it is fetched next, epoch ms; null: not by itself. */
  next_at: number | null;
}

export type ProviderName = Exclude<ReputationSource, 'feeds'>;

export interface ProviderView {
  source: ProviderName;
  name: string;
  /** Where its key is from. The key itself is never shown. */
  key: 'none' | 'configuration' | 'browser';
  used_today: number;
  per_day: number;
  per_minute: number | null;
  cache_hours: number;
  /** Epoch ms until nobody asks it, after a refusal or failures; null: now is fine. */
  paused_until: number | null;
  last_error: string | null;
  /** Epoch ms. */
  last_answer_at: number | null;
}

export interface GeoDatabaseView {
  name: string;
  type: string;
  built_at: string | null;
  bytes: number;
  attribution: string | null;
  problem: string | null;
}

/** Everything that is known of an address without history. */
export interface AddressFacts {
  address: string;
  /** False: private, loopback, multicast …: no list matches it and nobody is asked about it. */
  external: boolean;
  /** The network by which it is allowed; null: it is not. */
  allowed: string | null;
  geo: GeoFacts | null;
  hit: IntelHit | null;
  reputation: Reputation | null;
}

export interface IntelSummary {
  /** Different networks that are matched. */
  networks: number;
  /** When they were last put together, epoch ms, and how long that took. */
  built_at: number | null;
  build_ms: number | null;
  problem: string | null;
  /** Addresses that wait to be asked about, and those that were not asked because too many came or the budget was used. */
  waiting: number;
  skipped: number;
}

/** Threat intelligence, for the people who run it. What cannot be done rejects with a RefusedError. */
export interface IntelControl {
  summary(): IntelSummary;
  lists(): IntelListView[];
  addList(list: NewIntelList): IntelListView;
  /** @param text its content; replaces what was there */
  uploadList(id: string | null, list: Omit<NewIntelList, 'url' | 'everyHours'>, text: string): Promise<IntelListView>;
  changeList(
    id: string,
    change: Partial<Pick<IntelListRecord, 'enabled' | 'level' | 'everyHours' | 'name'>>,
  ): IntelListView;
  removeList(id: string): boolean;
  /** Fetches now. The answer says how it went. */
  fetchList(id: string): Promise<IntelListView>;
  allowed(): AllowedNetwork[];
  allow(network: string, reason: string, by: string): AllowedNetwork;
  disallow(network: string): boolean;
  providers(): ProviderView[];
  /** Null removes it. */
  setKey(source: ProviderName, key: string | null): void;
  /** Asks about a well-known address. */
  test(source: ProviderName): Promise<{ ok: boolean; message: string }>;
  databases(): GeoDatabaseView[];
  /** Where an address is; null: nowhere (a private one), or unknown. Some microseconds. */
  place(address: string): GeoFacts | null;
  /** @param ask false: only what is known already */
  facts(address: string, ask: boolean): Promise<AddressFacts>;
}

export interface NewIntelList {
  name: string;
  url: string;
  category: string;
  level: IntelListRecord['level'];
  everyHours: number;
}
