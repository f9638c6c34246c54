import { useQuery } from '@tanstack/react-query';
import { getRouteApi, Link } from '@tanstack/react-router';
import { Search } from 'lucide-react';
import { useState } from 'react';
import { requestWithHeaders } from '../api/client.ts';
import type { PhosorAlert } from '../api/types.ts';
import { Button } from '../ui/Button.tsx';
import { Card } from '../ui/Card.tsx';
import { Field } from '../ui/Field.tsx';
import { group } from '../ui/format.ts';
import { asSeverity, Severity } from '../ui/Severity.tsx';
import { Empty, Failure, Skeleton } from '../ui/States.tsx';
import { Time } from '../ui/Time.tsx';
import { ReputationCard } from './ReputationCard.tsx';

const route = getRouteApi('/app/intel');

/** One address: where it is, what is said of it, and what it did here. */
export function LookUp() {
  const { address } = route.useSearch();
  const navigate = route.useNavigate();
  const [text, setText] = useState(address ?? '');
  return (
    <div className="flex flex-col gap-4">
      <form
        className="flex max-w-lg items-end gap-2"
        onSubmit={(event) => {
          event.preventDefault();
          const wanted = text.trim();
          void navigate({ search: wanted === '' ? { tab: 'lookup' } : { tab: 'lookup', address: wanted } });
        }}
      >
        <Field
          label="Address"
          className="grow"
          value={text}
          onChange={(event) => setText(event.target.value)}
          placeholder="203.0.113.7"
          inputMode="text"
          spellCheck={false}
        />
        <Button type="submit" kind="primary">
          <Search className="size-4" aria-hidden="true" /> Look up
        </Button>
      </form>
      {address === undefined ? (
        <Empty icon={<Search aria-hidden="true" />} title="Which address?">
          <p>Write an IPv4 or IPv6 address: its place, lists that hold it, what providers say, and its alerts here.</p>
        </Empty>
      ) : (
        <div className="grid items-start gap-4 md:grid-cols-2">
          <Card title={<span className="font-mono break-all">{address}</span>}>
            <ReputationCard key={address} address={address} />
          </Card>
          <Alerts address={address} />
        </div>
      )}
    </div>
  );
}

function Alerts({ address }: { address: string }) {
  const query = useQuery({
    queryKey: ['entity-alerts', address, 'lookup'],
    queryFn: ({ signal }) =>
      requestWithHeaders<PhosorAlert[]>('/api/alerts', {
        query: { entity: address, limit: 8, matched_events: 'none' },
        signal,
      }),
  });
  const total = Number(query.data?.headers.get('x-total-count') ?? query.data?.data.length ?? 0);
  return (
    <Card title="Alerts here" extra={query.data && <span className="tabular text-xs text-muted">{group(total)}</span>}>
      {query.isPending && <Skeleton />}
      {query.isError && <Failure error={query.error} retry={() => void query.refetch()} />}
      {query.data?.data.length === 0 && <p className="text-muted">No alert is about this address.</p>}
      <ul className="flex flex-col gap-1.5">
        {query.data?.data.map((alert) => (
          <li key={alert.id} className="flex items-baseline gap-2">
            <Severity level={asSeverity(alert.severity_level)} compact />
            <Link
              to="/alerts/$id"
              params={{ id: alert.id }}
              className="min-w-0 grow truncate text-accent hover:underline"
            >
              {alert.rule_name}
            </Link>
            <Time value={alert.last} form="relative" className="shrink-0 text-xs text-faint" />
          </li>
        ))}
      </ul>
      {total > 8 && (
        <Link
          to="/alerts"
          search={{ entity: address, view: 'all', signals: 'show' }}
          className="text-xs text-muted hover:text-text hover:underline"
        >
          All {group(total)}
        </Link>
      )}
    </Card>
  );
}
