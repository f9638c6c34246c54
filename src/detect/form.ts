import type { RuleDoc, Severity } from '../model/index.ts';

/**
 * The one form that every rule is compiled to. Plain data: it can be hashed, printed and compared, and the naive
 * evaluator of the tests reads the same tree as the compiled one.
 */
export interface RuleForm {
  id: string;
  title: string;
  severity: Severity;
  /** Sigma tags as written: `attack.t1110.001`. */
  tags: string[];
  root: Detection | Correlation;
  ext: Extensions;
}

/** Something that one event satisfies or does not. */
export interface Detection {
  kind: 'detection';
  /** Sigma's `name`, else its id, else a made-up one. Unique within a rule. */
  name: string;
  title: string;
  node: Node;
  /** Which events share an alert where the detection stands alone; null: by src_ip, else by host. */
  groupBy: Field[] | null;
  identity?: Identity;
}

/** What filters call a part of a rule by. Not part of what it means: two rules may differ in nothing else. */
export interface Identity {
  id: string | null;
  name: string | null;
  /** Sigma's category, product and service in lower case; null: none is written (native rules). */
  logsource: Readonly<Record<string, string>> | null;
}

export type CorrelationType = 'event_count' | 'value_count' | 'temporal' | 'temporal_ordered' | MetricType;
/** About the numbers in a field. */
export type MetricType = 'value_sum' | 'value_avg' | 'value_percentile' | 'value_median';

/** Something that several events satisfy together. */
export interface Correlation {
  kind: 'correlation';
  type: CorrelationType;
  name: string;
  title: string;
  steps: Step[];
  /** Names of the group's fields as written; their place per step is in {@link Step.groupBy}. Empty: one global group. */
  groupNames: string[];
  timespanMs: number;
  /** About the number of events, of different values, of steps that happened, or the metric. */
  condition: Range;
  /** value_count: so many events must be in the window besides. */
  minEvents?: number;
  /** value_percentile: which one; null: the share of the event's own value among all values, in per cent. */
  percentile?: number | null;
  /** temporal and temporal_ordered: what must have happened, instead of all steps. */
  expression?: Expression;
  /** Whether only a window's end can tell: the window then opens with an event and is judged one timespan later. */
  atClose?: boolean;
  identity?: Identity;
}

/** An extended temporal condition over the places of steps. */
export type Expression =
  | { kind: 'step'; step: number }
  | { kind: 'not'; child: Expression }
  | { kind: 'and' | 'or'; children: Expression[] };

export interface Step {
  name: string;
  title: string;
  of: Detection | Correlation;
  /** The fields that make up the group key, with aliases resolved. */
  groupBy: Field[];
  /** value_count: the counted field(s), several count tuples. Metrics: the field of the numbers. */
  value: Field[];
}

/** What the counted number must satisfy. Every bound that is given must hold. */
export interface Range {
  gt?: number;
  gte?: number;
  lt?: number;
  lte?: number;
  eq?: number;
  neq?: number;
}

/** What Sigma leaves open. In YAML under `phosor:`. */
export interface Extensions {
  /** `on_match`: the window is emptied when the rule fires. */
  reset: 'none' | 'on_match';
  /** How long after its last match an alert stays open and counts, in ms. 0: every firing is an alert of its own. */
  suppressMs: number;
  /** Whether an event exactly one timespan old still counts. Sigma rules: open. Native rules: closed. */
  boundary: 'open' | 'closed';
  /** Group IPv6 addresses by this many leading bits; null: whole address. IPv4 addresses are never cut. */
  groupPrefix: number | null;
  /** Live groups of this rule, where lower than the correlator's limit. */
  maxGroups: number | null;
  /** Rules that say more: while one of them has an alert open for the same group values, this one does not count. */
  coveredBy: readonly string[];
  /** Sentence for people with `{count}`, `{src_ip}` …; null: one is made from the title. */
  message: string | null;
  /** Names in `message` that a mapping gives another place; absent: there are none. */
  messageFields?: Readonly<Record<string, Field>>;
  /** What a person should do about an alert of this rule, in a sentence or two. */
  response: string | null;
  /** Why the rule raises no alert of its own (its matches are counted and feed correlations); null: it alerts. */
  signal?: string | null;
}

/** Native rules read an event through PHOSOR's view (`parsed.event_type`), Sigma rules read the Event itself. */
export interface Field {
  view: 'event' | 'phosor';
  path: string;
  /** Where else the Event may have it: what a rule of some log source calls so (sigma/mappings.ts). */
  from?: FieldSources;
}

export interface FieldSources {
  /** Records inside `fields` whose keys are the rules' own names; `*` stands for any key. */
  prefixes: readonly string[];
  /** The first that is there. */
  sources: readonly FieldSource[];
}

/** A place in the Event, or what is made of one or several. */
export type FieldSource =
  | string
  /** All of those that are there, as a list. */
  | { any: readonly FieldSource[] }
  /** Texts of those that are there, one after the other. */
  | { join: readonly string[]; with: string }
  /** The program of a command line. */
  | { program: string }
  /** What stands after the last dot of a path. */
  | { extension: string }
  /** Another text, or several, for each text of a field. */
  | { of: string; table: Readonly<Record<string, string | string[]>> };

export type Node =
  | { kind: 'and' | 'or'; label: string; children: Node[] }
  | { kind: 'not'; label: string; child: Node }
  | { kind: 'leaf'; label: string; field: Field; test: Test }
  /** Search in the whole event. */
  | { kind: 'keyword'; label: string; test: Test };

export type Test =
  | { op: 'equals' | 'contains' | 'startswith' | 'endswith'; value: string; cased: boolean }
  /** Tokens in order: a literal, or one of the wildcards as `{ any: … }`. */
  | { op: 'glob'; tokens: GlobToken[]; cased: boolean }
  | { op: 'regex'; source: string; flags: string; missing: 'never' | 'empty' }
  | { op: 'compare'; relation: 'lt' | 'lte' | 'gt' | 'gte'; value: number }
  | { op: 'cidr'; network: string }
  | { op: 'exists'; value: boolean }
  | { op: 'null' }
  | { op: 'fieldref'; other: Field; relation: 'equals' | 'contains' | 'startswith' | 'endswith'; cased: boolean }
  | { op: 'datepart'; part: DatePart; value: number; relation?: 'lt' | 'lte' | 'gt' | 'gte' };

export type DatePart = 'minute' | 'hour' | 'day' | 'week' | 'month' | 'year';
export type GlobToken = string | { any: 'one' | 'many' };

/** A rule that cannot be honoured: what was found, where in the document, and what to do. */
export class RuleError extends Error {
  readonly path: readonly (string | number)[];
  constructor(path: readonly (string | number)[], message: string) {
    super(message);
    this.path = path;
  }
}

/** What a front end makes of one RuleDoc. */
export interface FrontEndResult {
  /** The rule itself first; then rules that it generates (Sigma's `generate: true`). Empty where it was refused. */
  forms: RuleForm[];
  problems: Problem[];
  /** Set where the document is a filter of other rules: then there are no forms. */
  filter?: Filter;
  /** References to rules of other files, where they were left open: then there are no forms. */
  missing?: string[];
  /** Rules of other files that this one correlates: they raise no alerts of their own (no `generate`). */
  quiets?: string[];
}

/** A Sigma filter: a clause that is added to other rules (`(rule) and (clause)`). */
export interface Filter {
  title: string;
  /** Ids or names of rules; `any`: every rule of its log source. */
  targets: 'any' | readonly FilterTarget[];
  /** A rule's log source must have all of these; empty: every rule. */
  logsource: Readonly<Record<string, string>>;
  /** Read as rules of its own log source are. Where it is joined to a rule it reads fields as that rule does. */
  node: Node;
}

export interface FilterTarget {
  reference: string;
  /** Where the reference is written. */
  path: string;
  line: number;
  column: number;
}

export interface Problem {
  level: 'error' | 'warning';
  message: string;
  path: string | null;
  line: number | null;
  column: number | null;
}

export type FrontEnd = (doc: RuleDoc) => FrontEndResult;
