import { Link } from '@tanstack/react-router';
import { Pin, Scissors } from 'lucide-react';
import { useState } from 'react';
import { request } from '../api/client.ts';
import { useMayAct } from '../shell/may-act.ts';
import { Badge } from '../ui/Badge.tsx';
import { Button, IconButton } from '../ui/Button.tsx';
import { plural } from '../ui/format.ts';
import { LogText } from '../ui/LogText.tsx';
import { Severity } from '../ui/Severity.tsx';
import { Time } from '../ui/Time.tsx';
import { act, pathOf } from './api.ts';
import { PinDialog } from './Evidence.tsx';
import type { IncidentAlert, IncidentDetail } from './types.ts';

const statusNames: Record<string, string> = {
  new: 'New',
  acknowledged: 'Acknowledged',
  in_progress: 'In progress',
  closed: 'Closed',
};

/** The alerts of an incident; some of them can be split off into one of their own. */
export function AlertList({ incident }: { incident: IncidentDetail }) {
  const mayAct = useMayAct() && incident.merged_into === null;
  const [chosen, setChosen] = useState<ReadonlySet<string>>(new Set());
  const [pinning, setPinning] = useState<IncidentAlert | null>(null);
  const toggle = (id: string) =>
    setChosen((before) => {
      const next = new Set(before);
      if (!next.delete(id)) next.add(id);
      return next;
    });
  const split = async () => {
    const body = { version: incident.version, alerts: [...chosen] };
    const done = await act(
      () => request(`${pathOf(incident.id)}/split`, { method: 'POST', body }),
      `${plural(chosen.size, 'alert')} split off into a new incident`,
    );
    if (done) setChosen(new Set());
  };
  const left = incident.alert_count - incident.alerts.length;
  return (
    <>
      {chosen.size > 0 && (
        <div className="mb-2 flex items-center gap-2">
          <Button size="small" disabled={chosen.size >= incident.alert_count} onClick={() => void split()}>
            <Scissors className="size-3.5" aria-hidden="true" /> Split off {plural(chosen.size, 'alert')}
          </Button>
          {chosen.size >= incident.alert_count && <p className="text-xs text-muted">One alert at least must stay.</p>}
        </div>
      )}
      <ul aria-label="Alerts of the incident" className="flex flex-col">
        {incident.alerts.map((alert) => (
          <li key={alert.id} className="flex items-center gap-2 border-b py-1.5 last:border-b-0">
            {mayAct && (
              <input
                type="checkbox"
                aria-label={`Select ${alert.rule_name}`}
                checked={chosen.has(alert.id)}
                onChange={() => toggle(alert.id)}
                className="size-4 shrink-0 accent-(--accent)"
              />
            )}
            <Severity level={alert.severity} compact className="shrink-0" />
            <div className="min-w-0 grow">
              <Link to="/alerts/$id" params={{ id: alert.id }} className="block truncate font-medium hover:underline">
                {alert.rule_name}
              </Link>
              <div className="truncate text-xs text-muted">
                <LogText text={alert.message} limit={300} wrap={false} className="!font-sans !text-[1em]" />
              </div>
            </div>
            {alert.status !== 'new' && (
              <Badge title={alert.acknowledged_by ? `By ${alert.acknowledged_by}` : ''}>
                {alert.status === null ? 'Not stored any more' : (statusNames[alert.status] ?? alert.status)}
              </Badge>
            )}
            <span className="tabular shrink-0 text-right text-xs text-muted">
              <span className="block">×{alert.count}</span>
              <Time value={alert.first} form="clock" />
            </span>
            {mayAct && alert.status !== null && (
              <IconButton label={`Pin ${alert.rule_name} as evidence`} onClick={() => setPinning(alert)}>
                <Pin aria-hidden="true" />
              </IconButton>
            )}
          </li>
        ))}
      </ul>
      {left > 0 && <p className="mt-2 text-xs text-muted">{plural(left, 'more alert')} not listed here.</p>}
      {pinning && (
        <PinDialog incident={incident} alertId={pinning.id} what={pinning.message} onClose={() => setPinning(null)} />
      )}
    </>
  );
}
