import type { LiveBus, LiveMessage } from '../serve/contract.ts';

/** Fan-out of events and alerts inside `main`. Tells the pipeline when the first listener wants events and when the last one leaves. */
export class Bus implements LiveBus {
  readonly #listeners = new Map<(message: LiveMessage) => void, boolean>();
  readonly #onWanted: (wanted: boolean) => void;
  #isWanted = false;

  constructor(onWanted: (wanted: boolean) => void) {
    this.#onWanted = onWanted;
  }

  subscribe(listener: (message: LiveMessage) => void, wantsEvents: boolean): () => void {
    this.#listeners.set(listener, wantsEvents);
    this.#settle();
    return () => {
      this.#listeners.delete(listener);
      this.#settle();
    };
  }

  emit(message: LiveMessage): void {
    const isEvent = message.type === 'event' || message.type === 'skipped';
    for (const [listener, wantsEvents] of this.#listeners) {
      if (!isEvent || wantsEvents) listener(message);
    }
  }

  #settle(): void {
    const isWanted = [...this.#listeners.values()].includes(true);
    if (isWanted === this.#isWanted) return;
    this.#isWanted = isWanted;
    this.#onWanted(isWanted);
  }
}
