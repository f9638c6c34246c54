import type { AuditRecord } from '../state/types.ts';

/** A record as it lies in the trail. */
export interface StoredAuditRecord extends AuditRecord {
  /** From 1, without gaps. */
  sequence: number;
}

export interface AuditFilter {
  /** Epoch ms, from ≤ time < to. */
  from?: number;
  to?: number;
  user?: string;
  actions?: readonly string[];
  success?: boolean;
  /** Part of anything the record says, in any case. */
  text?: string;
}

/** Where a chain stands: its last record, and the SHA-256 of that record's line. */
export interface AuditPoint {
  sequence: number;
  hash: string;
}

export interface AuditVerdict {
  /** False: something was changed, taken out or put in. */
  ok: boolean;
  records: number;
  files: number;
  bytes: number;
  last: AuditPoint | null;
  /** The first record that does not fit. */
  problem: { sequence: number | null; file: string; line: number; message: string } | null;
  /** What was found and is no fault: a torn last line, for example. */
  notes: string[];
}

/**
 * Who did what, in order, on disk. Records are appended and never changed: each holds the hash of the one before it.
 */
export interface AuditTrail {
  /**
   * Written before this returns, so that it outlives a killed process; a sync follows at once, of many records together.
   * A full disk does not throw: records wait in memory and {@link AuditTrail.state} says so.
   */
  append(record: AuditRecord): void;
  /** Resolves when everything appended so far is synced. An answer waits for it. */
  synced(): Promise<void>;
  /** Newest first, read at once: for small numbers. @param before epoch ms, or null */
  list(limit: number, before: number | null): AuditRecord[];
  /** Newest first. @param before a sequence number: only records before it */
  page(
    filter: AuditFilter,
    limit: number,
    before: number | null,
  ): Promise<{ records: StoredAuditRecord[]; next: number | null }>;
  /** Lines as they lie on the disk, oldest first. */
  lines(filter: AuditFilter): AsyncIterable<string>;
  verify(): Promise<AuditVerdict>;
  state(): { records: number; waiting: number; problem: string | null };
  /** What was repaired since the last call, in sentences for the log. */
  takeNotices(): string[];
  close(): void;
}

export const fits = (record: AuditRecord, filter: AuditFilter): boolean =>
  (filter.from === undefined || record.timestamp >= filter.from) &&
  (filter.to === undefined || record.timestamp < filter.to) &&
  (filter.user === undefined || record.user === filter.user) &&
  (filter.actions === undefined || filter.actions.includes(record.action)) &&
  (filter.success === undefined || record.success === filter.success) &&
  (filter.text === undefined || saysText(record, filter.text.toLowerCase()));

function saysText({ action, user, source_ip, details }: AuditRecord, text: string): boolean {
  if (action.includes(text) || action.replaceAll('_', ' ').includes(text)) return true;
  if (user?.toLowerCase().includes(text) || source_ip?.includes(text)) return true;
  return JSON.stringify(details).toLowerCase().includes(text);
}
