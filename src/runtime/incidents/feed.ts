import type { IncidentChange, IncidentFeed } from '../../model/index.ts';
import type { IncidentRow } from '../../store/contract.ts';

/** Tells of changes, once they are stored. A listener that throws is reported and harms nobody else. */
export class Feed implements IncidentFeed {
  readonly #listeners = new Set<(change: IncidentChange) => void>();
  readonly #failed: (error: unknown) => void;

  constructor(failed: (error: unknown) => void) {
    this.#failed = failed;
  }

  subscribe(listener: (change: IncidentChange) => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  tell(kind: IncidentChange['kind'], row: IncidentRow, alert: IncidentChange['alert']): void {
    const { facts, ...incident } = row;
    for (const listener of this.#listeners) {
      try {
        listener({ kind, incident, alert });
      } catch (error) {
        this.#failed(error);
      }
    }
  }
}
