import type { DatabaseSync } from 'node:sqlite';
import type { Decision, ResponsePolicy } from '../../../model/index.ts';
import type { BouncerPull, DecisionFilter, DecisionList, DecisionStore } from '../decisions.ts';
import type { AllowedNetwork } from '../intel.ts';

type Row = Record<string, unknown>;
const read = <T>(row: Row): T => JSON.parse(String(row.document)) as T;

/** Blocks and redirects count, also where nothing was written. */
const enforced = "kind IN ('block', 'redirect') AND state <> 'refused'";

export function decisionTables(db: DatabaseSync): DecisionStore {
  const put = db.prepare(
    `INSERT INTO decisions (id, revision, target, kind, state, created, expires, policy, search, document)
       VALUES (?1, (SELECT coalesce(max(revision), 0) + 1 FROM decisions), ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)
     ON CONFLICT (id) DO UPDATE SET revision = excluded.revision, target = excluded.target, kind = excluded.kind,
       state = excluded.state, expires = excluded.expires, search = excluded.search, document = excluded.document`,
  );
  const byId = db.prepare('SELECT document FROM decisions WHERE id = ?');
  const where = `number < ?1 AND (?2 IS NULL OR state IN (SELECT value FROM json_each(?2)))
     AND (?3 IS NULL OR kind IN (SELECT value FROM json_each(?3))) AND (?4 IS NULL OR policy = ?4)
     AND (?5 IS NULL OR instr(search, ?5) > 0)`;
  const list = db.prepare(`SELECT number, document FROM decisions WHERE ${where} ORDER BY number DESC LIMIT ?6`);
  const count = db.prepare(`SELECT count(*) AS n FROM decisions WHERE ${where}`);
  const current = db.prepare("SELECT document FROM decisions WHERE state IN ('active', 'dry-run') ORDER BY number");
  const since = db.prepare('SELECT document, revision FROM decisions WHERE revision > ? ORDER BY revision');
  const revision = db.prepare('SELECT coalesce(max(revision), 0) AS n FROM decisions');
  const strikes = db.prepare(`SELECT count(*) AS n FROM decisions WHERE target = ? AND created >= ? AND ${enforced}`);
  const undone = db.prepare(
    `SELECT document FROM decisions WHERE target = ? AND state = 'undone' AND expires > ? ORDER BY number DESC LIMIT 1`,
  );
  const recent = db.prepare(`SELECT count(*) AS n FROM decisions WHERE created >= ? AND ${enforced}`);
  const ended = "state NOT IN ('active', 'dry-run')";
  // The newest revision stays: numbers of changes must not be given twice.
  const notNewest = 'revision < (SELECT max(revision) FROM decisions)';
  const pruneOld = db.prepare(`DELETE FROM decisions WHERE ${ended} AND created < ? AND ${notNewest}`);
  const pruneMany = db.prepare(
    `DELETE FROM decisions WHERE ${ended} AND ${notNewest} AND number <= (
       SELECT number FROM decisions WHERE ${ended} ORDER BY number DESC LIMIT 1 OFFSET ?)`,
  );
  const values = (filter: DecisionFilter, before: number | null) =>
    [
      before ?? Number.MAX_SAFE_INTEGER,
      filter.states === undefined ? null : JSON.stringify(filter.states),
      filter.kinds === undefined ? null : JSON.stringify(filter.kinds),
      filter.policy ?? null,
      filter.text === undefined ? null : filter.text.toLowerCase(),
    ] as const;

  return {
    put: (decision) =>
      void put.run(
        decision.id,
        decision.target,
        decision.kind,
        decision.state,
        decision.created,
        decision.expires,
        decision.policy,
        `${decision.target} ${decision.reason} ${decision.who}`.toLowerCase(),
        JSON.stringify(decision),
      ),
    byId(id) {
      const row = byId.get(id);
      return row === undefined ? null : read<Decision>(row);
    },
    list(filter, limit, before) {
      const rows = list.all(...values(filter, before), limit + 1);
      const shown = rows.slice(0, limit);
      return {
        decisions: shown.map((row) => read<Decision>(row)),
        next: rows.length > limit ? Number(shown.at(-1)?.number) : null,
      };
    },
    count: (filter) => Number(count.get(...values(filter, null))?.n),
    current: () => current.all().map((row) => read<Decision>(row)),
    since: (after) =>
      since.all(after).map((row) => ({ decision: read<Decision>(row), revision: Number(row.revision) })),
    revision: () => Number(revision.get()?.n),
    strikes: (target, from) => Number(strikes.get(target, from)?.n),
    undone(target, now) {
      const row = undone.get(target, now);
      return row === undefined ? null : read<Decision>(row);
    },
    recent: (from) => Number(recent.get(from)?.n),
    prune: (before, most) => Number(pruneOld.run(before).changes) + Number(pruneMany.run(most).changes),
    policies: policyTable(db),
    allowed: allowedTable(db),
    peers: peerTable(db),
    bouncers: bouncerTable(db),
    lists: listTable(db),
  };
}

function policyTable(db: DatabaseSync): DecisionStore['policies'] {
  const list = db.prepare('SELECT document FROM response_policies ORDER BY id');
  const put = db.prepare('INSERT OR REPLACE INTO response_policies (id, document) VALUES (?, ?)');
  const remove = db.prepare('DELETE FROM response_policies WHERE id = ?');
  return {
    list: () => list.all().map((row) => read<ResponsePolicy>(row)),
    put: (policy) => void put.run(policy.id, JSON.stringify(policy)),
    remove: (id) => remove.run(id).changes > 0,
  };
}

function allowedTable(db: DatabaseSync): DecisionStore['allowed'] {
  const list = db.prepare('SELECT document FROM response_allowed ORDER BY network');
  const put = db.prepare('INSERT OR REPLACE INTO response_allowed (network, document) VALUES (?, ?)');
  const remove = db.prepare('DELETE FROM response_allowed WHERE network = ?');
  return {
    list: () => list.all().map((row) => read<AllowedNetwork>(row)),
    put: (network) => void put.run(network.network, JSON.stringify(network)),
    remove: (network) => remove.run(network).changes > 0,
  };
}

function peerTable(db: DatabaseSync): DecisionStore['peers'] {
  const list = db.prepare('SELECT * FROM response_peers WHERE last >= ? ORDER BY last DESC');
  const see = db.prepare('INSERT OR REPLACE INTO response_peers (address, who, last) VALUES (?, ?, ?)');
  const prune = db.prepare('DELETE FROM response_peers WHERE last < ?');
  return {
    list: (since) =>
      list.all(since).map(({ address, who, last }) => ({
        address: String(address),
        who: String(who),
        last: Number(last),
      })),
    see: (address, who, at) => void see.run(address, who, at),
    prune: (before) => void prune.run(before),
  };
}

function bouncerTable(db: DatabaseSync): DecisionStore['bouncers'] {
  const list = db.prepare('SELECT document FROM bouncer_pulls ORDER BY key_id');
  const byKey = db.prepare('SELECT document FROM bouncer_pulls WHERE key_id = ?');
  const put = db.prepare('INSERT OR REPLACE INTO bouncer_pulls (key_id, document) VALUES (?, ?)');
  return {
    list: () => list.all().map((row) => read<BouncerPull>(row)),
    byKey(key) {
      const row = byKey.get(key);
      return row === undefined ? null : read<BouncerPull>(row);
    },
    put: (pull) => void put.run(pull.key_id, JSON.stringify(pull)),
  };
}

function listTable(db: DatabaseSync): DecisionStore['lists'] {
  const list = db.prepare('SELECT document FROM decision_lists ORDER BY id');
  const byHash = db.prepare('SELECT document FROM decision_lists WHERE hash = ?');
  const put = db.prepare('INSERT OR REPLACE INTO decision_lists (id, hash, document) VALUES (?, ?, ?)');
  const remove = db.prepare('DELETE FROM decision_lists WHERE id = ?');
  return {
    list: () => list.all().map((row) => read<DecisionList>(row)),
    byHash(hash) {
      const row = byHash.get(hash);
      return row === undefined ? null : read<DecisionList>(row);
    },
    put: (each) => void put.run(each.id, each.hash, JSON.stringify(each)),
    remove: (id) => remove.run(id).changes > 0,
  };
}
