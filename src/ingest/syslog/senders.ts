import {
  blockedMs,
  brokeLimit,
  effectiveLimit,
  goodStanding,
  hasSecondRoom,
  keptLimit,
  reputationOf,
  type Standing,
} from '../../model/index.ts';
import { type SourceHandle, sourceHandle } from '../chunks.ts';
import type { IngestReport, SourceStanding, SourceStats } from '../contract.ts';
import { type Bucket, fullBucket, inRanges, normaliseAddress, parseRanges, RecentMap, takeToken } from '../limiter.ts';

/** One sending address: its sources, its bucket and its counters. UDP and TCP of an address share them. */
export interface Sender {
  address: string;
  source: string;
  /** Made when they are first needed: most senders use one of them, and there may be 100,000. */
  udp: SourceHandle | null;
  tcp: SourceHandle | null;
  tls: SourceHandle | null;
  bucket: Bucket;
  standing: Standing;
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
  /** Whether one datagram of the sender may come in. One that may not is counted; the first of many is reported and shuts the sender out. */
  admits(sender: Sender, now: number): boolean;
  /** Events per second that the sender may send now. */
  limitOf(sender: Sender): number;
  /** Counts what came over a connection beyond the limit and reports the sender, at most once per second. It is slowed, not punished. */
  slowed(sender: Sender, count: number, now: number): void;
  /** The addresses and ranges that are never limited, beside the relays of the configuration. Replaces those before. */
  trust(addresses: readonly string[]): void;
  /** The senders that are remembered, at most 2,000 of them. */
  stats(now: number): SourceStats[];
  /** How many are remembered, and how many were forgotten. */
  memory(): { tracked: number; forgotten: number };
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
  const relays = parseRanges(options.trustedRelays);
  let ranges = relays;
  const senders = new RecentMap<Sender>(options.tracked ?? trackedSenders);

  function create(rawAddress: string, now: number): Sender {
    const address = normaliseAddress(rawAddress);
    return {
      address,
      source: `syslog_${address}`,
      udp: null,
      tcp: null,
      tls: null,
      bucket: fullBucket(limit, now),
      standing: goodStanding(),
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

  function tell(sender: Sender, most: number, blockedSeconds: number): void {
    const { source, standing } = sender;
    const { violations } = standing;
    report({ type: 'limited', source, limit: most, blockedSeconds, violations, reputation: reputationOf(standing) });
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

    admits(sender, now) {
      if (limit === 0 || sender.isTrusted) return true;
      const { standing } = sender;
      if (blockedMs(standing, now) === 0) {
        const most = effectiveLimit(standing, limit);
        if (hasSecondRoom(standing, most, now) && takeToken(sender.bucket, most, now)) {
          keptLimit(standing);
          return true;
        }
        const blockedSeconds = brokeLimit(standing, now);
        tell(sender, most, blockedSeconds);
      }
      sender.limited += 1;
      sender.limitedAt = now;
      return false;
    },

    limitOf: ({ standing }) => effectiveLimit(standing, limit),

    slowed(sender, count, now) {
      sender.limited += count;
      sender.limitedAt = now;
      if (Math.abs(now - sender.reportedAt) < 1000) return;
      sender.reportedAt = now;
      tell(sender, effectiveLimit(sender.standing, limit), 0);
    },

    trust(addresses) {
      ranges = [...relays, ...parseRanges(addresses)];
      for (const sender of senders.values()) {
        sender.isTrusted = inRanges(sender.address, ranges);
        if (sender.isTrusted) sender.standing = goodStanding();
      }
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
        state: isLimited(sender, now) ? 'limited' : 'active',
        detail: detailOf(sender, now),
        path: null,
        ...(limit > 0 && !sender.isTrusted && { standing: standingOf(sender, limit, now) }),
      }));
    },

    memory: () => ({ tracked: senders.size, forgotten: senders.forgotten }),
  };
}

const isLimited = (sender: Sender, now: number): boolean =>
  !sender.isTrusted && ((sender.limited > 0 && now - sender.limitedAt < 2000) || blockedMs(sender.standing, now) > 0);

const standingOf = ({ standing }: Sender, limit: number, now: number): SourceStanding => ({
  reputation: reputationOf(standing),
  violations: standing.violations,
  limit: effectiveLimit(standing, limit),
  blockedUntil: blockedMs(standing, now) > 0 ? standing.blockedUntil : null,
});

function detailOf(sender: Sender, now: number): string | null {
  const left = sender.isTrusted ? 0 : Math.ceil(blockedMs(sender.standing, now) / 1000);
  if (left > 0) return `over its limit: datagrams are dropped for another ${left} s`;
  return sender.cut > 0 ? `${sender.cut} messages were longer than 1 MiB and were cut` : null;
}

/** The sender's records over one transport, as the chunk pool knows them. */
export function handleOf(sender: Sender, transport: 'udp' | 'tcp' | 'tls'): SourceHandle {
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
