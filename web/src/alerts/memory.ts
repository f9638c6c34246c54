import type { AlertsSearch } from './routes.ts';

/** How the queue was left: to stand there again on the way back, and to walk on from alert to alert. */
interface QueueMemory {
  search: AlertsSearch;
  /** Row under the cursor. */
  cursor: string | null;
  /** Alerts in the order of the list. */
  ids: readonly string[];
}

export const queueMemory: QueueMemory = { search: {}, cursor: null, ids: [] };
