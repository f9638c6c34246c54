import { Link } from '@tanstack/react-router';
import { ExternalLink } from 'lucide-react';
import { useState } from 'react';
import type { WouldAlert } from '../api/trial.ts';
import { Button } from '../ui/Button.tsx';
import { duration, group } from '../ui/format.ts';
import { keyed } from '../ui/keyed.ts';
import { LogText } from '../ui/LogText.tsx';
import { asSeverity, Severity } from '../ui/Severity.tsx';
import { Time } from '../ui/Time.tsx';

const pageOf = 25;

/** Alerts that a rule would have raised. */
export function WouldAlerts(props: {
  title: string;
  alerts: readonly WouldAlert[];
  /** How many there are in all: the server sends the first. */
  total: number;
}) {
  const { title, alerts, total } = props;
  const [limit, setLimit] = useState(pageOf);
  return (
    <div className="flex flex-col gap-2">
      <h3 className="text-[0.93rem] font-semibold">{title}</h3>
      <ol className="overflow-hidden rounded-md border">
        {keyed(alerts.slice(0, limit), ({ id }) => id).map(({ key, item: alert }) => (
          <li key={key} className="flex flex-wrap items-center gap-x-3 gap-y-0.5 border-b px-3 py-1.5 last:border-b-0">
            <Severity level={asSeverity(alert.severity)} compact />
            <Time value={alert.time} className="tabular text-xs whitespace-nowrap text-muted" />
            <span className="min-w-0 grow basis-48">
              <LogText text={alert.message} limit={300} className="!font-sans !text-[1em]" />
            </span>
            {alert.stored && (
              <Link
                to="/alerts/$id"
                params={{ id: alert.id }}
                target="_blank"
                title="It was raised when it happened. Opens in another tab."
                className="inline-flex items-center gap-1 text-xs whitespace-nowrap text-accent hover:underline"
              >
                Raised <ExternalLink className="size-3" aria-hidden="true" />
                <span className="sr-only">: open the alert</span>
              </Link>
            )}
            <span className="tabular text-xs whitespace-nowrap text-muted">
              ×{group(alert.count)}
              <Span first={alert.first} last={alert.last} />
            </span>
          </li>
        ))}
      </ol>
      <p className="flex flex-wrap items-center gap-2 text-xs text-faint">
        {alerts.length > limit && (
          <Button size="small" onClick={() => setLimit(limit + pageOf * 4)}>
            Show more
          </Button>
        )}
        {total > alerts.length && `The first ${group(alerts.length)} of ${group(total)} are listed.`}
      </p>
    </div>
  );
}

function Span({ first, last }: { first: string | number; last: string | number }) {
  const seconds = (new Date(last).getTime() - new Date(first).getTime()) / 1000;
  return seconds > 0 ? ` in ${duration(seconds)}` : null;
}
