import type { RuleDoc } from '../../model/index.ts';
import type { RuleProblem } from '../contract.ts';
import { RuleError } from '../form.ts';
import { hashUuid } from '../hash.ts';
import type { Mapping } from './mapping-file.ts';
import type { Placeholders } from './placeholders.ts';
import {
  closureOf,
  compileSigma,
  LocatedError,
  noRule,
  outermost,
  readDocuments,
  type SigmaDocument,
  severityOf,
} from './rule.ts';
import { textAt, YamlRefused } from './yaml.ts';

/**
 * Reads a Sigma file of one or more documents into rules as the API and the store know them. A correlation and the
 * detections it refers to are one rule; independent rules in one file become one each. What cannot be honoured is
 * refused with its line and column and is not among `docs`. References to rules of other files are left open: they are
 * looked up where all rules are known (`compileRules`, `linkProblems`).
 */
export function loadSigmaYaml(
  text: string,
  from: { origin: RuleDoc['origin']; fileName: string; placeholders?: Placeholders; mappings?: readonly Mapping[] },
): { docs: RuleDoc[]; problems: RuleProblem[] } {
  const problems: RuleProblem[] = [];
  const docs: RuleDoc[] = [];
  let documents: SigmaDocument[];
  try {
    documents = readDocuments(text);
  } catch (error) {
    if (error instanceof LocatedError) return { docs, problems: [{ rule_id: from.fileName, ...error.problem }] };
    if (!(error instanceof YamlRefused)) throw error;
    const { message, line, column } = error;
    return { docs, problems: [{ rule_id: from.fileName, level: 'error', message, path: null, line, column }] };
  }
  const roots = outermost(documents);
  if (roots.length === 0) {
    const message = noRule(documents);
    problems.push({ rule_id: from.fileName, level: 'error', message, path: null, line: 1, column: 1 });
  }
  for (const root of roots) {
    const whole = roots.length === 1;
    const parts = whole ? documents : closureOf(root, documents);
    const yaml = whole
      ? text
      : parts.map((part) => part.yaml.text.replace(/^-{3}[^\n]*\n/, '').trimEnd()).join('\n---\n');
    const doc = ruleDoc(root, yaml, from, problems);
    if (!doc) continue;
    const { placeholders, mappings } = from;
    const options = { open: true, ...(placeholders && { placeholders }), ...(mappings && { mappings }) };
    const compiled = compileSigma(doc, options, whole ? documents : undefined);
    // Positions inside a part are those of the part's text; name the file's line where the whole file is one rule.
    problems.push(...compiled.problems.map((one) => ({ rule_id: doc.id, ...one })));
    if (compiled.forms.length > 0 || compiled.filter || compiled.missing) docs.push(doc);
  }
  return { docs, problems };
}

function ruleDoc(
  root: SigmaDocument,
  yaml: string,
  from: { origin: RuleDoc['origin']; fileName: string },
  problems: RuleProblem[],
): RuleDoc | null {
  try {
    const status = textAt(root.map, 'status');
    return {
      id: root.id ?? hashUuid(`sigma ${from.fileName} ${root.name ?? root.title}`),
      name: root.title,
      description: (textAt(root.map, 'description') ?? '').trim(),
      type: 'sigma',
      config: { yaml },
      enabled: status !== 'deprecated' && status !== 'unsupported',
      severity: severityOf(root),
      origin: from.origin,
      author: textAt(root.map, 'author'),
      created_at: 0,
      updated_at: 0,
    };
  } catch (error) {
    if (!(error instanceof RuleError)) throw error;
    const at = root.yaml.locate(error.path);
    const path = error.path.join('.') || null;
    problems.push({ rule_id: root.id ?? from.fileName, level: 'error', message: error.message, path, ...at });
    return null;
  }
}
