import { keepPreviousData, queryOptions, useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { Siren } from 'lucide-react';
import { request } from '../api/client.ts';
import { useLiveIncidents } from '../api/live.ts';
import { AttackChain } from '../incidents/AttackChain.tsx';
import { incidentQuery } from '../incidents/api.ts';
import type { Incident } from '../incidents/types.ts';
import { statusNames } from '../incidents/words.ts';
import { Badge } from '../ui/Badge.tsx';
import { Card } from '../ui/Card.tsx';
import { cx } from '../ui/cx.ts';
import { plural } from '../ui/format.ts';
import { LogText } from '../ui/LogText.tsx';
import { Severity } from '../ui/Severity.tsx';
import { Empty, Failure, Skeleton } from '../ui/States.tsx';
import { Time } from '../ui/Time.tsx';

const shown = 20;

const chainsQuery = (address: string | undefined) =>
  queryOptions({
    queryKey: ['incidents', 'chains', address],
    queryFn: ({ signal }) =>
      request<Incident[]>('/api/incidents', {
        query: {
          status: 'new,in_progress',
          order: 'newest',
          limit: shown,
          ...(address !== undefined && { entity: `address:${address}` }),
        },
        signal,
      }),
    placeholderData: keepPreviousData,
    refetchInterval: 10_000,
  });

/** Attacks that go on: each as a drawing of its steps, from the source to what it reached, and the same as a table. */
export function Chains({
  address,
  picked,
  onPick,
}: {
  address: string | undefined;
  picked: string | undefined;
  onPick: (id: string) => void;
}) {
  const list = useQuery(chainsQuery(address));
  const current = list.data?.find(({ id }) => id === picked) ?? list.data?.[0];
  const detail = useQuery({ ...incidentQuery(current?.id ?? ''), enabled: current !== undefined });
  useLiveIncidents(() => {
    void list.refetch();
    if (current !== undefined) void detail.refetch();
  });
  if (list.isError) return <Failure error={list.error} retry={() => void list.refetch()} />;
  if (list.isPending) return <Skeleton lines={8} />;
  if (current === undefined)
    return (
      <Empty icon={<Siren aria-hidden="true" />} title="No attack is open.">
        {address === undefined
          ? 'Alerts that belong together become an incident, and its steps are drawn here.'
          : 'None with this address. Remove the filter to see the others.'}
      </Empty>
    );
  return (
    <div className="grid gap-4 xl:grid-cols-[20rem_minmax(0,1fr)]">
      <Card title="Attacks that are open" flush>
        <ul aria-label="Attacks" className="max-h-56 overflow-y-auto xl:max-h-[40rem]">
          {list.data.map((incident) => (
            <li key={incident.id} className="border-b last:border-b-0">
              <button
                type="button"
                aria-pressed={incident.id === current.id}
                onClick={() => onPick(incident.id)}
                className={cx(
                  'flex w-full flex-col gap-0.5 px-3 py-2 text-left hover:bg-raised',
                  incident.id === current.id && 'bg-raised',
                )}
              >
                <span className="flex w-full items-baseline gap-2">
                  <Severity level={incident.severity} compact className="shrink-0" />
                  <span className="min-w-0 truncate">
                    <LogText text={incident.title} limit={200} wrap={false} className="!font-sans !text-[1em]" />
                  </span>
                </span>
                <span className="text-xs text-muted">
                  {plural(incident.alert_count, 'alert')}, <Time value={incident.last} form="relative" />
                </span>
              </button>
            </li>
          ))}
        </ul>
      </Card>
      <div className="flex min-w-0 flex-col gap-3">
        <p className="flex flex-wrap items-center gap-2">
          <Badge>{statusNames[current.status]}</Badge>
          <Link to="/incidents/$id" params={{ id: current.id }} className="min-w-0 text-accent hover:underline">
            <LogText text={current.title} limit={300} className="!font-sans !text-[1em]" />
          </Link>
        </p>
        {detail.isError && <Failure error={detail.error} retry={() => void detail.refetch()} />}
        {detail.isPending && <Skeleton lines={8} />}
        {detail.data && (
          <AttackChain
            alerts={detail.data.alerts}
            left={detail.data.alert_count - detail.data.alerts.length}
            key={detail.data.id}
          />
        )}
      </div>
    </div>
  );
}
