import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useState } from 'react';
import { valueQuery } from '../../../src/model/query/edit.ts';
import { requestWithHeaders } from '../api/client.ts';
import { eventHistogramQuery, topQuery } from '../api/queries.ts';
import type { AlertDetail, PhosorAlert } from '../api/types.ts';
import { ReputationCard } from '../intel/ReputationCard.tsx';
import { Card } from '../ui/Card.tsx';
import { Copy } from '../ui/Copy.tsx';
import { fieldName, group, short, toDate } from '../ui/format.ts';
import { LogText } from '../ui/LogText.tsx';
import { Spark } from '../ui/Spark.tsx';
import { Failure, Skeleton } from '../ui/States.tsx';
import { Time } from '../ui/Time.tsx';
import { addressKind } from './address-kind.ts';

export interface Entity {
  field: 'src_ip' | 'user' | 'host';
  value: string;
}

/** Whom and what an alert is about: its group first, then what all its events agree on. */
export function entitiesOf(alert: AlertDetail): Entity[] {
  const found: Entity[] = [];
  for (const field of ['src_ip', 'user', 'host'] as const) {
    const grouped = Object.entries(alert.group).find(([name]) => name === field || name.endsWith(`.${field}`))?.[1];
    const [first, ...others] = alert.events.map((event) => event[field]);
    const value = grouped ?? (first && others.every((other) => other === first) ? first : null);
    if (value) found.push({ field, value });
  }
  return found;
}

const kindOf = { src_ip: 'address', user: 'user', host: 'host' } as const;
const historyDays = 30;
const bucketSeconds = 6 * 3600;

/** What is known about an address, a user or a host in the last 30 days. */
export function EntityCard({ entity, alert }: { entity: Entity; alert: AlertDetail }) {
  const [from] = useState(() => new Date(Date.now() - historyDays * 86_400_000).toISOString());
  const filter = { [entity.field]: entity.value, from };
  const types = useQuery(topQuery('event_type', filter, 50));
  const time = useQuery(eventHistogramQuery(filter, 'severity', bucketSeconds));
  const other = entity.field === 'src_ip' ? 'user' : 'src_ip';
  const others = useQuery(topQuery(other, filter, 5));
  const alerts = useQuery({
    queryKey: ['entity-alerts', entity.value],
    queryFn: ({ signal }) =>
      requestWithHeaders<PhosorAlert[]>('/api/alerts', {
        query: { entity: entity.value, limit: 6, matched_events: 'none' },
        signal,
      }),
    select: ({ data, headers }) => ({
      total: Number(headers.get('x-total-count') ?? data.length),
      list: data.filter((other) => other.id !== alert.id).slice(0, 4),
    }),
  });
  const total = types.data?.reduce((sum, entry) => sum + entry.count, 0) ?? 0;
  const last = Math.max(0, ...(types.data ?? []).map((entry) => toDate(entry.last)?.getTime() ?? 0));
  const seen = (time.data ?? []).map((bucket) => toDate(bucket.time)?.getTime() ?? 0).filter((at) => at > 0);
  const bucket = seen.length > 0 ? Math.min(...seen) : null;
  // The bucket of the first event, looked at in minutes.
  const fine = useQuery({
    ...eventHistogramQuery(
      {
        [entity.field]: entity.value,
        from: new Date(bucket ?? 0).toISOString(),
        to: new Date((bucket ?? 0) + bucketSeconds * 1000).toISOString(),
      },
      'severity',
      60,
    ),
    enabled: bucket !== null,
  });
  const minutes = (fine.data ?? []).map((each) => toDate(each.time)?.getTime() ?? 0).filter((at) => at > 0);
  const minute = minutes.length > 0 ? Math.min(...minutes) : null;
  // Where the alert's own events lie in that minute, the second is known.
  const own = Date.parse(alert.first);
  const first = minute !== null && own >= minute && own < minute + 60_000 ? own : minute;
  const failed = types.error ?? time.error;
  const kind = entity.field === 'src_ip' ? addressKind(entity.value) : null;

  return (
    <Card
      title={
        <span className="flex min-w-0 items-baseline gap-2">
          <span className="text-xs font-normal text-faint">{fieldName(entity.field)}</span>
          <Link
            to="/entity/$kind/$value"
            params={{ kind: kindOf[entity.field], value: entity.value }}
            title="Everything known of it"
            className="min-w-0 break-all hover:text-accent hover:underline"
          >
            <LogText text={entity.value} limit={120} />
          </Link>
        </span>
      }
      extra={<Copy text={entity.value} label={`Copy ${entity.value}`} />}
    >
      {failed && <Failure error={failed} retry={() => void Promise.all([types.refetch(), time.refetch()])} />}
      {types.isPending && <Skeleton lines={4} />}
      {types.data && (
        <>
          <Spark
            values={perBucket(seen, time.data ?? [], from)}
            label={`Events in the last ${historyDays} days`}
            className="mb-2"
          />
          {kind && <p className="mb-2 text-xs text-muted">{kind.replace(/^./, (letter) => letter.toUpperCase())}</p>}
          <dl className="grid grid-cols-2 gap-x-4 gap-y-1.5">
            <Fact
              name="Events, 30 days"
              value={
                <Link
                  to="/search"
                  search={{ q: valueQuery(entity.field, entity.value), range: '30d' }}
                  className="text-accent hover:underline"
                >
                  {group(total)}
                </Link>
              }
            />
            <Fact name="Alerts" value={alerts.data ? group(alerts.data.total) : '…'} />
            <Fact name="First seen" value={<Time value={first} form="relative" none="just now" />} />
            <Fact name="Last seen" value={<Time value={last} form="relative" none="just now" />} />
          </dl>
          {(kind === 'public address' || kind === 'documentation range') && (
            <div className="mt-3 border-t pt-2">
              <h3 className="mb-1 text-xs text-faint">Known of it</h3>
              <ReputationCard address={entity.value} />
            </div>
          )}
          <List title="What it did" entries={types.data.slice(0, 5).map((entry) => [entry.value, entry.count])} />
          <List
            title={other === 'user' ? 'Users it tried' : 'Addresses'}
            entries={(others.data ?? []).filter((entry) => entry.value).map((entry) => [entry.value, entry.count])}
          />
        </>
      )}
      {alerts.data && alerts.data.list.length > 0 && (
        <div className="mt-3 border-t pt-2">
          <h3 className="mb-1 text-xs text-faint">Other alerts about it</h3>
          <ul>
            {alerts.data.list.map((other) => (
              <li key={other.id} className="flex items-baseline gap-2">
                <Link
                  to="/alerts/$id"
                  params={{ id: other.id }}
                  className="min-w-0 grow truncate text-accent hover:underline"
                >
                  {other.rule_name}
                </Link>
                <Time value={other.last} form="relative" className="shrink-0 text-xs whitespace-nowrap text-faint" />
              </li>
            ))}
          </ul>
          {alerts.data.total > 5 && (
            <Link
              to="/alerts"
              search={{ entity: entity.value, view: 'all', signals: 'show' }}
              className="text-xs text-muted hover:text-text hover:underline"
            >
              All {group(alerts.data.total)}
            </Link>
          )}
        </div>
      )}
    </Card>
  );
}

/** Counts per bucket from `from` until now, gaps as zero. */
function perBucket(seen: number[], buckets: readonly { count: number }[], from: string): number[] {
  const start = Date.parse(from);
  const counts = new Array<number>((historyDays * 86_400) / bucketSeconds).fill(0);
  seen.forEach((at, index) => {
    const slot = Math.min(counts.length - 1, Math.max(0, Math.floor((at - start) / (bucketSeconds * 1000))));
    counts[slot] = (counts[slot] ?? 0) + (buckets[index]?.count ?? 0);
  });
  return counts;
}

function Fact({ name, value }: { name: string; value: React.ReactNode }) {
  return (
    <div>
      <dt className="text-xs text-faint">{name}</dt>
      <dd className="tabular font-medium">{value}</dd>
    </div>
  );
}

function List({ title, entries }: { title: string; entries: [string, number][] }) {
  if (entries.length === 0) return null;
  return (
    <div className="mt-3 border-t pt-2">
      <h3 className="mb-1 text-xs text-faint">{title}</h3>
      <ul>
        {entries.map(([value, count]) => (
          <li key={value} className="flex items-baseline justify-between gap-3">
            <span className="min-w-0 truncate">
              <LogText text={value} limit={80} wrap={false} />
            </span>
            <span className="tabular text-xs text-muted">{short(count)}</span>
          </li>
        ))}
      </ul>
    </div>
  );
}
