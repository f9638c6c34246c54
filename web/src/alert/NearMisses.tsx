import { useQuery } from '@tanstack/react-query';
import { request } from '../api/client.ts';
import { type Explained, isMissingRoute } from '../api/trial.ts';
import type { AlertDetail, EventJson } from '../api/types.ts';
import { plural } from '../ui/format.ts';
import { LogText } from '../ui/LogText.tsx';
import { Failure, Skeleton } from '../ui/States.tsx';
import { Time } from '../ui/Time.tsx';
import { Differ } from './Differ.tsx';
import { entitiesOf } from './EntityCard.tsx';

const mostEvents = 200;
const shownMisses = 10;
/** Before and after the alert, where its rule has no window of its own. */
const usualWindowSeconds = 300;

interface Miss {
  event: EventJson;
  differ: string[];
}

/** Events about the same around the time of the alert that its rule did not count: the closest first. */
const nearMissesQuery = (alert: AlertDetail, ruleId: string) => ({
  queryKey: ['near-misses', alert.id, ruleId, alert.last],
  queryFn: async ({ signal }: { signal: AbortSignal }): Promise<{ misses: Miss[]; looked: number }> => {
    const [entity] = entitiesOf(alert);
    const window = (alert.explain.correlation?.window_seconds ?? usualWindowSeconds) * 1000;
    const { events } = await request<{ events: EventJson[] }>('/api/events', {
      query: {
        ...(entity && { [entity.field]: entity.value }),
        from: new Date(Date.parse(alert.first) - window).toISOString(),
        to: new Date(Date.parse(alert.last) + window).toISOString(),
        limit: mostEvents,
      },
      signal,
    });
    const own = new Set(alert.events.map(({ id }) => id));
    const others = events.filter(({ id }) => !own.has(id)).map(({ id }) => id);
    if (others.length === 0) return { misses: [], looked: 0 };
    const { results } = await request<Explained>('/api/rules/explain', {
      method: 'POST',
      body: { rule_id: ruleId, event_ids: others },
      signal,
    });
    const misses = results
      .filter(({ matched }) => !matched)
      .map(({ event, steps }): Miss => {
        const nearest = [...steps].sort((a, b) => a.differ.length - b.differ.length)[0];
        return { event, differ: nearest?.differ ?? [] };
      })
      .filter(({ differ }) => differ.length > 0)
      .sort((a, b) => a.differ.length - b.differ.length);
    return { misses, looked: others.length };
  },
  retry: false,
  staleTime: 60_000,
});

export function NearMisses({ alert, ruleId }: { alert: AlertDetail; ruleId: string }) {
  const query = useQuery(nearMissesQuery(alert, ruleId));
  if (query.isPending) return <Skeleton lines={3} />;
  if (query.isError) {
    if (isMissingRoute(query.error)) return <p className="text-muted">This server cannot say it yet.</p>;
    return <Failure error={query.error} retry={() => void query.refetch()} />;
  }
  const { misses, looked } = query.data;
  if (misses.length === 0) {
    return (
      <p className="text-muted">
        {looked === 0
          ? 'Nothing else was seen of it around that time.'
          : `None: of ${plural(looked, 'other event')} around that time, the rule would count all.`}
      </p>
    );
  }
  return (
    <div className="flex flex-col gap-2">
      <p className="text-xs text-muted">
        {plural(misses.length, 'event')} around that time {misses.length === 1 ? 'was' : 'were'} not counted
        {misses.length > shownMisses && `; the ${shownMisses} closest`}:
      </p>
      <ol className="flex flex-col gap-2" data-testid="near-misses">
        {misses.slice(0, shownMisses).map(({ event, differ }) => (
          <li key={event.id} className="flex flex-col gap-1 rounded-md border bg-bg p-2">
            <Time value={event.time ?? event.received_at} className="tabular text-xs text-muted" />
            <LogText text={event.raw} limit={400} />
            <Differ title="To match" sentences={differ} />
          </li>
        ))}
      </ol>
    </div>
  );
}
