import {
  type EventCondition,
  type FieldTest,
  patternParts,
  type TextOperator,
  type TextTest,
} from '../../../model/index.ts';
import { isUuid } from '../cursor.ts';
import { rowColumns } from '../row.ts';
import { inNetwork } from './network.ts';
import type { Condition } from './query.ts';

const kinds = new Map(rowColumns.map(({ name, kind }) => [name as string, kind]));

/**
 * The condition as SQL, values bound.
 *
 * @param first number of the first placeholder
 */
export function compileCondition(condition: EventCondition, first = 1): Condition {
  const values: (string | bigint)[] = [];
  const bind = (value: string | bigint, type: string): string => {
    values.push(value);
    return `$${first + values.length - 1}::${type}`;
  };
  const text = (value: string): string => bind(value, 'VARCHAR');
  return { sql: sqlOf(condition, { text, bind }, false), values };
}

interface Binding {
  text: (value: string) => string;
  bind: (value: string | bigint, type: string) => string;
}

/** @param strict null must not come out: the condition is negated somewhere above. */
function sqlOf(condition: EventCondition, to: Binding, strict: boolean): string {
  switch (condition.op) {
    case 'all':
      return joined(condition.of, 'AND', 'TRUE', to, strict);
    case 'any':
      return joined(condition.of, 'OR', 'FALSE', to, strict);
    case 'not':
      return `NOT (${sqlOf(condition.of, to, true)})`;
    case 'null':
      return `${quoted(condition.column)} IS NULL`;
    default: {
      const sql = comparison(condition, to);
      return strict ? `coalesce(${sql}, FALSE)` : sql;
    }
  }
}

function joined(parts: readonly EventCondition[], word: string, none: string, to: Binding, strict: boolean): string {
  if (parts.length === 0) return none;
  return `(${parts.map((part) => sqlOf(part, to, strict)).join(` ${word} `)})`;
}

type Comparison = Exclude<EventCondition, { op: 'all' | 'any' | 'not' | 'null' }>;

/** Texts that a row is compared with one by one. */
const mostInRow = 16;

const relations = { lt: '<', lte: '<=', gt: '>', gte: '>=' } as const;

function comparison(condition: Comparison, to: Binding): string {
  if (condition.column === 'id' || condition.column === 'full_message') return derivedTest(condition, to);
  const column = quoted(condition.column);
  if (condition.op === 'compare') {
    if (!Number.isFinite(condition.value)) return 'FALSE';
    // Bound as a whole number where it is one, so that DuckDB can skip blocks.
    const { value } = condition;
    const bound = Number.isSafeInteger(value) ? to.bind(BigInt(value), 'BIGINT') : to.bind(String(value), 'DOUBLE');
    return `${column} ${relations[condition.relation]} ${bound}`;
  }
  if (condition.op === 'number') {
    const wanted = condition.values.filter(Number.isSafeInteger).map((value) => to.bind(BigInt(value), 'BIGINT'));
    return wanted.length === 0 ? 'FALSE' : `${column} IN (${wanted.join(', ')})`;
  }
  if (condition.op === 'cidr') {
    return networksTest(column, condition.values, condition.column !== 'host', to);
  }
  if (condition.op === 'json') return jsonTest(column, condition.key, condition.test, to);
  if (condition.op === 'equals' && condition.fold === false && condition.values.length > mostInRow)
    // One look into a table for each row, where a list would be gone through.
    return `${column} IN (SELECT unnest(from_json(${to.text(JSON.stringify(condition.values))}, '["VARCHAR"]')))`;
  return textTest(condition, column, to);
}

function textTest({ op, values, fold }: TextTest, text: string, to: Binding): string {
  if (values.length === 0) return 'FALSE';
  if (fold === false) return caseTest(op, text, values, to);
  if (fold === 'simple') {
    const lower = { ...to, text: (value: string) => `lower(${to.text(value)})` };
    return caseTest(op, `lower(${text})`, values, lower);
  }
  const plain = caseTest(op, `lower(${text})`, values, to);
  if (!values.some((value) => value.includes('s'))) return plain;
  // The one letter that `lower` leaves as it is; few texts have it, so that the second search is seldom made.
  return `(${plain} OR (contains(${text}, 'ſ') AND ${caseTest(op, `replace(lower(${text}), 'ſ', 's')`, values, to)}))`;
}

/**
 * Offsets are counted in UTF-16 units and SQL counts characters: where they differ, which is beyond the basic plane, the
 * whole line is taken.
 */
const fullMessage =
  'CASE WHEN message IS NOT NULL THEN message' +
  " WHEN strlen(raw) <> length(raw) AND regexp_matches(raw, '[\\x{10000}-\\x{10FFFF}]') THEN raw" +
  ' ELSE substring(raw, message_at + 1, message_length) END';

function derivedTest(condition: TextTest & { column: string }, to: Binding): string {
  if (condition.column === 'full_message') return textTest(condition, `(${fullMessage})`, to);
  if (condition.op !== 'equals') return textTest(condition, 'CAST(id AS VARCHAR)', to);
  const ids = condition.values.filter(isUuid).map((id) => to.bind(id, 'UUID'));
  return ids.length === 0 ? 'FALSE' : `id IN (${ids.join(', ')})`;
}

function networksTest(text: string, networks: readonly string[], isAddress: boolean, to: Binding): string {
  const tests = networks.map((network) => inNetwork(text, network, to.text));
  if (tests.length === 0) return 'FALSE';
  const found = `(${tests.join(' OR ')})`;
  return isAddress
    ? found
    : `(regexp_full_match(${text}, '[0-9]{1,3}([.][0-9]{1,3}){3}|[0-9a-f:]*:[0-9a-f:]*') AND ${found})`;
}

const functions = { contains: 'contains', startswith: 'starts_with', endswith: 'suffix' } as const;

function caseTest(op: TextOperator, text: string, values: readonly string[], to: Binding): string {
  if (op === 'equals') return `${text} IN (${values.map(to.text).join(', ')})`;
  const tests = values.map((value) =>
    op === 'wildcard'
      ? `${text} LIKE ${to.text(likePattern(value))} ESCAPE '\\'`
      : `${functions[op]}(${text}, ${to.text(value)})`,
  );
  return tests.length === 1 ? (tests[0] as string) : `(${tests.join(' OR ')})`;
}

function likePattern(pattern: string): string {
  return patternParts(pattern)
    .map((part) => (part === null ? '%' : part === '' ? '_' : part.replace(/[\\%_]/g, '\\$&')))
    .join('');
}

/**
 * A test of what stands under a key. Keys are looked up by JSON pointers, which can say any key. What the JSON text cannot
 * hold is told before it is read.
 */
function jsonTest(column: string, key: string | null, test: FieldTest, to: Binding): string {
  const pointers =
    key === null ? [''] : key.includes('.') ? [[key], key.split('.')].map(pointerOf) : [pointerOf([key])];
  const found = pointers.map((pointer) => (pointer === '' ? column : `json_extract(${column}, ${to.text(pointer)})`));
  const value = found.length === 1 ? (found[0] as string) : `coalesce(${found.join(', ')})`;
  const list = `CASE WHEN json_type(${value}) = 'ARRAY' THEN json_extract_string(${value}, '$[*]') ELSE [json_extract_string(${value}, '$')] END`;
  const fits =
    test.op === 'exists'
      ? 'TRUE'
      : test.op === 'cidr'
        ? networksTest('x', test.values, false, to)
        : test.op === 'compare'
          ? Number.isFinite(test.value)
            ? `try_cast(x AS DOUBLE) ${relations[test.relation]} ${to.bind(String(test.value), 'DOUBLE')}`
            : 'FALSE'
          : textTest(test, 'x', to);
  const named =
    key === null ? '' : `contains(${column}, ${to.text(JSON.stringify(key.split('.').at(-1)).slice(1, -1))}) AND `;
  return `(${named}len(list_filter(${list}, lambda x: coalesce(x <> '' AND ${fits}, FALSE))) > 0)`;
}

const pointerOf = (path: readonly string[]): string =>
  path.map((part) => `/${part.toWellFormed().replaceAll('~', '~0').replaceAll('/', '~1')}`).join('');

/** Throws on anything that is no column, so that no other text reaches SQL. */
function quoted(column: string): string {
  if (!kinds.has(column)) throw new Error(`"${column}" is no column of events.`);
  return `"${column}"`;
}
