import type { RuleDoc, Severity } from '../../model/index.ts';
import {
  type Correlation,
  type Detection,
  type FrontEndResult,
  type Identity,
  type Node,
  type Problem,
  RuleError,
  type RuleForm,
} from '../form.ts';
import { compileCorrelation, logsourceOf, referencesOf } from './correlation.ts';
import { compileDetection } from './detection.ts';
import { readExtensions } from './extensions.ts';
import { compileFilter } from './filter.ts';
import type { Reading } from './item.ts';
import { logsourceKeys } from './logsource.ts';
import type { Mapping } from './mapping-file.ts';
import { mapperOf } from './mappings.ts';
import { checkMeta, type Lint } from './meta.ts';
import { type Placeholders, placeholdersInUse } from './placeholders.ts';
import { type FieldNames, fieldNamesOf } from './taxonomy.ts';
import {
  isYamlMap,
  type Path,
  readYaml,
  textAt,
  textListAt,
  type YamlDocument,
  type YamlMap,
  YamlRefused,
} from './yaml.ts';

export interface SigmaDocument {
  yaml: YamlDocument;
  map: YamlMap;
  id: string | null;
  name: string | null;
  title: string;
  /** Names or ids of the rules it correlates; empty for a detection. */
  references: string[];
  generate: boolean;
  fieldNames: FieldNames;
  lints: Lint[];
}

/** A document of another rule, with those that stand in the same file. */
export interface OtherDocument {
  document: SigmaDocument;
  documents: readonly SigmaDocument[];
}

/** Keeps what rules were compiled to, across threads or starts. What was taken from other rules is not kept. */
export interface CompileCache {
  get(of: string): FrontEndResult | undefined;
  put(of: string, result: FrontEndResult): void;
}

export interface SigmaOptions {
  /** Values for `expand`. */
  placeholders?: Placeholders;
  /** Finds what a correlation refers to outside its own text; absent: there is nothing else. */
  library?: (reference: string) => readonly OtherDocument[];
  /** The user's field mappings; they come before those that are shipped. */
  mappings?: readonly Mapping[];
  /** What was compiled before, by all that it was compiled of. */
  cache?: CompileCache;
  /** References to other rules are left open: the rule is only read, and `missing` of the result names them. */
  open?: boolean;
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
  const lints = checkMeta(map);
  const title = textAt(map, 'title');
  const id = textAt(map, 'id');
  const name = textAt(map, 'name');
  if (title === null && name === null) throw new RuleError([], 'a rule needs a `title`');
  if (map.detection === undefined && map.correlation === undefined && map.filter === undefined) {
    throw new RuleError([], 'a rule needs `detection`, `correlation` or `filter`');
  }
  const generate = isYamlMap(map.correlation) && map.correlation.generate === true;
  const references = referencesOf(map);
  return {
    yaml,
    map,
    id,
    name,
    title: title ?? name ?? '',
    references,
    generate,
    fieldNames: fieldNamesOf(map),
    lints,
  };
}

export const refersTo = (reference: string, document: SigmaDocument) =>
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
export function compileSigma(
  doc: RuleDoc,
  options: SigmaOptions = {},
  read?: readonly SigmaDocument[],
): FrontEndResult {
  const text = (doc.config as { yaml?: unknown }).yaml;
  if (typeof text !== 'string') {
    return { forms: [], problems: [problem('config.yaml must be the text of a Sigma rule')] };
  }
  const placeholders = /\bexpand\b/.test(text) ? (options.placeholders ?? placeholdersInUse()) : null;
  const of = JSON.stringify([
    doc.id,
    doc.name,
    doc.severity,
    text,
    placeholders,
    mapperOf(options.mappings).keyFor(text),
  ]);
  const known = compiledRules.get(doc);
  if (known?.of === of) return known.result;
  const cached = options.cache?.get(of);
  if (cached !== undefined) {
    compiledRules.set(doc, { of, result: cached });
    return cached;
  }
  const compiling = new Compilation(options);
  const result = compiling.compile(doc, text, read);
  // What was taken from other rules may change with them.
  if (!compiling.usedOthers) {
    compiledRules.set(doc, { of, result });
    options.cache?.put(of, result);
  }
  return result;
}

/** Why a file without an outermost rule is refused. */
export const noRule = (documents: readonly SigmaDocument[]): string =>
  documents.length === 0 ? 'the file holds no rule' : 'the correlations refer to each other in a circle';

const problem = (message: string): Problem => ({ level: 'error', message, path: null, line: null, column: null });

/** One rule on its way from text to forms. */
class Compilation {
  readonly #options: SigmaOptions;
  readonly #mapper: ReturnType<typeof mapperOf>;
  readonly #problems: Problem[] = [];
  readonly #missing: string[] = [];
  readonly #quiets = new Set<string>();
  #documents: readonly SigmaDocument[] = [];
  usedOthers = false;

  constructor(options: SigmaOptions) {
    this.#options = options;
    this.#mapper = mapperOf(options.mappings);
  }

  compile(doc: RuleDoc, text: string, read: readonly SigmaDocument[] | undefined): FrontEndResult {
    const problems = this.#problems;
    try {
      this.#documents = read ?? readDocuments(text);
      const [main, second] = outermost(this.#documents);
      if (!main) return { forms: [], problems: [problem(noRule(this.#documents))] };
      if (second) {
        const message = 'the text holds several rules that do not refer to each other; store each as a rule of its own';
        return { forms: [], problems: [{ ...problem(message), ...second.yaml.locate([]) }] };
      }
      if (main.map.filter !== undefined) {
        const filter = inDocument(main.yaml, () => compileFilter(main, this.#reading(main)));
        return { forms: [], problems, filter };
      }
      const form = this.#form(main, doc.id);
      const own = { ...form, severity: doc.severity, title: doc.name || form.title };
      own.ext = { ...own.ext, signal: doc.severity === 'info' ? informational : null };
      const others = generated(this.#documents).map((other) =>
        this.#form(other, other.id ?? `${doc.id}/${other.name}`),
      );
      if (this.#missing.length > 0) return { forms: [], problems, missing: this.#missing };
      return { forms: [own, ...others], problems, quiets: [...this.#quiets] };
    } catch (error) {
      if (error instanceof LocatedError) problems.push(error.problem);
      else if (error instanceof YamlRefused) {
        problems.push({ ...problem(error.message), line: error.line, column: error.column });
      } else throw error;
      return { forms: [], problems };
    }
  }

  #reading(document: SigmaDocument): Reading {
    const warn = (path: Path, message: string) => this.#problems.push(located(document.yaml, 'warning', path, message));
    for (const { path, message } of document.lints) warn(path, message);
    return {
      placeholders: this.#options.placeholders ?? placeholdersInUse(),
      logsource: this.#mapper.of(logsourceKeys(document.map.logsource)),
      field: this.#fieldOf(document),
      warn,
    };
  }

  /** Where events have the fields that a document names. */
  #fieldOf({ map, fieldNames }: SigmaDocument): Reading['field'] {
    const logsource = logsourceKeys(map.logsource);
    return (name, other) => this.#mapper.of(other ?? logsource).field(fieldNames(name));
  }

  #form(root: SigmaDocument, id: string): RuleForm {
    return inDocument(root.yaml, () => {
      const compiled = this.#part(root, this.#documents, []);
      const { ext, groupBy, minEvents } = readExtensions(
        root.map.phosor,
        compiled.kind === 'correlation' ? compiled.timespanMs : null,
        (name) => this.#fieldOf(root)(name, logsourceOf(compiled)),
      );
      if (compiled.kind === 'detection') compiled.groupBy = groupBy;
      if (minEvents !== null) addMinEvents(compiled, minEvents);
      const severity = severityOf(root);
      if (severity === 'info') ext.signal = informational;
      return { id, title: root.title, severity, tags: textListAt(root.map, 'tags'), root: compiled, ext };
    });
  }

  /** @param documents those that stand in the same text. */
  #part(
    document: SigmaDocument,
    documents: readonly SigmaDocument[],
    above: readonly SigmaDocument[],
  ): Detection | Correlation {
    return inDocument(document.yaml, () => {
      if (above.includes(document)) {
        throw new RuleError(['correlation', 'rules'], 'the correlations refer to each other in a circle');
      }
      const { id, map, title } = document;
      const name = document.name ?? id ?? `document ${documents.indexOf(document) + 1}`;
      const reading = this.#reading(document);
      if (map.filter !== undefined) throw new RuleError(['filter'], 'a correlation cannot count a filter');
      if (map.correlation === undefined) {
        const identity: Identity = { id, name: document.name, logsource: logsourceKeys(map.logsource) };
        return { ...compileDetection(map, name, title, null, reading), identity };
      }
      if (above.length >= 8) throw new RuleError(['correlation'], 'correlations are nested more than 8 deep');
      const resolve = (reference: string, index: number): Detection | Correlation => {
        const found = this.#find(reference, documents, document.generate, ['correlation', 'rules', index]);
        if (found !== null) return this.#part(found.document, found.documents, [...above, document]);
        const nothing: Node = { kind: 'or', label: reference, children: [] };
        return { kind: 'detection', name: reference, title: reference, node: nothing, groupBy: null };
      };
      const identity: Identity = { id, name: document.name, logsource: null };
      return { ...compileCorrelation(map, name, title, resolve, reading), identity };
    });
  }

  /** What a reference means: a document of the same text, else one of another rule. null: it is left open. */
  #find(
    reference: string,
    documents: readonly SigmaDocument[],
    generate: boolean,
    path: (string | number)[],
  ): OtherDocument | null {
    const own = documents.filter((other) => refersTo(reference, other));
    const found = own.length > 0 ? own.map((document) => ({ document, documents })) : this.#others(reference, generate);
    if (found.length > 1) throw new RuleError(path, `several rules are called \`${reference}\``);
    if (found[0] !== undefined) return found[0];
    if (this.#options.open !== true) {
      const where = this.#options.library ? 'no rule' : 'no rule in this file';
      throw new RuleError(path, `${where} has the name or id \`${reference}\``);
    }
    this.#missing.push(reference);
    return null;
  }

  #others(reference: string, generate: boolean): readonly OtherDocument[] {
    const { library } = this.#options;
    this.usedOthers = true;
    if (library === undefined) return [];
    if (!generate) this.#quiets.add(reference);
    return library(reference);
  }
}

/** Of a correlation that counts values: they must stand in so many events. */
function addMinEvents(part: Detection | Correlation, minEvents: number): void {
  const path = ['phosor', 'min_events'];
  if (part.kind !== 'correlation' || part.type !== 'value_count')
    throw new RuleError(path, '`min_events` is for correlations of the type value_count');
  if (part.atClose === true)
    throw new RuleError(path, '`min_events` needs a condition with gte or gt, not with an upper limit');
  part.minEvents = minEvents;
}

const informational = 'The level informational is for context: it raises no alert of its own.';
