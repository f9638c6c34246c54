import { useQuery } from '@tanstack/react-query';
import { getRouteApi, Link } from '@tanstack/react-router';
import { Megaphone, Moon, Plus } from 'lucide-react';
import { meQuery, settingsQuery } from '../api/queries.ts';
import { showValue } from '../settings/setting-value.ts';
import { Button } from '../ui/Button.tsx';
import { Card, PageHead } from '../ui/Card.tsx';
import { Empty, Failure, Skeleton } from '../ui/States.tsx';
import { Time } from '../ui/Time.tsx';
import { ChannelDrawer } from './ChannelDrawer.tsx';
import { ChannelList } from './ChannelList.tsx';
import { History } from './History.tsx';
import { channelsQuery, statusQuery, typesQuery } from './queries.ts';

const route = getRouteApi('/app/notifications');

/** Who is told of incidents: channels, when, and what became of it. */
export function NotificationsScreen() {
  const { data: user } = useQuery(meQuery);
  const { state = '' } = route.useSearch();
  const navigate = route.useNavigate();
  const role = user?.role;
  if (role === undefined) return <Skeleton className="p-6" lines={8} />;
  return (
    <div className="mx-auto flex max-w-6xl flex-col gap-4 p-3 sm:p-4">
      <PageHead title="Notifications" note="Who is told of incidents, and what became of it." />
      {role === 'viewer' ? (
        <Empty title="Analysts and administrators see whom Phosor tells." />
      ) : (
        <>
          <When />
          {role === 'admin' && <Channels />}
          <History
            state={state}
            onState={(next) =>
              void navigate({
                search: ({ state: _, ...rest }) => (next ? { ...rest, state: next } : rest),
                replace: true,
              })
            }
          />
        </>
      )}
    </div>
  );
}

function Channels() {
  const types = useQuery(typesQuery);
  const channels = useQuery(channelsQuery);
  const { channel: opened } = route.useSearch();
  const navigate = route.useNavigate();
  const open = (id: string | undefined) =>
    void navigate({ search: ({ channel: _, ...rest }) => (id === undefined ? rest : { ...rest, channel: id }) });
  if (types.isPending || channels.isPending) return <Skeleton />;
  if (types.isError) return <Failure error={types.error} retry={() => void types.refetch()} />;
  if (channels.isError) return <Failure error={channels.error} retry={() => void channels.refetch()} />;
  const edited = channels.data.find(({ id }) => id === opened);
  return (
    <Card
      flush
      title="Channels"
      extra={
        <Button size="small" onClick={() => open('new')}>
          <Plus className="size-3.5" aria-hidden="true" /> Channel
        </Button>
      }
    >
      {channels.data.length === 0 ? (
        <Empty icon={<Megaphone aria-hidden="true" />} title="Nobody is told yet.">
          <p>Add a channel: mail, Slack, Teams, PagerDuty, a webhook and more.</p>
          <Button className="mt-2" onClick={() => open('new')}>
            Add a channel
          </Button>
        </Empty>
      ) : (
        <ChannelList channels={channels.data} types={types.data} onEdit={open} />
      )}
      {(opened === 'new' || edited !== undefined) && (
        <ChannelDrawer types={types.data} channel={edited ?? null} onClose={() => open(undefined)} />
      )}
    </Card>
  );
}

const told = [
  'notifications.severityThreshold',
  'notifications.riskThreshold',
  'notifications.rateLimitMinutes',
  'notifications.quietFrom',
  'notifications.quietTo',
  'notifications.digest',
  'notifications.publicUrl',
];

/** Thresholds, quiet hours and digest as they are in force; they are changed under Settings. */
function When() {
  const status = useQuery(statusQuery);
  const settings = useQuery(settingsQuery);
  const shown = told.flatMap((key) => settings.data?.find((each) => each.key === key) ?? []);
  const held = status.data ? Object.entries(status.data.digest).filter(([, count]) => count > 0) : [];
  return (
    <Card
      title="When"
      extra={
        <Link to="/settings" search={{ q: 'notifications.' }} className="text-xs text-accent">
          Change
        </Link>
      }
    >
      <dl className="grid grid-cols-2 gap-x-6 gap-y-2 sm:grid-cols-3 lg:grid-cols-4">
        {shown.map(({ key, title, value }) => (
          <div key={key} className="min-w-0">
            <dt className="text-xs text-faint">{title}</dt>
            <dd className="break-words">{showValue(value)}</dd>
          </div>
        ))}
      </dl>
      {status.data && (
        <p className="mt-3 flex flex-wrap gap-x-4 gap-y-1 border-t pt-3 text-xs text-muted">
          <span>
            Last 24 hours: {status.data.day.delivered} delivered, {status.data.day.waiting} waiting,{' '}
            {status.data.day.failed} failed
          </span>
          {status.data.quiet_until !== null && (
            <span className="inline-flex items-center gap-1 text-high">
              <Moon className="size-3.5" aria-hidden="true" /> quiet until{' '}
              <Time value={status.data.quiet_until} form="clock" />
            </span>
          )}
          {held.map(([reason, count]) => (
            <span key={reason}>
              {count} for the digest (
              {reason === 'below' ? 'below the thresholds' : reason === 'quiet' ? 'quiet hours' : 'too many in an hour'}
              )
            </span>
          ))}
        </p>
      )}
    </Card>
  );
}
