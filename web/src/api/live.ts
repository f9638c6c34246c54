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

/** Screens of incidents ask anew this often at most, however fast alerts come. */
const incidentsEveryMs = 1500;

/** Runs when incidents came or changed. @param of only for this one */
export function useLiveIncidents(handler: () => void, of?: string): void {
  const onChange = useEffectEvent(handler);
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const unlisten = live.listen({
      incidents(ids) {
        if (timer !== undefined || (of !== undefined && !ids.includes(of))) return;
        timer = setTimeout(() => {
          timer = undefined;
          onChange();
        }, incidentsEveryMs);
      },
    });
    return () => {
      clearTimeout(timer);
      unlisten();
    };
  }, [of]);
}
