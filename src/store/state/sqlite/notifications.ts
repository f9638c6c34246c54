import type { DatabaseSync } from 'node:sqlite';
import type { Severity } from '../../../model/index.ts';
import {
  type Delivery,
  type DeliveryState,
  type DigestItem,
  deliveryStates,
  type NotificationCase,
  type NotificationChannel,
  type NotificationStore,
} from '../notifications.ts';

type Row = Record<string, unknown>;

export function notificationTables(db: DatabaseSync): NotificationStore {
  return { channels: channelTable(db), deliveries: deliveryTable(db), cases: caseTable(db), digest: digestTable(db) };
}

function channelTable(db: DatabaseSync): NotificationStore['channels'] {
  const list = db.prepare('SELECT document FROM notification_channels ORDER BY created_at, rowid');
  const byId = db.prepare('SELECT document FROM notification_channels WHERE id = ?');
  const put = db.prepare(
    'INSERT INTO notification_channels (id, created_at, document) VALUES (?, ?, ?) ON CONFLICT (id) DO UPDATE SET document = excluded.document',
  );
  const remove = db.prepare('DELETE FROM notification_channels WHERE id = ?');
  const read = (row: Row): NotificationChannel => JSON.parse(String(row.document)) as NotificationChannel;
  return {
    list: () => list.all().map(read),
    byId(id) {
      const row = byId.get(id);
      return row === undefined ? null : read(row);
    },
    put: (channel) => void put.run(channel.id, channel.created_at, JSON.stringify(channel)),
    remove: (id) => void remove.run(id),
  };
}

const columns =
  'number, id, channel_id, channel_name, channel_type, key, kind, title, severity, state, created_at, next_at, attempts, detail, finished_at, took_ms';

const toDelivery = (row: Row): Delivery => ({
  number: Number(row.number),
  id: String(row.id),
  channel_id: String(row.channel_id),
  channel_name: String(row.channel_name),
  channel_type: String(row.channel_type),
  key: String(row.key),
  kind: String(row.kind),
  title: String(row.title),
  severity: String(row.severity) as Severity,
  state: String(row.state) as DeliveryState,
  created_at: Number(row.created_at),
  next_at: Number(row.next_at),
  attempts: Number(row.attempts),
  detail: String(row.detail),
  finished_at: row.finished_at === null ? null : Number(row.finished_at),
  took_ms: row.took_ms === null ? null : Number(row.took_ms),
});

function deliveryTable(db: DatabaseSync): NotificationStore['deliveries'] {
  const table = 'notification_deliveries';
  const add = db.prepare(
    `INSERT INTO ${table} (id, channel_id, channel_name, channel_type, key, kind, title, severity, state, created_at, next_at,
       attempts, detail, finished_at, took_ms, message) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
  );
  const next = db.prepare(
    `SELECT ${columns}, message FROM ${table} d WHERE channel_id = ? AND state = 'waiting' AND next_at <= ?
       AND NOT EXISTS (SELECT 1 FROM ${table} e WHERE e.channel_id = d.channel_id AND e.state = 'waiting' AND e.key = d.key
         AND e.number < d.number)
     ORDER BY next_at, number LIMIT 1`,
  );
  const nextAt = db.prepare(`SELECT min(next_at) AS at FROM ${table} WHERE channel_id = ? AND state = 'waiting'`);
  const byNumber = db.prepare(`SELECT ${columns} FROM ${table} WHERE number = ?`);
  const byId = db.prepare(`SELECT ${columns} FROM ${table} WHERE id = ?`);
  const change = db.prepare(
    `UPDATE ${table} SET state = ?, next_at = ?, attempts = ?, detail = ?, finished_at = ?, took_ms = ?,
       message = CASE WHEN ? = 'waiting' THEN message END WHERE number = ?`,
  );
  const end = (state: DeliveryState, where: string) =>
    db.prepare(
      `UPDATE ${table} SET state = '${state}', detail = ?, finished_at = ?, message = NULL WHERE state = 'waiting' AND ${where}`,
    );
  const replace = end('replaced', 'channel_id = ? AND key = ? AND kind = ?');
  const dropAll = end('dropped', 'channel_id = ?');
  const hurry = db.prepare(
    `UPDATE ${table} SET next_at = ? WHERE channel_id = ? AND state = 'waiting' AND next_at > ?`,
  );
  const waiting = db.prepare(`SELECT count(*) AS n FROM ${table} WHERE channel_id = ? AND state = 'waiting'`);
  const countSince = db.prepare(
    `SELECT count(*) AS n FROM ${table} WHERE channel_id = ? AND created_at >= ?
       AND kind IN (SELECT value FROM json_each(?))`,
  );
  const list = db.prepare(
    `SELECT ${columns} FROM ${table} WHERE number < ? AND (?2 IS NULL OR channel_id = ?2) AND (?3 IS NULL OR state = ?3)
       AND (?4 IS NULL OR key = ?4) ORDER BY number DESC LIMIT ?5`,
  );
  const countByState = db.prepare(`SELECT state, count(*) AS n FROM ${table} WHERE created_at >= ? GROUP BY state`);
  const prune = db.prepare(
    `DELETE FROM ${table} WHERE state <> 'waiting' AND (created_at < ?
       OR number <= (SELECT number FROM ${table} ORDER BY number DESC LIMIT 1 OFFSET ?))`,
  );
  return {
    add(each, message) {
      const { lastInsertRowid } = add.run(
        each.id,
        each.channel_id,
        each.channel_name,
        each.channel_type,
        each.key,
        each.kind,
        each.title,
        each.severity,
        each.state,
        each.created_at,
        each.next_at,
        each.attempts,
        each.detail,
        each.finished_at,
        each.took_ms,
        each.state === 'waiting' ? JSON.stringify(message) : null,
      );
      return Number(lastInsertRowid);
    },
    next(channel_id, now) {
      const row = next.get(channel_id, now);
      return row === undefined
        ? null
        : { delivery: toDelivery(row), message: JSON.parse(String(row.message)) as unknown };
    },
    nextAt(channel_id) {
      const at = nextAt.get(channel_id)?.at;
      return at === null || at === undefined ? null : Number(at);
    },
    change(number, given) {
      const row = byNumber.get(number);
      if (row === undefined) return;
      const to = { ...toDelivery(row), ...given };
      change.run(to.state, to.next_at, to.attempts, to.detail, to.finished_at, to.took_ms, to.state, number);
    },
    replace: (channel_id, key, kind, now) =>
      Number(replace.run('A newer update was sent instead.', now, channel_id, key, kind).changes),
    dropAll: (channel_id, detail, now) => Number(dropAll.run(detail, now, channel_id).changes),
    hurry: (channel_id, now) => void hurry.run(now, channel_id, now),
    waiting: (channel_id) => Number(waiting.get(channel_id)?.n),
    countSince: (channel_id, from, kinds) => Number(countSince.get(channel_id, from, JSON.stringify(kinds))?.n),
    list: ({ limit, before, channel_id, state, key }) =>
      list
        .all(before ?? Number.MAX_SAFE_INTEGER, channel_id ?? null, state ?? null, key ?? null, limit)
        .map(toDelivery),
    byId(id) {
      const row = byId.get(id);
      return row === undefined ? null : toDelivery(row);
    },
    countByState(from) {
      const counts = Object.fromEntries(deliveryStates.map((state) => [state, 0])) as Record<DeliveryState, number>;
      for (const row of countByState.all(from)) counts[String(row.state) as DeliveryState] = Number(row.n);
      return counts;
    },
    prune: (before, most) => Number(prune.run(before, most).changes),
  };
}

function caseTable(db: DatabaseSync): NotificationStore['cases'] {
  const byId = db.prepare('SELECT * FROM notification_cases WHERE incident_id = ?');
  const put = db.prepare(
    'INSERT OR REPLACE INTO notification_cases (incident_id, due_at, updated_at, document) VALUES (?, ?, ?, ?)',
  );
  const due = db.prepare('SELECT * FROM notification_cases WHERE due_at <= ? ORDER BY due_at LIMIT ?');
  const nextDue = db.prepare('SELECT min(due_at) AS at FROM notification_cases');
  const prune = db.prepare('DELETE FROM notification_cases WHERE updated_at < ? AND due_at IS NULL');
  const read = (row: Row): NotificationCase => ({
    incident_id: String(row.incident_id),
    due_at: row.due_at === null ? null : Number(row.due_at),
    updated_at: Number(row.updated_at),
    document: JSON.parse(String(row.document)) as unknown,
  });
  return {
    byId(id) {
      const row = byId.get(id);
      return row === undefined ? null : read(row);
    },
    put: (entry) => void put.run(entry.incident_id, entry.due_at, entry.updated_at, JSON.stringify(entry.document)),
    due: (now, limit) => due.all(now, limit).map(read),
    nextDue() {
      const at = nextDue.get()?.at;
      return at === null || at === undefined ? null : Number(at);
    },
    prune: (before) => Number(prune.run(before).changes),
  };
}

function digestTable(db: DatabaseSync): NotificationStore['digest'] {
  const put = db.prepare(
    'INSERT OR REPLACE INTO notification_digest (incident_id, at, reason, document) VALUES (?, ?, ?, ?)',
  );
  const some = 'reason IN (SELECT value FROM json_each(?))';
  const list = db.prepare(`SELECT * FROM notification_digest WHERE ${some} ORDER BY at, incident_id LIMIT ?`);
  const count = db.prepare(`SELECT count(*) AS n FROM notification_digest WHERE ${some}`);
  const remove = db.prepare('DELETE FROM notification_digest WHERE incident_id = ?');
  const clear = db.prepare(`DELETE FROM notification_digest WHERE ${some}`);
  return {
    put: ({ incident_id, at, reason, document }) => void put.run(incident_id, at, reason, JSON.stringify(document)),
    list: (reasons, limit) =>
      list.all(JSON.stringify(reasons), limit).map((row) => ({
        incident_id: String(row.incident_id),
        at: Number(row.at),
        reason: String(row.reason) as DigestItem['reason'],
        document: JSON.parse(String(row.document)) as unknown,
      })),
    count: (reasons) => Number(count.get(JSON.stringify(reasons))?.n),
    remove: (id) => void remove.run(id),
    clear: (reasons) => void clear.run(JSON.stringify(reasons)),
  };
}
