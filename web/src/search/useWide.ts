import { useSyncExternalStore } from 'react';

/** Whether the window is at least so many pixels wide. */
export function useWide(pixels: number): boolean {
  return useSyncExternalStore(
    (changed) => {
      const list = matchMedia(`(width >= ${pixels}px)`);
      list.addEventListener('change', changed);
      return () => list.removeEventListener('change', changed);
    },
    () => matchMedia(`(width >= ${pixels}px)`).matches,
  );
}
