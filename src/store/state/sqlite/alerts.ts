import type { DatabaseSync, SQLInputValue, StatementSync } from 'node:sqlite';
import type { Alert, AlertStatus, Disposition, Severity } from '../../../model/index.ts';
import type { AlertFilter, AlertRow, StateStore } from '../../contract.ts';

interface StoredAlert {
  id: string;
  time: number;
  status: AlertStatus;
  disposition: Disposition | null;
  acknowledged_by: string | null;
  acknowledged_at: number | null;
  document: string;
  events?: string;
  created_at: number;
  updated_at: number;
}

const columns = 'id, time, status, disposition, acknowledged_by, acknowledged_at, document, created_at, updated_at';

/** Alerts: what people filter by in columns, the rest as JSON; the events' snapshot apart, since lists do not need it. */
export function sqliteAlerts(database: DatabaseSync): StateStore['alerts'] {
  const statements = new Map<string, StatementSync>();
  const prepare = (sql: string): StatementSync => {
    let statement = statements.get(sql);
    if (statement === undefined) {
      statement = database.prepare(sql);
      statements.set(sql, statement);
    }
    return statement;
  };
  const insert = database.prepare(`
    INSERT INTO alerts (id, time, rule_id, severity, status, disposition, acknowledged_by, acknowledged_at, document, events, search, created_at, updated_at)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
    ON CONFLICT (id) DO UPDATE SET time = excluded.time, severity = excluded.severity, document = excluded.document,
      events = excluded.events, search = excluded.search, updated_at = excluded.updated_at`);
  const insertEntity = database.prepare('INSERT OR IGNORE INTO alert_entities (alert, field, value) VALUES (?, ?, ?)');

  return {
    upsert(alert, now) {
      const { events, status, disposition, acknowledged_by, acknowledged_at, ...document } = alert;
      const groups = Object.entries(alert.group);
      const search = [alert.message, alert.rule_name, ...groups.map(([, value]) => value)].join('\n').toLowerCase();
      insert.run(
        alert.id,
        alert.time,
        alert.rule_id,
        alert.severity,
        status,
        disposition,
        acknowledged_by,
        acknowledged_at,
        JSON.stringify(document),
        JSON.stringify(events),
        search,
        now,
        now,
      );
      for (const [field, value] of groups) insertEntity.run(alert.id, field, value);
    },
    byId(id) {
      const row = prepare(`SELECT ${columns}, events FROM alerts WHERE id = ?`).get(id) as StoredAlert | undefined;
      return row === undefined ? null : alertOf(row);
    },
    list(filter, limit, after) {
      const { where, values } = conditions(filter);
      const cursor = readCursor(after);
      if (cursor !== null) {
        where.push('(time, id) < (?, ?)');
        values.push(cursor.time, cursor.id);
      }
      const rows = prepare(`SELECT ${columns} FROM alerts ${clause(where)} ORDER BY time DESC, id DESC LIMIT ?`).all(
        ...values,
        limit + 1,
      ) as unknown as StoredAlert[];
      const last = rows.length > limit ? rows[limit - 1] : undefined;
      return { alerts: rows.slice(0, limit).map(alertOf), next: last === undefined ? null : `${last.time}.${last.id}` };
    },
    count(filter) {
      const { where, values } = conditions(filter);
      const row = prepare(`SELECT count(*) AS n FROM alerts ${clause(where)}`).get(...values);
      return (row as { n: number }).n;
    },
    setStatus(ids, change, now) {
      const names = ['status', 'disposition', 'acknowledged_by', 'acknowledged_at'] as const;
      const given = names.filter((name) => change[name] !== undefined);
      const sets = [...given.map((name) => `${name} = ?`), 'updated_at = ?'].join(', ');
      const update = prepare(`UPDATE alerts SET ${sets} WHERE id = ?`);
      const values = given.map((name) => change[name] as SQLInputValue);
      let changed = 0;
      for (const id of ids) changed += Number(update.run(...values, now, id).changes);
      return changed;
    },
    histogram(filter, bucketMs) {
      const { where, values } = conditions(filter);
      return prepare(
        `SELECT time / ? * ? AS time, severity AS key, count(*) AS count FROM alerts ${clause(where)} GROUP BY 1, 2 ORDER BY 1, 2`,
      ).all(bucketMs, bucketMs, ...values) as unknown as { time: number; key: Severity; count: number }[];
    },
    topGroups(filter, field, limit) {
      const { where, values } = conditions(filter);
      return prepare(
        `SELECT value, count(*) AS count FROM alert_entities WHERE field = ? AND alert IN (SELECT id FROM alerts ${clause(where)})
         GROUP BY value ORDER BY count DESC, value LIMIT ?`,
      ).all(field, ...values, limit) as unknown as { value: string; count: number }[];
    },
  };
}

function conditions(filter: AlertFilter): { where: string[]; values: SQLInputValue[] } {
  const where: string[] = [];
  const values: SQLInputValue[] = [];
  const add = (sql: string, ...bound: SQLInputValue[]): void => {
    where.push(sql);
    values.push(...bound);
  };
  const anyOf = (column: string, words: readonly string[] | undefined): void => {
    if (words !== undefined) add(`${column} IN (${words.map(() => '?').join(', ')})`, ...words);
  };
  if (filter.from !== undefined) add('time >= ?', filter.from);
  if (filter.to !== undefined) add('time < ?', filter.to);
  anyOf('severity', filter.severities);
  anyOf('status', filter.statuses);
  if (filter.acknowledged === true) add('acknowledged_at IS NOT NULL');
  if (filter.acknowledged === false) add('acknowledged_at IS NULL');
  if (filter.rule_id !== undefined) add('rule_id = ?', filter.rule_id);
  if (filter.text !== undefined && filter.text !== '') add('instr(search, ?) > 0', filter.text.toLowerCase());
  if (filter.entity !== undefined) add('id IN (SELECT alert FROM alert_entities WHERE value = ?)', filter.entity);
  return { where, values };
}

const clause = (where: readonly string[]): string => (where.length === 0 ? '' : `WHERE ${where.join(' AND ')}`);

/** Cursor: `<time>.<id>`. Null for the first page; a malformed one starts anew. */
function readCursor(after: string | null): { time: number; id: string } | null {
  const found = after === null ? null : /^(-?\d{1,16})\.(.+)$/.exec(after);
  return found === null ? null : { time: Number(found[1]), id: found[2] as string };
}

function alertOf(row: StoredAlert): AlertRow {
  const { document, events, time, ...people } = row;
  return { ...(JSON.parse(document) as Alert), events: events === undefined ? [] : JSON.parse(events), ...people };
}
