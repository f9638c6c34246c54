import { getRouteApi } from '@tanstack/react-router';
import { PageHead } from '../ui/Card.tsx';
import { TabPanel, Tabs } from '../ui/Tabs.tsx';
import type { ReportsAddress, ReportTab } from './address.ts';
import { MadeReport } from './MadeReport.tsx';
import { SavedReports } from './SavedReports.tsx';
import { Schedules } from './Schedules.tsx';

const route = getRouteApi('/app/reports');

const tabs: readonly (readonly [ReportTab, string])[] = [
  ['report', 'Report'],
  ['saved', 'Saved'],
  ['scheduled', 'By mail'],
];

/** Reports: of a day, a week, a month or any days; those that were kept; those that are sent. */
export function ReportsScreen() {
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const change = (next: ReportsAddress) => void navigate({ search: next });
  return (
    <div className="mx-auto flex max-w-6xl flex-col p-3 sm:p-4">
      <div className="no-print">
        <PageHead title="Reports" note="What happened, how safe it was, and what to do" />
      </div>
      <Tabs
        label="Reports"
        value={search.tab ?? 'report'}
        tabs={tabs}
        onChange={(tab) => {
          const { tab: _, saved: __, ...rest } = search;
          change(tab === 'saved' || tab === 'scheduled' ? { ...rest, tab } : rest);
        }}
      >
        <TabPanel value="report">
          <MadeReport search={search} onChange={change} />
        </TabPanel>
        <TabPanel value="saved">
          <SavedReports search={search} onChange={change} />
        </TabPanel>
        <TabPanel value="scheduled">
          <Schedules />
        </TabPanel>
      </Tabs>
    </div>
  );
}
