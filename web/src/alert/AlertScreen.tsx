import { useQuery } from '@tanstack/react-query';
import { getRouteApi, Link } from '@tanstack/react-router';
import { ArrowLeft, Check, ChevronDown, ScrollText, Siren, Undo2 } from 'lucide-react';
import { queueMemory } from '../alerts/memory.ts';
import { acknowledge, triage } from '../api/alert-actions.ts';
import { useLiveAlerts } from '../api/live.ts';
import { alertQuery } from '../api/queries.ts';
import type { AlertDetail, Disposition } from '../api/types.ts';
import { BlockButton, useStanding } from '../decisions/BlockButton.tsx';
import { RunPlaybook } from '../playbooks/RunPlaybook.tsx';
import { useKeys } from '../shell/keys.ts';
import { useMayAct } from '../shell/may-act.ts';
import { Badge } from '../ui/Badge.tsx';
import { Button } from '../ui/Button.tsx';
import { Copy } from '../ui/Copy.tsx';
import { plural } from '../ui/format.ts';
import { LogText } from '../ui/LogText.tsx';
import { Menu } from '../ui/Menu.tsx';
import { Severity, severityFill } from '../ui/Severity.tsx';
import { Failure, Skeleton } from '../ui/States.tsx';
import { AddException } from './AddException.tsx';
import { AlertBadges, AlertColumns, AlertTitle, RelatedAlerts } from './AlertParts.tsx';
import { EntityCard, entitiesOf } from './EntityCard.tsx';
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
      <AlertColumns alert={alert} show={show} onShow={toggleFields} why={<Why alert={alert} mayAsk={mayAct} />}>
        <PartOfIncident alert={alert} />
        {entitiesOf(alert).map((entity) => (
          <EntityCard key={`${entity.field}:${entity.value}`} entity={entity} alert={alert} />
        ))}
        <RelatedAlerts alerts={alert.related} />
      </AlertColumns>
    </div>
  );
}

function PartOfIncident({ alert: { incident } }: { alert: AlertDetail }) {
  if (!incident) return null;
  return (
    <Link
      to="/incidents/$id"
      params={{ id: incident.id }}
      className="flex items-start gap-2 rounded-lg border bg-surface p-4 hover:border-strong"
    >
      <Siren className="mt-0.5 size-4 shrink-0 text-faint" aria-hidden="true" />
      <span className="min-w-0">
        <span className="block text-xs text-muted">
          Part of an incident of {plural(incident.alert_count, 'alert')}
          {incident.owner && `, ${incident.owner}’s`}
        </span>
        <LogText text={incident.title} limit={300} className="!font-sans !text-[1em] font-medium break-words" />
      </span>
    </Link>
  );
}

/** Where the alert names one source. */
function Block({ alert }: { alert: AlertDetail }) {
  const address = entitiesOf(alert).find(({ field }) => field === 'src_ip')?.value;
  const standing = useStanding(address === undefined ? [] : [address]);
  if (address === undefined) return null;
  return (
    <BlockButton
      address={address}
      alerts={[alert.id]}
      reason={`Alert: ${alert.rule_name}`}
      standing={standing[address] ?? []}
    />
  );
}

function Head({ alert, mayAct }: { alert: AlertDetail; mayAct: boolean }) {
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
        <AlertBadges alert={alert} />
      </div>
      <div className="flex flex-wrap items-start gap-3">
        <AlertTitle alert={alert} />
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
          <Block alert={alert} />
          <RunPlaybook about={{ alert: alert.id }} />
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
