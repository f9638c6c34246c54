import type { DatabaseSync } from 'node:sqlite';
import type { AuditHead, AuditHeadStore } from '../../audit/trail.ts';
import type { AuditPoint } from '../../audit/types.ts';
import type { AuditRecord } from '../types.ts';

/** Where the trail ends and what of it is synced. SQLite's lock on the file lets one process at a time write. */
export function auditHeads(db: DatabaseSync, transaction: <T>(work: () => T) => T): AuditHeadStore {
  const head = db.prepare('SELECT sequence, hash, file, bytes FROM audit_head');
  const setHead = db.prepare(
    'INSERT OR REPLACE INTO audit_head (number, sequence, hash, file, bytes) VALUES (1, ?, ?, ?, ?)',
  );
  const anchor = db.prepare('SELECT sequence, hash FROM audit_anchor');
  const setAnchor = db.prepare('INSERT OR REPLACE INTO audit_anchor (number, sequence, hash) VALUES (1, ?, ?)');
  return {
    locked(work) {
      transaction(() => {
        const row = head.get();
        const { sequence, hash, file, bytes } = work(row === undefined ? null : headOf(row));
        setHead.run(sequence, hash, file, bytes);
      });
    },
    anchor() {
      const row = anchor.get();
      return row === undefined ? null : pointOf(row);
    },
    setAnchor: ({ sequence, hash }) => void setAnchor.run(sequence, hash),
  };
}

const pointOf = (row: Record<string, unknown>): AuditPoint => ({
  sequence: Number(row.sequence),
  hash: String(row.hash),
});

const headOf = (row: Record<string, unknown>): AuditHead => ({
  ...pointOf(row),
  file: String(row.file),
  bytes: Number(row.bytes),
});

/** Records that older versions kept in the table audit, in order. */
export const olderAudit = (db: DatabaseSync): AuditRecord[] =>
  db
    .prepare('SELECT * FROM audit ORDER BY number')
    .all()
    .map(({ timestamp, action, user, success, source_ip, details }) => ({
      timestamp: Number(timestamp),
      action: String(action),
      user: user === null ? null : String(user),
      success: success === 1,
      source_ip: source_ip === null ? null : String(source_ip),
      details: JSON.parse(String(details)),
    }));
