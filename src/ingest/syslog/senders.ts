import { type SourceHandle, sourceHandle } from '../chunks.ts';
import type { IngestReport, SourceStats } from '../contract.ts';
import { type Bucket, fullBucket, inRanges, normaliseAddress, parseRanges, RecentMap } from '../limiter.ts';

/** One sending address: its sources, its bucket and its counters. UDP and TCP of an address share them. */
export interface Sender {
  address: string;
  source: string;
  /** Made when they are first needed: most senders use one of them, and there may be 100,000. */
  udp: SourceHandle | null;
  tcp: SourceHandle | null;
  bucket: Bucket;
  isTrusted: boolean;
  received: number;
  bytes: number;
  limited: number;
  dropped: number;
  lastAt: number | null;
  /** When the last `limited` report went out, and the last event over the limit came in. */
  reportedAt: number;
  limitedAt: number;
  cut: number;
}

export interface Senders {
  /** Events per second and sender, 0: no limit. */
  readonly limit: number;
  /** The sender with this address as the socket names it. */
  of(rawAddress: string, now: number): Sender;
  /** Counts events over the limit and reports the sender, at most once per second. */
  limited(sender: Sender, count: number, now: number): void;
  trust(addresses: readonly string[]): void;
  /** The senders that are remembered, at most 2,000 of them. */
  stats(now: number): SourceStats[];
}

/** How many senders are remembered. One that was forgotten starts anew, with a full bucket and counters at 0. */
const trackedSenders = 100_000;
/** How many senders one stats report names: forged UDP senders must not make it a message of 20 MB every second. */
const reportedSenders = 2_000;
/** With more senders than that, those that sent this much are named first. */
const manyEvents = 10;

export function createSenders(options: {
  limit: number;
  trustedRelays: readonly string[];
  report: (report: IngestReport) => void;
  tracked?: number;
}): Senders {
  const { limit, report } = options;
  const ranges = parseRanges(options.trustedRelays);
  const senders = new RecentMap<Sender>(options.tracked ?? trackedSenders);

  function create(rawAddress: string, now: number): Sender {
    const address = normaliseAddress(rawAddress);
    return {
      address,
      source: `syslog_${address}`,
      udp: null,
      tcp: null,
      bucket: fullBucket(limit, now),
      isTrusted: inRanges(address, ranges),
      received: 0,
      bytes: 0,
      limited: 0,
      dropped: 0,
      lastAt: null,
      reportedAt: 0,
      limitedAt: 0,
      cut: 0,
    };
  }

  return {
    limit,

    of(rawAddress, now) {
      let sender = senders.get(rawAddress);
      if (sender === undefined) {
        sender = create(rawAddress, now);
        senders.set(rawAddress, sender);
      }
      return sender;
    },

    limited(sender, count, now) {
      sender.limited += count;
      sender.limitedAt = now;
      if (Math.abs(now - sender.reportedAt) < 1000) return;
      sender.reportedAt = now;
      report({ type: 'limited', source: sender.source, limit, seconds: 1 });
    },

    trust(addresses) {
      ranges.push(...parseRanges(addresses));
      for (const sender of senders.values()) sender.isTrusted = inRanges(sender.address, ranges);
    },

    stats(now) {
      const heard = [...senders.values()].filter((sender) => sender.lastAt !== null || sender.limited > 0);
      return mostTalkative(heard).map((sender) => ({
        source: sender.source,
        source_type: 'syslog',
        received: sender.received,
        bytes: sender.bytes,
        limited: sender.limited,
        dropped: sender.dropped,
        lastAt: sender.lastAt,
        lagBytes: null,
        state: sender.limited > 0 && now - sender.limitedAt < 2000 ? 'limited' : 'active',
        detail: sender.cut > 0 ? `${sender.cut} messages were longer than 1 MiB and were cut` : null,
        path: null,
      }));
    },
  };
}

/** The sender's records over one transport, as the chunk pool knows them. */
export function handleOf(sender: Sender, transport: 'udp' | 'tcp'): SourceHandle {
  let handle = sender[transport];
  if (handle === null) {
    const { address: peer, source } = sender;
    handle = sourceHandle({ source, source_type: 'syslog', peer, hint: null, identity: '', transport });
    sender[transport] = handle;
  }
  return handle;
}

/** All of them if they are few. No sorting: with 100,000 forged senders that alone would block the thread. */
function mostTalkative(senders: Sender[]): Sender[] {
  if (senders.length <= reportedSenders) return senders;
  const loud: Sender[] = [];
  const quiet: Sender[] = [];
  for (const sender of senders) {
    const isLoud = sender.isTrusted || sender.received + sender.limited >= manyEvents;
    (isLoud ? loud : quiet).push(sender);
  }
  return [...loud, ...quiet].slice(0, reportedSenders);
}
