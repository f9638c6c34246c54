/** Reads detection rules from files: Sigma YAML (one or more documents) and PHOSOR's native JSON. */
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { basename, extname, join, relative } from 'node:path';
import type { RuleProblem } from './detect/contract.ts';
import { checkRule, linkProblems, loadSigmaYaml, setPlaceholders } from './detect/index.ts';
import { type RuleDoc, ruleTypes, severities } from './model/index.ts';
import { shippedRulesFolder } from './package.ts';
import { placeholdersFile, readPlaceholdersFile } from './placeholders-file.ts';

/** A rule and the file it was read from. */
export interface RuleFile {
  doc: RuleDoc;
  path: string;
}

/** What is wrong, and in which file. */
export interface RuleFileProblem extends RuleProblem {
  file: string;
}

export interface RuleFiles {
  /** Rules that can run. */
  rules: RuleFile[];
  problems: RuleFileProblem[];
}

/** The rules that come with Phosor, and where each lies. */
export function loadShippedRules(): { docs: RuleDoc[]; problems: RuleFileProblem[]; pathOf: Map<string, string> } {
  const { rules, problems } = readRuleFiles([shippedRulesFolder], 'shipped');
  const pathOf = new Map(rules.map(({ doc, path }) => [doc.id, path]));
  return { docs: rules.map(({ doc }) => doc), problems, pathOf };
}

/** Reads the text of one rule file: native JSON where its name ends so, else Sigma. */
export function readRuleText(
  text: string,
  fileName: string,
  origin: RuleDoc['origin'],
): { docs: RuleDoc[]; problems: RuleProblem[] } {
  return extname(fileName) === '.json' ? readJson(text, fileName, origin) : loadSigmaYaml(text, { origin, fileName });
}

/** Rules of files and folders, in the order of their names. What cannot be used is a problem, never an exception. */
export function readRuleFiles(paths: readonly string[], origin: RuleDoc['origin']): RuleFiles {
  const found: RuleFiles = { rules: [], problems: [] };
  const placeOf = new Map<string, string>();
  for (const path of paths) {
    if (!existsSync(path)) {
      found.problems.push(problem(path, `"${path}" does not exist. Name a rule file or a folder with rules.`));
      continue;
    }
    const isFolder = statSync(path).isDirectory();
    if (isFolder) takePlaceholders(join(path, placeholdersFile), found);
    for (const file of isFolder ? ruleFilesIn(path) : [path]) {
      const fileName = isFolder ? relative(path, file) : basename(file);
      const text = readFileSync(file, 'utf8');
      const { docs, problems } = readRuleText(text, fileName, origin);
      found.problems.push(...problems.map((each) => ({ ...each, file })));
      for (const doc of docs) {
        const other = placeOf.get(doc.id);
        if (other === undefined) {
          placeOf.set(doc.id, file);
          found.rules.push({ doc, path: file });
        } else {
          const message = `The id "${doc.id}" is already used in ${other}. Give this rule an id of its own.`;
          found.problems.push({ ...problem(file, message), rule_id: doc.id });
        }
      }
    }
  }
  for (const each of linkProblems(found.rules.map(({ doc }) => doc))) {
    found.problems.push({ ...each, file: placeOf.get(each.rule_id) ?? each.rule_id });
    if (each.level === 'error') found.rules = found.rules.filter(({ doc }) => doc.id !== each.rule_id);
  }
  return found;
}

/** Values for placeholders that a folder brings with its rules. */
function takePlaceholders(path: string, found: RuleFiles): void {
  if (!existsSync(path)) return;
  const { placeholders, problem: reason } = readPlaceholdersFile(path);
  if (reason === null) setPlaceholders(placeholders);
  else found.problems.push(problem(path, reason));
}

function ruleFilesIn(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true })
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .flatMap((entry) => {
      if (entry.name.startsWith('.')) return [];
      const path = join(folder, entry.name);
      if (entry.isDirectory()) return ruleFilesIn(path);
      return /\.(?:ya?ml|json)$/.test(entry.name) && entry.name !== placeholdersFile ? [path] : [];
    });
}

/** A rule as it is posted to /api/rules: { name, type, config, severity? }, or a list of them. */
function readJson(
  text: string,
  fileName: string,
  origin: RuleDoc['origin'],
): { docs: RuleDoc[]; problems: RuleProblem[] } {
  const docs: RuleDoc[] = [];
  const problems: RuleProblem[] = [];
  let tree: unknown;
  try {
    tree = JSON.parse(text);
  } catch (error) {
    return { docs, problems: [problem(fileName, `The file is no valid JSON: ${(error as Error).message}.`)] };
  }
  const list = Array.isArray(tree) ? tree : [tree];
  for (const [i, entry] of list.entries()) {
    const rule = entry as Partial<RuleDoc> | null;
    const type = ruleTypes.find((each) => each === rule?.type);
    if (!rule || !type || typeof rule.config !== 'object' || rule.config === null) {
      const types = ruleTypes.join(', ');
      const message = `Rule ${i + 1} needs "name", "type" (one of ${types}) and "config", as posted to /api/rules.`;
      problems.push(problem(fileName, message));
      continue;
    }
    const base = fileName.slice(0, -extname(fileName).length);
    const severity = (rule.severity as string | undefined) === 'warning' ? 'medium' : rule.severity;
    const doc: RuleDoc = {
      id: rule.id ?? (list.length > 1 ? `${base}-${i + 1}` : base),
      name: rule.name ?? basename(base),
      description: rule.description ?? '',
      type,
      config: rule.config,
      enabled: rule.enabled ?? true,
      severity: severities.find((each) => each === severity) ?? 'medium',
      origin,
      author: rule.author ?? null,
      created_at: 0,
      updated_at: 0,
    };
    const found = checkRule(doc);
    problems.push(...found);
    if (!found.some(({ level }) => level === 'error')) docs.push(doc);
  }
  return { docs, problems };
}

function problem(file: string, message: string): RuleFileProblem {
  return { rule_id: file, level: 'error', message, path: null, line: null, column: null, file };
}
