import { useQuery } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import { meQuery } from '../api/queries.ts';
import { useMayAct } from '../shell/may-act.ts';
import { PageHead } from '../ui/Card.tsx';
import { Failure, Skeleton } from '../ui/States.tsx';
import { TabPanel, Tabs } from '../ui/Tabs.tsx';
import { Allowed } from './Allowed.tsx';
import { responseQuery } from './api.ts';
import { DecisionTable } from './DecisionTable.tsx';
import { Mode } from './Mode.tsx';
import { Policies } from './Policies.tsx';
import { Readers } from './Readers.tsx';

const route = getRouteApi('/app/decisions');

const tabs = [
  ['current', 'Current'],
  ['history', 'History'],
  ['policies', 'Policies'],
  ['allowed', 'Never blocked'],
  ['readers', 'Bouncers and lists'],
] as const;

export function DecisionsScreen() {
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const query = useQuery(responseQuery);
  const { data: user } = useQuery(meQuery);
  const mayAct = useMayAct();
  const admin = user?.role === 'admin';
  const tab = search.tab ?? 'current';
  return (
    <div className="mx-auto max-w-6xl p-3 sm:p-4">
      <PageHead title="Decisions" note="What was decided about addresses, why, until when, and how to undo it" />
      {query.isError && <Failure error={query.error} retry={() => void query.refetch()} className="mb-4" />}
      {query.data && <Mode response={query.data} admin={admin} mayAct={mayAct} />}
      <Tabs
        label="Decisions"
        value={tab}
        tabs={tabs}
        onChange={(next) => {
          const chosen = tabs.find(([name]) => name === next)?.[0];
          void navigate({ search: chosen === undefined || chosen === 'current' ? {} : { tab: chosen }, replace: true });
        }}
      >
        {query.isPending && <Skeleton lines={8} />}
        {query.data && (
          <>
            <TabPanel value="current">
              <DecisionTable states="active,dry-run" mayAct={mayAct} />
            </TabPanel>
            <TabPanel value="history">
              <DecisionTable states="expired,undone,refused" mayAct={mayAct} />
            </TabPanel>
            <TabPanel value="policies">
              <Policies policies={query.data.policies} admin={admin} />
            </TabPanel>
            <TabPanel value="allowed">
              <Allowed response={query.data} admin={admin} />
            </TabPanel>
            <TabPanel value="readers">
              <Readers admin={admin} />
            </TabPanel>
          </>
        )}
      </Tabs>
    </div>
  );
}
