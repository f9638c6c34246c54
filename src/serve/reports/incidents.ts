import type { StateStore } from '../../store/contract.ts';
import { type Span, zonedIso } from './period.ts';
import type { IncidentStatistics } from './types.ts';

const mostIncidents = 10;

/** Incidents of a span: how many were opened and closed in it, how long closing took, and the worst that people had to do with. */
export function countIncidents(
  incidents: StateStore['incidents'],
  { start, end }: Span,
  zone: string,
): IncidentStatistics {
  const { opened, closed, open_at_end, mean_close_ms, worst } = incidents.during(start, end, mostIncidents);
  return {
    opened,
    closed,
    open_at_end,
    mean_seconds_to_close: mean_close_ms === null ? null : Math.round(mean_close_ms / 1000),
    worst: worst.map(
      ({ id, title, severity, risk, status, disposition, owner, alert_count, created_at, closed_at }) => ({
        id,
        title,
        severity,
        risk,
        status,
        disposition,
        owner,
        alert_count,
        opened_at: zonedIso(created_at, zone),
        closed_at: closed_at === null ? null : zonedIso(closed_at, zone),
      }),
    ),
  };
}
