import type { Event } from '../../model/index.ts';

/** Watermarks are kept for this many sources; the stalest half goes. */
const maxSources = 65_536;

/** The newest event time of each source, by which its events are late. */
export class Watermarks {
  readonly #latenessMs: number;
  #bySource = new Map<string, number>();

  constructor(latenessMs: number) {
    this.#latenessMs = latenessMs;
  }

  get bySource(): ReadonlyMap<string, number> {
    return this.#bySource;
  }

  of(source: string): number | undefined {
    return this.#bySource.get(source);
  }

  set(watermarks: Map<string, number>): void {
    this.#bySource = watermarks;
  }

  /**
   * Lateness is measured against the newest event of the same source. An event that is newer moves its watermark, live at
   * most to when it was received: one sender whose clock is ahead must not make all others behind the same relay late.
   */
  isLate({ source, time, received_at }: Event): boolean {
    const isLive = this.#latenessMs !== Number.POSITIVE_INFINITY;
    const reached = isLive && received_at < time ? received_at : time;
    const watermark = this.#bySource.get(source);
    if (watermark === undefined) {
      if (this.#bySource.size >= maxSources) this.#forgetStalest();
      this.#bySource.set(source, reached);
      return false;
    }
    // Behind what was received before: our own clock was set back, and what comes now is on time.
    if (reached > watermark || (isLive && watermark > received_at + this.#latenessMs)) {
      this.#bySource.set(source, reached);
      return false;
    }
    return time < watermark - this.#latenessMs;
  }

  #forgetStalest(): void {
    const oldestFirst = [...this.#bySource].sort((a, b) => a[1] - b[1]);
    for (const [source] of oldestFirst.slice(0, maxSources / 2)) this.#bySource.delete(source);
  }
}
