import { useInfiniteQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { Inbox } from 'lucide-react';
import { Badge } from '../ui/Badge.tsx';
import { Button } from '../ui/Button.tsx';
import { Card } from '../ui/Card.tsx';
import { Select } from '../ui/Field.tsx';
import { LogText } from '../ui/LogText.tsx';
import { Severity } from '../ui/Severity.tsx';
import { Empty, Failure, Skeleton } from '../ui/States.tsx';
import { Time } from '../ui/Time.tsx';
import { type Delivery, historyQuery } from './queries.ts';

const tones = { waiting: 'accent', delivered: 'good', failed: 'bad', replaced: 'neutral', dropped: 'warn' } as const;
const states = [
  ['', 'All'],
  ['waiting', 'Waiting'],
  ['delivered', 'Delivered'],
  ['failed', 'Failed'],
  ['replaced', 'Replaced by newer ones'],
  ['dropped', 'Dropped'],
] as const;

/** Who was told what, when, and with which result. */
export function History({ state, onState }: { state: string; onState: (state: string) => void }) {
  const query = useInfiniteQuery(historyQuery(state));
  const deliveries = query.data?.pages.flatMap((page) => page.deliveries) ?? [];
  return (
    <Card
      flush
      title="Deliveries"
      extra={
        <Select quiet label="State" value={state} options={states} onChange={(event) => onState(event.target.value)} />
      }
    >
      {query.isPending && <Skeleton className="p-4" />}
      {query.isError && <Failure error={query.error} retry={() => void query.refetch()} className="m-4" />}
      {query.isSuccess && deliveries.length === 0 && (
        <Empty icon={<Inbox aria-hidden="true" />} title="Nothing was sent yet.">
          <p>Messages appear here when an incident reaches the thresholds, or when you press Test.</p>
        </Empty>
      )}
      <ul>
        {deliveries.map((each) => (
          <DeliveryRow key={each.id} delivery={each} />
        ))}
      </ul>
      {query.hasNextPage && (
        <div className="p-3 text-center">
          <Button size="small" busy={query.isFetchingNextPage} onClick={() => void query.fetchNextPage()}>
            Older ones
          </Button>
        </div>
      )}
    </Card>
  );
}

function DeliveryRow({ delivery }: { delivery: Delivery }) {
  const isIncident = ['opened', 'update', 'closed'].includes(delivery.kind);
  return (
    <li className="grid gap-x-3 gap-y-1 border-b px-4 py-2 last:border-b-0 sm:grid-cols-[10rem_minmax(0,1fr)_auto]">
      <Time value={delivery.created_at} className="tabular text-xs text-faint" />
      <div className="min-w-0">
        <p className="flex min-w-0 flex-wrap items-center gap-2">
          <Severity level={delivery.severity} />
          {isIncident ? (
            <Link to="/incidents/$id" params={{ id: delivery.key }} className="min-w-0 break-words text-accent">
              <LogText text={delivery.title} limit={200} />
            </Link>
          ) : (
            <span className="min-w-0 break-words">
              <LogText text={delivery.title} limit={200} />
            </span>
          )}
        </p>
        <p className="text-xs text-faint break-words">
          {delivery.kind} to {delivery.channel_name}
          {delivery.attempts > 1 && `, ${delivery.attempts} attempts`}
          {delivery.detail && (
            <>
              : <LogText text={delivery.detail} limit={300} />
            </>
          )}
          {delivery.next_at && (
            <>
              {' '}
              Next attempt <Time value={delivery.next_at} form="clock" />.
            </>
          )}
        </p>
      </div>
      <span>
        <Badge tone={tones[delivery.state]}>{delivery.state}</Badge>
      </span>
    </li>
  );
}
