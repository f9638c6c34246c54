import { z } from 'zod';
import type { RuleProblem } from '../../detect/contract.ts';
import type { RuleDoc } from '../../model/index.ts';
import type { RuleLines, StateStore } from '../../store/contract.ts';
import type { Rulebook } from '../contract.ts';

export const maxRuleFileBytes = 1024 * 1024;
export const maxRuleFiles = 10_000;
export const maxImportBytes = 64 * 1024 * 1024;
/** Ids that are addresses of their own below /api/rules. */
export const reservedIds: ReadonlySet<string> = new Set([
  'bulk',
  'coverage',
  'fields',
  'import',
  'packs',
  'schema',
  'tests',
]);
export const packNameShape = z
  .string()
  .trim()
  .regex(/^[^\p{C}/]{1,100}$/u, "a pack's name has up to 100 characters and no slash");
const maxLines = 2000;
const maxProblems = 1000;

export interface RuleFileText {
  name: string;
  text: string;
}

export interface ImportReport {
  imported: number;
  replaced: number;
  refused: { file: string; line: number | null; column: number | null; message: string }[];
  warnings: { file: string; line: number | null; message: string }[];
}

/** What an import would do. */
export interface ImportPlan {
  report: ImportReport;
  rules: RuleDoc[];
  lines: Map<string, RuleLines>;
}

interface ImportFacts {
  state: StateStore;
  rulebook: Rulebook;
  shippedIds: ReadonlySet<string>;
  pack: string;
  now: number;
  /** Called between files: gives way to other work where there is any. */
  pause: () => Promise<void> | undefined;
}

/** Files of a pack that are looked at: rules, lines beside them, and the licence. */
export const isPackFile = (name: string): boolean =>
  !/(?:^|\/)(?:\.|__MACOSX\/)/.test(name) && (isRule(name) || isLines(name) || isLicence(name));
const isRule = (name: string): boolean => /\.(?:ya?ml|json)$/i.test(name);
const isLines = (name: string): boolean => /\.(?:fire|quiet)\.log$/i.test(name);
const isLicence = (name: string): boolean => /(?:^|\/)licen[cs]e(?:\.[^/]{1,20})?$/i.test(name) && !isRule(name);
const baseOf = (name: string): string => name.replace(/\.(?:ya?ml|json|fire\.log|quiet\.log)$/i, '');

/**
 * Reads the files of a pack. A rule that was imported before is replaced, and keeps whether it is enabled; what was
 * written or changed here, and what comes with Phosor, is never touched. Nothing is stored yet.
 */
export async function planImport(files: Iterable<RuleFileText>, facts: ImportFacts): Promise<ImportPlan> {
  const report: ImportReport = { imported: 0, replaced: 0, refused: [], warnings: [] };
  const plan: ImportPlan = { report, rules: [], lines: new Map() };
  const placeOf = new Map<string, string>();
  const docsOf = new Map<string, string[]>();
  const lines = new Map<string, RuleLines>();
  let packLicence: { depth: number; text: string } | null = null;
  for (const { name, text } of files) {
    await facts.pause();
    if (isLines(name)) noteLines(lines, name, text);
    else if (isLicence(name)) {
      const depth = name.split('/').length;
      const first = firstLine(text);
      if (first !== null && (packLicence === null || depth < packLicence.depth)) packLicence = { depth, text: first };
    } else if (isRule(name)) {
      const { docs, problems } = facts.rulebook.read(text, name);
      tell(report, name, problems);
      if (docs.length === 0 && problems.length === 0) refuse(report, name, 'The file holds no rule.');
      for (const doc of docs) {
        const reason = refusal(doc, facts, placeOf.get(doc.id));
        if (reason !== null) {
          refuse(report, name, reason);
          continue;
        }
        placeOf.set(doc.id, name);
        docsOf.set(baseOf(name), [...(docsOf.get(baseOf(name)) ?? []), doc.id]);
        const before = facts.state.rules.byId(doc.id);
        if (before && !before.deleted) report.replaced += 1;
        else report.imported += 1;
        plan.rules.push(asImported(doc, before, facts));
      }
    }
  }
  for (const [base, own] of lines) {
    // Lines beside a file of several rules belong to none of them.
    const [id, another] = docsOf.get(base) ?? [];
    if (id !== undefined && another === undefined) plan.lines.set(id, own);
  }
  const { text: licence } = packLicence ?? { text: null };
  if (licence !== null) plan.rules = plan.rules.map((rule) => ({ ...rule, licence: rule.licence ?? licence }));
  return plan;
}

/** Stores what was planned, as a whole or not at all. @returns how to take it back */
export function storeImport(plan: ImportPlan, state: StateStore): () => void {
  const before = plan.rules.map(({ id }) => ({ id, rule: state.rules.byId(id), lines: state.ruleLines.byId(id) }));
  state.transaction(() => {
    for (const rule of plan.rules) {
      state.rules.put(rule);
      const lines = plan.lines.get(rule.id);
      if (lines) state.ruleLines.put(rule.id, lines);
      else state.ruleLines.remove(rule.id);
    }
  });
  return () =>
    state.transaction(() => {
      for (const { id, rule, lines } of before) {
        if (rule) state.rules.put(rule);
        else state.rules.remove(id);
        if (lines) state.ruleLines.put(id, lines);
        else state.ruleLines.remove(id);
      }
    });
}

/** Why a rule cannot be taken over, or null. */
function refusal({ id }: RuleDoc, { shippedIds, state }: ImportFacts, other: string | undefined): string | null {
  if (other !== undefined) return `The id "${id}" is already used in ${other}. Give this rule an id of its own.`;
  if (shippedIds.has(id)) return `The id "${id}" is that of a rule that comes with Phosor.`;
  if (reservedIds.has(id) || !/^[A-Za-z0-9_.:/-]{1,200}$/.test(id))
    return `The id "${id.slice(0, 100)}" cannot be used. An id is up to 200 letters, digits, dots, dashes and underscores.`;
  const before = state.rules.byId(id);
  if (before && !before.deleted && before.origin !== 'imported')
    return `The rule "${id}" was written or changed here. Delete that one to take this one over.`;
  return null;
}

function asImported(doc: RuleDoc, before: (RuleDoc & { deleted: boolean }) | null, facts: ImportFacts): RuleDoc {
  const isThere = before !== null && !before.deleted;
  const isSame = isThere && JSON.stringify(before.config) === JSON.stringify(doc.config) && before.pack === facts.pack;
  return {
    ...doc,
    origin: 'imported',
    enabled: isThere ? before.enabled : doc.enabled,
    licence: licenceOf(doc),
    pack: facts.pack,
    created_at: isThere ? before.created_at : facts.now,
    updated_at: isSame ? before.updated_at : facts.now,
  };
}

/** Sigma's `license` of the outermost document stands at the beginning of a line. */
function licenceOf(doc: RuleDoc): string | null {
  const given = 'yaml' in doc.config ? /^license:[ \t]*(.+)$/m.exec(doc.config.yaml)?.[1] : doc.licence;
  const text = typeof given === 'string' ? given.trim().replace(/^(["'])(.*)\1$/, '$2') : '';
  return text === '' ? null : text.slice(0, 200);
}

function firstLine(text: string): string | null {
  const line = text
    .slice(0, 4096)
    .split('\n')
    .find((each) => /\p{L}/u.test(each));
  return line === undefined
    ? null
    : line
        .replace(/^[#\s]+/, '')
        .trim()
        .slice(0, 200);
}

function noteLines(all: Map<string, RuleLines>, name: string, text: string): void {
  const own = all.get(baseOf(name)) ?? { fire: [], quiet: [] };
  const kind = /\.fire\.log$/i.test(name) ? 'fire' : 'quiet';
  own[kind] = text
    .split(/\r?\n/)
    .filter((line) => line !== '')
    .slice(0, maxLines);
  all.set(baseOf(name), own);
}

function refuse(report: ImportReport, file: string, message: string): void {
  if (report.refused.length < maxProblems) report.refused.push({ file, line: 1, column: 1, message });
}

function tell(report: ImportReport, file: string, problems: readonly RuleProblem[]): void {
  for (const { level, message, line, column } of problems) {
    if (level === 'error') {
      if (report.refused.length < maxProblems)
        report.refused.push({ file, line: line ?? 1, column: column ?? 1, message });
    } else if (report.warnings.length < maxProblems) report.warnings.push({ file, line, message });
  }
}
