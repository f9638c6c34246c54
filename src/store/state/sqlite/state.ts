import { chmodSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { backup } from 'node:sqlite';
import { memoryAuditTrail } from '../../audit/memory.ts';
import { openAuditTrail } from '../../audit/trail.ts';
import type { StateStore } from '../../contract.ts';
import type { Keyring } from '../../secrets/keyring.ts';
import { alertTable } from './alerts.ts';
import { auditHeads, olderAudit } from './audit.ts';
import { decisionTables } from './decisions.ts';
import { decoyTables } from './decoys.ts';
import { entityNoteTable } from './incident-records.ts';
import { incidentTable } from './incidents.ts';
import { intelTables } from './intel.ts';
import { notificationTables } from './notifications.ts';
import { playbookTable } from './playbooks.ts';
import { keyTable, settingTable, sourceTable, userTable } from './records.ts';
import { reportScheduleTable, reportTable } from './reports.ts';
import { ruleCareTable, ruleExceptionTable, ruleLineTable, ruleTable } from './rules.ts';
import { openDatabase } from './schema.ts';
import { savedSearchTable } from './searches.ts';
import { passingKeyring, secretTable } from './secrets.ts';

export interface SqliteStateOptions {
  /** False: no copy is made before an older file is brought up to date. */
  copy?: boolean;
  /** What secrets are sealed with. Null: they can be neither read nor written. */
  keyring?: Keyring | null;
  /** Where the audit trail lies. Default: `audit` beside the file. */
  auditFolder?: string | null;
}

/**
 * The state store in one SQLite file (WAL), with the audit trail in files beside it. A commit survives a killed process;
 * what is in the audit trail survives a power cut as well.
 *
 * @param path the file, created with mode 0600, or `:memory:`
 */
export function openSqliteState(path: string, options: SqliteStateOptions = {}): StateStore {
  const { copy = true, keyring = null, auditFolder = null } = options;
  const isMemory = path === ':memory:';
  const db = openDatabase(path, undefined, copy);

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
    return result;
  }

  const audit = isMemory
    ? memoryAuditTrail()
    : openAuditTrail({
        folder: auditFolder ?? join(dirname(path), 'audit'),
        heads: auditHeads(db, transaction),
        older: () => olderAudit(db),
      });

  return {
    users: userTable(db),
    keys: keyTable(db),
    rules: ruleTable(db),
    ruleCare: ruleCareTable(db),
    ruleExceptions: ruleExceptionTable(db),
    ruleLines: ruleLineTable(db),
    savedSearches: savedSearchTable(db),
    alerts: alertTable(db, transaction),
    incidents: incidentTable(db),
    entityNotes: entityNoteTable(db),
    decisions: decisionTables(db),
    playbookRuns: playbookTable(db),
    sources: sourceTable(db),
    intel: intelTables(db),
    decoys: decoyTables(db, transaction),
    settings: settingTable(db),
    notifications: notificationTables(db),
    secrets: secretTable(db, keyring ?? (isMemory ? passingKeyring() : null), transaction),
    audit,
    reports: reportTable(db),
    reportSchedules: reportScheduleTable(db),
    transaction,
    async copyTo(file) {
      await backup(db, file, { rate: 1000 });
      chmodSync(file, 0o600);
    },
    close() {
      audit.close();
      db.close();
    },
  };
}
