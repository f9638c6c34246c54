/** Reads detection rules from files: Sigma YAML (one or more documents) and PHOSOR's native JSON. */
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { basename, extname, join, relative } from 'node:path';
import { parseAllDocuments } from 'yaml';
import type { RuleProblem } from './detect/contract.ts';
import { type RuleDoc, type RuleType, ruleTypes, type Severity, severities } from './model/index.ts';

/** A rule and the place it was read from. */
export interface RuleFile {
  doc: RuleDoc;
  path: string;
  /** Lines of the file in front of `doc.config.yaml`: add to a problem's line. */
  lineOffset: number;
}

export interface RuleFiles {
  rules: RuleFile[];
  problems: (RuleProblem & { path: string })[];
}

/** Rules of files and folders, in the order of their names. What cannot be read is a problem, never an exception. */
export function readRuleFiles(paths: readonly string[], origin: RuleDoc['origin']): RuleFiles {
  const found: RuleFiles = { rules: [], problems: [] };
  for (const path of paths) {
    if (!existsSync(path)) {
      found.problems.push(problem(path, `"${path}" does not exist. Name a rule file or a folder with rules.`));
      continue;
    }
    for (const file of statSync(path).isDirectory() ? ruleFilesIn(path) : [path]) {
      const root = statSync(path).isDirectory() ? path : join(path, '..');
      const fallbackId = relative(root, file).slice(0, -extname(file).length);
      if (extname(file) === '.json') readJson(file, fallbackId, origin, found);
      else readYaml(file, fallbackId, origin, found);
    }
  }
  return found;
}

function ruleFilesIn(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true })
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .flatMap((entry) => {
      if (entry.name.startsWith('.')) return [];
      const path = join(folder, entry.name);
      if (entry.isDirectory()) return ruleFilesIn(path);
      return /\.(?:ya?ml|json)$/.test(entry.name) ? [path] : [];
    });
}

function readYaml(path: string, fallbackId: string, origin: RuleDoc['origin'], found: RuleFiles): void {
  const text = readFileSync(path, 'utf8');
  const documents = parseAllDocuments(text);
  const parts: { tree: Record<string, unknown>; start: number; end: number }[] = [];
  for (const document of documents as Exclude<typeof documents, { empty: true }>) {
    const error = document.errors[0];
    if (error) {
      const at = error.linePos?.[0];
      found.problems.push(
        problem(path, `The file is no valid YAML: ${error.message.split('\n')[0]}`, at?.line, at?.col),
      );
      return;
    }
    const tree: unknown = document.toJS();
    if (tree === null) continue;
    if (typeof tree !== 'object' || Array.isArray(tree)) {
      found.problems.push(
        problem(path, 'A rule must be a mapping with keys such as title, logsource and detection.', 1, 1),
      );
      return;
    }
    parts.push({ tree: tree as Record<string, unknown>, start: document.range[0], end: document.range[2] });
  }
  if (parts.length === 0) {
    found.problems.push(problem(path, 'The file holds no rule.', 1, 1));
    return;
  }
  const main = parts.find(({ tree }) => 'correlation' in tree);
  if (main || parts.length === 1) {
    const { tree } = main ?? (parts[0] as (typeof parts)[0]);
    found.rules.push({ doc: sigmaDoc(tree, text, fallbackId, origin), path, lineOffset: 0 });
    return;
  }
  // Several rules that do not refer to each other: each is a rule of its own.
  for (const [i, { tree, start, end }] of parts.entries()) {
    const lineOffset = text.slice(0, start).split('\n').length - 1;
    found.rules.push({
      doc: sigmaDoc(tree, text.slice(start, end), `${fallbackId}-${i + 1}`, origin),
      path,
      lineOffset,
    });
  }
}

const textOf = (value: unknown): string | null => (typeof value === 'string' && value !== '' ? value : null);

function sigmaDoc(tree: Record<string, unknown>, yaml: string, fallbackId: string, origin: RuleDoc['origin']): RuleDoc {
  return {
    id: textOf(tree.id) ?? fallbackId,
    name: textOf(tree.title) ?? basename(fallbackId),
    description: textOf(tree.description) ?? '',
    type: 'sigma',
    config: { yaml },
    enabled: true,
    severity: severityOf(tree.level),
    origin,
    author: textOf(tree.author),
    created_at: 0,
    updated_at: 0,
  };
}

/** Sigma's level (specification, "Level"): `informational` is our info. Absent: medium. */
function severityOf(level: unknown): Severity {
  if (level === 'informational') return 'info';
  return severities.find((each) => each === level) ?? 'medium';
}

/** A rule as it is posted to /api/rules: { name, type, config, severity? }, or a list of them. */
function readJson(path: string, fallbackId: string, origin: RuleDoc['origin'], found: RuleFiles): void {
  let tree: unknown;
  try {
    tree = JSON.parse(readFileSync(path, 'utf8'));
  } catch (error) {
    found.problems.push(problem(path, `The file is no valid JSON: ${(error as Error).message}.`));
    return;
  }
  const list = Array.isArray(tree) ? tree : [tree];
  for (const [i, entry] of list.entries()) {
    const rule = entry as Partial<RuleDoc> | null;
    const type = ruleTypes.find((each: RuleType) => each === rule?.type);
    if (!rule || !type || typeof rule.config !== 'object') {
      found.problems.push(
        problem(
          path,
          `Rule ${i + 1} needs "name", "type" (one of ${ruleTypes.join(', ')}) and "config", as posted to /api/rules.`,
        ),
      );
      continue;
    }
    const severity = (rule.severity as string | undefined) === 'warning' ? 'medium' : rule.severity;
    found.rules.push({
      doc: {
        id: rule.id ?? (list.length > 1 ? `${fallbackId}-${i + 1}` : fallbackId),
        name: rule.name ?? basename(fallbackId),
        description: rule.description ?? '',
        type,
        config: rule.config,
        enabled: rule.enabled ?? true,
        severity: severities.find((each) => each === severity) ?? 'medium',
        origin,
        author: rule.author ?? null,
        created_at: 0,
        updated_at: 0,
      },
      path,
      lineOffset: 0,
    });
  }
}

function problem(path: string, message: string, line?: number, column?: number): RuleProblem & { path: string } {
  return { rule_id: path, level: 'error', message, path, line: line ?? null, column: column ?? null };
}
