import { createHash } from 'node:crypto';
import type { Detected } from './detect.ts';

/** Periods of which the numbers are kept: some KiB each. */
const mostCounts = 500;
/** Periods of which all is kept, up to some MiB each, and for how long: who has looked at a report soon wants it as a file. */
const mostWhole = 2;
const wholeMs = 10 * 60_000;

/**
 * What the detectors found in periods before. A key says all that the result depends on: the rules, the parameters, the time,
 * and how many events were stored of it.
 */
export class KeptDetections {
  readonly #counts = new Map<string, Detected>();
  readonly #whole = new Map<string, Detected>();
  readonly #now: () => number;
  #wholeSince = 0;

  constructor(now: () => number) {
    this.#now = now;
  }

  static key(parts: readonly unknown[]): string {
    return createHash('sha256').update(JSON.stringify(parts)).digest('base64url');
  }

  /** @param isWhole detections are wanted, not only how many there are */
  get(key: string, isWhole: boolean): Detected | null {
    if (this.#now() - this.#wholeSince > wholeMs) this.#whole.clear();
    return this.#whole.get(key) ?? (isWhole ? null : (this.#counts.get(key) ?? null));
  }

  put(key: string, detected: Detected, isWhole: boolean): void {
    remember(this.#counts, key, countsOf(detected), mostCounts);
    if (!isWhole) return;
    this.#wholeSince = this.#now();
    remember(this.#whole, key, detected, mostWhole);
  }
}

function countsOf({ brute_force, ddos, port_scan, sql_injection }: Detected): Detected {
  const none = { detections: [] };
  const [a, b, c, d] = [brute_force, ddos, port_scan, sql_injection].map(
    ({ total_detections, severity_counts, notes }) => ({ total_detections, severity_counts, notes, ...none }),
  ) as [Counts, Counts, Counts, Counts];
  return { brute_force: a, ddos: b, port_scan: c, sql_injection: d };
}

type Counts = Pick<Detected['ddos'], 'total_detections' | 'severity_counts' | 'notes'> & { detections: [] };

/** The oldest goes. */
function remember(map: Map<string, Detected>, key: string, value: Detected, most: number): void {
  map.delete(key);
  map.set(key, value);
  for (const oldest of map.keys()) {
    if (map.size <= most) break;
    map.delete(oldest);
  }
}
