import { createHash } from 'node:crypto';
import type { HistoryReader } from '../store/client.ts';

/* How much is stored when: by it is known whether something was worked out of what is stored now. */

export const hourMs = 3_600_000;
/** The store has counts of such steps. */
export const blockMs = 600_000;
/** Recent time is counted in these, event by event. */
export const fineMs = 10_000;
/** So far beyond its begin and end what is stored decides which groups matter. No window is longer. */
export const reachMs = 3 * blockMs;

export const floorTo = (time: number, step: number): number => Math.floor(time / step) * step;
export const ceilTo = (time: number, step: number): number => Math.ceil(time / step) * step;

interface Step {
  counts: string;
  total: number;
}

/** How many events of which types are stored, step by step. */
export class Stored {
  readonly #blocks = new Map<number, Step>();
  readonly #fine = new Map<number, Step>();
  readonly #fineFrom: number;

  private constructor(fineFrom: number) {
    this.#fineFrom = fineFrom;
  }

  /** @param fineFrom from then on in finer steps too; null: nowhere */
  static async count(
    store: Pick<HistoryReader, 'histogram'>,
    { from, to }: { from: number; to: number },
    fineFrom: number | null,
  ): Promise<Stored> {
    const stored = new Stored(fineFrom ?? Number.POSITIVE_INFINITY);
    // Hours are looked at as wholes.
    const wide = { from: floorTo(from, hourMs) - reachMs, to: ceilTo(to, hourMs) + reachMs };
    note(stored.#blocks, await store.histogram(wide, blockMs, 'event_type'));
    if (fineFrom !== null && fineFrom < to)
      note(stored.#fine, await store.histogram({ from: fineFrom, to: ceilTo(to, fineMs) }, fineMs, 'event_type'));
    return stored;
  }

  /** What is stored of [from, to) and, where not all matches are wanted, around it. Null: that was not counted. */
  key(from: number, to: number, isWhole: boolean): string | null {
    if (isOn(from, blockMs) && isOn(to, blockMs)) {
      const reach = isWhole ? 0 : reachMs;
      return keyOf(this.#blocks, from - reach, to + reach, blockMs);
    }
    if (!isWhole || from < this.#fineFrom || !isOn(from, fineMs) || !isOn(to, fineMs)) return null;
    return keyOf(this.#fine, from, to, fineMs);
  }

  /** Events from the begin of the first step to the end of the last one that the time touches. */
  total(from: number, to: number): number {
    const isFine = floorTo(from, fineMs) >= this.#fineFrom;
    const [steps, width] = isFine ? [this.#fine, fineMs] : [this.#blocks, blockMs];
    let sum = 0;
    for (let time = floorTo(from, width); time < to; time += width) sum += steps.get(time)?.total ?? 0;
    return sum;
  }

  /** Stretches of [from, to) with about so many events each; borders are those of fine steps. */
  portions(from: number, to: number, most: number): { from: number; to: number }[] {
    const all: { from: number; to: number }[] = [];
    let [begin, sum] = [from, 0];
    for (let time = floorTo(from, fineMs); time < to; time += fineMs) {
      const count = this.#fine.get(time)?.total ?? 0;
      if (sum > 0 && sum + count > most) {
        all.push({ from: begin, to: time });
        [begin, sum] = [time, 0];
      }
      sum += count;
    }
    all.push({ from: begin, to });
    return all;
  }
}

export const isOn = (time: number, step: number): boolean => floorTo(time, step) === time;

function note(steps: Map<number, Step>, rows: Awaited<ReturnType<HistoryReader['histogram']>>): void {
  for (const { time, key, count } of rows) {
    const step = steps.get(time) ?? { counts: '', total: 0 };
    steps.set(time, { counts: `${step.counts} ${key}=${count}`, total: step.total + count });
  }
}

function keyOf(steps: ReadonlyMap<number, Step>, from: number, to: number, width: number): string {
  const hash = createHash('sha256');
  for (let time = from; time < to; time += width) hash.update(`${steps.get(time)?.counts ?? ''}\n`);
  return hash.digest('base64url').slice(0, 22);
}
