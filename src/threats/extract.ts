/* Reads events, has the rules look at them, and writes down what they match. */
import { readSpans } from '../backtest/reading.ts';
import { wideRows } from '../backtest/run.ts';
import type { Unit } from '../detect/index/units.ts';
import type { Match } from '../model/index.ts';
import { eventBatches, releaseColumns } from '../store/events/columns.ts';
import { wantedOf } from './collect.ts';
import type { Detectors } from './detectors.ts';
import type { Wanted } from './found.ts';
import { kindOf, LogWriter, rowOf } from './log.ts';
import { countedIn, crowdsWithin, readFor } from './narrow.ts';
import { narrowRows, type ThreatOptions, type ThreatReader } from './run.ts';
import { reachMs } from './stored.ts';

/** Whether matches can be judged apart from their events, and which groups matter can be said from what is stored around. */
export const isLogged = ({ units }: Detectors): boolean =>
  units.every((unit) => (countedIn(unit)?.windowMs ?? Number.POSITIVE_INFINITY) < reachMs);

export interface Extraction {
  /** Rising: what is matched between two of them is written by itself. */
  borders: readonly number[];
  /** Every match; false: of groups that may meet a condition by what is stored of `around`. */
  isWhole: boolean;
  around: { from: number; to: number };
}

/**
 * @param isLate asked now and then: nobody waits for more
 * @returns between each two borders what was matched; null: it became late
 */
export async function extract(
  detectors: Detectors,
  { borders, isWhole, around }: Extraction,
  store: ThreatReader,
  { pause }: Pick<ThreatOptions, 'pause'>,
  isLate: () => boolean,
): Promise<(readonly Uint8Array[])[] | null> {
  const { units, isWide, needed } = detectors;
  const [from, to] = [borders[0] as number, borders.at(-1) as number];
  const groups = new Map<Unit, readonly string[]>();
  for (const unit of isWhole ? [] : units) {
    const counted = countedIn(unit);
    // A single event meets it: to count them first saves nothing.
    if (counted === null || counted.min < 2) continue;
    const reach = Math.ceil(counted.windowMs) + 1;
    const span = { from: Math.max(around.from, from - reach), to: Math.min(around.to, to + reach) };
    const busy = await crowdsWithin(unit, span, store);
    if (busy !== null) groups.set(unit, busy);
    await pause?.();
    if (isLate()) return null;
  }
  const where = readFor(units, groups);
  const written = new Written(detectors, borders);
  if (where === 'nothing') return written.chunks();
  const spans = await store.spans(from, to, isWide ? wideRows : narrowRows, isWide ? where : null);
  const wanted = spans.filter(({ fitting }) => fitting > 0);
  for await (const { parts } of readSpans(store, wanted, { where, needed, withoutIds: true })) {
    for (const part of parts) {
      for (const events of eventBatches(part)) for (const event of events) written.see(event);
      releaseColumns(part);
    }
    await pause?.();
    if (isLate()) return null;
  }
  return written.chunks();
}

class Written {
  readonly #rules: Detectors['rules'];
  readonly #borders: readonly number[];
  readonly #writers: readonly LogWriter[];
  readonly #units: ReadonlyMap<string, { place: number; wanted: Wanted }>;
  readonly #matches: Match[] = [];
  #seq = 0;
  #at = 0;

  constructor({ rules, units, list }: Detectors, borders: readonly number[]) {
    this.#rules = rules;
    this.#borders = borders;
    this.#writers = borders.slice(1).map(() => new LogWriter());
    const kinds = new Map(list.map(({ rule_id, attack }) => [rule_id, attack]));
    this.#units = new Map(
      units.flatMap(({ id }, place) => {
        const kind = kinds.get(id);
        return kind === undefined ? [] : [[id, { place, wanted: wantedOf[kind] }] as const];
      }),
    );
  }

  see(event: Match['event']): void {
    this.#seq += 1;
    const matches = this.#matches;
    matches.length = 0;
    this.#rules.match(event, this.#seq, matches);
    if (matches.length === 0) return;
    while (event.time >= (this.#borders[this.#at + 1] as number)) this.#at += 1;
    const writer = this.#writers[this.#at] as LogWriter;
    let isSameEvent = false;
    for (const match of matches) {
      const unit = this.#units.get(match.rule_id);
      if (unit === undefined) continue;
      writer.add(rowOf(match, kindOf(unit.place, match.step, isSameEvent), unit.wanted));
      isSameEvent = true;
    }
  }

  chunks(): (readonly Uint8Array[])[] {
    return this.#writers.map((writer) => writer.chunks());
  }
}
