import type { DatabaseSync, SQLInputValue } from 'node:sqlite';
import type { ApiKey, KeyScope, SourceRecord, StateStore, User } from '../../contract.ts';

type Row = Record<string, unknown>;

export function userTable(db: DatabaseSync): StateStore['users'] {
  const toUser = (row: Row | undefined): User | null =>
    row === undefined ? null : ({ ...row, disabled: row.disabled === 1 } as User);
  const list = db.prepare('SELECT * FROM users ORDER BY username');
  const byName = db.prepare('SELECT * FROM users WHERE username = ?');
  const byId = db.prepare('SELECT * FROM users WHERE id = ?');
  const insert = db.prepare(
    `INSERT INTO users (id, username, role, password_hash, created_at, last_login_at, disabled, token_version)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
  );
  const update = db.prepare(
    `UPDATE users SET username = ?, role = ?, password_hash = ?, created_at = ?, last_login_at = ?, disabled = ?, token_version = ?
     WHERE id = ?`,
  );
  const remove = db.prepare('DELETE FROM users WHERE id = ?');
  const values = (user: User): SQLInputValue[] => [
    user.username,
    user.role,
    user.password_hash,
    user.created_at,
    user.last_login_at,
    user.disabled ? 1 : 0,
    user.token_version,
  ];
  return {
    list: () => list.all().flatMap((row) => toUser(row) ?? []),
    byName: (username) => toUser(byName.get(username)),
    byId: (id) => toUser(byId.get(id)),
    insert: (user) => void insert.run(user.id, ...values(user)),
    update(id, change) {
      const user = toUser(byId.get(id));
      if (user !== null) update.run(...values({ ...user, ...defined(change) }), id);
    },
    remove: (id) => void remove.run(id),
  };
}

export function keyTable(db: DatabaseSync): StateStore['keys'] {
  const toKey = (row: Row | undefined): ApiKey | null =>
    row === undefined
      ? null
      : ({ ...row, scopes: JSON.parse(String(row.scopes)) as KeyScope[], revoked: row.revoked === 1 } as ApiKey);
  const list = db.prepare('SELECT * FROM api_keys ORDER BY created_at, id');
  const byHash = db.prepare('SELECT * FROM api_keys WHERE hash = ?');
  const byId = db.prepare('SELECT * FROM api_keys WHERE id = ?');
  const insert = db.prepare(
    `INSERT INTO api_keys (id, name, scopes, hash, prefix, created_at, expires_at, last_used_at, revoked)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`,
  );
  const update = db.prepare(
    `UPDATE api_keys SET name = ?, scopes = ?, hash = ?, prefix = ?, created_at = ?, expires_at = ?, last_used_at = ?, revoked = ?
     WHERE id = ?`,
  );
  const values = (key: ApiKey): SQLInputValue[] => [
    key.name,
    JSON.stringify(key.scopes),
    key.hash,
    key.prefix,
    key.created_at,
    key.expires_at,
    key.last_used_at,
    key.revoked ? 1 : 0,
  ];
  return {
    list: () => list.all().flatMap((row) => toKey(row) ?? []),
    byHash: (hash) => toKey(byHash.get(hash)),
    insert: (key) => void insert.run(key.id, ...values(key)),
    update(id, change) {
      const key = toKey(byId.get(id));
      if (key !== null) update.run(...values({ ...key, ...defined(change) }), id);
    },
  };
}

export function sourceTable(db: DatabaseSync): StateStore['sources'] {
  const list = db.prepare('SELECT document FROM sources ORDER BY name');
  const put = db.prepare('INSERT OR REPLACE INTO sources (name, document) VALUES (?, ?)');
  const remove = db.prepare('DELETE FROM sources WHERE name = ?');
  return {
    list: () => list.all().map((row) => JSON.parse(String(row.document)) as SourceRecord),
    put: (source) => void put.run(source.name, JSON.stringify(source)),
    remove: (name) => void remove.run(name),
  };
}

export function settingTable(db: DatabaseSync): StateStore['settings'] {
  const all = db.prepare('SELECT key, value FROM settings ORDER BY key');
  const get = db.prepare('SELECT value FROM settings WHERE key = ?');
  const put = db.prepare('INSERT OR REPLACE INTO settings (key, value) VALUES (?, ?)');
  const remove = db.prepare('DELETE FROM settings WHERE key = ?');
  return {
    all: () => Object.fromEntries(all.all().map((row) => [String(row.key), JSON.parse(String(row.value))])),
    get(key) {
      const row = get.get(key);
      return row === undefined ? undefined : JSON.parse(String(row.value));
    },
    put: (key, value) => void put.run(key, JSON.stringify(value ?? null)),
    remove: (key) => void remove.run(key),
  };
}

/** A change that names a key with `undefined` does not mean it. */
function defined<T extends object>(change: T): T {
  return Object.fromEntries(Object.entries(change).filter(([, value]) => value !== undefined)) as T;
}
