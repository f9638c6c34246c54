import { useQuery } from '@tanstack/react-query';
import { getRouteApi, Link } from '@tanstack/react-router';
import { Megaphone } from 'lucide-react';
import { meQuery } from '../api/queries.ts';
import { Button } from '../ui/Button.tsx';
import { PageHead } from '../ui/Card.tsx';
import { TabPanel, Tabs } from '../ui/Tabs.tsx';
import { About } from './About.tsx';
import { Audit } from './Audit.tsx';
import { Configuration } from './Configuration.tsx';
import { Keys } from './Keys.tsx';
import { OwnPassword } from './OwnPassword.tsx';
import { Users } from './Users.tsx';

const route = getRouteApi('/app/settings');

const names = {
  configuration: 'Configuration',
  account: 'Account',
  users: 'Users',
  keys: 'API keys',
  audit: 'Audit',
  about: 'About',
} as const;
type Tab = keyof typeof names;

export function SettingsScreen() {
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const { data: user } = useQuery(meQuery);
  const admin = user?.role === 'admin';
  const tabs = (Object.entries(names) as [Tab, string][]).filter(
    ([tab]) => admin || tab === 'configuration' || tab === 'account' || tab === 'about',
  );
  const tab = tabs.some(([name]) => name === search.tab) ? (search.tab ?? 'configuration') : 'configuration';
  return (
    <div className="mx-auto max-w-6xl p-3 sm:p-4">
      <PageHead title="Settings">
        {user?.role !== 'viewer' && (
          <Button size="small" asChild>
            <Link to="/notifications">
              <Megaphone className="size-3.5" aria-hidden="true" /> Notifications
            </Link>
          </Button>
        )}
      </PageHead>
      <Tabs
        label="Settings"
        value={tab}
        tabs={tabs}
        onChange={(next) =>
          void navigate({ search: next === 'configuration' ? {} : { tab: next as Tab }, replace: true })
        }
      >
        <TabPanel value="configuration">
          <Configuration admin={admin} />
        </TabPanel>
        <TabPanel value="account">
          <OwnPassword />
        </TabPanel>
        <TabPanel value="users">
          <Users self={user?.id ?? ''} />
        </TabPanel>
        <TabPanel value="keys">
          <Keys />
        </TabPanel>
        <TabPanel value="audit">
          <Audit />
        </TabPanel>
        <TabPanel value="about">
          <About />
        </TabPanel>
      </Tabs>
    </div>
  );
}
