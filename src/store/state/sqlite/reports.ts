import type { DatabaseSync } from 'node:sqlite';
import type { SavedReport, StateStore } from '../../contract.ts';

export function reportTable(db: DatabaseSync): StateStore['reports'] {
  const insert = db.prepare(
    'INSERT INTO reports (id, name, notes, created_at, created_by, type, head, document) VALUES (?, ?, ?, ?, ?, ?, ?, ?)',
  );
  const headColumns = 'id, name, notes, created_at, created_by, head';
  const byId = db.prepare(`SELECT ${headColumns}, document FROM reports WHERE id = ?`);
  const list = db.prepare(
    `SELECT ${headColumns} FROM reports WHERE type = coalesce(?, type) ORDER BY created_at DESC, id DESC LIMIT ? OFFSET ?`,
  );
  const count = db.prepare('SELECT count(*) AS count FROM reports WHERE type = coalesce(?, type)');
  const remove = db.prepare('DELETE FROM reports WHERE id = ?');
  const toHead = (row: Record<string, unknown>): Omit<SavedReport, 'report'> => ({
    id: String(row.id),
    name: String(row.name),
    notes: String(row.notes),
    created_at: Number(row.created_at),
    created_by: String(row.created_by),
    head: JSON.parse(String(row.head)) as SavedReport['head'],
  });
  return {
    insert({ id, name, notes, created_at, created_by, head, report }) {
      const type = head.report_type ?? '';
      insert.run(id, name, notes, created_at, created_by, type, JSON.stringify(head), JSON.stringify(report));
    },
    byId(id) {
      const row = byId.get(id);
      return row === undefined ? null : { ...toHead(row), report: JSON.parse(String(row.document)) };
    },
    list: (limit, skip, type) => list.all(type, limit, skip).map(toHead),
    count: (type) => Number(count.get(type)?.count),
    remove: (id) => remove.run(id).changes > 0,
  };
}

export function reportScheduleTable(db: DatabaseSync): StateStore['reportSchedules'] {
  const all = db.prepare('SELECT id, document FROM report_schedules ORDER BY id');
  const put = db.prepare('INSERT OR REPLACE INTO report_schedules (id, document) VALUES (?, ?)');
  const remove = db.prepare('DELETE FROM report_schedules WHERE id = ?');
  return {
    all: () => all.all().map((row) => ({ id: String(row.id), document: JSON.parse(String(row.document)) })),
    put: ({ id, document }) => void put.run(id, JSON.stringify(document)),
    remove: (id) => remove.run(id).changes > 0,
  };
}
