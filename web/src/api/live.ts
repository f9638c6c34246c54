import { useEffect, useEffectEvent, useSyncExternalStore } from 'react';
import { type LiveState, live } from './socket.ts';
import type { PhosorAlert } from './types.ts';

export function useLiveState(): LiveState {
  return useSyncExternalStore(
    (changed) => live.listen({ state: changed }),
    () => live.state,
  );
}

/** Runs for every alert that arrives while the component is mounted. */
export function useLiveAlerts(handler: (alert: PhosorAlert, update: boolean) => void): void {
  const onAlert = useEffectEvent(handler);
  useEffect(() => live.listen({ alert: (alert, update) => onAlert(alert, update) }), []);
}
