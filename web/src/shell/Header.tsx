import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useMatches, useNavigate } from '@tanstack/react-router';
import { CircleUser, Keyboard, KeyRound, LogOut, Moon, Search, Sun, SunMoon, Volume2, VolumeX } from 'lucide-react';
import { toast } from 'sonner';
import { request, sentence } from '../api/client.ts';
import { useLiveState } from '../api/live.ts';
import { meQuery } from '../api/queries.ts';
import { live } from '../api/socket.ts';
import { IconButton } from '../ui/Button.tsx';
import { cx } from '../ui/cx.ts';
import { clock, localTime, zoneName } from '../ui/format.ts';
import { Menu } from '../ui/Menu.tsx';
import { useNow } from '../ui/useNow.ts';
import { Logo } from './Logo.tsx';
import { RangePicker } from './RangePicker.tsx';
import { useSound } from './sound.ts';
import { setTheme, useTheme } from './theme.ts';

/** Screens that look at a time range, and its name where the address has none. */
const rangeNames: Record<string, string> = {
  '/app/': 'Last 24 hours',
  '/app/alerts': 'All time',
  '/app/incidents': 'All time',
  '/app/search': 'Last 24 hours',
  '/app/entity/$kind/$value': 'Last 30 days',
};

export function Header({ onPalette, onShortcuts }: { onPalette: () => void; onShortcuts: () => void }) {
  const matches = useMatches();
  const ranged = matches.find(({ routeId }) => routeId in rangeNames);
  return (
    <header className="flex h-12 shrink-0 items-center gap-1.5 border-b bg-rail px-3">
      <Logo className="size-6 shrink-0 md:hidden" />
      <button
        type="button"
        onClick={onPalette}
        aria-label="Go to or do … ⌘K: pages and actions"
        className="flex h-8 min-w-0 items-center gap-2 rounded-md border bg-bg px-2.5 text-faint hover:border-strong sm:w-56"
      >
        <Search className="size-4 shrink-0" aria-hidden="true" />
        <span className="hidden truncate sm:inline">Go to or do …</span>
        <kbd className="ml-auto hidden text-2xs sm:inline">⌘K</kbd>
      </button>
      <div className="grow" />
      {ranged && (
        <RangePicker standard={rangeNames[ranged.routeId] ?? 'Last 24 hours'} all={ranged.routeId === '/app/search'} />
      )}
      <LiveBadge />
      <Clock />
      <ThemeMenu />
      <IconButton label="Keyboard shortcuts" onClick={onShortcuts} className="max-md:hidden">
        <Keyboard aria-hidden="true" />
      </IconButton>
      <UserMenu />
    </header>
  );
}

const liveText = { live: 'Live', connecting: 'Connecting', offline: 'Offline' };

function LiveBadge() {
  const state = useLiveState();
  return (
    <button
      type="button"
      onClick={() => live.retry()}
      data-live={state}
      aria-label={`${liveText[state]}: ${state === 'live' ? 'alerts arrive as they happen' : 'press to connect now'}`}
      title={
        state === 'live' ? 'Alerts arrive as they happen' : 'Not connected. Tries again by itself; press to try now.'
      }
      className={cx(
        'flex h-7 items-center gap-1.5 rounded-full border px-2 text-xs sm:px-2.5',
        state === 'live'
          ? 'border-accent/35 text-accent'
          : state === 'offline'
            ? 'border-bad/50 text-bad'
            : 'text-muted',
      )}
    >
      <span
        className={cx('size-2 rounded-full bg-current', state === 'live' && 'animate-[pulse-ring_2.4s_infinite]')}
        aria-hidden="true"
      />
      <span className="hidden sm:inline">{liveText[state]}</span>
    </button>
  );
}

function Clock() {
  const date = new Date(useNow());
  return (
    <time
      dateTime={date.toISOString()}
      title={`${localTime(date)} ${zoneName(date)}\n${date.toISOString().slice(0, 19).replace('T', ' ')} UTC`}
      className="tabular hidden px-1.5 text-xs text-muted lg:inline"
    >
      {clock(date)} <span className="text-faint">{zoneName(date)}</span>
    </time>
  );
}

function ThemeMenu() {
  const { chosen, shown } = useTheme();
  return (
    <Menu
      heading="Appearance"
      trigger={
        <IconButton label="Appearance">
          {shown === 'dark' ? <Moon aria-hidden="true" /> : <Sun aria-hidden="true" />}
        </IconButton>
      }
      items={[
        { label: 'Dark', icon: <Moon />, checked: chosen === 'dark', onSelect: () => setTheme('dark') },
        { label: 'Light', icon: <Sun />, checked: chosen === 'light', onSelect: () => setTheme('light') },
        {
          label: 'Like the system',
          icon: <SunMoon />,
          checked: chosen === 'system',
          onSelect: () => setTheme('system'),
        },
      ]}
    />
  );
}

function UserMenu() {
  const { data: user } = useQuery(meQuery);
  const [sound, setSound] = useSound();
  const queryClient = useQueryClient();
  const navigate = useNavigate();
  const logout = async () => {
    try {
      await request('/api/auth/logout', { method: 'POST' });
    } catch (error) {
      toast.error(sentence(error));
      return;
    }
    live.stop();
    queryClient.clear();
    queryClient.setQueryData(meQuery.queryKey, null);
    await navigate({ to: '/login' });
  };
  return (
    <Menu
      heading={user ? `${user.username} · ${user.role}` : null}
      trigger={
        <IconButton label="Account">
          <CircleUser aria-hidden="true" />
        </IconButton>
      }
      items={[
        {
          label: sound ? 'Sound on critical alerts: on' : 'Sound on critical alerts: off',
          icon: sound ? <Volume2 /> : <VolumeX />,
          onSelect: () => setSound(!sound),
        },
        {
          label: 'Change the password',
          icon: <KeyRound />,
          onSelect: () => void navigate({ to: '/settings', search: { tab: 'account' } }),
        },
        null,
        { label: 'Log out', icon: <LogOut />, onSelect: () => void logout() },
      ]}
    />
  );
}
