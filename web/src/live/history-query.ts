import { withText, withValue } from '../../../src/model/query/edit.ts';
import type { LiveSearch } from './routes.ts';
import { splitChip } from './tail-row.ts';

/** The query that finds in history what the filters of the live tail let through. */
export function historyQuery({ q, severity, only = [], not = [] }: LiveSearch): string {
  const start = severity === undefined || severity === 'info' ? '' : `severity>=${severity}`;
  let query = q ? withText(start, q) : start;
  for (const chip of only) query = withValue(query, ...splitChip(chip), 'include');
  for (const chip of not) query = withValue(query, ...splitChip(chip), 'exclude');
  return query;
}
