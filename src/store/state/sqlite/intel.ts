import type { DatabaseSync } from 'node:sqlite';
import type { AllowedNetwork, IntelListRecord, IntelState } from '../intel.ts';

export function intelTables(db: DatabaseSync): IntelState {
  const lists = db.prepare('SELECT document FROM intel_lists ORDER BY id');
  const putList = db.prepare(
    'INSERT INTO intel_lists (id, document) VALUES (?, ?) ON CONFLICT (id) DO UPDATE SET document = excluded.document',
  );
  const removeList = db.prepare('DELETE FROM intel_lists WHERE id = ?');
  const allowed = db.prepare('SELECT document FROM intel_allowed ORDER BY network');
  const allow = db.prepare('INSERT OR REPLACE INTO intel_allowed (network, document) VALUES (?, ?)');
  const disallow = db.prepare('DELETE FROM intel_allowed WHERE network = ?');
  const answers = db.prepare('SELECT * FROM reputation WHERE address = ? ORDER BY source');
  const remember = db.prepare(
    'INSERT OR REPLACE INTO reputation (address, source, checked_at, expires_at, document) VALUES (?, ?, ?, ?, ?)',
  );
  const forgetOld = db.prepare('DELETE FROM reputation WHERE expires_at < ?');
  const forgetMany = db.prepare(
    `DELETE FROM reputation WHERE (address, source) IN (
       SELECT address, source FROM reputation ORDER BY checked_at DESC LIMIT -1 OFFSET ?)`,
  );
  const used = db.prepare('SELECT used FROM provider_use WHERE source = ? AND day = ?');
  const use = db.prepare(
    'INSERT INTO provider_use (source, day, used) VALUES (?, ?, 1) ON CONFLICT (source, day) DO UPDATE SET used = used + 1',
  );
  const forgetUse = db.prepare('DELETE FROM provider_use WHERE source = ? AND day < ?');
  const documents = <T>(rows: Record<string, unknown>[]): T[] =>
    rows.map(({ document }) => JSON.parse(String(document)));

  return {
    lists: () => documents<IntelListRecord>(lists.all()),
    putList: (list) => void putList.run(list.id, JSON.stringify(list)),
    removeList: (id) => void removeList.run(id),
    allowed: () => documents<AllowedNetwork>(allowed.all()),
    allow: (network) => void allow.run(network.network, JSON.stringify(network)),
    disallow: (network) => disallow.run(network).changes > 0,
    answers: (address) =>
      answers.all(address).map((row) => ({
        source: String(row.source),
        address: String(row.address),
        checked_at: Number(row.checked_at),
        expires_at: Number(row.expires_at),
        document: JSON.parse(String(row.document)),
      })),
    remember: ({ address, source, checked_at, expires_at, document }) =>
      void remember.run(address, source, checked_at, expires_at, JSON.stringify(document)),
    forget(expiredBefore, most) {
      forgetOld.run(expiredBefore);
      forgetMany.run(most);
    },
    used: (source, day) => Number(used.get(source, day)?.used ?? 0),
    use(source, day) {
      use.run(source, day);
      forgetUse.run(source, day);
    },
  };
}
