import { addressKey } from '../token-bucket.ts';

const refusalsEveryMs = 60_000;

/**
 * Slows down guessing. After `free` failures for one (address, user) pair each further failure doubles the wait, from 2 s up to
 * 15 minutes; an address that fails with many names waits as well, after ten times as many. Success forgets the pair.
 */
export class LoginThrottle {
  private readonly failures = new Map<string, { count: number; until: number; at: number }>();
  private readonly refusals = new Map<string, { count: number; at: number }>();
  private readonly free = 5;
  private readonly maxKeys = 20_000;
  private readonly forgetMs = 3_600_000;

  /** Seconds that this pair has to wait, 0: it may try. */
  waitSeconds(address: string, username: string, now: number): number {
    let wait = 0;
    for (const key of this.keys(address, username)) {
      const entry = this.failures.get(key);
      // An entry of the future: the clock was set back. Nobody waits for it to come round again.
      if (entry && entry.until > now && entry.at <= now) wait = Math.max(wait, (entry.until - now) / 1000);
    }
    return wait;
  }

  failed(address: string, username: string, now: number): void {
    const [pair, byAddress] = this.keys(address, username);
    this.count(pair, this.free, now);
    this.count(byAddress, this.free * 10, now);
  }

  /**
   * Counts an attempt that was refused, and says when it is time for a record: an address gets one a minute, or whoever guesses
   * would fill the disk with them.
   *
   * @returns how many were refused since the last record; null: none now
   */
  refused(address: string, now: number): number | null {
    const client = addressKey(address);
    const entry = this.refusals.get(client);
    if (entry !== undefined && Math.abs(now - entry.at) < refusalsEveryMs) {
      entry.count += 1;
      return null;
    }
    this.refusals.delete(client);
    if (this.refusals.size >= this.maxKeys) this.refusals.delete(this.refusals.keys().next().value ?? '');
    this.refusals.set(client, { count: 0, at: now });
    return (entry?.count ?? 0) + 1;
  }

  succeeded(address: string, username: string): void {
    this.failures.delete(this.keys(address, username)[0]);
  }

  private keys(address: string, username: string): readonly [string, string] {
    const client = addressKey(address);
    return [`${client} ${username.slice(0, 200).toLowerCase()}`, client];
  }

  private count(key: string, free: number, now: number): void {
    const before = this.failures.get(key);
    const count = before && Math.abs(now - before.at) < this.forgetMs ? before.count + 1 : 1;
    const over = count - free;
    const waitMs = over < 0 ? 0 : Math.min(900_000, 2000 * 2 ** Math.min(over, 10));
    // Re-inserted, so that the map's order is by last failure and the stalest is the first to go.
    this.failures.delete(key);
    if (this.failures.size >= this.maxKeys) this.failures.delete(this.failures.keys().next().value ?? '');
    this.failures.set(key, { count, until: now + waitMs, at: now });
  }
}
