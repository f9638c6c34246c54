import type { EventCondition } from '../history.ts';
import { rowColumns } from '../row.ts';
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
  const { op, values, fold } = condition;
  if (values.length === 0) return 'FALSE';
  if (!fold) return textTest(op, column, values, to);
  const plain = textTest(op, `lower(${column})`, values, to);
  if (!values.some((value) => value.includes('s'))) return plain;
  // The one letter that `lower` leaves as it is; few texts have it, so that the second search is seldom made.
  return `(${plain} OR (contains(${column}, 'ſ') AND ${textTest(op, `replace(lower(${column}), 'ſ', 's')`, values, to)}))`;
}

const functions = { contains: 'contains', startswith: 'starts_with', endswith: 'suffix' } as const;

function textTest(
  op: 'equals' | 'contains' | 'startswith' | 'endswith',
  text: string,
  values: readonly string[],
  to: Binding,
): string {
  if (op === 'equals') return `${text} IN (${values.map(to.text).join(', ')})`;
  const tests = values.map((value) => `${functions[op]}(${text}, ${to.text(value)})`);
  return tests.length === 1 ? (tests[0] as string) : `(${tests.join(' OR ')})`;
}

/** Throws on anything that is no column, so that no other text reaches SQL. */
function quoted(column: string): string {
  if (!kinds.has(column)) throw new Error(`"${column}" is no column of events.`);
  return `"${column}"`;
}
