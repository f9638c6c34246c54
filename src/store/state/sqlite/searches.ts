import type { DatabaseSync } from 'node:sqlite';
import type { SavedSearch, StateStore } from '../../contract.ts';

/** Saved searches. Those that nobody else sees go with their owner (a trigger of the schema). */
export function savedSearchTable(db: DatabaseSync): StateStore['savedSearches'] {
  const visible = db.prepare('SELECT document FROM saved_searches WHERE owner_id = ? OR shared = 1 ORDER BY name, id');
  const byId = db.prepare('SELECT document FROM saved_searches WHERE id = ?');
  const count = db.prepare('SELECT count(*) AS count FROM saved_searches WHERE owner_id = ?');
  const put = db.prepare(
    'INSERT OR REPLACE INTO saved_searches (id, owner_id, shared, name, document) VALUES (?, ?, ?, ?, ?)',
  );
  const remove = db.prepare('DELETE FROM saved_searches WHERE id = ?');
  const read = (row: Record<string, unknown>): SavedSearch => JSON.parse(String(row.document)) as SavedSearch;
  return {
    visible: (owner_id) => visible.all(owner_id).map(read),
    byId(id) {
      const row = byId.get(id);
      return row === undefined ? null : read(row);
    },
    count: (owner_id) => Number(count.get(owner_id)?.count),
    put: (search) =>
      void put.run(search.id, search.owner_id, search.shared ? 1 : 0, search.name, JSON.stringify(search)),
    remove: (id) => void remove.run(id),
  };
}
