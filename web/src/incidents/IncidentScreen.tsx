import { useQuery } from '@tanstack/react-query';
import { getRouteApi, Link } from '@tanstack/react-router';
import { useRef, useState } from 'react';
import { useLiveAlerts, useLiveIncidents } from '../api/live.ts';
import { meQuery } from '../api/queries.ts';
import { BlockButton, useStanding } from '../decisions/BlockButton.tsx';
import { useKeys } from '../shell/keys.ts';
import { useMayAct } from '../shell/may-act.ts';
import { Button } from '../ui/Button.tsx';
import { Card } from '../ui/Card.tsx';
import { plural } from '../ui/format.ts';
import { LogText } from '../ui/LogText.tsx';
import { Failure, Skeleton } from '../ui/States.tsx';
import { Choice } from '../ui/Tabs.tsx';
import { Time } from '../ui/Time.tsx';
import { AlertList } from './AlertList.tsx';
import { AttackChain } from './AttackChain.tsx';
import { changeIncident, incidentQuery } from './api.ts';
import { CloseDialog } from './CloseDialog.tsx';
import { EntityLink } from './EntityLink.tsx';
import { Evidence } from './Evidence.tsx';
import { IncidentHead } from './IncidentHead.tsx';
import { MergeDialog } from './MergeDialog.tsx';
import { incidentMemory } from './memory.ts';
import { Notes } from './Notes.tsx';
import { Timeline } from './Timeline.tsx';
import type { IncidentDetail } from './types.ts';

const route = getRouteApi('/app/incidents/$id');
const panes = [
  ['timeline', 'Timeline'],
  ['chain', 'Attack chain'],
  ['alerts', 'Alerts'],
] as const;

/** One incident: the story, what it is made of, and the work on it. */
export function IncidentScreen() {
  const { id } = route.useParams();
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const mayAct = useMayAct();
  const { data: me } = useQuery(meQuery);
  const query = useQuery(incidentQuery(id));
  const incident = query.data;
  const [over, setOver] = useState<'close' | 'merge' | null>(null);
  const noteField = useRef<HTMLTextAreaElement>(null);
  useLiveIncidents(() => void query.refetch(), id);
  useLiveAlerts((alert, update) => {
    if (update && incident?.alerts.some((own) => own.id === alert.id)) void query.refetch();
  });
  const pane = search.pane ?? 'timeline';
  const show = (next: (typeof panes)[number][0]) =>
    void navigate({ search: next === 'timeline' ? {} : { pane: next }, replace: true });
  const walk = (step: number) => {
    const next = incidentMemory.ids[incidentMemory.ids.indexOf(id) + step];
    if (!next || !incidentMemory.ids.includes(id)) return;
    incidentMemory.cursor = next;
    void navigate({ to: '/incidents/$id', params: { id: next }, search: (now) => now });
  };
  const canWork = mayAct && incident?.merged_into === null;
  useKeys({
    j: () => walk(1),
    k: () => walk(-1),
    1: () => show('timeline'),
    2: () => show('chain'),
    3: () => show('alerts'),
    ...(canWork && {
      o: () =>
        me &&
        void changeIncident(
          incident,
          incident.owner === me.username
            ? { owner: null }
            : { owner: me.username, ...(incident.status === 'new' && { status: 'in_progress' }) },
          incident.owner === me.username ? 'Given back' : 'It is yours',
        ),
      n: () => noteField.current?.focus(),
      e: () =>
        incident.status !== 'in_progress' &&
        void changeIncident(
          incident,
          { status: 'in_progress' },
          incident.status === 'closed' ? 'Opened again' : 'Marked as in progress',
        ),
      c: () => incident.status !== 'closed' && setOver('close'),
    }),
    escape: () => void navigate({ to: '/incidents', search: incidentMemory.search }),
  });

  if (query.isPending) return <Skeleton lines={12} className="p-6" />;
  if (!incident) {
    return (
      <div className="mx-auto max-w-2xl p-6">
        <Failure error={query.error} retry={() => void query.refetch()} />
        <Button asChild className="mt-4">
          <Link to="/incidents">Back to the incidents</Link>
        </Button>
      </div>
    );
  }
  return (
    <div className="mx-auto max-w-[110rem] p-3 sm:p-4">
      <IncidentHead incident={incident} onClose={() => setOver('close')} onMerge={() => setOver('merge')} />
      <div className="grid gap-4 lg:grid-cols-[minmax(0,1fr)_22rem] xl:grid-cols-[minmax(0,1fr)_26rem]">
        <div className="flex min-w-0 flex-col gap-4">
          <Story incident={incident} />
          <section className="min-w-0 rounded-lg border bg-surface">
            <header className="flex items-center gap-2 overflow-x-auto border-b px-4 py-1.5">
              <Choice label="What to show" value={pane} options={panes} onChange={show} />
            </header>
            <div className="p-4">
              {pane === 'timeline' && <Timeline incident={incident} />}
              {pane === 'chain' && (
                <AttackChain alerts={incident.alerts} left={incident.alert_count - incident.alerts.length} />
              )}
              {pane === 'alerts' && <AlertList incident={incident} />}
            </div>
          </section>
        </div>
        <div className="flex min-w-0 flex-col gap-4">
          <Entities incident={incident} />
          <Notes incident={incident} field={noteField} />
          <Evidence incident={incident} />
        </div>
      </div>
      {over === 'close' && <CloseDialog incident={incident} onClose={() => setOver(null)} />}
      {over === 'merge' && <MergeDialog incident={incident} onClose={() => setOver(null)} />}
    </div>
  );
}

function Story({ incident }: { incident: IncidentDetail }) {
  return (
    <Card title="What happened">
      <ul className="flex flex-col gap-1">
        {incident.story.map((sentence) => (
          <li key={sentence} className="break-words">
            <LogText text={sentence} limit={600} className="!font-sans !text-[1em]" />
          </li>
        ))}
      </ul>
      <p className="mt-2 text-xs text-muted">
        <Time value={incident.first} /> to <Time value={incident.last} />
        {incident.attack.length > 0 && `, ATT&CK ${incident.attack.join(', ')}`}
      </p>
    </Card>
  );
}

function Entities({ incident }: { incident: IncidentDetail }) {
  const { address, user, host } = incident.entity_counts;
  const total = address + user + host;
  const standing = useStanding(
    incident.all_entities.filter(({ kind }) => kind === 'address').map(({ value }) => value),
  );
  const alertsOf = (value: string): string[] =>
    incident.alerts.filter(({ entities }) => entities.some((own) => own.value === value)).map(({ id }) => id);
  return (
    <Card title="Who and what">
      {total === 0 && <p className="text-muted">Its alerts name no address, user or host.</p>}
      <ul className="thin-scroll flex max-h-72 flex-col gap-1 overflow-y-auto">
        {incident.all_entities.map((entity) => (
          <li key={`${entity.kind} ${entity.value}`} className="flex items-center gap-2">
            <EntityLink entity={entity} />
            <span className="ml-auto shrink-0 text-xs text-muted">{plural(entity.alerts, 'alert')}</span>
            {entity.kind === 'address' && (
              <BlockButton
                size="small"
                address={entity.value}
                alerts={alertsOf(entity.value)}
                reason={`Incident: ${incident.title}`}
                standing={standing[entity.value] ?? []}
              />
            )}
          </li>
        ))}
      </ul>
      {total > incident.all_entities.length && (
        <p className="mt-1 text-xs text-muted">and {total - incident.all_entities.length} more</p>
      )}
    </Card>
  );
}
