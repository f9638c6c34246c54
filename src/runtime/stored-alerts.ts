import type { LiveBus } from '../serve/contract.ts';

/** Alerts that are older than this when they are stored decide and start nothing. */
export const freshMs = 600_000;
const rememberedAlerts = 20_000;

/**
 * Tells of each alert once, when it is stored: growth of an alert stores it again.
 *
 * @param onStored gets the ids of those that are new; may be called with none
 * @returns ends it
 */
export function eachStoredAlert(bus: LiveBus, onStored: (ids: readonly string[]) => void): () => void {
  const seen = new Set<string>();
  return bus.subscribe((message) => {
    if (message.type !== 'alerts_stored') return;
    const fresh: string[] = [];
    for (const id of message.ids) {
      if (seen.has(id)) continue;
      seen.add(id);
      if (seen.size > rememberedAlerts) seen.delete(seen.values().next().value as string);
      fresh.push(id);
    }
    onStored(fresh);
  }, false);
}
