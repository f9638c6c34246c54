import { type EventCondition, type FieldTest, patternParts, type TextOperator } from '../../../model/index.ts';
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

const relations = { lt: '<', lte: '<=', gt: '>', gte: '>=' } as const;

function comparison(condition: Comparison, to: Binding): string {
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
    const tests = condition.values.map((network) => inNetwork(column, network, to.text));
    return tests.length === 0 ? 'FALSE' : `(${tests.join(' OR ')})`;
  }
  if (condition.op === 'json') return jsonTest(column, condition.key, condition.test, to);
  return textTest(condition, column, to);
}

interface TextTest {
  op: TextOperator;
  values: readonly string[];
  fold: boolean;
}

function textTest({ op, values, fold }: TextTest, text: string, to: Binding): string {
  if (values.length === 0) return 'FALSE';
  if (!fold) return caseTest(op, text, values, to);
  const plain = caseTest(op, `lower(${text})`, values, to);
  if (!values.some((value) => value.includes('s'))) return plain;
  // The one letter that `lower` leaves as it is; few texts have it, so that the second search is seldom made.
  return `(${plain} OR (contains(${text}, 'ſ') AND ${caseTest(op, `replace(lower(${text}), 'ſ', 's')`, values, to)}))`;
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
      ? 'x IS NOT NULL'
      : test.op === 'compare'
        ? Number.isFinite(test.value)
          ? `try_cast(x AS DOUBLE) ${relations[test.relation]} ${to.bind(String(test.value), 'DOUBLE')}`
          : 'FALSE'
        : textTest(test, 'x', to);
  const named =
    key === null ? '' : `contains(${column}, ${to.text(JSON.stringify(key.split('.').at(-1)).slice(1, -1))}) AND `;
  return `(${named}len(list_filter(${list}, lambda x: coalesce(${fits}, FALSE))) > 0)`;
}

const pointerOf = (path: readonly string[]): string =>
  path.map((part) => `/${part.toWellFormed().replaceAll('~', '~0').replaceAll('/', '~1')}`).join('');

/** Throws on anything that is no column, so that no other text reaches SQL. */
function quoted(column: string): string {
  if (!kinds.has(column)) throw new Error(`"${column}" is no column of events.`);
  return `"${column}"`;
}
