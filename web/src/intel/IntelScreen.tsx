import { useQuery } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import { meQuery } from '../api/queries.ts';
import { PageHead } from '../ui/Card.tsx';
import { group } from '../ui/format.ts';
import { Failure, Skeleton } from '../ui/States.tsx';
import { TabPanel, Tabs } from '../ui/Tabs.tsx';
import { Time } from '../ui/Time.tsx';
import { Allowed } from './Allowed.tsx';
import { Lists } from './Lists.tsx';
import { LookUp } from './LookUp.tsx';
import { Places } from './Places.tsx';
import { Providers } from './Providers.tsx';
import { intelQuery } from './queries.ts';

const route = getRouteApi('/app/intel');

const tabs = [
  ['lists', 'Lists'],
  ['providers', 'Providers'],
  ['lookup', 'Look up'],
  ['allowed', 'Allowed'],
  ['places', 'Places'],
] as const;

export function IntelScreen() {
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const query = useQuery(intelQuery);
  const { data: user } = useQuery(meQuery);
  const admin = user?.role === 'admin';
  const tab = search.tab ?? 'lists';
  return (
    <div className="mx-auto max-w-6xl p-3 sm:p-4">
      <PageHead
        title="Intelligence"
        note={
          query.data &&
          (query.data.summary.networks === 0 ? (
            'No list is on'
          ) : (
            <>
              {group(query.data.summary.networks)} networks are matched, put together{' '}
              <Time value={query.data.summary.built_at} form="relative" />
            </>
          ))
        }
      />
      {query.isError && <Failure error={query.error} retry={() => void query.refetch()} className="mb-4" />}
      {query.data?.summary.problem && <Failure error={new Error(query.data.summary.problem)} className="mb-4" />}
      <Tabs
        label="Intelligence"
        value={tab}
        tabs={tabs}
        onChange={(next) =>
          void navigate({
            search: (previous) => {
              const { tab: _, ...rest } = previous;
              const chosen = tabs.find(([name]) => name === next)?.[0];
              return chosen === undefined || chosen === 'lists' ? rest : { ...rest, tab: chosen };
            },
            replace: true,
          })
        }
      >
        <TabPanel value="lookup">
          <LookUp />
        </TabPanel>
        {query.isPending && <Skeleton lines={8} />}
        {query.data && (
          <>
            <TabPanel value="lists">
              <Lists lists={query.data.lists} admin={admin} />
            </TabPanel>
            <TabPanel value="providers">
              <Providers providers={query.data.providers} summary={query.data.summary} admin={admin} />
            </TabPanel>
            <TabPanel value="allowed">
              <Allowed allowed={query.data.allowed} admin={admin} />
            </TabPanel>
            <TabPanel value="places">
              <Places databases={query.data.databases} />
            </TabPanel>
          </>
        )}
      </Tabs>
    </div>
  );
}
