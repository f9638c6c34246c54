import { useSyncExternalStore } from 'react';
import { readPreference, writePreference } from './storage.ts';

export const themes = ['dark', 'light', 'system'] as const;
export type Theme = (typeof themes)[number];

const listeners = new Set<() => void>();
const prefersLight = matchMedia('(prefers-color-scheme: light)');
const preferred = (): Theme => themes.find((theme) => theme === readPreference('theme', 'dark')) ?? 'dark';
let chosen = preferred();

function apply(): void {
  document.documentElement.dataset.theme =
    chosen === 'light' || (chosen === 'system' && prefersLight.matches) ? 'light' : 'dark';
  for (const listener of listeners) listener();
}
prefersLight.addEventListener('change', apply);
// Chosen in another tab: the browser tells every tab but that one.
addEventListener('storage', () => {
  chosen = preferred();
  apply();
});

export function setTheme(theme: Theme): void {
  chosen = theme;
  writePreference('theme', theme);
  apply();
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

/** The choice, and what is on the screen because of it. */
export function useTheme(): { chosen: Theme; shown: 'dark' | 'light' } {
  const shown = useSyncExternalStore(subscribe, () => document.documentElement.dataset.theme);
  const choice = useSyncExternalStore(subscribe, () => chosen);
  return { chosen: choice, shown: shown === 'light' ? 'light' : 'dark' };
}
