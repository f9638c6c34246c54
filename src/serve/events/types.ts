import type { EventJson } from '../../model/index.ts';

/** What was taken out of events before they were stored (docs/encryption.md). */
export interface SealedEvents {
  /**
   * The event as it was, and what stands behind its markers; null: nothing was taken out of it. `unreadable`: values that no
   * key of the installation opens.
   */
  open(event: EventJson): { values: Record<string, string>; unreadable: number; event: EventJson } | null;
  /** What stands for a value in events, one for each key. */
  markersOf(value: string): string[];
}
