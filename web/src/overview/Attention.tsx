import { useQuery } from '@tanstack/react-query';
import { Link, useRouter } from '@tanstack/react-router';
import { CircleCheck } from 'lucide-react';
import { urgentAlertsQuery } from '../api/queries.ts';
import type { Overview } from '../api/types.ts';
import { Button } from '../ui/Button.tsx';
import { Card } from '../ui/Card.tsx';
import { plural } from '../ui/format.ts';
import { LogText } from '../ui/LogText.tsx';
import { Severity } from '../ui/Severity.tsx';
import { Time } from '../ui/Time.tsx';

/** What a person should look at: the newest urgent alerts nobody has taken, then what is wrong with Phosor itself. */
export function Attention({ items }: { items: Overview['attention'] }) {
  const router = useRouter();
  const urgent = useQuery(urgentAlertsQuery);
  const alerts = urgent.data?.alerts.slice(0, items.length > 0 ? 3 : 5) ?? [];
  const total = urgent.data?.total ?? 0;
  return (
    <Card
      title="What needs attention"
      flush
      extra={
        total > 0 && (
          <Button asChild size="small" kind="ghost">
            <Link to="/alerts" search={{ severity: 'critical,high' }}>
              {plural(total, 'urgent alert')}
            </Link>
          </Button>
        )
      }
    >
      {urgent.isSuccess && items.length + alerts.length === 0 ? (
        <p className="flex items-center gap-2 p-4 text-muted">
          <CircleCheck className="size-4 shrink-0 text-good" aria-hidden="true" />
          Nothing: no urgent alert is open, no source fails, every rule runs, everything is stored.
        </p>
      ) : (
        <ul className="thin-scroll max-h-[19rem] overflow-y-auto">
          {alerts.map((alert) => (
            <li key={alert.id} className="border-b last:border-b-0">
              <Link
                to="/alerts/$id"
                params={{ id: alert.id }}
                className="flex items-start gap-2 px-4 py-2 -outline-offset-2 hover:bg-raised/60"
              >
                <Severity level={alert.severity_level} compact className="mt-1" />
                <span className="min-w-0 grow">
                  <span className="block truncate font-medium">{alert.rule_name}</span>
                  <span className="block truncate text-xs text-muted">
                    <LogText text={alert.message} limit={200} wrap={false} className="!font-sans !text-[1em]" />
                  </span>
                </span>
                <Time value={alert.last} form="relative" className="shrink-0 text-xs whitespace-nowrap text-faint" />
              </Link>
            </li>
          ))}
          {items.map((item) => (
            <li key={`${item.kind}:${item.title}`} className="border-b px-4 py-2.5 last:border-b-0">
              <div className="flex items-start gap-2">
                <Severity level={item.severity} compact className="mt-1" />
                <div className="min-w-0 grow">
                  <p className="font-medium break-words">
                    <LogText text={item.title} className="!font-sans !text-[1em]" />
                  </p>
                  <p className="text-xs text-muted">
                    <LogText text={item.detail} className="!font-sans !text-[1em]" />
                  </p>
                </div>
                {item.action?.href.startsWith('/') && !item.action.href.startsWith('//') && (
                  <Button size="small" onClick={() => router.history.push(item.action?.href ?? '/')}>
                    {item.action.label}
                  </Button>
                )}
              </div>
            </li>
          ))}
        </ul>
      )}
    </Card>
  );
}
