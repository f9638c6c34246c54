import { chmodSync } from 'node:fs';
import { backup, type DatabaseSync } from 'node:sqlite';
import type { AuditRecord, StateStore } from '../../contract.ts';
import type { Keyring } from '../../secrets/keyring.ts';
import { alertTable } from './alerts.ts';
import { keyTable, settingTable, sourceTable, userTable } from './records.ts';
import { ruleCareTable, ruleExceptionTable, ruleLineTable, ruleTable } from './rules.ts';
import { openDatabase } from './schema.ts';
import { savedSearchTable } from './searches.ts';
import { passingKeyring, secretTable } from './secrets.ts';

/**
 * The state store in one SQLite file (WAL). A commit survives a killed process; what is in the audit table survives a
 * power cut as well.
 *
 * @param path the file, created with mode 0600, or `:memory:`
 * @param copy false: no copy is made before an older file is brought up to date
 * @param keyring what secrets are sealed with. Null: they can be neither read nor written
 */
export function openSqliteState(path: string, copy = true, keyring: Keyring | null = null): StateStore {
  const db = openDatabase(path, undefined, copy);
  const audit = auditTable(db);

  /** Nested calls join the outermost one. */
  function transaction<T>(work: () => T): T {
    if (db.isTransaction) return work();
    db.exec('BEGIN IMMEDIATE');
    let result: T;
    try {
      result = work();
      db.exec('COMMIT');
    } catch (error) {
      if (db.isTransaction) db.exec('ROLLBACK');
      throw error;
    }
    audit.afterTransaction();
    return result;
  }

  return {
    users: userTable(db),
    keys: keyTable(db),
    rules: ruleTable(db),
    ruleCare: ruleCareTable(db),
    ruleExceptions: ruleExceptionTable(db),
    ruleLines: ruleLineTable(db),
    savedSearches: savedSearchTable(db),
    alerts: alertTable(db, transaction),
    sources: sourceTable(db),
    settings: settingTable(db),
    secrets: secretTable(db, keyring ?? (path === ':memory:' ? passingKeyring() : null), transaction),
    audit: audit.table,
    transaction,
    async copyTo(file) {
      await backup(db, file, { rate: 1000 });
      chmodSync(file, 0o600);
    },
    close: () => db.close(),
  };
}

/**
 * Audit records are synced to disk. `synchronous` cannot change inside a transaction; a record written in one is synced
 * right after it by a write of its own, because a sync of the log covers everything before.
 */
function auditTable(db: DatabaseSync): { table: StateStore['audit']; afterTransaction(): void } {
  const insert = db.prepare(
    'INSERT INTO audit (timestamp, action, user, success, source_ip, details) VALUES (?, ?, ?, ?, ?, ?)',
  );
  const touch = db.prepare('UPDATE sync_point SET syncs = syncs + 1');
  const list = db.prepare(
    'SELECT * FROM audit WHERE timestamp < coalesce(?, 9e15) ORDER BY timestamp DESC, number DESC LIMIT ?',
  );
  let isUnsynced = false;
  const synced = (work: () => void): void => {
    db.exec('PRAGMA synchronous = FULL');
    try {
      work();
    } finally {
      db.exec('PRAGMA synchronous = NORMAL');
    }
  };
  return {
    table: {
      append({ timestamp, action, user, success, source_ip, details }) {
        const write = (): void =>
          void insert.run(timestamp, action, user, success ? 1 : 0, source_ip, JSON.stringify(details));
        if (!db.isTransaction) return synced(write);
        write();
        isUnsynced = true;
      },
      list: (limit, before) =>
        list.all(before, limit).map(
          ({ timestamp, action, user, success, source_ip, details }): AuditRecord => ({
            timestamp: Number(timestamp),
            action: String(action),
            user: user === null ? null : String(user),
            success: success === 1,
            source_ip: source_ip === null ? null : String(source_ip),
            details: JSON.parse(String(details)),
          }),
        ),
    },
    afterTransaction() {
      if (!isUnsynced) return;
      isUnsynced = false;
      synced(() => void touch.run());
    },
  };
}
