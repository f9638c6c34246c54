import type { Query } from '../api/client.ts';
import type { PhosorAlert } from '../api/types.ts';
import { presets } from '../shell/time-range.ts';
import type { AlertsSearch } from './routes.ts';

/** What the address says, as the API's parameters. @param now epoch ms, taken once per look at the queue */
export function alertFilter(search: AlertsSearch, now: number): Query {
  const hours = search.range ? presets[search.range] : null;
  return {
    severity: search.severity,
    status: search.view === 'all' ? undefined : (search.view ?? 'new'),
    q: search.q,
    rule_id: search.rule,
    entity: search.entity,
    from: search.from ?? (hours ? new Date(now - hours * 3_600_000).toISOString() : undefined),
    to: search.to,
    signals: search.signals === 'show' ? 'include' : 'exclude',
  };
}

/** Whether an alert that has just arrived belongs to what the address asks for. */
export function belongs(alert: PhosorAlert, search: AlertsSearch): boolean {
  if (alert.signal && search.signals !== 'show') return false;
  if (search.severity && !search.severity.split(',').includes(alert.severity_level)) return false;
  if (search.view !== 'all' && alert.status !== (search.view ?? 'new')) return false;
  if (search.rule && alert.rule_id !== search.rule) return false;
  const values = Object.values(alert.group);
  if (search.entity && !values.includes(search.entity)) return false;
  if (search.from && Date.parse(alert.timestamp) < Date.parse(search.from)) return false;
  if (search.to && Date.parse(alert.timestamp) >= Date.parse(search.to)) return false;
  if (search.q) {
    const wanted = search.q.toLowerCase();
    return [alert.message, alert.rule_name, ...values].some((text) => text.toLowerCase().includes(wanted));
  }
  return true;
}
