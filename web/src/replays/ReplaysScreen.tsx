import { useQuery } from '@tanstack/react-query';
import { getRouteApi, Link } from '@tanstack/react-router';
import { CircleStop, History } from 'lucide-react';
import { cancelReplay, type ReplayJson, replaysQuery } from '../api/replays.ts';
import { useMayAct } from '../shell/may-act.ts';
import { Badge } from '../ui/Badge.tsx';
import { Button } from '../ui/Button.tsx';
import { Card, PageHead } from '../ui/Card.tsx';
import { bytes, plural } from '../ui/format.ts';
import { LogText } from '../ui/LogText.tsx';
import { Empty, Failure, Skeleton } from '../ui/States.tsx';
import { Time } from '../ui/Time.tsx';
import { DeleteReplay } from './DeleteReplay.tsx';
import { NewReplay } from './NewReplay.tsx';
import { ReplayNotes, ReplayProgress, ReplaySpan, ReplayState, ReplayWork, SeverityCounts } from './ReplayFacts.tsx';

const route = getRouteApi('/app/replays');

/** What the rules would have raised over some time: start one, follow it, open what was kept. */
export function ReplaysScreen() {
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const mayAct = useMayAct();
  const query = useQuery(replaysQuery);
  const replays = query.data?.replays.filter(({ kept, state }) => kept || state === 'running') ?? [];
  const limits = query.data?.limits;
  const isBusy = replays.some(({ state }) => state === 'running');
  return (
    <div className="mx-auto flex max-w-6xl flex-col gap-4 p-3 sm:p-4">
      <div>
        <PageHead title="Replays" note="What the rules would have raised over stored history or log files" />
        {mayAct ? (
          <NewReplay
            search={search}
            busy={isBusy}
            onChange={(change) =>
              void navigate({ search: (now) => ({ ...now, ...change }) as typeof search, replace: true })
            }
          />
        ) : (
          <p className="text-muted">Starting replays takes the role analyst.</p>
        )}
      </div>
      {query.isError && <Failure error={query.error} retry={() => void query.refetch()} />}
      {query.isPending && <Skeleton lines={6} />}
      {query.data && (
        <Card
          flush
          title="Kept"
          extra={
            limits && (
              <span className="text-xs text-faint">
                At most {limits.keep}, {bytes(limits.max_bytes)}; the oldest go. Now {bytes(limits.bytes)}.
              </span>
            )
          }
        >
          {replays.length === 0 ? (
            <Empty icon={<History aria-hidden="true" />} title="No replay yet.">
              <p>
                Start one above, or keep what log files show:{' '}
                <code className="log">phosor replay auth.log --save "before the update"</code>
              </p>
            </Empty>
          ) : (
            <ul data-testid="replays">
              {replays.map((replay) => (
                <Row key={replay.id} replay={replay} mayAct={mayAct} />
              ))}
            </ul>
          )}
        </Card>
      )}
    </div>
  );
}

function Row({ replay, mayAct }: { replay: ReplayJson; mayAct: boolean }) {
  const isRunning = replay.state === 'running';
  const isOpen = !isRunning && replay.state !== 'failed';
  const name = <LogText text={replay.name} limit={100} className="!font-sans !text-[1em]" />;
  return (
    <li className="flex flex-col gap-1.5 border-b px-4 py-3 last:border-b-0">
      <div className="flex flex-wrap items-center gap-x-3 gap-y-1.5">
        <h3 className="min-w-0 grow basis-56 font-medium break-words">
          {isOpen ? (
            <Link to="/replays/$id" params={{ id: replay.id }} className="text-accent hover:underline">
              {name}
            </Link>
          ) : (
            name
          )}
        </h3>
        <ReplayState replay={replay} />
        {replay.origin === 'files' && <Badge>Files</Badge>}
        {isOpen && <span className="tabular text-muted">{plural(replay.alerts, 'alert')}</span>}
        {mayAct && isRunning && (
          <Button size="small" onClick={() => void cancelReplay(replay)}>
            <CircleStop className="size-3.5" aria-hidden="true" /> Cancel
          </Button>
        )}
        {mayAct && <DeleteReplay replay={replay} />}
      </div>
      {isRunning ? <ReplayProgress replay={replay} /> : <SeverityCounts replay={replay} />}
      <p className="flex flex-wrap gap-x-3 gap-y-0.5 text-xs text-faint">
        <ReplaySpan replay={replay} />
        {!isRunning && <ReplayWork replay={replay} />}
        <span>
          <Time value={replay.created_at} form="relative" />
          {replay.by && ` by ${replay.by === 'local' ? 'the command line' : replay.by}`}
        </span>
      </p>
      <ReplayNotes replay={replay} />
    </li>
  );
}
