import { copyFileSync } from 'node:fs';
import type { DatabaseSync } from 'node:sqlite';

/** Each entry brings the schema one version up. Never edit one that was released: add another. */
const migrations: readonly string[] = [
  `
  CREATE TABLE users (
    id TEXT PRIMARY KEY, username TEXT NOT NULL UNIQUE COLLATE NOCASE, role TEXT NOT NULL, password_hash TEXT NOT NULL,
    created_at INTEGER NOT NULL, last_login_at INTEGER, disabled INTEGER NOT NULL, token_version INTEGER NOT NULL
  ) STRICT;
  CREATE TABLE keys (
    id TEXT PRIMARY KEY, name TEXT NOT NULL, scopes TEXT NOT NULL, hash TEXT NOT NULL UNIQUE, prefix TEXT NOT NULL,
    created_at INTEGER NOT NULL, expires_at INTEGER, last_used_at INTEGER, revoked INTEGER NOT NULL
  ) STRICT;
  CREATE TABLE rules (id TEXT PRIMARY KEY, document TEXT NOT NULL, deleted INTEGER NOT NULL) STRICT;
  CREATE TABLE sources (name TEXT PRIMARY KEY, document TEXT NOT NULL) STRICT;
  CREATE TABLE settings (key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT;
  CREATE TABLE alerts (
    id TEXT PRIMARY KEY, time INTEGER NOT NULL, rule_id TEXT NOT NULL, severity TEXT NOT NULL,
    status TEXT NOT NULL, disposition TEXT, acknowledged_by TEXT, acknowledged_at INTEGER,
    document TEXT NOT NULL, events TEXT NOT NULL, search TEXT NOT NULL,
    created_at INTEGER NOT NULL, updated_at INTEGER NOT NULL
  ) STRICT;
  CREATE INDEX alerts_newest ON alerts (time DESC, id DESC);
  CREATE INDEX alerts_status ON alerts (status, time DESC);
  CREATE INDEX alerts_severity ON alerts (severity, time DESC);
  CREATE INDEX alerts_rule ON alerts (rule_id, time DESC);
  CREATE TABLE alert_entities (
    alert TEXT NOT NULL REFERENCES alerts (id) ON DELETE CASCADE, field TEXT NOT NULL, value TEXT NOT NULL,
    PRIMARY KEY (value, field, alert)
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE audit (
    id INTEGER PRIMARY KEY AUTOINCREMENT, timestamp INTEGER NOT NULL, action TEXT NOT NULL, user TEXT,
    success INTEGER NOT NULL, source_ip TEXT, details TEXT NOT NULL
  ) STRICT;
  CREATE INDEX audit_newest ON audit (timestamp DESC, id DESC);
  CREATE TRIGGER audit_is_append_only BEFORE UPDATE ON audit BEGIN SELECT RAISE(ABORT, 'the audit trail is append-only'); END;
  CREATE TRIGGER audit_keeps_everything BEFORE DELETE ON audit BEGIN SELECT RAISE(ABORT, 'the audit trail is append-only'); END;
  `,
];

/**
 * Brings the database to this program's schema, with a copy of the file beside it first.
 *
 * @throws a sentence where the file was written by a newer Phosor.
 */
export function migrate(database: DatabaseSync, path: string): void {
  const { user_version: version } = database.prepare('PRAGMA user_version').get() as { user_version: number };
  if (version > migrations.length) {
    throw new Error(
      `${path} was written by a newer Phosor (schema ${version}, this one knows ${migrations.length}). ` +
        'Start the newer version, or choose another data folder with --data-dir.',
    );
  }
  if (version === migrations.length) return;
  if (version > 0) {
    database.exec('PRAGMA wal_checkpoint(TRUNCATE)');
    copyFileSync(path, `${path}.schema-${version}.backup`);
  }
  for (let next = version; next < migrations.length; next += 1) {
    database.exec('BEGIN IMMEDIATE');
    try {
      database.exec(migrations[next] as string);
      database.exec(`PRAGMA user_version = ${next + 1}`);
      database.exec('COMMIT');
    } catch (error) {
      database.exec('ROLLBACK');
      throw error;
    }
  }
}
