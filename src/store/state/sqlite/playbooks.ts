import type { DatabaseSync } from 'node:sqlite';
import type { PlaybookRun, PlaybookRunState } from '../../../model/index.ts';
import type { PlaybookRunFilter, PlaybookStore } from '../playbooks.ts';

type Row = Record<string, unknown>;
const read = (row: Row): PlaybookRun => JSON.parse(String(row.document)) as PlaybookRun;

export function playbookTable(db: DatabaseSync): PlaybookStore {
  const put = db.prepare(
    `INSERT INTO playbook_runs (id, playbook, state, entity, alert, incident, by_hand, created, changed, due, search, document)
       VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)
     ON CONFLICT (id) DO UPDATE SET state = excluded.state, entity = excluded.entity, alert = excluded.alert,
       incident = excluded.incident, changed = excluded.changed, due = excluded.due, search = excluded.search,
       document = excluded.document`,
  );
  const byId = db.prepare('SELECT document FROM playbook_runs WHERE id = ?');
  const where = `number < ?1 AND (?2 IS NULL OR state IN (SELECT value FROM json_each(?2))) AND (?3 IS NULL OR playbook = ?3)
     AND (?4 IS NULL OR alert = ?4) AND (?5 IS NULL OR incident = ?5) AND (?6 IS NULL OR instr(search, ?6) > 0)`;
  const list = db.prepare(`SELECT number, document FROM playbook_runs WHERE ${where} ORDER BY number DESC LIMIT ?7`);
  const count = db.prepare(`SELECT count(*) AS n FROM playbook_runs WHERE ${where}`);
  const due = db.prepare('SELECT document FROM playbook_runs WHERE due <= ? ORDER BY due, number LIMIT ?');
  const nextDue = db.prepare('SELECT min(due) AS at FROM playbook_runs WHERE due IS NOT NULL');
  const begun = db.prepare(
    `SELECT count(*) AS n FROM playbook_runs
       WHERE playbook = ?1 AND created > ?3 AND by_hand = 0 AND (?2 IS NULL OR entity = ?2)`,
  );
  const ranFor = db.prepare(
    'SELECT 1 FROM playbook_runs WHERE incident = ?2 AND playbook = ?1 AND by_hand = 0 LIMIT 1',
  );
  const last = db.prepare(
    'SELECT playbook, state, max(created) AS at FROM playbook_runs GROUP BY playbook ORDER BY playbook',
  );
  const pruneOld = db.prepare('DELETE FROM playbook_runs WHERE due IS NULL AND changed < ?');
  const pruneMany = db.prepare(
    `DELETE FROM playbook_runs WHERE due IS NULL AND number <= (
       SELECT number FROM playbook_runs WHERE due IS NULL ORDER BY number DESC LIMIT 1 OFFSET ?)`,
  );
  const values = (filter: PlaybookRunFilter, before: number | null) =>
    [
      before ?? Number.MAX_SAFE_INTEGER,
      filter.states === undefined ? null : JSON.stringify(filter.states),
      filter.playbook ?? null,
      filter.alert ?? null,
      filter.incident ?? null,
      filter.text === undefined ? null : filter.text.toLowerCase(),
    ] as const;

  return {
    put: (run) =>
      void put.run(
        run.id,
        run.playbook,
        run.state,
        run.entity,
        run.subject.alert,
        run.subject.incident,
        run.by === null ? 0 : 1,
        run.created,
        run.changed,
        run.due,
        `${run.name} ${run.entity} ${run.subject.user ?? ''} ${run.subject.host ?? ''}`.toLowerCase(),
        JSON.stringify(run),
      ),
    byId(id) {
      const row = byId.get(id);
      return row === undefined ? null : read(row);
    },
    list(filter, limit, before) {
      const rows = list.all(...values(filter, before), limit + 1);
      const shown = rows.slice(0, limit);
      return { runs: shown.map(read), next: rows.length > limit ? Number(shown.at(-1)?.number) : null };
    },
    count: (filter) => Number(count.get(...values(filter, null))?.n),
    due: (until, limit) => due.all(until, limit).map(read),
    nextDue() {
      const at = nextDue.get()?.at;
      return at === null || at === undefined ? null : Number(at);
    },
    begun: (playbook, entity, since) => Number(begun.get(playbook, entity, since)?.n),
    ranFor: (playbook, incident) => ranFor.get(playbook, incident) !== undefined,
    last: () =>
      last.all().map(({ playbook, state, at }) => ({
        playbook: String(playbook),
        state: String(state) as PlaybookRunState,
        at: Number(at),
      })),
    prune: (before, most) => Number(pruneOld.run(before).changes) + Number(pruneMany.run(most).changes),
  };
}
