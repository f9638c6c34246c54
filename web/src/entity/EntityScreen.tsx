import { useQuery } from '@tanstack/react-query';
import { getRouteApi, Link } from '@tanstack/react-router';
import { Search } from 'lucide-react';
import { entityKinds } from '../../../src/model/incident.ts';
import { withValue } from '../../../src/model/query/edit.ts';
import { addressKind } from '../alert/address-kind.ts';
import { useLiveIncidents } from '../api/live.ts';
import { BlockButton, useStanding } from '../decisions/BlockButton.tsx';
import { ThreatCard } from '../decisions/ThreatCard.tsx';
import { EntityLink, entityIcons } from '../incidents/EntityLink.tsx';
import type { EntityKind } from '../incidents/types.ts';
import { kindNames, statusNames } from '../incidents/words.ts';
import { ReputationCard } from '../intel/ReputationCard.tsx';
import { RunPlaybook } from '../playbooks/RunPlaybook.tsx';
import { resolveRange } from '../shell/time-range.ts';
import { Badge } from '../ui/Badge.tsx';
import { Button } from '../ui/Button.tsx';
import { Card } from '../ui/Card.tsx';
import { Copy } from '../ui/Copy.tsx';
import { fieldName, group, plural, short } from '../ui/format.ts';
import { LogText } from '../ui/LogText.tsx';
import { Severity } from '../ui/Severity.tsx';
import { Empty, Failure, Skeleton } from '../ui/States.tsx';
import { Time } from '../ui/Time.tsx';
import { useNow } from '../ui/useNow.ts';
import { type EntityView, entityQuery } from './api.ts';
import { EntityChart } from './EntityChart.tsx';
import { EntityNotes } from './EntityNotes.tsx';

const route = getRouteApi('/app/entity/$kind/$value');
const fieldOf = { address: 'src_ip', user: 'user', host: 'host' } as const;
/** Which fields' values have a page of their own. */
const kindOf: Record<string, EntityKind> = { src_ip: 'address', dst_ip: 'address', user: 'user', host: 'host' };
/** A moving range is asked for anew this often. */
const rangeStepMs = 60_000;

/** Everything known of an address, a user or a host. */
export function EntityScreen() {
  const { kind: given, value } = route.useParams();
  const search = route.useSearch();
  const range = resolveRange(search, '30d', useNow(), rangeStepMs);
  const kind = entityKinds.find((each) => each === given);
  const query = useQuery({
    ...entityQuery(given, value, { from: range.from, to: range.to }),
    enabled: kind !== undefined,
  });
  useLiveIncidents(() => void query.refetch());
  const standing = useStanding(kind === 'address' ? [value] : []);
  if (kind === undefined) {
    return (
      <Empty title={`There is no kind of thing called "${given}".`}>
        <p>Pages are kept of addresses, users and hosts. Follow a link from an alert, an incident or the search.</p>
      </Empty>
    );
  }
  const entity = query.data;
  const filter = withValue('', fieldOf[kind], value, 'include');
  const Icon = entityIcons[kind];
  return (
    <div className="mx-auto max-w-[110rem] p-3 sm:p-4">
      <header className="mb-4 flex flex-wrap items-center gap-3 rounded-lg border bg-surface p-4">
        <Icon className="size-6 shrink-0 text-faint" aria-hidden="true" />
        <div className="min-w-0 grow">
          <p className="text-xs text-muted">{kindNames[kind]}</p>
          <h1 className="text-lg font-semibold break-all">
            <LogText text={value} limit={500} />
          </h1>
        </div>
        {kind === 'address' && entity && (
          <BlockButton
            address={value}
            alerts={entity.alerts.newest.map(({ id }) => id)}
            reason={reasonOf(entity)}
            standing={standing[value] ?? []}
          />
        )}
        {kind === 'address' && entity && <RunPlaybook about={{ address: value }} />}
        <Button asChild>
          <Link to="/search" search={{ q: filter, ...search }}>
            <Search className="size-4" aria-hidden="true" /> Search its events
          </Link>
        </Button>
        <Copy text={value} label={`Copy ${value}`} className="size-8" />
      </header>
      {query.isError && <Failure error={query.error} retry={() => void query.refetch()} className="mb-4" />}
      {query.isPending && <Skeleton lines={12} />}
      {entity && (
        <div className="grid gap-4 lg:grid-cols-[minmax(0,1fr)_22rem]">
          <div className="flex min-w-0 flex-col gap-4">
            <Facts entity={entity} />
            <EntityChart entity={entity} />
            <Incidents entity={entity} />
            <Alerts entity={entity} />
            <Events entity={entity} filter={filter} />
          </div>
          <div className="flex min-w-0 flex-col gap-4">
            <EntityNotes entity={entity} />
            {kind === 'address' && <ThreatCard address={value} />}
            {kind === 'address' && (
              <Card title="What others know">
                <ReputationCard address={value} />
              </Card>
            )}
            {Object.entries(entity.top).map(([field, values]) => (
              <TopValues key={field} field={field} values={values} filter={filter} kind={kind} />
            ))}
          </div>
        </div>
      )}
    </div>
  );
}

/** What speaks against an address, as the reason of a decision. */
const reasonOf = ({ alerts: { total, newest } }: EntityView): string =>
  newest[0] === undefined ? '' : `${plural(total, 'alert')}, the newest: ${newest[0].rule_name}`;

function Facts({ entity }: { entity: EntityView }) {
  const kind = entity.kind === 'address' ? addressKind(entity.value) : null;
  const facts: [string, React.ReactNode][] = [
    ['First seen', <Time key="first" value={entity.first_seen} none="never" />],
    ['Last seen', <Time key="last" value={entity.last_seen} none="never" />],
    ['Events', group(entity.events)],
    ...(entity.events_as_target === null
      ? []
      : [['As a target', group(entity.events_as_target)] as [string, React.ReactNode]]),
    ['Alerts', group(entity.alerts.total)],
    ['Incidents', group(entity.incidents.total)],
  ];
  return (
    <Card>
      <dl className="flex flex-wrap gap-x-8 gap-y-3">
        {facts.map(([name, fact]) => (
          <div key={name}>
            <dt className="text-xs text-faint">{name}</dt>
            <dd className="tabular font-medium">{fact}</dd>
          </div>
        ))}
      </dl>
      {kind && <p className="mt-3 text-xs text-muted">{kind.replace(/^./, (letter) => letter.toUpperCase())}.</p>}
      {entity.hints.map((hint) => (
        <p key={hint} className="mt-2 text-xs text-muted">
          {hint}
        </p>
      ))}
    </Card>
  );
}

function Incidents({ entity }: { entity: EntityView }) {
  const { total, newest } = entity.incidents;
  return (
    <Card title="Incidents">
      {newest.length === 0 && <p className="text-muted">It is part of no incident.</p>}
      <ul>
        {newest.map((incident) => (
          <li key={incident.id} className="flex items-baseline gap-2 py-0.5">
            <Severity level={incident.severity} compact className="shrink-0" />
            <Link
              to="/incidents/$id"
              params={{ id: incident.id }}
              className="min-w-0 grow truncate text-accent hover:underline"
            >
              <LogText text={incident.title} limit={300} wrap={false} className="!font-sans !text-[1em]" />
            </Link>
            <Badge>{statusNames[incident.status]}</Badge>
            <Time value={incident.last} form="relative" className="shrink-0 text-xs whitespace-nowrap text-faint" />
          </li>
        ))}
      </ul>
      {total > newest.length && (
        <Link
          to="/incidents"
          search={{ entity: `${entity.kind}:${entity.value}`, view: 'all' }}
          className="text-xs text-muted hover:text-text hover:underline"
        >
          All {group(total)}
        </Link>
      )}
    </Card>
  );
}

function Alerts({ entity }: { entity: EntityView }) {
  const { total, newest } = entity.alerts;
  return (
    <Card title="Alerts about it">
      {newest.length === 0 && <p className="text-muted">No alert is grouped by it.</p>}
      <ul>
        {newest.map((alert) => (
          <li key={alert.id} className="flex items-baseline gap-2 py-0.5">
            <Severity level={alert.severity} compact className="shrink-0" />
            <Link
              to="/alerts/$id"
              params={{ id: alert.id }}
              className="min-w-0 grow truncate text-accent hover:underline"
            >
              {alert.rule_name}
            </Link>
            <span className="tabular shrink-0 text-xs text-muted">×{short(alert.count)}</span>
            <Time value={alert.last} form="relative" className="shrink-0 text-xs whitespace-nowrap text-faint" />
          </li>
        ))}
      </ul>
      {total > newest.length && (
        <Link
          to="/alerts"
          search={{ entity: entity.value, view: 'all', signals: 'show' }}
          className="text-xs text-muted hover:text-text hover:underline"
        >
          All {group(total)}
        </Link>
      )}
    </Card>
  );
}

function Events({ entity, filter }: { entity: EntityView; filter: string }) {
  return (
    <Card title="Newest events">
      {entity.newest.length === 0 && <p className="text-muted">Nothing was stored of it in this time.</p>}
      <ul className="flex flex-col gap-1">
        {entity.newest.map((event) => (
          <li key={event.id} className="flex items-baseline gap-2 text-xs">
            <Severity level={event.severity} compact className="shrink-0" />
            <Time value={event.time ?? event.received_at} className="tabular shrink-0 text-faint" />
            <span className="min-w-0 break-all">
              <LogText text={event.raw} limit={400} />
            </span>
          </li>
        ))}
      </ul>
      {entity.events > entity.newest.length && (
        <Link
          to="/search"
          search={{ q: filter }}
          className="mt-1 block text-xs text-muted hover:text-text hover:underline"
        >
          Search all {plural(entity.events, 'event')}
        </Link>
      )}
    </Card>
  );
}

const titles: Record<EntityKind, Record<string, string>> = {
  address: { event_type: 'What it did', user: 'Users it tried', dst_port: 'Ports it tried', host: 'Hosts it reached' },
  user: { event_type: 'What it did', src_ip: 'Addresses it came from', host: 'Hosts it is on' },
  host: { event_type: 'What happened on it', src_ip: 'Addresses that reached it', user: 'Users on it' },
};

function TopValues({
  field,
  values,
  filter,
  kind,
}: {
  field: string;
  values: { value: string; count: number }[];
  filter: string;
  kind: EntityKind;
}) {
  if (values.length === 0) return null;
  const target = kindOf[field];
  return (
    <Card title={titles[kind][field] ?? fieldName(field)}>
      <ul className="flex flex-col gap-0.5">
        {values.map(({ value, count }) => (
          <li key={value} className="flex items-center justify-between gap-3">
            {target ? (
              <EntityLink entity={{ kind: target, value }} />
            ) : (
              <span className="min-w-0 truncate">
                <LogText text={value} limit={80} wrap={false} />
              </span>
            )}
            <Link
              to="/search"
              search={{ q: withValue(filter, field, value, 'include') }}
              className="tabular shrink-0 text-xs text-muted hover:text-text hover:underline"
              title="Search these events"
            >
              {short(count)}
            </Link>
          </li>
        ))}
      </ul>
    </Card>
  );
}
