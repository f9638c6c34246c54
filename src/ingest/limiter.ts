import ipaddr from 'ipaddr.js';

/**
 * Token buckets, one per sending address. Time (epoch ms) is passed in.
 *
 * A counter reset every second lets a sender use its allowance twice around the boundary; a bucket that refills has no
 * boundary. Only the level and the time of the last look are kept, so idle addresses cost no work and no timer.
 *
 * A datagram over the limit is refused. A TCP record is never refused: it takes its token all the same, the level goes
 * below zero, and the connection stays paused until the debt is repaid.
 */
export interface Bucket {
  /** Tokens left; below zero: debt. At most `limit`. */
  level: number;
  at: number;
}

export function fullBucket(limit: number, now: number): Bucket {
  return { level: limit, at: now };
}

function refill(bucket: Bucket, limit: number, now: number): void {
  const elapsed = now - bucket.at;
  // A clock that was set back must not punish anybody: the bucket goes on from its level.
  if (elapsed > 0) bucket.level = Math.min(limit, bucket.level + (elapsed * limit) / 1000);
  bucket.at = now;
}

/** Takes one token if there is one. @param limit events per second */
export function takeToken(bucket: Bucket, limit: number, now: number): boolean {
  if (bucket.at !== now) refill(bucket, limit, now);
  if (bucket.level < 1) return false;
  bucket.level -= 1;
  return true;
}

/** Takes `count` tokens, into debt if need be. Returns how many of them were over the limit. */
export function takeOnCredit(bucket: Bucket, limit: number, now: number, count: number): number {
  refill(bucket, limit, now);
  const over = Math.max(0, count - Math.max(0, Math.floor(bucket.level)));
  bucket.level -= count;
  return over;
}

/** Milliseconds until the debt is repaid and a token is there; 0 when there is one now. */
export function waitMs(bucket: Bucket, limit: number, now: number): number {
  refill(bucket, limit, now);
  return bucket.level >= 1 ? 0 : Math.ceil(((1 - bucket.level) * 1000) / limit);
}

/** `::ffff:192.0.2.1` → `192.0.2.1`; a zone (`%eth0`) is cut off; anything else unchanged. */
export function normaliseAddress(address: string): string {
  const zone = address.indexOf('%');
  const bare = zone === -1 ? address : address.slice(0, zone);
  if (!bare.includes(':') || !ipaddr.IPv6.isValid(bare)) return bare;
  const parsed = ipaddr.IPv6.parse(bare);
  return parsed.isIPv4MappedAddress() ? parsed.toIPv4Address().toString() : parsed.toRFC5952String();
}

type Range = [ipaddr.IPv4 | ipaddr.IPv6, number];

/**
 * Reads addresses (`192.0.2.1`, `2001:db8::1`) and CIDR ranges (`10.0.0.0/8`). Throws one sentence naming the first
 * entry that is neither.
 */
export function parseRanges(entries: readonly string[]): Range[] {
  return entries.map((entry) => {
    const text = entry.trim();
    const [base = '', bits] = text.split('/');
    // ipaddr.js also reads `10.0` and `0x7f.1`, which nobody means here.
    const isAddress = base.includes(':') ? ipaddr.IPv6.isValid(base) : ipaddr.IPv4.isValidFourPartDecimal(base);
    if (isAddress && bits === undefined) {
      const address = ipaddr.process(base);
      return [address, address.kind() === 'ipv4' ? 32 : 128];
    }
    if (isAddress && ipaddr.isValidCIDR(text)) return ipaddr.parseCIDR(text);
    throw new Error(
      `"${entry}" is not an address or a range of trusted relays; write for example 192.0.2.10 or 10.0.0.0/8.`,
    );
  });
}

export function inRanges(address: string, ranges: readonly Range[]): boolean {
  if (ranges.length === 0 || !ipaddr.isValid(address)) return false;
  const parsed = ipaddr.process(address);
  return ranges.some(([base, bits]) => base.kind() === parsed.kind() && parsed.match(base, bits));
}

/**
 * A map of at most about `limit` keys that forgets the ones not seen for longest, in two generations: what is looked up
 * moves to the young one, and when that is half full the old one is dropped. One Map look-up per hit, no list to keep.
 */
export class RecentMap<V> {
  #young = new Map<string, V>();
  #old = new Map<string, V>();
  readonly #half: number;
  /** How many keys were dropped so far. */
  forgotten = 0;

  constructor(limit: number) {
    this.#half = Math.max(1, Math.floor(limit / 2));
  }

  get(key: string): V | undefined {
    const value = this.#young.get(key);
    if (value !== undefined) return value;
    const old = this.#old.get(key);
    if (old === undefined) return undefined;
    this.#old.delete(key);
    this.set(key, old);
    return old;
  }

  set(key: string, value: V): void {
    if (this.#young.size >= this.#half && !this.#young.has(key)) {
      this.forgotten += this.#old.size;
      this.#old = this.#young;
      this.#young = new Map();
    }
    this.#young.set(key, value);
  }

  get size(): number {
    return this.#young.size + this.#old.size;
  }

  *values(): IterableIterator<V> {
    yield* this.#young.values();
    yield* this.#old.values();
  }
}
