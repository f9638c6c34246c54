/** The detections that come with Phosor: `rules/<topic>/<rule>.yml` beside the program. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { RuleProblem } from './detect/contract.ts';
import { loadSigmaYaml } from './detect/index.ts';
import type { RuleDoc } from './model/index.ts';
import { shippedRulesFolder } from './package.ts';

/** Every rule file of a folder and its subfolders with its text, in the order of their names. */
export function readRuleFolder(folder: string): { path: string; text: string }[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && /\.ya?ml$/.test(entry.name))
    .map((entry) => join(entry.parentPath, entry.name))
    .sort()
    .map((path) => ({ path, text: readFileSync(path, 'utf8') }));
}

/** The shipped rules. A problem here is a fault of the installation: `npm test` proves that there is none. */
export function loadShippedRules(folder: string = shippedRulesFolder): { docs: RuleDoc[]; problems: RuleProblem[] } {
  const docs: RuleDoc[] = [];
  const problems: RuleProblem[] = [];
  for (const { path, text } of readRuleFolder(folder)) {
    const loaded = loadSigmaYaml(text, { origin: 'shipped', fileName: path.slice(folder.length + 1) });
    docs.push(...loaded.docs);
    problems.push(...loaded.problems);
  }
  return { docs, problems };
}
