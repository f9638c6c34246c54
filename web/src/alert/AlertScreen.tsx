import { useQuery } from '@tanstack/react-query';
import { getRouteApi, Link } from '@tanstack/react-router';
import { ArrowLeft, Check, ChevronDown, ScrollText, Undo2 } from 'lucide-react';
import { queueMemory } from '../alerts/memory.ts';
import { acknowledge, triage } from '../api/alert-actions.ts';
import { useLiveAlerts } from '../api/live.ts';
import { alertQuery } from '../api/queries.ts';
import type { AlertDetail, Disposition } from '../api/types.ts';
import { useKeys } from '../shell/keys.ts';
import { useMayAct } from '../shell/may-act.ts';
import { Badge } from '../ui/Badge.tsx';
import { Button } from '../ui/Button.tsx';
import { Card } from '../ui/Card.tsx';
import { Copy } from '../ui/Copy.tsx';
import { duration, plural } from '../ui/format.ts';
import { LogText } from '../ui/LogText.tsx';
import { Menu } from '../ui/Menu.tsx';
import { Severity, severityFill } from '../ui/Severity.tsx';
import { Failure, Skeleton } from '../ui/States.tsx';
import { Choice } from '../ui/Tabs.tsx';
import { Time } from '../ui/Time.tsx';
import { AddException } from './AddException.tsx';
import { EntityCard, entitiesOf } from './EntityCard.tsx';
import { EventTimeline } from './EventTimeline.tsx';
import { Why } from './Why.tsx';

const route = getRouteApi('/app/alerts/$id');

const dispositionNames: Record<Disposition, string> = {
  true_positive: 'True positive',
  false_positive: 'False positive',
  benign: 'Benign: true, but harmless',
  undetermined: 'Undetermined',
};
const statusNames = { new: 'New', acknowledged: 'Acknowledged', in_progress: 'In progress', closed: 'Closed' };

export function AlertScreen() {
  const { id } = route.useParams();
  const { show } = route.useSearch();
  const mayAct = useMayAct();
  const navigate = route.useNavigate();
  const query = useQuery(alertQuery(id));
  const alert = query.data;
  useLiveAlerts((changed) => {
    if (changed.id === id) void query.refetch();
  });
  const toggleFields = () => void navigate({ search: show ? {} : { show: 'fields' }, replace: true });
  const walk = (step: number) => {
    const next = queueMemory.ids[queueMemory.ids.indexOf(id) + step];
    if (!next || !queueMemory.ids.includes(id)) return;
    queueMemory.cursor = next;
    void navigate({ to: '/alerts/$id', params: { id: next }, search: (now) => now });
  };
  useKeys({
    j: () => walk(1),
    k: () => walk(-1),
    ...(mayAct && { a: () => alert && !alert.acknowledged && void acknowledge([alert.id]) }),
    r: toggleFields,
    escape: () => void navigate({ to: '/alerts', search: queueMemory.search }),
  });

  if (query.isPending) return <Skeleton lines={12} className="p-6" />;
  if (!alert) {
    return (
      <div className="mx-auto max-w-2xl p-6">
        <Failure error={query.error} retry={() => void query.refetch()} />
        <Button asChild className="mt-4">
          <Link to="/alerts">Back to the alerts</Link>
        </Button>
      </div>
    );
  }
  return (
    <div className="mx-auto max-w-[140rem] p-3 sm:p-4">
      <Head alert={alert} mayAct={mayAct} />
      <div className="grid items-start gap-4 lg:grid-cols-[minmax(0,1fr)_minmax(0,1.35fr)] min-[85rem]:grid-cols-[minmax(0,21rem)_minmax(0,1fr)_minmax(0,19rem)] 2xl:grid-cols-[minmax(0,25rem)_minmax(0,1fr)_minmax(0,22rem)]">
        <Why alert={alert} mayAsk={mayAct} />
        <Card
          title={`Events (${alert.events.length === alert.count ? alert.count : `${alert.events.length} of ${alert.count}`})`}
          extra={
            <Choice
              label="Show events as"
              value={show ?? 'raw'}
              options={[
                ['raw', 'Raw'],
                ['fields', 'Fields'],
              ]}
              onChange={toggleFields}
            />
          }
        >
          <EventTimeline alert={alert} fields={show === 'fields'} />
        </Card>
        <div className="grid gap-4 sm:grid-cols-2 lg:col-span-2 min-[85rem]:col-span-1 min-[85rem]:grid-cols-1">
          {entitiesOf(alert).map((entity) => (
            <EntityCard key={`${entity.field}:${entity.value}`} entity={entity} alert={alert} />
          ))}
          <Related alert={alert} />
        </div>
      </div>
    </div>
  );
}

function Head({ alert, mayAct }: { alert: AlertDetail; mayAct: boolean }) {
  const span = (Date.parse(alert.last) - Date.parse(alert.first)) / 1000;
  const close = (disposition: Disposition) =>
    void triage([alert], { status: 'closed', disposition }, `Closed: ${dispositionNames[disposition].toLowerCase()}`);
  return (
    <header className="relative mb-4 overflow-hidden rounded-lg border bg-surface p-4 pl-5">
      <span className={`absolute inset-y-0 left-0 w-1.5 ${severityFill[alert.severity_level]}`} aria-hidden="true" />
      <div className="mb-1.5 flex flex-wrap items-center gap-2">
        <Link
          to="/alerts"
          search={queueMemory.search}
          className="flex items-center gap-1 text-xs text-muted hover:text-text"
        >
          <ArrowLeft className="size-3.5" aria-hidden="true" /> Alerts
        </Link>
        <Severity level={alert.severity_level} />
        <Badge tone={alert.status === 'new' ? 'accent' : 'neutral'}>
          <span data-testid="status">{statusNames[alert.status]}</span>
          {alert.acknowledged_by && ` by ${alert.acknowledged_by}`}
        </Badge>
        {alert.disposition && <Badge>{dispositionNames[alert.disposition]}</Badge>}
        {alert.signal && (
          <Badge title="Its rule was a signal when it raised this: kept as info, nobody was told">Signal</Badge>
        )}
        {alert.historical && (
          <Badge title="Its events were older than ten minutes when they arrived: shown, never acted on">
            Historical
          </Badge>
        )}
        {!alert.attributable && (
          <Badge tone="warn" title="The sender's address or clock could have been forged: do not block on this alone">
            Sender not proven
          </Badge>
        )}
        {alert.attack.map((technique) => (
          <Badge key={technique} title="MITRE ATT&CK technique">
            {technique}
          </Badge>
        ))}
      </div>
      <div className="flex flex-wrap items-start gap-3">
        <div className="min-w-0 grow basis-72">
          <h1 className="text-xl font-semibold tracking-tight break-words">{alert.rule_name}</h1>
          <p className="mt-0.5 text-muted">
            <LogText text={alert.message} className="!font-sans !text-[1em]" />
          </p>
          <p className="mt-1.5 flex flex-wrap gap-x-3 text-xs text-faint">
            <span>
              <Time value={alert.first} /> – <Time value={alert.last} form="clock" />
            </span>
            {span > 0 && <span>{duration(span)}</span>}
            <span>{plural(alert.count, 'event')}</span>
            {alert.rule_author && alert.rule?.origin === 'imported' && (
              <span>
                Rule by <LogText text={alert.rule_author} limit={200} className="!font-sans !text-[1em]" />
              </span>
            )}
          </p>
        </div>
        <div className="flex flex-wrap items-center gap-2">
          {!mayAct ? null : alert.acknowledged ? (
            <Button onClick={() => void triage([alert], { status: 'new', disposition: null }, 'Reopened')}>
              <Undo2 className="size-4" aria-hidden="true" /> Reopen
            </Button>
          ) : (
            <Button kind="primary" onClick={() => void acknowledge([alert.id])}>
              <Check className="size-4" aria-hidden="true" /> Acknowledge
            </Button>
          )}
          {mayAct && (
            <Menu
              heading="Decide"
              trigger={
                <Button>
                  Decide <ChevronDown className="size-4" aria-hidden="true" />
                </Button>
              }
              items={[
                {
                  label: 'In progress',
                  onSelect: () => void triage([alert], { status: 'in_progress' }, 'Marked as in progress'),
                },
                null,
                ...(Object.keys(dispositionNames) as Disposition[]).map((disposition) => ({
                  label: `Close: ${dispositionNames[disposition]}`,
                  checked: alert.disposition === disposition,
                  onSelect: () => close(disposition),
                })),
              ]}
            />
          )}
          <AddException alert={alert} />
          {alert.rule && (
            <Button asChild>
              <Link to="/rules/$id" params={{ id: alert.rule.id }} aria-label="Rule" title="Open the rule">
                <ScrollText className="size-4" aria-hidden="true" /> <span className="max-sm:hidden">Rule</span>
              </Link>
            </Button>
          )}
          <Copy text={JSON.stringify(alert, null, 2)} label="Copy the alert as JSON" className="size-8" />
        </div>
      </div>
    </header>
  );
}

function Related({ alert }: { alert: AlertDetail }) {
  return (
    <Card title="Related alerts" flush>
      {alert.related.length === 0 ? (
        <p className="p-4 text-muted">No other alert about the same within a day.</p>
      ) : (
        <ul>
          {alert.related.map((other) => (
            <li key={other.id} className="border-b last:border-b-0">
              <Link
                to="/alerts/$id"
                params={{ id: other.id }}
                className="flex items-center gap-2 px-4 py-2 -outline-offset-2 hover:bg-raised"
              >
                <Severity level={other.severity_level} compact />
                <span className="min-w-0 grow truncate">{other.rule_name}</span>
                <span className="tabular text-xs text-muted">×{other.count}</span>
                <Time value={other.last} form="relative" className="shrink-0 text-xs whitespace-nowrap text-faint" />
              </Link>
            </li>
          ))}
        </ul>
      )}
    </Card>
  );
}
