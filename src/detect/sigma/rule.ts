import type { RuleDoc, Severity } from '../../model/index.ts';
import {
  type Correlation,
  type Detection,
  type Filter,
  type FrontEndResult,
  type Identity,
  type Problem,
  RuleError,
  type RuleForm,
} from '../form.ts';
import { compileCorrelation, referencesOf } from './correlation.ts';
import { compileDetection } from './detection.ts';
import { readExtensions } from './extensions.ts';
import { compileFilter } from './filter.ts';
import { logsourceKeys } from './logsource.ts';
import { isYamlMap, readYaml, textAt, textListAt, type YamlDocument, type YamlMap, YamlRefused } from './yaml.ts';

export interface SigmaDocument {
  yaml: YamlDocument;
  map: YamlMap;
  id: string | null;
  name: string | null;
  title: string;
  /** Names or ids of the rules it correlates; empty for a detection. */
  references: string[];
  generate: boolean;
}

const severities: Record<string, Severity> = {
  informational: 'info',
  low: 'low',
  medium: 'medium',
  high: 'high',
  critical: 'critical',
};

/** Reads the documents of a rule file and what they refer to. Throws YamlRefused or RuleError (with the document). */
export function readDocuments(text: string): SigmaDocument[] {
  return readYaml(text).map((yaml) => inDocument(yaml, () => readDocument(yaml)));
}

/** A RuleError together with the place of its path. */
export class LocatedError extends Error {
  readonly problem: Problem;
  constructor(problem: Problem) {
    super(problem.message);
    this.problem = problem;
  }
}

function inDocument<T>(yaml: YamlDocument, work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (error instanceof RuleError) throw new LocatedError(located(yaml, 'error', error.path, error.message));
    throw error;
  }
}

function located(
  yaml: YamlDocument,
  level: Problem['level'],
  path: readonly (string | number)[],
  message: string,
): Problem {
  return { level, message, path: path.join('.') || null, ...yaml.locate(path) };
}

function readDocument(yaml: YamlDocument): SigmaDocument {
  const map = yaml.value;
  if (map.action !== undefined)
    throw new RuleError(['action'], 'rule collections with `action` are Sigma 1; write whole documents');
  const taxonomy = textAt(map, 'taxonomy');
  if (taxonomy !== null && taxonomy !== 'sigma') {
    throw new RuleError(
      ['taxonomy'],
      `the taxonomy \`${taxonomy}\` is not known; only field names of the taxonomy sigma are read`,
    );
  }
  const title = textAt(map, 'title');
  const id = textAt(map, 'id');
  const name = textAt(map, 'name');
  if (title === null && name === null) throw new RuleError([], 'a rule needs a `title`');
  if (title !== null && title.length > 256) throw new RuleError(['title'], 'a title has at most 256 characters');
  if (map.detection === undefined && map.correlation === undefined && map.filter === undefined) {
    throw new RuleError([], 'a rule needs `detection`, `correlation` or `filter`');
  }
  const generate = isYamlMap(map.correlation) && map.correlation.generate === true;
  return { yaml, map, id, name, title: title ?? name ?? '', references: referencesOf(map), generate };
}

const refersTo = (reference: string, document: SigmaDocument) =>
  reference === document.name || reference === document.id;

/** The documents that no correlation refers to: each is a rule. */
export const outermost = (documents: readonly SigmaDocument[]): SigmaDocument[] =>
  documents.filter((document) => !documents.some((other) => other.references.some((r) => refersTo(r, document))));

/** The documents that a correlation with `generate: true` refers to: they alert on their own as well. */
const generated = (documents: readonly SigmaDocument[]): SigmaDocument[] =>
  documents.filter((document) =>
    documents.some((other) => other.generate && other.references.some((r) => refersTo(r, document))),
  );

/** A document and everything it refers to, in the order of the file. */
export function closureOf(root: SigmaDocument, documents: readonly SigmaDocument[]): SigmaDocument[] {
  const wanted = new Set<SigmaDocument>([root]);
  for (const document of wanted) {
    for (const other of documents) {
      if (document.references.some((reference) => refersTo(reference, other))) wanted.add(other);
    }
  }
  return documents.filter((document) => wanted.has(document));
}

export function severityOf(document: SigmaDocument): Severity {
  const level = textAt(document.map, 'level');
  if (level === null) return 'medium';
  const severity = Object.hasOwn(severities, level) ? severities[level] : undefined;
  if (!severity) throw new RuleError(['level'], `\`${level}\` is no level; use ${Object.keys(severities).join(', ')}`);
  return severity;
}

/** What a rule was compiled to, and of what: rules are read, checked and used one after the other, and YAML is slow. */
const compiledRules = new WeakMap<RuleDoc, { of: string; result: FrontEndResult }>();

/** The front end for rules of type `sigma`. `read`: the documents of its text, where the caller has them. */
export function compileSigma(doc: RuleDoc, read?: readonly SigmaDocument[]): FrontEndResult {
  const text = (doc.config as { yaml?: unknown }).yaml;
  if (typeof text !== 'string') {
    return { forms: [], problems: [problem('config.yaml must be the text of a Sigma rule')] };
  }
  const of = JSON.stringify([doc.id, doc.name, doc.severity, text]);
  const known = compiledRules.get(doc);
  if (known?.of === of) return known.result;
  const result = compileText(doc, text, read);
  compiledRules.set(doc, { of, result });
  return result;
}

function compileText(doc: RuleDoc, text: string, read: readonly SigmaDocument[] | undefined): FrontEndResult {
  const problems: Problem[] = [];
  try {
    const documents = read ?? readDocuments(text);
    const [main, second] = outermost(documents);
    if (!main) return { forms: [], problems: [problem(noRule(documents))] };
    if (second) {
      const message = 'the text holds several rules that do not refer to each other; store each as a rule of its own';
      return { forms: [], problems: [{ ...problem(message), ...second.yaml.locate([]) }] };
    }
    if (main.map.filter !== undefined) return { forms: [], problems, filter: filterOf(main, problems) };
    const form = formOf(main, documents, doc.id, problems);
    const own = { ...form, severity: doc.severity, title: doc.name || form.title };
    const others = generated(documents).map((other) =>
      formOf(other, documents, other.id ?? `${doc.id}/${other.name}`, problems),
    );
    const forms: RuleForm[] = [own, ...others];
    return { forms, problems };
  } catch (error) {
    if (error instanceof LocatedError) problems.push(error.problem);
    else if (error instanceof YamlRefused) {
      problems.push({ ...problem(error.message), line: error.line, column: error.column });
    } else throw error;
    return { forms: [], problems };
  }
}

/** Why a file without an outermost rule is refused. */
export const noRule = (documents: readonly SigmaDocument[]): string =>
  documents.length === 0 ? 'the file holds no rule' : 'the correlations refer to each other in a circle';

const problem = (message: string): Problem => ({ level: 'error', message, path: null, line: null, column: null });

function filterOf(document: SigmaDocument, problems: Problem[]): Filter {
  const warn = (path: string[], message: string) => problems.push(located(document.yaml, 'warning', path, message));
  return inDocument(document.yaml, () => compileFilter(document, warn));
}

function formOf(root: SigmaDocument, documents: readonly SigmaDocument[], id: string, problems: Problem[]): RuleForm {
  return inDocument(root.yaml, () => {
    const timespan = (form: Detection | Correlation) => (form.kind === 'correlation' ? form.timespanMs : null);
    const compiled = compileDocument(root, documents, [], problems);
    const { ext, groupBy } = readExtensions(root.map.phosor, timespan(compiled));
    if (compiled.kind === 'detection') compiled.groupBy = groupBy;
    return {
      id,
      title: root.title,
      severity: severityOf(root),
      tags: textListAt(root.map, 'tags'),
      root: compiled,
      ext,
    };
  });
}

function compileDocument(
  document: SigmaDocument,
  documents: readonly SigmaDocument[],
  above: readonly SigmaDocument[],
  problems: Problem[],
): Detection | Correlation {
  return inDocument(document.yaml, () => {
    if (above.includes(document))
      throw new RuleError(['correlation', 'rules'], 'the correlations refer to each other in a circle');
    const name = document.name ?? document.id ?? `document ${documents.indexOf(document) + 1}`;
    const warn = (path: string[], message: string) => problems.push(located(document.yaml, 'warning', path, message));
    const { id } = document;
    if (document.map.correlation === undefined) {
      const identity: Identity = { id, name: document.name, logsource: logsourceKeys(document.map.logsource) };
      return { ...compileDetection(document.map, name, document.title, null, warn), identity };
    }
    if (above.length >= 8) throw new RuleError(['correlation'], 'correlations are nested more than 8 deep');
    const resolve = (reference: string, index: number) => {
      const found = documents.filter((other) => refersTo(reference, other));
      if (found.length === 0) {
        throw new RuleError(
          ['correlation', 'rules', index],
          `no rule in this file has the name or id \`${reference}\``,
        );
      }
      if (found.length > 1)
        throw new RuleError(['correlation', 'rules', index], `several rules are called \`${reference}\``);
      return compileDocument(found[0] as SigmaDocument, documents, [...above, document], problems);
    };
    const identity: Identity = { id, name: document.name, logsource: null };
    return { ...compileCorrelation(document.map, name, document.title, resolve, warn), identity };
  });
}
