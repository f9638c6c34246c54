/**
 * What a search asks for: the parsed form of the query bar.
 *
 * Every comparison is case-blind. `field` is always a name of {@link queryFields}, or `fields.…`, `geo.…`, `intel.…`,
 * `score.…` with the path below. {@link import('./match.ts').matchesQuery} says what each node means; a store must agree.
 */
export type Query = QueryGroup | QueryNot | QueryText | QueryField;

/** `all` of nothing is everything; `any` is never empty. */
export interface QueryGroup {
  type: 'all' | 'any';
  of: Query[];
}

export interface QueryNot {
  type: 'not';
  of: Query;
}

/** Substring of the raw line. */
export interface QueryText {
  type: 'text';
  value: string;
  /** Written in quotation marks. */
  phrase: boolean;
  at: Span;
}

/**
 * - `is`, `contains`, `startswith`, `endswith`: `value` as it is. A number's digits for fields that are numbers.
 * - `wildcard`: `*` is any text, `\*` and `\\` are those characters: see {@link import('./wildcard.ts').wildcardParts}.
 * - `cidr`: a network, `203.0.113.0/24`.
 * - `gt` `gte` `lt` `lte`: a number's digits; for `severity` one of the five names, which stand in their order.
 * - `exists`: neither null nor empty; `value` is ''.
 *
 * A field with several values (`tags`, arrays in `fields`) fits when one of them does.
 */
export type QueryOperator =
  | 'is'
  | 'contains'
  | 'startswith'
  | 'endswith'
  | 'wildcard'
  | 'cidr'
  | 'gt'
  | 'gte'
  | 'lt'
  | 'lte'
  | 'exists';

export interface QueryField {
  type: 'field';
  field: string;
  op: QueryOperator;
  value: string;
  at: Span;
}

/** Where in the text something stands, in UTF-16 units: from inclusive, to exclusive. */
export interface Span {
  from: number;
  to: number;
}

export interface QueryError {
  at: Span;
  /** A sentence that says what to do. */
  message: string;
}

export type ParsedQuery = { ok: true; query: Query } | { ok: false; errors: QueryError[] };

/** Longer, deeper or wider queries are refused with the number that was found. */
export const queryLimits = { length: 4000, depth: 24, terms: 250 } as const;
