import type { DatabaseSync } from 'node:sqlite';
import type { EntityKind } from '../../../model/index.ts';
import type { IncidentEvidence, IncidentLogEntry, IncidentNote } from '../../contract.ts';
import type { EntityNoteStore, IncidentStore } from '../incident-types.ts';

export function logTable(db: DatabaseSync): IncidentStore['log'] {
  const append = db.prepare('INSERT INTO incident_log (incident, time, kind, by, details) VALUES (?, ?, ?, ?, ?)');
  const list = db.prepare('SELECT * FROM incident_log WHERE incident = ? ORDER BY number DESC LIMIT ?');
  const move = db.prepare('UPDATE incident_log SET incident = ? WHERE incident = ?');
  return {
    append: ({ incident_id, time, kind, by, details }) =>
      void append.run(incident_id, time, kind, by, JSON.stringify(details)),
    list: (id, limit) =>
      list.all(id, limit).map(
        ({ number, incident, time, kind, by, details }): IncidentLogEntry => ({
          number: Number(number),
          incident_id: String(incident),
          time: Number(time),
          kind: String(kind),
          by: by === null ? null : String(by),
          details: JSON.parse(String(details)),
        }),
      ),
    move: (from, to) => void move.run(to, from),
  };
}

export function noteTable(db: DatabaseSync): IncidentStore['notes'] {
  const columns = 'id, incident AS incident_id, author, text, created_at, edited_at';
  const list = db.prepare(`SELECT ${columns} FROM incident_notes WHERE incident = ? ORDER BY created_at, id`);
  const byId = db.prepare(`SELECT ${columns} FROM incident_notes WHERE id = ?`);
  const put = db.prepare(
    'INSERT OR REPLACE INTO incident_notes (id, incident, author, text, created_at, edited_at) VALUES (?, ?, ?, ?, ?, ?)',
  );
  const remove = db.prepare('DELETE FROM incident_notes WHERE id = ?');
  const move = db.prepare('UPDATE incident_notes SET incident = ? WHERE incident = ?');
  const toNote = (row: Record<string, unknown>): IncidentNote => ({
    id: String(row.id),
    incident_id: String(row.incident_id),
    author: String(row.author),
    text: String(row.text),
    created_at: Number(row.created_at),
    edited_at: row.edited_at === null ? null : Number(row.edited_at),
  });
  return {
    list: (id) => list.all(id).map(toNote),
    byId(id) {
      const row = byId.get(id);
      return row === undefined ? null : toNote(row);
    },
    put: ({ id, incident_id, author, text, created_at, edited_at }) =>
      void put.run(id, incident_id, author, text, created_at, edited_at),
    remove: (id) => void remove.run(id),
    move: (from, to) => void move.run(to, from),
  };
}

export function evidenceTable(db: DatabaseSync): IncidentStore['evidence'] {
  const list = db.prepare('SELECT document FROM incident_evidence WHERE incident = ? ORDER BY created_at, id');
  const byId = db.prepare('SELECT document FROM incident_evidence WHERE id = ?');
  const put = db.prepare(
    'INSERT OR REPLACE INTO incident_evidence (id, incident, kind, ref, created_at, document) VALUES (?, ?, ?, ?, ?, ?)',
  );
  const remove = db.prepare('DELETE FROM incident_evidence WHERE id = ?');
  // What both incidents pinned stays once.
  const move = db.prepare(
    `UPDATE OR REPLACE incident_evidence
     SET incident = :to, document = json_set(document, '$.incident_id', :to) WHERE incident = :from`,
  );
  const toEvidence = (row: Record<string, unknown>) => JSON.parse(String(row.document)) as IncidentEvidence;
  return {
    list: (id) => list.all(id).map(toEvidence),
    byId(id) {
      const row = byId.get(id);
      return row === undefined ? null : toEvidence(row);
    },
    put: (one) => void put.run(one.id, one.incident_id, one.kind, one.ref, one.created_at, JSON.stringify(one)),
    remove: (id) => void remove.run(id),
    move: (from, to) => void move.run({ from, to }),
  };
}

export function entityNoteTable(db: DatabaseSync): EntityNoteStore {
  const byEntity = db.prepare('SELECT * FROM entity_notes WHERE kind = ? AND value = ?');
  const put = db.prepare(
    'INSERT OR REPLACE INTO entity_notes (kind, value, text, tags, author, updated_at) VALUES (?, ?, ?, ?, ?, ?)',
  );
  const remove = db.prepare('DELETE FROM entity_notes WHERE kind = ? AND value = ?');
  return {
    byEntity(kind, value) {
      const row = byEntity.get(kind, value);
      if (row === undefined) return null;
      return {
        kind: row.kind as EntityKind,
        value: String(row.value),
        text: String(row.text),
        tags: JSON.parse(String(row.tags)) as string[],
        author: String(row.author),
        updated_at: Number(row.updated_at),
      };
    },
    put: ({ kind, value, text, tags, author, updated_at }) =>
      void put.run(kind, value, text, JSON.stringify(tags), author, updated_at),
    remove: (kind, value) => void remove.run(kind, value),
  };
}
