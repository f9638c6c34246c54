/* Matches that cannot meet a condition, whatever comes before and behind, are left out of what is kept. */
import type { Unit } from '../detect/index/units.ts';
import type { Detectors } from './detectors.ts';
import { isSame, kindOf, type LogChunk, LogWriter, rowAt, stepOf, unitOf } from './log.ts';
import { countedIn } from './narrow.ts';

type Read = () => Iterable<LogChunk>;

/**
 * All matches of a time in chunks anew, without those of groups that have too few around them. What lies within a window of
 * the time's begin or end stays: there is more of it elsewhere.
 */
export function pruned(
  { units }: Detectors,
  logs: readonly Read[],
  span: { from: number; to: number },
): readonly Uint8Array[] {
  const counts = units.map((unit) => countsFor(unit, span));
  const isInside = (time: number): boolean => time >= span.from && time < span.to;
  const chunks = function* (): Generator<LogChunk> {
    for (const read of logs) yield* read();
  };
  for (const chunk of chunks()) {
    const names = chunk.groupTable.map(nameOf);
    for (let row = 0; row < chunk.rows; row += 1) {
      const time = chunk.times[row] as number;
      if (isInside(time))
        counts[unitOf(chunk.kinds[row] as number)]?.add(names[(chunk.groups[row] as number) - 1] ?? '', time);
    }
  }
  const writer = new LogWriter();
  for (const chunk of chunks()) {
    const names = chunk.groupTable.map(nameOf);
    /** A match of the event was written. */
    let isWritten = false;
    for (let row = 0; row < chunk.rows; row += 1) {
      const kind = chunk.kinds[row] as number;
      if (!isSame(kind)) isWritten = false;
      const time = chunk.times[row] as number;
      const [unit, name] = [unitOf(kind), names[(chunk.groups[row] as number) - 1] ?? ''];
      if (!isInside(time) || counts[unit]?.matters(name, time) !== true) continue;
      writer.add({ ...rowAt(chunk, row), kind: kindOf(unit, stepOf(kind), isWritten) });
      isWritten = true;
    }
  }
  return writer.chunks();
}

const nameOf = (group: readonly string[]): string =>
  group.length === 1 ? (group[0] as string) : JSON.stringify(group);

/** Counts in buckets of a window's length: any window lies in two that stand side by side. */
class Counts {
  readonly #from: number;
  readonly #to: number;
  readonly #width: number;
  readonly #least: number;
  readonly #counts = new Map<string, number[]>();

  constructor(from: number, to: number, width: number, least: number) {
    this.#from = from;
    this.#to = to;
    this.#width = width;
    this.#least = least;
  }

  add(group: string, time: number): void {
    let counts = this.#counts.get(group);
    if (counts === undefined) {
      counts = [];
      this.#counts.set(group, counts);
    }
    const at = this.#at(time);
    counts[at] = (counts[at] ?? 0) + 1;
  }

  matters(group: string, time: number): boolean {
    if (time - this.#from <= this.#width || this.#to - time <= this.#width) return true;
    const counts = this.#counts.get(group) ?? [];
    const at = this.#at(time);
    const here = counts[at] ?? 0;
    return here + Math.max(counts[at - 1] ?? 0, counts[at + 1] ?? 0) >= this.#least;
  }

  #at(time: number): number {
    return Math.floor((time - this.#from) / this.#width);
  }
}

function countsFor(unit: Unit, { from, to }: { from: number; to: number }): Counts {
  const counted = countedIn(unit);
  return new Counts(from, to, Math.ceil(counted?.windowMs ?? to - from), counted?.min ?? 1);
}
