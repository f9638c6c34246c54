import { queryOptions, useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { requestWithHeaders } from '../api/client.ts';
import { group, plural } from '../ui/format.ts';

const days = 7;

/** How many of a rule's alerts since `from` there were, about one entity or in all. */
const alertCountQuery = (ruleId: string, from: string, entity: string | undefined) =>
  queryOptions({
    queryKey: ['rule-alert-count', ruleId, from, entity ?? null],
    queryFn: async ({ signal }) => {
      const query = { rule_id: ruleId, entity, from, limit: 1, matched_events: 'none' };
      const { headers } = await requestWithHeaders('/api/alerts', { query, signal });
      return Number(headers.get('x-total-count') ?? 0);
    },
  });

/** What an exception about one group of the rule would have kept silent. */
export function ExceptionEffect({ ruleId, entity }: { ruleId: string; entity: string }) {
  const [from] = useState(() => new Date(Date.now() - days * 86_400_000).toISOString());
  const { data: about } = useQuery(alertCountQuery(ruleId, from, entity));
  const { data: all } = useQuery(alertCountQuery(ruleId, from, undefined));
  if (about === undefined || all === undefined) return null;
  return (
    <p className="text-xs text-muted" data-testid="exception-effect">
      {`In the last ${days} days ${group(about)} of its ${plural(all, 'alert')} ${about === 1 ? 'was' : 'were'} about that.`}
    </p>
  );
}
