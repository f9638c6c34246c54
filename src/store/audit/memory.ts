import type { AuditRecord } from '../state/types.ts';
import { beginning, hashOf, lineOf } from './chain.ts';
import { type AuditTrail, fits } from './types.ts';

/** An audit trail that ends with the process, for stores in memory. */
export function memoryAuditTrail(): AuditTrail {
  const records: AuditRecord[] = [];
  const lines: string[] = [];
  const newestFirst = (): { sequence: number; record: AuditRecord }[] =>
    records.map((record, index) => ({ sequence: index + 1, record })).reverse();
  const hash = (): string => (lines.length === 0 ? beginning : hashOf(lines.at(-1) ?? ''));
  return {
    append(record) {
      lines.push(lineOf(record, records.length + 1, hash()));
      records.push(record);
    },
    synced: async () => {},
    list: (limit, before) =>
      newestFirst()
        .map(({ record }) => record)
        .filter(({ timestamp }) => before === null || timestamp < before)
        .slice(0, limit),
    async page(filter, limit, before) {
      const found = newestFirst().filter(
        ({ sequence, record }) => (before === null || sequence < before) && fits(record, filter),
      );
      const page = found.slice(0, limit).map(({ sequence, record }) => ({ ...record, sequence }));
      return { records: page, next: found.length > limit ? (page.at(-1)?.sequence ?? null) : null };
    },
    async *lines(filter) {
      for (const [index, record] of records.entries()) if (fits(record, filter)) yield lines[index] ?? '';
    },
    verify: async () => ({
      ok: true,
      records: records.length,
      files: 0,
      bytes: 0,
      last: records.length === 0 ? null : { sequence: records.length, hash: hash() },
      problem: null,
      notes: [],
    }),
    state: () => ({ records: records.length, waiting: 0, problem: null }),
    takeNotices: () => [],
    close: () => {},
  };
}
