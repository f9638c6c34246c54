import { z } from 'zod';
import type { EventCondition } from '../model/index.ts';
import { conditionOfQuery, parseQuery, queryLimits } from '../model/query/index.ts';
import { queryInvalid } from './errors.ts';

/** A query of the query bar in a request. Longer ones are refused by the language itself, with the place. */
export const queryText = z
  .string()
  .max(queryLimits.length * 4)
  .meta({ description: 'In the language of the query bar; empty: everything.' });

/**
 * What a query asks of events; undefined: everything.
 *
 * @throws QUERY_INVALID with the places of what cannot be read
 */
export function queryCondition(text: string): EventCondition | undefined {
  const parsed = parseQuery(text);
  if (!parsed.ok) throw queryInvalid(parsed.errors);
  const { query } = parsed;
  return query.type === 'all' && query.of.length === 0 ? undefined : conditionOfQuery(query);
}
