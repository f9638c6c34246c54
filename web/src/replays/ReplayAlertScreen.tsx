import { useQuery } from '@tanstack/react-query';
import { getRouteApi, Link } from '@tanstack/react-router';
import { ArrowLeft, BellRing, ScrollText } from 'lucide-react';
import { AlertBadges, AlertColumns, AlertTitle, RelatedAlerts } from '../alert/AlertParts.tsx';
import { EntityCard, entitiesOf } from '../alert/EntityCard.tsx';
import { Why } from '../alert/Why.tsx';
import { type ReplayAlertDetail, replayAlertQuery, replayQuery } from '../api/replays.ts';
import { useKeys } from '../shell/keys.ts';
import { useMayAct } from '../shell/may-act.ts';
import { Button } from '../ui/Button.tsx';
import { Copy } from '../ui/Copy.tsx';
import { Severity, severityFill } from '../ui/Severity.tsx';
import { Failure, Skeleton } from '../ui/States.tsx';
import { ReplayBanner } from './ReplayBanner.tsx';

const route = getRouteApi('/app/replays/$id/alerts/$alert');

/** An alert of a replay, explained as a live one is, with nothing to decide about it. */
export function ReplayAlertScreen() {
  const { id, alert: alertId } = route.useParams();
  const { show } = route.useSearch();
  const navigate = route.useNavigate();
  const mayAct = useMayAct();
  const replay = useQuery(replayQuery(id));
  const query = useQuery(replayAlertQuery(id, alertId));
  const alert = query.data;
  const toggleFields = () => void navigate({ search: show ? {} : { show: 'fields' }, replace: true });
  useKeys({ r: toggleFields, escape: () => void navigate({ to: '/replays/$id', params: { id } }) });

  if (query.isPending || replay.isPending) return <Skeleton lines={12} className="p-6" />;
  if (!alert || !replay.data) {
    return (
      <div className="mx-auto max-w-2xl p-6">
        <Failure error={query.error ?? replay.error} retry={() => void query.refetch()} />
        <Button asChild className="mt-4">
          <Link to="/replays">Back to the replays</Link>
        </Button>
      </div>
    );
  }
  const isStored = replay.data.origin === 'history';
  return (
    <div>
      <ReplayBanner id={id} name={replay.data.name} />
      <div className="mx-auto max-w-[140rem] p-3 sm:p-4">
        <Head alert={alert} replayId={id} />
        <AlertColumns
          alert={alert}
          show={show}
          onShow={toggleFields}
          why={<Why alert={alert} mayAsk={mayAct} stored={isStored} />}
        >
          {isStored &&
            entitiesOf(alert).map((entity) => (
              <EntityCard key={`${entity.field}:${entity.value}`} entity={entity} alert={alert} />
            ))}
          <RelatedAlerts alerts={alert.related} replay={id} />
        </AlertColumns>
      </div>
    </div>
  );
}

function Head({ alert, replayId }: { alert: ReplayAlertDetail; replayId: string }) {
  return (
    <header className="relative mb-4 overflow-hidden rounded-lg border border-dashed border-strong bg-surface p-4 pl-5">
      <span
        className={`absolute inset-y-0 left-0 w-1.5 opacity-60 ${severityFill[alert.severity_level]}`}
        aria-hidden="true"
      />
      <div className="mb-1.5 flex flex-wrap items-center gap-2">
        <Link
          to="/replays/$id"
          params={{ id: replayId }}
          className="flex items-center gap-1 text-xs text-muted hover:text-text"
        >
          <ArrowLeft className="size-3.5" aria-hidden="true" /> Alerts of the replay
        </Link>
        <Severity level={alert.severity_level} />
        <AlertBadges alert={alert} />
      </div>
      <div className="flex flex-wrap items-start gap-3">
        <AlertTitle alert={alert} />
        <div className="flex flex-wrap items-center gap-2">
          {alert.stored && (
            <Button asChild>
              <Link to="/alerts/$id" params={{ id: alert.id }}>
                <BellRing className="size-4" aria-hidden="true" /> Was raised live
              </Link>
            </Button>
          )}
          {alert.rule && (
            <Button asChild>
              <Link to="/rules/$id" params={{ id: alert.rule.id }} title="Open the rule as it is now">
                <ScrollText className="size-4" aria-hidden="true" /> Rule
              </Link>
            </Button>
          )}
          <Copy text={JSON.stringify(alert, null, 2)} label="Copy the alert as JSON" className="size-8" />
        </div>
      </div>
    </header>
  );
}
