/**
 * Runs the log lines that lie beside rules: `<rule>.fire.log` must raise an alert of that rule, `<rule>.quiet.log` none.
 * Lines that begin with `#` are notes; `# expect count=6 src_ip=203.0.113.42` says which alert must be among them, and
 * `# list malicious c2 203.0.113.0/24` which addresses are known when the lines come, and `# honeytoken account NAME` or
 * `# honeytoken path /PATH/` which bait is laid out.
 */
import { existsSync, readFileSync } from 'node:fs';
import { compileRules, createCorrelator } from './detect/index.ts';
import type { BaitTable, IntelFeed, IntelTables } from './enrich/contract.ts';
import { createEnrichments } from './enrich/index.ts';
import { readList } from './enrich/intel/list.ts';
import { IntelBuilder } from './enrich/intel/tables.ts';
import { zoneOffsets } from './host-zone.ts';
import type { Alert, RuleDoc, SourceInfo } from './model/index.ts';
import { createPipeline } from './pipeline.ts';
import { readRuleFiles } from './rules-folder.ts';
import type { RuleLines } from './store/contract.ts';

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
  const results: RuleTestResult[] = problems
    .filter(({ level }) => level === 'error')
    .map(({ rule_id, file, message }) => ({ rule_id, path: file, tested: true, problem: message }));
  for (const { doc, path } of rules) {
    const { fire, quiet } = linesBeside(path);
    const problem = compileProblem(doc) ?? fireProblem(doc, fire) ?? quietProblem(doc, quiet);
    results.push({ rule_id: doc.id, path, tested: fire !== null || quiet !== null, problem });
  }
  return results;
}

/** Lines that a rule is tested with, and where they are from. */
interface LineFile {
  path: string;
  text: string;
}

/** The lines that lie beside a rule file; null where there is no such file. */
export function linesBeside(path: string): { fire: LineFile | null; quiet: LineFile | null } {
  const base = path.replace(/\.(?:ya?ml|json)$/, '');
  const read = (file: string) => (existsSync(file) ? { path: file, text: readFileSync(file, 'utf8') } : null);
  return { fire: read(`${base}.fire.log`), quiet: read(`${base}.quiet.log`) };
}

/** Runs a rule's own lines: what is wrong, in a sentence, or null. */
export function testRuleLines(doc: RuleDoc, { fire, quiet }: RuleLines): string | null {
  const file = (path: string, lines: readonly string[]) =>
    lines.length === 0 ? null : { path, text: lines.join('\n') };
  return (
    compileProblem(doc) ??
    fireProblem(doc, file('The lines that must fire', fire)) ??
    quietProblem(doc, file('The lines that must stay silent', quiet))
  );
}

function compileProblem(doc: RuleDoc): string | null {
  const error = compileRules([doc]).problems.find(({ level }) => level === 'error');
  return error ? `"${doc.name}" was refused: ${error.message}` : null;
}

function fireProblem(doc: RuleDoc, file: LineFile | null): string | null {
  if (file === null) return null;
  const { path, text } = file;
  const alerts = alertsOf(doc, text);
  if (alerts.length === 0) return `${path} must raise an alert of "${doc.name}", but raises none.`;
  const facts = alerts.map(factsOf);
  for (const [, expected] of text.matchAll(/^# expect (.+)$/gm)) {
    const wanted = (expected as string).trim().split(/\s+/);
    if (facts.some((fact) => wanted.every((pair) => fact.includes(pair)))) continue;
    return `${path} expects an alert with ${expected}, but raises ${facts.map((fact) => fact.join(' ')).join('; ')}.`;
  }
  return null;
}

/** What `# expect` can ask for. */
const factsOf = (alert: Alert): string[] => [
  `count=${alert.count}`,
  ...Object.entries(alert.group).map(([field, value]) => `${field}=${value}`),
];

function quietProblem(doc: RuleDoc, file: LineFile | null): string | null {
  if (file === null) return null;
  const { path, text } = file;
  const alerts = alertsOf(doc, text);
  if (alerts.length === 0) return null;
  const facts = alerts.map((alert) => factsOf(alert).join(' ')).join('; ');
  return `${path} must stay silent, but raises ${alerts.length} of "${doc.name}" (${facts}).`;
}

const context = { zoneMinutesAt: zoneOffsets('UTC'), year: 2026, live: false };
const origin: SourceInfo = {
  source: 'file_test.log',
  source_type: 'file',
  peer: null,
  hint: null,
  identity: 'rule-test',
};

/** Phosor's own account of its sources, which no log file can give. */
const internal: SourceInfo = { ...origin, source: 'phosor', source_type: 'internal' };
const decoy: SourceInfo = { ...origin, source: 'decoy_ssh', source_type: 'decoy' };
const originOf = (body: string): SourceInfo => {
  if (body.startsWith('{"phosor":')) return internal;
  return body.startsWith('{"decoy":') ? decoy : origin;
};

/** The lists that a file's notes speak of: level, category and networks in each. */
function listsOf(text: string): IntelTables | null {
  const builder = new IntelBuilder();
  for (const [, level, category = '', networks = ''] of text.matchAll(/^# list (malicious|suspicious) (\S+) (.+)$/gm)) {
    const feed: IntelFeed = { id: `${level}-${category}`, category, level: level as IntelFeed['level'] };
    readList(networks.replaceAll(' ', '\n'), (kind, words, bits, label) => builder.add(feed, kind, words, bits, label));
  }
  return builder.networks === 0 ? null : builder.finish();
}

/** The bait that a file's notes speak of. */
function baitOf(text: string): BaitTable {
  const told = [...text.matchAll(/^# honeytoken (account|path) (\S+)$/gm)].map(([, kind, value = '']) => ({
    kind,
    value,
  }));
  const of = (wanted: string): string[] => told.filter(({ kind }) => kind === wanted).map(({ value }) => value);
  return {
    accounts: of('account').map((user) => ({ user, label: user })),
    passwords: [],
    paths: of('path').map((path) => ({ path, label: path })),
  };
}

/** The alerts of one rule over some log lines, each once at its close. */
function alertsOf(doc: RuleDoc, text: string): Alert[] {
  const rules = compileRules([doc]);
  const correlator = createCorrelator(rules, {
    maxGroupsPerRule: 100_000,
    latenessMs: Number.POSITIVE_INFINITY,
    finalOnly: true,
  });
  const redact = { email: false, phone: false, internalIps: false, custom: [] };
  const pipeline = createPipeline({
    contextOf: () => context,
    enrichments: createEnrichments({ redact, intel: listsOf(text), bait: baitOf(text) }),
    rules,
    correlator,
    random: () => 0,
  });
  const changes = text.split('\n').flatMap((body, seq) => {
    if (body === '' || body.startsWith('#')) return [];
    const received_at = Date.UTC(2026, 10, 21, 3) + seq * 1000;
    const event = pipeline.understand({ seq, origin: originOf(body), received_at, body, position: seq });
    // However many lines there are, none comes late.
    if (event.has_time) event.received_at = event.time;
    return pipeline.detect(event, seq);
  });
  return [...changes, ...correlator.close()].map(({ alert }) => alert).filter((alert) => alert.rule_id === doc.id);
}
