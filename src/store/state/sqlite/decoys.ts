import type { DatabaseSync } from 'node:sqlite';
import type { DecoyCredential, DecoyFile, DecoySession, DecoyState } from '../decoys.ts';

type Row = Record<string, unknown>;

const document = <T>(row: Row | undefined): T | null => (row === undefined ? null : JSON.parse(String(row.document)));

export function decoyTables(db: DatabaseSync, transaction: <T>(work: () => T) => T): DecoyState {
  const putSession = db.prepare(
    `INSERT OR REPLACE INTO decoy_sessions (id, decoy, src_ip, started_at, logged_in, recorded, document)
     VALUES (?, ?, ?, ?, ?, ?, ?)`,
  );
  const session = db.prepare('SELECT document FROM decoy_sessions WHERE id = ?');
  const visits = db.prepare(
    'SELECT decoy, count(*) AS sessions, max(started_at) AS last_at FROM decoy_sessions GROUP BY decoy',
  );
  const addCredential = db.prepare(
    `INSERT INTO decoy_credentials (time, decoy, session, src_ip, user, password, method, accepted)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
  );
  const credentialsOf = db.prepare('SELECT * FROM decoy_credentials WHERE session = ? ORDER BY rowid LIMIT 1000');
  const tried = db.prepare(
    `SELECT user, password, count(*) AS times, count(DISTINCT src_ip) AS addresses, sum(accepted) AS accepted,
       min(time) AS first_at, max(time) AS last_at, group_concat(DISTINCT decoy) AS decoys
     FROM decoy_credentials WHERE time >= ?1 AND (?2 IS NULL OR decoy = ?2)
     GROUP BY user, password ORDER BY times DESC, last_at DESC LIMIT ?3 OFFSET ?4`,
  );
  const file = db.prepare('SELECT document FROM decoy_files WHERE sha256 = ?');
  const files = db.prepare('SELECT document FROM decoy_files ORDER BY last_at DESC LIMIT ?');
  const filesOf = db.prepare(
    `SELECT document FROM decoy_files JOIN decoy_file_sessions USING (sha256)
     WHERE decoy_file_sessions.session = ? ORDER BY last_at DESC LIMIT 500`,
  );
  const putFile = db.prepare('INSERT OR REPLACE INTO decoy_files (sha256, last_at, document) VALUES (?, ?, ?)');
  const putFileSession = db.prepare('INSERT OR IGNORE INTO decoy_file_sessions (session, sha256) VALUES (?, ?)');
  const forgetSessions = db.prepare(
    `DELETE FROM decoy_sessions WHERE id IN
       (SELECT id FROM decoy_sessions ORDER BY started_at DESC, id DESC LIMIT -1 OFFSET ?)`,
  );
  const forgetCredentials = db.prepare(
    'DELETE FROM decoy_credentials WHERE rowid <= (SELECT max(rowid) FROM decoy_credentials) - ?',
  );
  const forgetFiles = db.prepare(
    'DELETE FROM decoy_files WHERE sha256 IN (SELECT sha256 FROM decoy_files ORDER BY last_at DESC LIMIT -1 OFFSET ?)',
  );
  const forgetFileSessions = db.prepare(
    'DELETE FROM decoy_file_sessions WHERE session NOT IN (SELECT id FROM decoy_sessions)',
  );

  return {
    putSession(each) {
      const { id, decoy, src_ip, started_at, user, recordings } = each;
      putSession.run(
        id,
        decoy,
        src_ip,
        started_at,
        user === null ? 0 : 1,
        recordings.length > 0 ? 1 : 0,
        JSON.stringify(each),
      );
    },
    session: (id) => document<DecoySession>(session.get(id)),
    sessions({ decoy, src_ip, loggedIn, recorded, before, limit }) {
      const where: string[] = [];
      const values: (string | number)[] = [];
      const and = (sql: string, ...bound: (string | number)[]): void => {
        where.push(sql);
        values.push(...bound);
      };
      if (decoy !== undefined) and('decoy = ?', decoy);
      if (src_ip !== undefined) and('src_ip = ?', src_ip);
      if (loggedIn) and('logged_in = 1');
      if (recorded) and('recorded = 1');
      if (before !== undefined) and('(started_at, id) < (?, ?)', before.started_at, before.id);
      const rows = db
        .prepare(
          `SELECT document FROM decoy_sessions ${where.length > 0 ? `WHERE ${where.join(' AND ')}` : ''}
           ORDER BY started_at DESC, id DESC LIMIT ?`,
        )
        .all(...values, limit);
      return rows.flatMap((row) => document<DecoySession>(row) ?? []);
    },
    visits: () =>
      visits.all().map((row) => ({
        decoy: String(row.decoy),
        sessions: Number(row.sessions),
        last_at: Number(row.last_at),
      })),
    addCredentials(credentials) {
      transaction(() => {
        for (const { time, decoy, session, src_ip, user, password, method, accepted } of credentials)
          addCredential.run(time, decoy, session, src_ip, user, password, method, accepted ? 1 : 0);
      });
    },
    tried: ({ decoy, from, limit, offset }) =>
      tried.all(from ?? 0, decoy ?? null, limit, offset).map((row) => ({
        user: String(row.user),
        password: String(row.password),
        times: Number(row.times),
        addresses: Number(row.addresses),
        accepted: Number(row.accepted),
        first_at: Number(row.first_at),
        last_at: Number(row.last_at),
        decoys: String(row.decoys).split(','),
      })),
    credentialsOf: (id) =>
      credentialsOf.all(id).map(
        (row): DecoyCredential => ({
          time: Number(row.time),
          decoy: String(row.decoy),
          session: String(row.session),
          src_ip: String(row.src_ip),
          user: String(row.user),
          password: String(row.password),
          method: String(row.method),
          accepted: Number(row.accepted) === 1,
        }),
      ),
    putFile(each) {
      transaction(() => {
        putFile.run(each.sha256, each.last_at, JSON.stringify(each));
        putFileSession.run(each.session, each.sha256);
      });
    },
    file: (sha256) => document<DecoyFile>(file.get(sha256)),
    files: (limit) => files.all(limit).flatMap((row) => document<DecoyFile>(row) ?? []),
    filesOf: (id) => filesOf.all(id).flatMap((row) => document<DecoyFile>(row) ?? []),
    forget(most) {
      return transaction(
        () =>
          Number(forgetSessions.run(most.sessions).changes) +
          Number(forgetCredentials.run(most.credentials).changes) +
          Number(forgetFiles.run(most.files).changes) +
          Number(forgetFileSessions.run().changes),
      );
    },
  };
}
