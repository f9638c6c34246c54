import fs from 'node:fs';
import { DatabaseSync } from 'node:sqlite';

/** One entry per version, in order: what brings the file from the version before to it. Entries are never changed. */
export const migrations: readonly string[] = [
  `
  CREATE TABLE users (
    id TEXT PRIMARY KEY, username TEXT NOT NULL UNIQUE COLLATE NOCASE, role TEXT NOT NULL, password_hash TEXT NOT NULL,
    created_at INTEGER NOT NULL, last_login_at INTEGER, disabled INTEGER NOT NULL, token_version INTEGER NOT NULL
  ) STRICT;
  CREATE TABLE api_keys (
    id TEXT PRIMARY KEY, name TEXT NOT NULL, scopes TEXT NOT NULL, hash TEXT NOT NULL UNIQUE, prefix TEXT NOT NULL,
    created_at INTEGER NOT NULL, expires_at INTEGER, last_used_at INTEGER, revoked INTEGER NOT NULL
  ) STRICT;
  CREATE TABLE rules (id TEXT PRIMARY KEY, document TEXT NOT NULL, deleted INTEGER NOT NULL) STRICT;
  CREATE TABLE alerts (
    number INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, time INTEGER NOT NULL, severity TEXT NOT NULL, status TEXT NOT NULL,
    rule_id TEXT NOT NULL, disposition TEXT, acknowledged_by TEXT, acknowledged_at INTEGER,
    created_at INTEGER NOT NULL, updated_at INTEGER NOT NULL, search TEXT NOT NULL
  ) STRICT;
  CREATE INDEX alerts_time ON alerts (time, id);
  CREATE INDEX alerts_severity ON alerts (severity, time, id);
  CREATE INDEX alerts_status ON alerts (status, time, id);
  CREATE INDEX alerts_rule ON alerts (rule_id, time, id);
  CREATE INDEX alerts_acknowledged ON alerts (acknowledged_at, time, id);
  CREATE TABLE alert_documents (number INTEGER PRIMARY KEY, document TEXT NOT NULL) STRICT;
  CREATE TABLE alert_groups (
    number INTEGER NOT NULL, field TEXT NOT NULL, value TEXT NOT NULL, PRIMARY KEY (number, field)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX alert_groups_value ON alert_groups (value, number);
  CREATE INDEX alert_groups_field ON alert_groups (field, value, number);
  CREATE TABLE sources (name TEXT PRIMARY KEY, document TEXT NOT NULL) STRICT;
  CREATE TABLE settings (key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT;
  CREATE TABLE audit (
    number INTEGER PRIMARY KEY, timestamp INTEGER NOT NULL, action TEXT NOT NULL, user TEXT, success INTEGER NOT NULL,
    source_ip TEXT, details TEXT NOT NULL
  ) STRICT;
  CREATE INDEX audit_timestamp ON audit (timestamp);
  CREATE TRIGGER audit_is_not_changed BEFORE UPDATE ON audit BEGIN SELECT RAISE(ABORT, 'the audit is append-only'); END;
  CREATE TRIGGER audit_is_not_cut BEFORE DELETE ON audit BEGIN SELECT RAISE(ABORT, 'the audit is append-only'); END;
  CREATE TABLE sync_point (number INTEGER PRIMARY KEY, syncs INTEGER NOT NULL) STRICT;
  INSERT INTO sync_point VALUES (1, 0);
  `,
  `
  CREATE TABLE rule_care (rule_id TEXT PRIMARY KEY, document TEXT NOT NULL) STRICT;
  CREATE TABLE rule_exceptions (id TEXT PRIMARY KEY, document TEXT NOT NULL) STRICT;
  CREATE TABLE rule_lines (
    rule_id TEXT PRIMARY KEY, fire INTEGER NOT NULL, quiet INTEGER NOT NULL, document TEXT NOT NULL
  ) STRICT;
  `,
  // The index holds all that the queue and the overview ask for: they are answered without looking at the rows.
  `
  ALTER TABLE alerts ADD COLUMN signal INTEGER NOT NULL DEFAULT 0;
  UPDATE alerts SET signal = 1 WHERE severity = 'info' AND EXISTS (
    SELECT 1 FROM alert_documents d, json_each(d.document, '$.tags') t WHERE d.number = alerts.number AND t.value = 'signal'
  );
  CREATE INDEX alerts_signal ON alerts (signal, time, id, status, severity, acknowledged_at);
  `,
  `
  CREATE TABLE secrets (name TEXT PRIMARY KEY, token TEXT NOT NULL) STRICT, WITHOUT ROWID;
  `,
  `
  CREATE TABLE saved_searches (
    id TEXT PRIMARY KEY, owner_id TEXT NOT NULL, shared INTEGER NOT NULL, name TEXT NOT NULL COLLATE NOCASE,
    document TEXT NOT NULL
  ) STRICT;
  CREATE INDEX saved_searches_owner ON saved_searches (owner_id, shared);
  CREATE TRIGGER saved_searches_of_nobody AFTER DELETE ON users BEGIN
    DELETE FROM saved_searches WHERE owner_id = old.id AND shared = 0;
  END;
  `,
  // The trail lies in files. Here is where it ends, and what of it is known to be synced. The table audit holds what was before.
  `
  CREATE TABLE audit_head (
    number INTEGER PRIMARY KEY, sequence INTEGER NOT NULL, hash TEXT NOT NULL, file TEXT NOT NULL, bytes INTEGER NOT NULL
  ) STRICT;
  CREATE TABLE audit_anchor (number INTEGER PRIMARY KEY, sequence INTEGER NOT NULL, hash TEXT NOT NULL) STRICT;
  `,
  `
  CREATE TABLE intel_lists (id TEXT PRIMARY KEY, document TEXT NOT NULL) STRICT;
  CREATE TABLE intel_allowed (network TEXT PRIMARY KEY, document TEXT NOT NULL) STRICT;
  CREATE TABLE reputation (
    address TEXT NOT NULL, source TEXT NOT NULL, checked_at INTEGER NOT NULL, expires_at INTEGER NOT NULL,
    document TEXT NOT NULL, PRIMARY KEY (address, source)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX reputation_checked ON reputation (checked_at);
  CREATE INDEX reputation_expires ON reputation (expires_at);
  CREATE TABLE provider_use (
    source TEXT NOT NULL, day TEXT NOT NULL, used INTEGER NOT NULL, PRIMARY KEY (source, day)
  ) STRICT, WITHOUT ROWID;
  `,
  `
  CREATE TABLE reports (
    id TEXT PRIMARY KEY, name TEXT NOT NULL, notes TEXT NOT NULL, created_at INTEGER NOT NULL, created_by TEXT NOT NULL,
    type TEXT NOT NULL, head TEXT NOT NULL, document TEXT NOT NULL
  ) STRICT;
  CREATE INDEX reports_created ON reports (created_at, id);
  CREATE TABLE report_schedules (id TEXT PRIMARY KEY, document TEXT NOT NULL) STRICT;
  `,
  `
  CREATE TABLE notification_channels (id TEXT PRIMARY KEY, created_at INTEGER NOT NULL, document TEXT NOT NULL) STRICT;
  CREATE TABLE notification_deliveries (
    number INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE, channel_id TEXT NOT NULL, channel_name TEXT NOT NULL,
    channel_type TEXT NOT NULL, key TEXT NOT NULL, kind TEXT NOT NULL, title TEXT NOT NULL, severity TEXT NOT NULL,
    state TEXT NOT NULL, created_at INTEGER NOT NULL, next_at INTEGER NOT NULL, attempts INTEGER NOT NULL,
    detail TEXT NOT NULL, finished_at INTEGER, took_ms INTEGER, message TEXT
  ) STRICT;
  CREATE INDEX notification_deliveries_queue ON notification_deliveries (channel_id, state, next_at, number);
  CREATE INDEX notification_deliveries_key ON notification_deliveries (key, channel_id, state, number);
  CREATE INDEX notification_deliveries_created ON notification_deliveries (created_at, state);
  CREATE TABLE notification_cases (
    incident_id TEXT PRIMARY KEY, due_at INTEGER, updated_at INTEGER NOT NULL, document TEXT NOT NULL
  ) STRICT;
  CREATE INDEX notification_cases_due ON notification_cases (due_at) WHERE due_at IS NOT NULL;
  CREATE TABLE notification_digest (
    incident_id TEXT PRIMARY KEY, at INTEGER NOT NULL, reason TEXT NOT NULL, document TEXT NOT NULL
  ) STRICT;
  CREATE INDEX notification_digest_at ON notification_digest (reason, at);
  `,
  // Incidents: what alerts share (links) finds the incident that a new alert belongs to without looking at the others.
  `
  CREATE TABLE incidents (
    number INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, status TEXT NOT NULL, severity TEXT NOT NULL, risk INTEGER NOT NULL,
    owner TEXT, first INTEGER NOT NULL, last INTEGER NOT NULL, merged_into TEXT, search TEXT NOT NULL, document TEXT NOT NULL
  ) STRICT;
  CREATE INDEX incidents_risk ON incidents (merged_into, status, risk, last, id);
  CREATE INDEX incidents_last ON incidents (merged_into, last, id);
  CREATE TABLE incident_alerts (
    alert TEXT PRIMARY KEY, incident TEXT NOT NULL, first INTEGER NOT NULL, seen_at INTEGER NOT NULL, document TEXT NOT NULL
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX incident_alerts_incident ON incident_alerts (incident, first, alert);
  CREATE TABLE incident_links (
    key TEXT NOT NULL, last INTEGER NOT NULL, first INTEGER NOT NULL, incident TEXT NOT NULL, PRIMARY KEY (key, last, incident)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX incident_links_incident ON incident_links (incident);
  CREATE TABLE incident_entities (
    incident TEXT NOT NULL, kind TEXT NOT NULL, value TEXT NOT NULL, alerts INTEGER NOT NULL,
    PRIMARY KEY (incident, kind, value)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX incident_entities_value ON incident_entities (value, kind, incident);
  CREATE TABLE incident_log (
    number INTEGER PRIMARY KEY, incident TEXT NOT NULL, time INTEGER NOT NULL, kind TEXT NOT NULL, by TEXT, details TEXT NOT NULL
  ) STRICT;
  CREATE INDEX incident_log_incident ON incident_log (incident, number);
  CREATE TABLE incident_notes (
    id TEXT PRIMARY KEY, incident TEXT NOT NULL, author TEXT NOT NULL, text TEXT NOT NULL, created_at INTEGER NOT NULL,
    edited_at INTEGER
  ) STRICT;
  CREATE INDEX incident_notes_incident ON incident_notes (incident, created_at);
  CREATE TABLE incident_evidence (
    id TEXT PRIMARY KEY, incident TEXT NOT NULL, kind TEXT NOT NULL, ref TEXT NOT NULL, created_at INTEGER NOT NULL,
    document TEXT NOT NULL, UNIQUE (incident, kind, ref)
  ) STRICT;
  CREATE TABLE entity_notes (
    kind TEXT NOT NULL, value TEXT NOT NULL, text TEXT NOT NULL, tags TEXT NOT NULL, author TEXT NOT NULL,
    updated_at INTEGER NOT NULL, PRIMARY KEY (kind, value)
  ) STRICT, WITHOUT ROWID;
  `,
  // How many messages a channel got in an hour is asked before each.
  'CREATE INDEX notification_deliveries_hour ON notification_deliveries (channel_id, created_at, kind)',
  // Visits to decoys, what was tried there, and what was left.
  `
  CREATE TABLE decoy_sessions (
    id TEXT PRIMARY KEY, decoy TEXT NOT NULL, src_ip TEXT NOT NULL, started_at INTEGER NOT NULL,
    logged_in INTEGER NOT NULL, recorded INTEGER NOT NULL, document TEXT NOT NULL
  ) STRICT;
  CREATE INDEX decoy_sessions_time ON decoy_sessions (started_at, id);
  CREATE INDEX decoy_sessions_address ON decoy_sessions (src_ip, started_at);
  CREATE TABLE decoy_credentials (
    time INTEGER NOT NULL, decoy TEXT NOT NULL, session TEXT NOT NULL, src_ip TEXT NOT NULL, user TEXT NOT NULL,
    password TEXT NOT NULL, method TEXT NOT NULL, accepted INTEGER NOT NULL
  ) STRICT;
  CREATE INDEX decoy_credentials_session ON decoy_credentials (session);
  CREATE TABLE decoy_files (sha256 TEXT PRIMARY KEY, last_at INTEGER NOT NULL, document TEXT NOT NULL) STRICT;
  CREATE TABLE decoy_file_sessions (
    session TEXT NOT NULL, sha256 TEXT NOT NULL, PRIMARY KEY (session, sha256)
  ) STRICT, WITHOUT ROWID;
  `,
  // Decisions: each change has a number, so that a bouncer is told what is new to it.
  `
  CREATE TABLE decisions (
    number INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, revision INTEGER NOT NULL UNIQUE, target TEXT NOT NULL,
    kind TEXT NOT NULL, state TEXT NOT NULL, created INTEGER NOT NULL, expires INTEGER NOT NULL, policy TEXT,
    search TEXT NOT NULL, document TEXT NOT NULL
  ) STRICT;
  CREATE INDEX decisions_state ON decisions (state, number);
  CREATE INDEX decisions_target ON decisions (target, state, created);
  CREATE INDEX decisions_created ON decisions (created, state, kind);
  CREATE TABLE response_policies (id TEXT PRIMARY KEY, document TEXT NOT NULL) STRICT;
  CREATE TABLE response_allowed (network TEXT PRIMARY KEY, document TEXT NOT NULL) STRICT;
  CREATE TABLE response_peers (address TEXT PRIMARY KEY, who TEXT NOT NULL, last INTEGER NOT NULL) STRICT;
  CREATE TABLE bouncer_pulls (key_id TEXT PRIMARY KEY, document TEXT NOT NULL) STRICT;
  CREATE TABLE decision_lists (id TEXT PRIMARY KEY, hash TEXT NOT NULL UNIQUE, document TEXT NOT NULL) STRICT;
  `,
  `
  CREATE TABLE playbook_runs (
    number INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, playbook TEXT NOT NULL, state TEXT NOT NULL, entity TEXT NOT NULL,
    alert TEXT, incident TEXT, by_hand INTEGER NOT NULL, created INTEGER NOT NULL, changed INTEGER NOT NULL, due INTEGER,
    search TEXT NOT NULL, document TEXT NOT NULL
  ) STRICT;
  CREATE INDEX playbook_runs_due ON playbook_runs (due) WHERE due IS NOT NULL;
  CREATE INDEX playbook_runs_begun ON playbook_runs (playbook, created);
  CREATE INDEX playbook_runs_alert ON playbook_runs (alert) WHERE alert IS NOT NULL;
  CREATE INDEX playbook_runs_incident ON playbook_runs (incident) WHERE incident IS NOT NULL;
  CREATE INDEX playbook_runs_state ON playbook_runs (state, number);
  `,
];

/**
 * Opens the file, brings its schema up to date (a copy `….backup-vN` is made before) and refuses a newer one.
 *
 * @param steps stands in for the migrations in tests
 * @param copy false: what can be made again needs no copy
 */
export function openDatabase(file: string, steps: readonly string[] = migrations, copy = true): DatabaseSync {
  // SQLite would create it readable by all. An existing one is not opened here: closing it would drop SQLite's locks.
  if (file !== ':memory:' && !fs.existsSync(file)) fs.closeSync(fs.openSync(file, 'wx', 0o600));
  const db = new DatabaseSync(file, { timeout: 5000 });
  try {
    db.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA journal_size_limit = 16777216');
    migrate(db, copy ? file : ':memory:', steps);
    return db;
  } catch (error) {
    db.close();
    throw error;
  }
}

function migrate(db: DatabaseSync, file: string, steps: readonly string[]): void {
  const version = Number(db.prepare('PRAGMA user_version').get()?.user_version);
  if (version > steps.length) {
    throw new Error(
      `The state in ${file} was written by a newer Phosor (schema ${version}, this one knows ${steps.length}). ` +
        'Start that version again, or restore the copy that it made before it changed the file.',
    );
  }
  if (version === steps.length) return;
  if (version > 0 && file !== ':memory:') {
    const copy = `${file}.backup-v${version}`;
    fs.rmSync(copy, { force: true });
    db.prepare('VACUUM INTO ?').run(copy);
    fs.chmodSync(copy, 0o600);
  }
  for (const [index, step] of steps.entries()) {
    if (index < version) continue;
    db.exec('BEGIN IMMEDIATE');
    try {
      db.exec(step);
      db.exec(`PRAGMA user_version = ${index + 1}`);
      db.exec('COMMIT');
    } catch (error) {
      db.exec('ROLLBACK');
      throw new Error(`The state in ${file} cannot be brought from schema ${index} to ${index + 1}.`, { cause: error });
    }
  }
}
