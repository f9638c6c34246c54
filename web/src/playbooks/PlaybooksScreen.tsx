import { useQuery } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import { ListChecks } from 'lucide-react';
import { meQuery } from '../api/queries.ts';
import { useMayAct } from '../shell/may-act.ts';
import { Button } from '../ui/Button.tsx';
import { Card, PageHead } from '../ui/Card.tsx';
import { plural } from '../ui/format.ts';
import { SearchBox } from '../ui/SearchBox.tsx';
import { Empty, Failure, Skeleton } from '../ui/States.tsx';
import { TabPanel, Tabs } from '../ui/Tabs.tsx';
import { playbooksQuery, type RunJson, runQuery, runsQuery } from './api.ts';
import { PlaybookList } from './PlaybookList.tsx';
import { RunCard } from './RunCard.tsx';

const route = getRouteApi('/app/playbooks');

const tabs = [
  ['runs', 'Runs'],
  ['list', 'Playbooks'],
] as const;

/** What is done about attacks: steps that wait for somebody, runs, and the playbooks themselves. */
export function PlaybooksScreen() {
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const { data: user } = useQuery(meQuery);
  const query = useQuery(playbooksQuery);
  const mayAct = useMayAct();
  return (
    <div className="mx-auto max-w-5xl p-3 sm:p-4">
      <PageHead title="Playbooks" note="What is done about an attack, step by step, and who has to agree" />
      {query.isError && <Failure error={query.error} retry={() => void query.refetch()} className="mb-4" />}
      <Waiting mayAct={mayAct} />
      <Tabs
        label="Playbooks"
        value={search.tab ?? 'runs'}
        tabs={tabs}
        onChange={(next) => void navigate({ search: next === 'list' ? { tab: 'list' } : {}, replace: true })}
      >
        <TabPanel value="runs">
          <Runs mayAct={mayAct} />
        </TabPanel>
        <TabPanel value="list">
          {query.isPending && <Skeleton lines={6} />}
          {query.data && <PlaybookList playbooks={query.data.playbooks} admin={user?.role === 'admin'} />}
        </TabPanel>
      </Tabs>
    </div>
  );
}

/** Steps of further runs are shown when they are asked for: the page has more than what waits. */
const mostUnfolded = 2;

/** Above all else: a step waits, and an attack goes on meanwhile. */
function Waiting({ mayAct }: { mayAct: boolean }) {
  const { waiting: cursor } = route.useSearch();
  const navigate = route.useNavigate();
  const { data } = useQuery(runsQuery({ state: 'approval', cursor }));
  // The page may be empty because its steps were answered: the way back stays.
  if (!data || (data.runs.length === 0 && cursor === undefined)) return null;
  const { next } = data;
  return (
    <Card
      flush
      title={`${plural(data.total, 'step')} ${data.total === 1 ? 'waits' : 'wait'} for approval`}
      className="mb-4 border-high/50"
    >
      {data.runs.map((run, index) => (
        <RunRow key={run.id} run={run} mayAct={mayAct} alwaysOpen={index < mostUnfolded} />
      ))}
      {data.runs.length === 0 && <p className="px-4 py-3 text-muted">None of the older ones waits any more.</p>}
      {(next !== null || cursor !== undefined) && (
        <div className="flex items-center justify-end gap-2 border-t px-4 py-2">
          <span className="mr-auto text-xs text-muted">
            {cursor === undefined ? `The newest ${data.runs.length} are shown.` : 'Older ones are shown.'}
          </span>
          {cursor !== undefined && (
            <Button size="small" onClick={() => void navigate({ search: ({ waiting: _, ...rest }) => rest })}>
              Newest
            </Button>
          )}
          {next !== null && (
            <Button size="small" onClick={() => void navigate({ search: (now) => ({ ...now, waiting: next }) })}>
              Older
            </Button>
          )}
        </div>
      )}
    </Card>
  );
}

function RunRow({ run, mayAct, alwaysOpen }: { run: RunJson; mayAct: boolean; alwaysOpen?: boolean }) {
  const { run: chosen } = route.useSearch();
  const navigate = route.useNavigate();
  return (
    <RunCard
      run={run}
      mayAct={mayAct}
      open={alwaysOpen === true || chosen === run.id}
      toggle={() =>
        void navigate({
          search: ({ run: before, ...rest }) => (before === run.id ? rest : { ...rest, run: run.id }),
          replace: true,
        })
      }
    />
  );
}

function Runs({ mayAct }: { mayAct: boolean }) {
  const { q, cursor, run, playbook } = route.useSearch();
  const navigate = route.useNavigate();
  const states = 'running,waiting,done,failed,refused,cancelled,timed_out';
  const query = useQuery(runsQuery({ state: states, q, cursor, playbook }));
  const linked = useQuery({ ...runQuery(run ?? ''), enabled: run !== undefined });
  const next = query.data?.next ?? null;
  const isElsewhere =
    linked.data !== undefined &&
    linked.data.state !== 'approval' &&
    query.data?.runs.every(({ id }) => id !== linked.data.id) === true;
  return (
    <div className="flex flex-col gap-3">
      <div className="flex flex-wrap items-center gap-2">
        <SearchBox
          label="Playbook, address, user or host"
          placeholder="Playbook, address, user or host …"
          value={q ?? ''}
          onChange={(text) =>
            void navigate({
              search: ({ q: _, cursor: __, ...rest }) => (text === '' ? rest : { ...rest, q: text }),
              replace: true,
            })
          }
          className="min-w-0 grow basis-60"
        />
        {playbook && (
          <Button size="small" onClick={() => void navigate({ search: {}, replace: true })}>
            All playbooks
          </Button>
        )}
      </div>
      {query.isPending && <Skeleton lines={6} />}
      {query.isError && <Failure error={query.error} retry={() => void query.refetch()} />}
      {linked.data && isElsewhere && (
        <Card flush title="The run that was asked for">
          <RunRow run={linked.data} mayAct={mayAct} alwaysOpen />
        </Card>
      )}
      {query.data && (
        <Card flush title={plural(query.data.total, 'run')}>
          {query.data.runs.length === 0 ? (
            <Empty icon={<ListChecks aria-hidden="true" />} title="Nothing has run.">
              <p>Switch a playbook on under Playbooks, or start one from an alert or an incident.</p>
            </Empty>
          ) : (
            query.data.runs.map((each) => <RunRow key={each.id} run={each} mayAct={mayAct} />)
          )}
        </Card>
      )}
      {query.data && (next !== null || cursor !== undefined) && (
        <div className="flex justify-end gap-2">
          {cursor !== undefined && (
            <Button onClick={() => void navigate({ search: ({ cursor: _, ...rest }) => rest, replace: true })}>
              Newest
            </Button>
          )}
          {next !== null && (
            <Button onClick={() => void navigate({ search: (now) => ({ ...now, cursor: next }) })}>Older</Button>
          )}
        </div>
      )}
    </div>
  );
}
