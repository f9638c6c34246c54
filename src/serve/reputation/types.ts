import type { Reputation } from '../../model/reputation.ts';

/** Reputation of addresses. Cached; within the providers' budgets; never on the data's way. */
export interface ReputationControl {
  /** Why no provider can be asked (no key), in a sentence; null: at least one can. */
  readonly unavailable: string | null;
  /**
   * Asks whoever may be asked, the cache first. Never rejects for a provider's failure: that is in `note`.
   *
   * @param address IPv4 or IPv6, as an event states it
   * @returns null where nobody can say anything: no key is set and no list holds it
   */
  of(address: string, options?: { useCache?: boolean }): Promise<Reputation | null>;
  /** The same for many at a time, in few steps at once. Addresses of which nothing can be said are left out. */
  many(addresses: readonly string[]): Promise<Map<string, Reputation>>;
  /** What is known without asking anybody; null: nothing. Cheap enough for each row of a list. */
  known(address: string): Reputation | null;
}
