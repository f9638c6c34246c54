/**
 * Token buckets per key: `ratePerSecond` tokens come back each second, at most `burst` are held. A request of several
 * events is let in while there is one token and may leave a debt, so that a batch larger than the burst is not refused for ever.
 * Keys that have been full again for a while are forgotten; at most `maxKeys` are held.
 */
export class TokenBuckets {
  private readonly buckets = new Map<string, { level: number; at: number }>();
  private readonly maxKeys: number;
  constructor(maxKeys = 10_000) {
    this.maxKeys = maxKeys;
  }

  get size(): number {
    return this.buckets.size;
  }

  /** @returns seconds to wait, 0 when the tokens were taken. */
  take(key: string, tokens: number, ratePerSecond: number, burst: number, now: number): number {
    if (ratePerSecond <= 0) return 0;
    let bucket = this.buckets.get(key);
    if (bucket === undefined) {
      if (this.buckets.size >= this.maxKeys) this.forget(ratePerSecond, burst, now);
      bucket = { level: burst, at: now };
      this.buckets.set(key, bucket);
    }
    const elapsed = Math.max(0, now - bucket.at) / 1000;
    bucket.level = Math.min(burst, bucket.level + elapsed * ratePerSecond);
    bucket.at = now;
    if (bucket.level < 1) return (1 - bucket.level) / ratePerSecond;
    bucket.level -= tokens;
    return 0;
  }

  private forget(ratePerSecond: number, burst: number, now: number): void {
    for (const [key, bucket] of this.buckets) {
      if (bucket.level + ((now - bucket.at) / 1000) * ratePerSecond >= burst) this.buckets.delete(key);
    }
    // Everybody is active: forget the oldest tenth, which only makes us more generous to them.
    let surplus = this.buckets.size - Math.floor(this.maxKeys * 0.9);
    for (const key of this.buckets.keys()) {
      if (surplus <= 0) break;
      this.buckets.delete(key);
      surplus -= 1;
    }
  }
}

/** What one client is, for limits: its IPv4 address, or the /64 of its IPv6 address, which one client owns as a whole. */
export function addressKey(address: string): string {
  if (address.startsWith('::ffff:') && address.includes('.')) return address.slice(7);
  if (!address.includes(':')) return address;
  const [head = '', tail = ''] = address.split('%', 1)[0]?.split('::') ?? [];
  const left = head === '' ? [] : head.split(':');
  const right = tail === '' ? [] : tail.split(':');
  const groups = address.includes('::')
    ? [...left, ...Array<string>(Math.max(0, 8 - left.length - right.length)).fill('0'), ...right]
    : left;
  return `${groups.slice(0, 4).join(':')}::/64`;
}
