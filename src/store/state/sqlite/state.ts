import { chmodSync } from 'node:fs';
import { DatabaseSync, type SQLInputValue } from 'node:sqlite';
import type { RuleDoc } from '../../../model/index.ts';
import type { ApiKey, AuditRecord, SourceRecord, StateStore, User } from '../../contract.ts';
import { sqliteAlerts } from './alerts.ts';
import { migrate } from './schema.ts';

type Row = Record<string, SQLInputValue>;

/**
 * The embedded state store: one SQLite file, 0600, in WAL mode.
 *
 * Everyday writes are safe against a killed process (synchronous=NORMAL); the audit trail has a connection of its own
 * that is safe against a power cut too (FULL), so that a recorded action stays recorded.
 *
 * @param path file, created where it does not exist; `:memory:` for tests.
 */
export function openSqliteState(path: string): StateStore {
  const database = open(path, 'NORMAL');
  migrate(database, path);
  const trail = path === ':memory:' ? database : open(path, 'FULL');
  if (path !== ':memory:') for (const suffix of ['', '-wal', '-shm']) protect(path + suffix);
  let depth = 0;

  const all = <T>(sql: string, read: (row: Row) => T): (() => T[]) => {
    const statement = database.prepare(sql);
    return () => (statement.all() as Row[]).map(read);
  };
  const one = <T>(sql: string, read: (row: Row) => T): ((value: string) => T | null) => {
    const statement = database.prepare(sql);
    return (value) => {
      const row = statement.get(value) as Row | undefined;
      return row === undefined ? null : read(row);
    };
  };
  const remove = (table: string, column: string): ((value: string) => void) => {
    const statement = database.prepare(`DELETE FROM ${table} WHERE ${column} = ?`);
    return (value) => void statement.run(value);
  };
  const insert = (table: string, row: Row): void => {
    const names = Object.keys(row);
    const marks = names.map(() => '?').join(', ');
    database.prepare(`INSERT INTO ${table} (${names.join(', ')}) VALUES (${marks})`).run(...Object.values(row));
  };
  const update = (table: string, id: string, row: Row): void => {
    const sets = Object.keys(row).map((name) => `${name} = ?`);
    if (sets.length === 0) return;
    database.prepare(`UPDATE ${table} SET ${sets.join(', ')} WHERE id = ?`).run(...Object.values(row), id);
  };

  const putRule = database.prepare(
    'INSERT INTO rules (id, document, deleted) VALUES (?, ?, ?) ON CONFLICT (id) DO UPDATE SET document = excluded.document, deleted = excluded.deleted',
  );
  const putSource = database.prepare(
    'INSERT INTO sources (name, document) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET document = excluded.document',
  );
  const putSetting = database.prepare(
    'INSERT INTO settings (key, value) VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value',
  );
  const appendAudit = trail.prepare(
    'INSERT INTO audit (timestamp, action, user, success, source_ip, details) VALUES (?, ?, ?, ?, ?, ?)',
  );
  const listAudit = database.prepare(
    'SELECT timestamp, action, user, success, source_ip, details FROM audit WHERE timestamp < ? ORDER BY timestamp DESC, id DESC LIMIT ?',
  );
  const setting = one('SELECT value FROM settings WHERE key = ?', ({ value }) => JSON.parse(String(value)) as unknown);

  return {
    users: {
      list: all('SELECT * FROM users ORDER BY username', userOf),
      byName: one('SELECT * FROM users WHERE username = ?', userOf),
      byId: one('SELECT * FROM users WHERE id = ?', userOf),
      insert: (user) => insert('users', plainRow({ ...user })),
      update: (id, change) => update('users', id, plainRow(change)),
      remove: remove('users', 'id'),
    },
    keys: {
      list: all('SELECT * FROM keys ORDER BY created_at', keyOf),
      byHash: one('SELECT * FROM keys WHERE hash = ?', keyOf),
      insert: (key) => insert('keys', plainRow({ ...key })),
      update: (id, change) => update('keys', id, plainRow(change)),
    },
    rules: {
      list: all('SELECT document, deleted FROM rules ORDER BY id', ruleOf),
      byId: one('SELECT document, deleted FROM rules WHERE id = ?', ruleOf),
      put: ({ deleted = false, ...rule }) => void putRule.run(rule.id, JSON.stringify(rule), deleted ? 1 : 0),
      remove: remove('rules', 'id'),
    },
    alerts: sqliteAlerts(database),
    sources: {
      list: all(
        'SELECT document FROM sources ORDER BY name',
        ({ document }) => JSON.parse(String(document)) as SourceRecord,
      ),
      put: (source) => void putSource.run(source.name, JSON.stringify(source)),
      remove: remove('sources', 'name'),
    },
    settings: {
      all: () =>
        Object.fromEntries(
          database
            .prepare('SELECT key, value FROM settings')
            .all()
            .map(({ key, value }) => [key, JSON.parse(String(value))]),
        ),
      get: (key) => setting(key) ?? undefined,
      put: (key, value) => void putSetting.run(key, JSON.stringify(value ?? null)),
      remove: remove('settings', 'key'),
    },
    audit: {
      append({ timestamp, action, user, success, source_ip, details }) {
        appendAudit.run(timestamp, action, user, success ? 1 : 0, source_ip, JSON.stringify(details));
      },
      list: (limit, before) => (listAudit.all(before ?? Number.MAX_SAFE_INTEGER, limit) as Row[]).map(auditOf),
    },
    transaction(work) {
      // Nested calls join the outer transaction.
      if (depth > 0) return work();
      database.exec('BEGIN IMMEDIATE');
      depth += 1;
      try {
        const result = work();
        database.exec('COMMIT');
        return result;
      } catch (error) {
        database.exec('ROLLBACK');
        throw error;
      } finally {
        depth -= 1;
      }
    },
    close() {
      if (trail !== database) trail.close();
      database.close();
    },
  };
}

function open(path: string, synchronous: 'NORMAL' | 'FULL'): DatabaseSync {
  const database = new DatabaseSync(path);
  database.exec(
    `PRAGMA journal_mode = WAL; PRAGMA synchronous = ${synchronous}; PRAGMA foreign_keys = ON; PRAGMA busy_timeout = 5000`,
  );
  return database;
}

function protect(file: string): void {
  try {
    chmodSync(file, 0o600);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
}

/** Booleans as 0 and 1, lists as JSON; what is undefined is left out. */
function plainRow(record: object): Row {
  const row: Row = {};
  for (const [name, value] of Object.entries(record)) {
    if (value === undefined) continue;
    row[name] = typeof value === 'boolean' ? Number(value) : Array.isArray(value) ? JSON.stringify(value) : value;
  }
  return row;
}

const userOf = (row: Row): User => ({ ...row, disabled: row.disabled === 1 }) as unknown as User;

const keyOf = (row: Row): ApiKey =>
  ({ ...row, scopes: JSON.parse(String(row.scopes)), revoked: row.revoked === 1 }) as unknown as ApiKey;

const ruleOf = ({ document, deleted }: Row): RuleDoc & { deleted: boolean } => ({
  ...(JSON.parse(String(document)) as RuleDoc),
  deleted: deleted === 1,
});

const auditOf = (row: Row): AuditRecord =>
  ({ ...row, success: row.success === 1, details: JSON.parse(String(row.details)) }) as unknown as AuditRecord;
