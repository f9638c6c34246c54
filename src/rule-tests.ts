/** Runs the log lines that lie beside rules: `<rule>.fire.log` must raise an alert of that rule, `<rule>.quiet.log` none. */
import { existsSync } from 'node:fs';
import type { RuleDoc } from './model/index.ts';
import { replay } from './replay.ts';
import { readRuleFiles } from './rule-files.ts';

export interface RuleTestResult {
  rule_id: string;
  path: string;
  /** Whether there is a line file at all. */
  tested: boolean;
  /** A sentence, or null when all is well. */
  problem: string | null;
}

/** Tests every rule of some files and folders. Lines without a year are read as of 2026, times as UTC. */
export async function testRules(paths: readonly string[]): Promise<RuleTestResult[]> {
  const { rules, problems } = readRuleFiles(paths, 'imported');
  const results: RuleTestResult[] = problems.map((each) => ({
    rule_id: each.rule_id,
    path: each.path,
    tested: true,
    problem: each.message,
  }));
  for (const { doc, path } of rules) {
    const base = path.replace(/\.(?:ya?ml|json)$/, '');
    const fire = `${base}.fire.log`;
    const quiet = `${base}.quiet.log`;
    const problem =
      (existsSync(fire) && (await alertsOf(doc, fire)) === 0
        ? `${fire} must raise an alert of "${doc.name}", but raises none.`
        : null) ?? (existsSync(quiet) ? await quietProblem(doc, quiet) : null);
    results.push({ rule_id: doc.id, path, tested: existsSync(fire) || existsSync(quiet), problem });
  }
  return results;
}

async function quietProblem(doc: RuleDoc, path: string): Promise<string | null> {
  const count = await alertsOf(doc, path);
  return count === 0
    ? null
    : `${path} must stay silent, but raises ${count} alert${count === 1 ? '' : 's'} of "${doc.name}".`;
}

async function alertsOf(doc: RuleDoc, path: string): Promise<number> {
  let count = 0;
  for await (const alert of replay({ paths: [path], rules: [doc], year: 2026, zone: 'UTC' })) {
    if (alert.rule_id === doc.id) count += 1;
  }
  return count;
}
