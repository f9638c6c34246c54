import type { DatabaseSync, SQLInputValue } from 'node:sqlite';
import { type EntityKind, type IncidentEntity, severities } from '../../../model/index.ts';
import type { IncidentFilter, IncidentLink, IncidentMember, IncidentOrder, IncidentRow } from '../../contract.ts';
import type { IncidentStore } from '../incident-types.ts';
import { evidenceTable, logTable, noteTable } from './incident-records.ts';

const orders: Record<IncidentOrder, { columns: string; way: 'ASC' | 'DESC'; beyond: '<' | '>' }> = {
  risk: { columns: 'risk, last, id', way: 'DESC', beyond: '<' },
  newest: { columns: 'last, id', way: 'DESC', beyond: '<' },
  oldest: { columns: 'first, id', way: 'ASC', beyond: '>' },
};

/** Incidents that stand by themselves, with when they were opened and closed. */
const times = `SELECT id, severity, risk, document, document ->> '$.created_at' AS opened, document ->> '$.closed_at' AS closed
  FROM incidents WHERE merged_into IS NULL`;
const severityOrder = `CASE severity ${severities.map((name, rank) => `WHEN '${name}' THEN ${rank}`).join(' ')} END`;

export function incidentTable(db: DatabaseSync): IncidentStore {
  const byId = db.prepare('SELECT document FROM incidents WHERE id = ?');
  const put = db.prepare(
    `INSERT INTO incidents (id, status, severity, risk, owner, first, last, merged_into, search, document)
     VALUES (:id, :status, :severity, :risk, :owner, :first, :last, :merged_into, :search, :document)
     ON CONFLICT (id) DO UPDATE SET status = :status, severity = :severity, risk = :risk, owner = :owner, first = :first,
       last = :last, merged_into = :merged_into, search = :search, document = :document`,
  );
  const pending = db.prepare(
    `SELECT a.number, a.id FROM alerts a LEFT JOIN incident_alerts m ON m.alert = a.id
     WHERE a.number > ? AND a.signal = 0 AND (m.alert IS NULL OR m.seen_at < a.updated_at) ORDER BY a.number LIMIT ?`,
  );
  const member = db.prepare('SELECT document FROM incident_alerts WHERE alert = ?');
  const putMember = db.prepare(
    'INSERT OR REPLACE INTO incident_alerts (alert, incident, first, seen_at, document) VALUES (?, ?, ?, ?, ?)',
  );
  const members = db.prepare(
    'SELECT document FROM incident_alerts WHERE incident = ? ORDER BY first, alert LIMIT ? OFFSET ?',
  );
  const moveMembers = db.prepare(
    `UPDATE incident_alerts SET incident = :to, document = json_set(document, '$.incident_id', :to) WHERE incident = :from`,
  );
  const links = db.prepare(
    'SELECT key, first, last, incident AS incident_id FROM incident_links WHERE key = ? AND last >= ? AND first <= ? ORDER BY last',
  );
  const linksOf = db.prepare(
    'SELECT key, first, last, incident AS incident_id FROM incident_links WHERE incident = ? ORDER BY key, last',
  );
  const putLink = db.prepare('INSERT OR REPLACE INTO incident_links (key, last, first, incident) VALUES (?, ?, ?, ?)');
  const removeLink = db.prepare('DELETE FROM incident_links WHERE key = ? AND last = ? AND incident = ?');
  const countEntity = db.prepare(
    `INSERT INTO incident_entities (incident, kind, value, alerts) VALUES (?, ?, ?, ?)
     ON CONFLICT (incident, kind, value) DO UPDATE SET alerts = alerts + excluded.alerts`,
  );
  const dropEntities = db.prepare('DELETE FROM incident_entities WHERE incident = ? AND alerts <= 0');
  const entities = db.prepare(
    'SELECT kind, value, alerts FROM incident_entities WHERE incident = ? ORDER BY alerts DESC, kind, value LIMIT ?',
  );
  const entityCounts = db.prepare(
    'SELECT kind, count(*) AS count FROM incident_entities WHERE incident = ? GROUP BY kind',
  );

  const spanFigures = db.prepare(
    `SELECT count(*) FILTER (WHERE opened >= :from AND opened < :to) AS opened,
       count(*) FILTER (WHERE closed >= :from AND closed < :to) AS closed,
       count(*) FILTER (WHERE opened < :to AND (closed IS NULL OR closed >= :to)) AS open_at_end,
       avg(closed - opened) FILTER (WHERE closed >= :from AND closed < :to) AS mean_close_ms
     FROM (${times})`,
  );
  const worstOf = db.prepare(
    `SELECT document FROM (${times}) WHERE opened < :to AND (closed IS NULL OR closed >= :from)
     ORDER BY ${severityOrder} DESC, risk DESC, opened DESC, id LIMIT :most`,
  );

  return {
    byId: (id) => rowOf(byId.get(id)),

    put(incident) {
      const { id, status, severity, risk, owner, first, last, merged_into } = incident;
      const search = searchText(incident);
      const document = JSON.stringify(incident);
      put.run({ id, status, severity, risk, owner, first, last, merged_into, search, document });
    },

    list(filter, limit, after, order) {
      const where = compile(filter);
      const { columns, way, beyond } = orders[order];
      if (after !== null) {
        const values = decodeCursor(after, order);
        where.clauses.push(`(${columns}) ${beyond} (${values.map(() => '?').join(', ')})`);
        where.values.push(...values);
      }
      const sorted = columns.split(', ').map((column) => `${column} ${way}`);
      const rows = db
        .prepare(
          `SELECT document FROM incidents i WHERE ${where.clauses.join(' AND ')} ORDER BY ${sorted.join(', ')} LIMIT ?`,
        )
        .all(...where.values, limit + 1);
      const found = rows.slice(0, limit).flatMap((row) => rowOf(row) ?? []);
      const end = found.at(-1);
      return { incidents: found, next: rows.length > limit && end !== undefined ? encodeCursor(end, order) : null };
    },

    count(filter) {
      const where = compile(filter);
      const row = db
        .prepare(`SELECT count(*) AS count FROM incidents i WHERE ${where.clauses.join(' AND ')}`)
        .get(...where.values);
      return Number(row?.count);
    },

    during(from, to, most) {
      const span = { from, to };
      const figures = spanFigures.get(span) ?? {};
      return {
        opened: Number(figures.opened),
        closed: Number(figures.closed),
        open_at_end: Number(figures.open_at_end),
        mean_close_ms: figures.mean_close_ms === null ? null : Number(figures.mean_close_ms),
        worst: worstOf.all({ ...span, most }).flatMap((row) => rowOf(row) ?? []),
      };
    },

    pending: (after, limit) =>
      pending.all(after, limit).map(({ number, id }) => ({ number: Number(number), id: String(id) })),

    member: (id) => memberOf(member.get(id)),
    putMember: (one) => void putMember.run(one.alert_id, one.incident_id, one.first, one.seen_at, JSON.stringify(one)),
    members: (id, limit, offset = 0) => members.all(id, limit, offset).flatMap((row) => memberOf(row) ?? []),
    moveMembers: (from, to) => void moveMembers.run({ from, to }),

    links: (key, from, to) => links.all(key, from, to).map(linkOf),
    linksOf: (id) => linksOf.all(id).map(linkOf),
    putLink: ({ key, first, last, incident_id }) => void putLink.run(key, last, first, incident_id),
    removeLink: ({ key, last, incident_id }) => void removeLink.run(key, last, incident_id),

    countEntities(id, some, by) {
      for (const { kind, value } of some) countEntity.run(id, kind, value, by);
      if (by < 0) dropEntities.run(id);
    },
    entities(id, limit) {
      const counts: Record<EntityKind, number> = { address: 0, user: 0, host: 0 };
      for (const { kind, count } of entityCounts.all(id)) counts[kind as EntityKind] = Number(count);
      return {
        counts,
        entities: entities.all(id, limit).map(({ kind, value, alerts }) => ({
          kind: kind as IncidentEntity['kind'],
          value: String(value),
          alerts: Number(alerts),
        })),
      };
    },

    log: logTable(db),
    notes: noteTable(db),
    evidence: evidenceTable(db),
  };
}

type Row = Record<string, unknown> | undefined;
const rowOf = (row: Row): IncidentRow | null =>
  row === undefined ? null : (JSON.parse(String(row.document)) as IncidentRow);
const memberOf = (row: Row): IncidentMember | null =>
  row === undefined ? null : (JSON.parse(String(row.document)) as IncidentMember);
const linkOf = ({ key, first, last, incident_id }: Record<string, unknown>): IncidentLink => ({
  key: String(key),
  first: Number(first),
  last: Number(last),
  incident_id: String(incident_id),
});

/** Lower case here and in the filter by the same language's rules. */
const searchText = ({ title, entities, facts }: IncidentRow): string =>
  [title, ...entities.map(({ value }) => value), ...facts.rules, facts.lead.message].join('\n').toLowerCase();

function compile(filter: IncidentFilter): { clauses: string[]; values: SQLInputValue[] } {
  const clauses = ['i.merged_into IS NULL'];
  const values: SQLInputValue[] = [];
  const add = (clause: string, ...more: SQLInputValue[]): void => {
    clauses.push(clause);
    values.push(...more);
  };
  const anyOf = (column: string, among: readonly string[]): void =>
    add(`${column} IN (${among.map(() => '?').join(', ')})`, ...among);
  if (filter.statuses !== undefined) anyOf('i.status', filter.statuses);
  if (filter.severities !== undefined) anyOf('i.severity', filter.severities);
  if (filter.owner === null) add('i.owner IS NULL');
  else if (filter.owner !== undefined) add('i.owner = ?', filter.owner);
  if (filter.from !== undefined) add('i.last >= ?', filter.from);
  if (filter.to !== undefined) add('i.first < ?', filter.to);
  if (filter.entity !== undefined) {
    const { kind, value } = filter.entity;
    const ofKind = kind === undefined ? '' : ' AND kind = ?';
    add(`i.id IN (SELECT incident FROM incident_entities WHERE value = ?${ofKind})`, value, ...(kind ? [kind] : []));
  }
  if (filter.text !== undefined && filter.text !== '') add('instr(i.search, ?) > 0', filter.text.toLowerCase());
  return { clauses, values };
}

function encodeCursor({ risk, first, last, id }: IncidentRow, order: IncidentOrder): string {
  return order === 'risk' ? `${risk}_${last}_${id}` : `${order === 'newest' ? last : first}_${id}`;
}

function decodeCursor(cursor: string, order: IncidentOrder): (number | string)[] {
  const found = /^(?:(-?\d{1,15})_)?(-?\d{1,15})_([^_]{1,100})$/.exec(cursor);
  if (found?.[2] === undefined || found[3] === undefined || (found[1] === undefined) === (order === 'risk'))
    throw new Error('The cursor is not one that this server gave out for this order. Start again from the first page.');
  return [...(found[1] === undefined ? [] : [Number(found[1])]), Number(found[2]), found[3]];
}
