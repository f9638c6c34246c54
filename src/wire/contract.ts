import type { RecordKind } from './records.ts';

/** What a capture came to so far. */
export interface WireCounts {
  packets: number;
  bytes: number;
  /** No IP: ARP and everything else. */
  arp: number;
  other: number;
  /** Headers were cut off or contradict themselves. */
  damaged: number;
  /** Of links that are not read. */
  unknownLink: number;
  /** Later parts of packets whose first part was not seen. */
  orphanedFragments: number;
  flows: number;
  flowsHeld: number;
  /** Flows that had to make room for others. */
  flowsEvicted: number;
  /** Flows told in sums. */
  flowsSummed: number;
  /** Hellos of which only a part was kept, because too many came in pieces at once. */
  talksForgotten: number;
  told: Record<RecordKind, number>;
  /** What was over the limits and not told. */
  leftOut: Record<RecordKind, number>;
  /** Packets and bytes by protocol. */
  protocols: Record<string, { packets: number; bytes: number }>;
}
