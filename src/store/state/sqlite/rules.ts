import type { DatabaseSync } from 'node:sqlite';
import type { RuleDoc } from '../../../model/index.ts';
import type { RuleCare, RuleExceptionRecord, RuleLines, StateStore } from '../../contract.ts';

/* Rules and what belongs to them. Each is a document. */

type Stored = RuleDoc & { deleted: boolean };

/**
 * Rules as they were posted. The whole list is asked for often and changes seldom: a rule whose text is the same is the
 * same object as the last time, which also lets the engine know it again.
 */
export function ruleTable(db: DatabaseSync): StateStore['rules'] {
  const list = db.prepare('SELECT * FROM rules ORDER BY id');
  const byId = db.prepare('SELECT * FROM rules WHERE id = ?');
  const put = db.prepare('INSERT OR REPLACE INTO rules (id, document, deleted) VALUES (?, ?, ?)');
  const remove = db.prepare('DELETE FROM rules WHERE id = ?');
  const read = new Map<string, { document: string; rule: Readonly<Stored> }>();
  const toRule = (row: Record<string, unknown>): Stored => {
    const id = String(row.id);
    const document = String(row.document);
    const deleted = row.deleted === 1;
    const known = read.get(id);
    if (known?.document === document && known.rule.deleted === deleted) return known.rule;
    const rule = Object.freeze({ ...(JSON.parse(document) as RuleDoc), deleted });
    read.set(id, { document, rule });
    return rule;
  };
  return {
    list: () => list.all().map(toRule),
    byId(id) {
      const row = byId.get(id);
      return row === undefined ? null : toRule(row);
    },
    put: ({ deleted, ...rule }) => void put.run(rule.id, JSON.stringify(rule), deleted === true ? 1 : 0),
    remove(id) {
      read.delete(id);
      remove.run(id);
    },
  };
}

export function ruleCareTable(db: DatabaseSync): StateStore['ruleCare'] {
  const all = db.prepare('SELECT document FROM rule_care ORDER BY rule_id');
  const byId = db.prepare('SELECT document FROM rule_care WHERE rule_id = ?');
  const put = db.prepare('INSERT OR REPLACE INTO rule_care (rule_id, document) VALUES (?, ?)');
  const remove = db.prepare('DELETE FROM rule_care WHERE rule_id = ?');
  // What older versions wrote says nothing of signals.
  const known = { signal_since: null, signal_by: null };
  const toCare = (row: Record<string, unknown>): RuleCare => ({ ...known, ...JSON.parse(String(row.document)) });
  return {
    all: () => all.all().map(toCare),
    byId(rule_id) {
      const row = byId.get(rule_id);
      return row === undefined ? null : toCare(row);
    },
    put: (care) => void put.run(care.rule_id, JSON.stringify(care)),
    remove: (rule_id) => void remove.run(rule_id),
  };
}

export function ruleExceptionTable(db: DatabaseSync): StateStore['ruleExceptions'] {
  const all = db.prepare('SELECT document FROM rule_exceptions ORDER BY rowid');
  const put = db.prepare('INSERT OR REPLACE INTO rule_exceptions (id, document) VALUES (?, ?)');
  const remove = db.prepare('DELETE FROM rule_exceptions WHERE id = ?');
  return {
    all: () => all.all().map((row) => JSON.parse(String(row.document)) as RuleExceptionRecord),
    put: (exception) => void put.run(exception.id, JSON.stringify(exception)),
    remove: (id) => void remove.run(id),
  };
}

export function ruleLineTable(db: DatabaseSync): StateStore['ruleLines'] {
  const byId = db.prepare('SELECT document FROM rule_lines WHERE rule_id = ?');
  const counts = db.prepare('SELECT rule_id, fire, quiet FROM rule_lines');
  const put = db.prepare('INSERT OR REPLACE INTO rule_lines (rule_id, fire, quiet, document) VALUES (?, ?, ?, ?)');
  const remove = db.prepare('DELETE FROM rule_lines WHERE rule_id = ?');
  return {
    byId(rule_id) {
      const row = byId.get(rule_id);
      return row === undefined ? null : (JSON.parse(String(row.document)) as RuleLines);
    },
    counts: () =>
      new Map(
        counts.all().map((row) => [String(row.rule_id), { fire: Number(row.fire), quiet: Number(row.quiet) }] as const),
      ),
    put: (rule_id, lines) =>
      void put.run(rule_id, withoutNotes(lines.fire), withoutNotes(lines.quiet), JSON.stringify(lines)),
    remove: (rule_id) => void remove.run(rule_id),
  };
}

/** How many lines are none that begin with `#`, which are notes. */
const withoutNotes = (lines: readonly string[]): number => lines.filter((line) => !line.startsWith('#')).length;
