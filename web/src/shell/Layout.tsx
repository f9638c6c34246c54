import { Outlet, useNavigate } from '@tanstack/react-router';
import { lazy, type RefObject, Suspense, useEffect, useRef, useState } from 'react';
import { takeAlertUpdate } from '../api/alert-actions.ts';
import { useLiveAlerts } from '../api/live.ts';
import { queryClient } from '../api/queries.ts';
import { Header } from './Header.tsx';
import { type Keymap, useKeys } from './keys.ts';
import { places } from './navigation.ts';
import { Rail, TabBar } from './Rail.tsx';
import { useRenewedSession } from './session.ts';
import { criticalBeep } from './sound.ts';
import { setTheme, useTheme } from './theme.ts';

const palette = () => import('./Palette.tsx').then((module) => ({ default: module.Palette }));
const sheet = () => import('./ShortcutSheet.tsx').then((module) => ({ default: module.ShortcutSheet }));
const Palette = lazy(palette);
const ShortcutSheet = lazy(sheet);
/** Time after which the page has what it needs first, ms. */
const restMs = 1500;

/** What surrounds every screen behind the login. */
export function Layout() {
  const [overlay, setOverlay] = useState<'palette' | 'shortcuts' | null>(null);
  const navigate = useNavigate();
  const { shown } = useTheme();
  const typed = useRef('');
  useRenewedSession();

  const keymap: Keymap = {
    '?': () => setOverlay('shortcuts'),
    t: () => setTheme(shown === 'dark' ? 'light' : 'dark'),
    // Screens that have more to say about it have a key of their own.
    '/': () => document.querySelector<HTMLInputElement>('#main input[type=search]')?.focus(),
  };
  for (const place of places) keymap[`g ${place.key}`] = () => void navigate({ to: place.to });
  useKeys(keymap);

  // Whoever opens them types at once.
  useEffect(() => {
    const timer = setTimeout(() => void Promise.all([palette(), sheet()]).catch(() => undefined), restMs);
    return () => clearTimeout(timer);
  }, []);

  useEffect(() => {
    const listener = (event: KeyboardEvent) => {
      if (event.key.toLowerCase() !== 'k' || !(event.ctrlKey || event.metaKey)) return;
      event.preventDefault();
      setOverlay((now) => (now === 'palette' ? null : 'palette'));
    };
    document.addEventListener('keydown', listener);
    return () => document.removeEventListener('keydown', listener);
  }, []);

  useLiveAlerts((alert, update) => {
    if (update) takeAlertUpdate(alert);
    else if (alert.severity_level === 'critical' && !alert.historical) criticalBeep();
    // Signals come in numbers and are in none of these.
    if (update || alert.signal) return;
    for (const key of ['overview', 'alert-histogram', 'urgent-alerts'])
      void queryClient.invalidateQueries({ queryKey: [key] }, { cancelRefetch: false });
  });

  return (
    <div className="relative flex h-dvh overflow-hidden">
      <a
        href="#main"
        className="sr-only z-50 rounded bg-accent px-3 py-2 text-on-accent focus:not-sr-only focus:absolute focus:top-2 focus:left-2"
      >
        Skip to the content
      </a>
      <Rail />
      <div className="flex min-w-0 grow flex-col">
        <Header onPalette={() => setOverlay('palette')} onShortcuts={() => setOverlay('shortcuts')} />
        <main
          id="main"
          tabIndex={-1}
          className="thin-scroll relative min-h-0 grow overflow-x-hidden overflow-y-auto outline-none"
        >
          <Outlet />
        </main>
        <TabBar />
      </div>
      <Suspense fallback={<TypedAhead into={typed} />}>
        {overlay === 'palette' && (
          <Palette typed={typed} onClose={() => setOverlay(null)} onShortcuts={() => setOverlay('shortcuts')} />
        )}
      </Suspense>
      <Suspense>{overlay === 'shortcuts' && <ShortcutSheet onClose={() => setOverlay(null)} />}</Suspense>
    </div>
  );
}

/** Stands in for the palette while it is fetched: keys are its own already, and would be shortcuts of the screen otherwise. */
function TypedAhead({ into }: { into: RefObject<string> }) {
  useEffect(() => {
    const listener = (event: KeyboardEvent) => {
      if (event.key.length !== 1 || event.ctrlKey || event.metaKey || event.altKey) return;
      into.current += event.key;
      event.preventDefault();
      event.stopPropagation();
    };
    window.addEventListener('keydown', listener, { capture: true });
    return () => window.removeEventListener('keydown', listener, { capture: true });
  }, [into]);
  return null;
}
