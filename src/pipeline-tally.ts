import type { CorrelatorStats } from './detect/contract.ts';
import type { PipelineTick, SourceTally } from './messages.ts';
import type { Event } from './model/index.ts';

/** A forged sender address per datagram must not fill the memory: beyond this, sources share one entry. */
const maxSources = 10_000;
const otherSources = '(other sources)';

interface Entry extends SourceTally {
  formats: Map<string, number>;
  isChanged: boolean;
}

/** Counts what the pipeline worker sees, per source, format and kind of redaction. */
export class PipelineTally {
  #events = 0;
  #bytes = 0;
  #raw = 0;
  readonly #formats = new Map<string, number>();
  readonly #redactions = new Map<string, number>();
  readonly #sources = new Map<string, Entry>();

  count(event: Event, bytes: number): void {
    this.#events += 1;
    this.#bytes += bytes;
    const isRaw = event.format === 'raw';
    if (isRaw) this.#raw += 1;
    this.#formats.set(event.format, (this.#formats.get(event.format) ?? 0) + 1);
    const entry = this.#entry(event.source);
    entry.events += 1;
    if (isRaw) entry.raw += 1;
    if (event.tags.length > 0 && event.tags.includes('clock_skew')) entry.skewed += 1;
    entry.formats.set(event.format, (entry.formats.get(event.format) ?? 0) + 1);
    if (event.redacted.length > 0) {
      entry.redacted += 1;
      for (const kind of event.redacted) {
        this.#redactions.set(kind, (this.#redactions.get(kind) ?? 0) + 1);
        if (!entry.redactedKinds.includes(kind)) entry.redactedKinds.push(kind);
      }
    }
    entry.lastAt = event.received_at;
    entry.lastRaw = event.raw;
    if (event.has_time) {
      const offset = event.received_at - event.time;
      entry.clockOffsetMs =
        entry.clockOffsetMs === null ? offset : entry.clockOffsetMs + (offset - entry.clockOffsetMs) * 0.05;
    }
    entry.isChanged = true;
  }

  /** Totals, and the sources that changed since the last call. */
  tick(correlator: CorrelatorStats): Omit<PipelineTick, 'addresses' | 'addressesLeft'> {
    const sources: SourceTally[] = [];
    for (const entry of this.#sources.values()) {
      if (!entry.isChanged) continue;
      entry.isChanged = false;
      const { formats, isChanged, ...tally } = entry;
      let most = 0;
      for (const [format, count] of formats) {
        if (count > most) {
          most = count;
          tally.format = format;
        }
      }
      tally.lastRaw = tally.lastRaw === null ? null : tally.lastRaw.slice(0, 1000);
      sources.push(tally);
    }
    return {
      type: 'tick',
      events: this.#events,
      bytes: this.#bytes,
      raw: this.#raw,
      byFormat: Object.fromEntries(this.#formats),
      redactions: Object.fromEntries(this.#redactions),
      sources,
      correlator,
    };
  }

  #entry(source: string): Entry {
    const known = this.#sources.get(source);
    if (known !== undefined) return known;
    const name = this.#sources.size < maxSources ? source : otherSources;
    const entry: Entry = this.#sources.get(name) ?? {
      source: name,
      events: 0,
      raw: 0,
      skewed: 0,
      redacted: 0,
      redactedKinds: [],
      format: null,
      lastAt: null,
      lastRaw: null,
      clockOffsetMs: null,
      formats: new Map(),
      isChanged: false,
    };
    this.#sources.set(name, entry);
    return entry;
  }
}
