import type { DatabaseSync, SQLInputValue } from 'node:sqlite';
import type { Severity } from '../../../model/index.ts';
import { type AlertHead, type Evidence, readAlertDocument } from '../../alert-document.ts';
import type { AlertFilter, AlertRow, StateStore } from '../../contract.ts';

/** Columns that people set; they win over the document that the correlator sends again and again. */
type Own = Pick<
  AlertRow,
  'status' | 'disposition' | 'acknowledged_by' | 'acknowledged_at' | 'created_at' | 'updated_at'
>;

const ownColumns =
  'a.status, a.disposition, a.acknowledged_by, a.acknowledged_at, a.created_at, a.updated_at, a.signal';
const withDocument = `SELECT ${ownColumns}, d.document FROM alerts a JOIN alert_documents d USING (number)`;
/** The same with the first event at most: the others, nearly all of the text, do not become a string first. Rows end their lines. */
const withHead = withDocument.replace(
  'd.document',
  `CASE instr(d.document, char(10)) WHEN 0 THEN d.document
     ELSE substr(d.document, 1, instr(d.document, char(10))) || ']}' END AS document`,
);

export function alertTable(db: DatabaseSync, transaction: StateStore['transaction']): StateStore['alerts'] {
  const upsertRow = db.prepare(
    `INSERT INTO alerts (id, time, severity, status, rule_id, disposition, acknowledged_by, acknowledged_at, created_at, updated_at, search, signal)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
     ON CONFLICT (id) DO UPDATE SET time = excluded.time, severity = excluded.severity, rule_id = excluded.rule_id,
       updated_at = excluded.updated_at, search = excluded.search, signal = excluded.signal
     RETURNING number`,
  );
  const putDocument = db.prepare('INSERT OR REPLACE INTO alert_documents (number, document) VALUES (?, ?)');
  const putGroup = db.prepare('INSERT OR REPLACE INTO alert_groups (number, field, value) VALUES (?, ?, ?)');
  const dropGroups = db.prepare('DELETE FROM alert_groups WHERE number = ?');
  const byId = db.prepare(`${withDocument} WHERE a.id = ?`);
  const has = db.prepare('SELECT 1 FROM alerts WHERE id = ?');
  const ofRule = db.prepare(
    `SELECT (SELECT max(time) FROM alerts WHERE rule_id = :rule) AS last,
       (SELECT count(*) FROM alerts WHERE rule_id = :rule AND time >= :from) AS count`,
  );
  const times = db.prepare('SELECT time FROM alerts WHERE rule_id = ? AND time >= ? ORDER BY time DESC LIMIT ?');
  const older = db.prepare('SELECT number FROM alerts WHERE time < ? AND updated_at < ? ORDER BY time, id LIMIT ?');
  const remove = ['alerts', 'alert_documents', 'alert_groups'].map((table) =>
    db.prepare(`DELETE FROM ${table} WHERE number = ?`),
  );
  const setStatus = db.prepare(
    `UPDATE alerts SET
       status = CASE WHEN :setStatus THEN :status ELSE status END,
       disposition = CASE WHEN :setDisposition THEN :disposition ELSE disposition END,
       acknowledged_by = CASE WHEN :setBy THEN :by ELSE acknowledged_by END,
       acknowledged_at = CASE WHEN :setAt THEN :at ELSE acknowledged_at END,
       updated_at = :now
     WHERE id = :id`,
  );

  function put(alert: AlertHead, document: string, now: number): void {
    transaction(() => {
      const row = upsertRow.get(
        alert.id,
        alert.time,
        alert.severity,
        alert.status,
        alert.rule_id,
        alert.disposition,
        alert.acknowledged_by,
        alert.acknowledged_at,
        now,
        now,
        searchText(alert),
        alert.signal === true ? 1 : 0,
      );
      const number = Number(row?.number);
      putDocument.run(number, document);
      dropGroups.run(number);
      for (const [field, value] of Object.entries(alert.group)) putGroup.run(number, field, value);
    });
  }

  return {
    put,
    upsert(alert, now) {
      const { status, disposition, acknowledged_by, acknowledged_at, signal, ...rest } = alert;
      put(alert, JSON.stringify(rest), now);
    },

    byId: (id) => toAlert(byId.get(id)),

    has: (id) => has.get(id) !== undefined,

    list(filter, limit, after, order = 'newest', events = 'all') {
      const where = compile(filter);
      const [beyond, way] = order === 'newest' ? ['<', 'DESC'] : ['>', 'ASC'];
      if (after !== null) {
        const { time, id } = decodeCursor(after);
        where.clauses.push(`(a.time, a.id) ${beyond} (?, ?)`);
        where.values.push(time, id);
      }
      const rows = db
        .prepare(
          `${events === 'none' ? withHead : withDocument} WHERE ${sqlOf(where)} ORDER BY a.time ${way}, a.id ${way} LIMIT ?`,
        )
        .all(...where.values, limit + 1);
      const alerts = rows.slice(0, limit).flatMap((row) => toAlert(row, events) ?? []);
      const end = alerts.at(-1);
      return { alerts, next: rows.length > limit && end !== undefined ? `${end.time}_${end.id}` : null };
    },

    count(filter) {
      const where = compile(filter);
      const row = db.prepare(`SELECT count(*) AS count FROM alerts a WHERE ${sqlOf(where)}`).get(...where.values);
      return Number(row?.count);
    },

    setStatus(ids, change, now) {
      return transaction(() => {
        let changed = 0;
        for (const id of ids) {
          const result = setStatus.run({
            id,
            now,
            setStatus: change.status === undefined ? 0 : 1,
            status: change.status ?? null,
            setDisposition: change.disposition === undefined ? 0 : 1,
            disposition: change.disposition ?? null,
            setBy: change.acknowledged_by === undefined ? 0 : 1,
            by: change.acknowledged_by ?? null,
            setAt: change.acknowledged_at === undefined ? 0 : 1,
            at: change.acknowledged_at ?? null,
          });
          changed += Number(result.changes);
        }
        return changed;
      });
    },

    removeOlder(before, limit) {
      return transaction(() => {
        const rows = older.all(before, before, limit);
        for (const { number } of rows) for (const from of remove) from.run(Number(number));
        return rows.length;
      });
    },

    histogram(filter, bucketMs) {
      const where = compile(filter);
      const width = Math.max(1, Math.trunc(bucketMs));
      const rows = db
        .prepare(
          `SELECT a.time - ((a.time % ${width}) + ${width}) % ${width} AS bucket, a.severity AS key, count(*) AS count
           FROM alerts a WHERE ${sqlOf(where)} GROUP BY bucket, key ORDER BY bucket, key`,
        )
        .all(...where.values);
      return rows.map((row) => ({ time: Number(row.bucket), key: row.key as Severity, count: Number(row.count) }));
    },

    topGroups(filter, field, limit) {
      const where = compile(filter);
      const rows = db
        .prepare(
          `SELECT g.value AS value, count(*) AS count FROM alert_groups g JOIN alerts a USING (number)
           WHERE g.field = ? AND ${sqlOf(where)} GROUP BY g.value ORDER BY count DESC, g.value LIMIT ?`,
        )
        .all(field, ...where.values, limit);
      return rows.map((row) => ({ value: String(row.value), count: Number(row.count) }));
    },

    topRules(filter, limit) {
      const where = compile(filter);
      const rows = db
        .prepare(
          `SELECT a.rule_id, count(*) AS count FROM alerts a WHERE ${sqlOf(where)}
           GROUP BY a.rule_id ORDER BY count DESC, a.rule_id LIMIT ?`,
        )
        .all(...where.values, limit);
      return rows.map((row) => ({ rule_id: String(row.rule_id), count: Number(row.count) }));
    },

    ofRule(rule, from) {
      const row = ofRule.get({ rule, from });
      return { last: typeof row?.last === 'number' ? row.last : null, count: Number(row?.count) };
    },

    times: (rule, from, limit) =>
      times
        .all(rule, from, limit)
        .map(({ time }) => Number(time))
        .reverse(),
  };
}

interface Where {
  clauses: string[];
  values: SQLInputValue[];
}

function compile(filter: AlertFilter): Where {
  const where: Where = { clauses: [], values: [] };
  const add = (clause: string, ...values: SQLInputValue[]): void => {
    where.clauses.push(clause);
    where.values.push(...values);
  };
  const anyOf = (column: string, values: readonly string[]): void =>
    add(`${column} IN (${values.map(() => '?').join(', ')})`, ...values);
  if (filter.from !== undefined) add('a.time >= ?', filter.from);
  if (filter.to !== undefined) add('a.time < ?', filter.to);
  if (filter.severities !== undefined) anyOf('a.severity', filter.severities);
  if (filter.statuses !== undefined) anyOf('a.status', filter.statuses);
  if (filter.acknowledged !== undefined) add(`a.acknowledged_at IS ${filter.acknowledged ? 'NOT ' : ''}NULL`);
  if (filter.rule_id !== undefined) add('a.rule_id = ?', filter.rule_id);
  if (filter.rule_ids !== undefined) {
    // One list, however many: the statement stays the same.
    add('a.rule_id IN (SELECT value FROM json_each(?))', JSON.stringify(filter.rule_ids));
  }
  if (filter.entity !== undefined) {
    add('a.number IN (SELECT number FROM alert_groups WHERE value = ?)', filter.entity);
  }
  if (filter.signals !== undefined) {
    // A rule's or an entity's alerts are few: the index of signals would be the longer way to them.
    const column =
      filter.rule_id === undefined && filter.rule_ids === undefined && filter.entity === undefined
        ? 'a.signal'
        : '+a.signal';
    add(`${column} = ${filter.signals === 'only' ? 1 : 0}`);
  }
  if (filter.text !== undefined && filter.text !== '') add('instr(a.search, ?) > 0', filter.text.toLowerCase());
  return where;
}

function sqlOf({ clauses }: Where): string {
  return clauses.length === 0 ? 'TRUE' : clauses.join(' AND ');
}

/** Lower case here and in the filter by the same language's rules; SQLite's own `lower` knows only ASCII. */
function searchText(alert: AlertHead): string {
  return [alert.message, alert.rule_name, ...Object.values(alert.group)].join('\n').toLowerCase();
}

function toAlert(row: Record<string, unknown> | undefined, events: Evidence = 'all'): AlertRow | null {
  if (row === undefined) return null;
  const { document, signal, ...own } = row;
  if (!isOwn(own)) throw new Error('a row of alerts without its columns');
  return { ...readAlertDocument(String(document), events), ...own, ...(signal === 1 && { signal: true }) };
}

/** The table is STRICT: what is there has the type of its column. */
const isOwn = (row: object): row is Own => 'status' in row && 'acknowledged_at' in row && 'updated_at' in row;

function decodeCursor(cursor: string): { time: number; id: string } {
  const found = /^(-?\d{1,15})_(.{1,100})$/s.exec(cursor);
  if (found?.[1] === undefined || found[2] === undefined) {
    throw new Error('The cursor is not one that this server gave out. Start again from the first page.');
  }
  return { time: Number(found[1]), id: found[2] };
}
