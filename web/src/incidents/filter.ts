import type { Query } from '../api/client.ts';
import { presets } from '../shell/time-range.ts';
import type { IncidentsSearch } from './routes.ts';

/** What the address says, as the API's parameters. @param now epoch ms */
export function incidentFilter(search: IncidentsSearch, now: number): Query {
  const hours = search.range ? presets[search.range] : null;
  return {
    status:
      search.view === 'all' ? undefined : search.view === 'closed' ? 'closed' : (search.view ?? 'new,in_progress'),
    severity: search.severity,
    owner: search.owner,
    entity: search.entity,
    q: search.q,
    order: search.order,
    from: search.from ?? (hours ? new Date(now - hours * 3_600_000).toISOString() : undefined),
    to: search.to,
  };
}
