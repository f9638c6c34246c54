/* A time in pieces: what is kept of it, and what is to be looked at. */
import type { Detectors } from './detectors.ts';
import { extract } from './extract.ts';
import type { JoinReader } from './join.ts';
import type { KeptLog, KeptLogs } from './kept.ts';
import type { ThreatOptions } from './run.ts';
import { blockMs, ceilTo, fineMs, floorTo, hourMs, isOn, reachMs, Stored } from './stored.ts';

/** So long after a time hardly anything of it is still on its way. */
const settledMs = 5 * 60_000;
/** And so long most of it is stored. */
export const arrivedMs = 15_000;
/** Events that are looked at at once, about. */
const mostAtOnce = 400_000;
/** Of recent time fewer events than this are not worth keeping. */
const worthKeeping = 100_000;
/** More of them are narrowed to groups that matter, although that holds for one question only. */
const mostWhole = 2_000_000;

/** When it is, epoch ms, and of how many events of recent time on what they match is kept. */
export interface Keeping {
  now: number;
  least: number;
}

export const keepingAt = (now: number): Keeping => ({ now, least: worthKeeping });

/** Pieces do not overlap. */
export interface Piece {
  from: number;
  to: number;
  /** Null: is to be looked at. */
  log: KeptLog | null;
  /** Where looking begins: hours are looked at as wholes, so that they can be kept. */
  lookFrom: number;
}

/** The first point in time of which more is to be expected, or of what it depends on. */
export const settledUntil = (now: number): number => floorTo(now - settledMs - reachMs, hourMs);

export class Pieces {
  readonly list: readonly Piece[];
  readonly stored: Stored;
  readonly #detectors: Detectors;
  readonly #span: { from: number; to: number };
  readonly #kept: KeptLogs;
  readonly #store: JoinReader;
  readonly #keeping: Keeping;

  private constructor(
    list: readonly Piece[],
    stored: Stored,
    detectors: Detectors,
    span: { from: number; to: number },
    kept: KeptLogs,
    store: JoinReader,
    keeping: Keeping,
  ) {
    this.list = list;
    this.stored = stored;
    this.#detectors = detectors;
    this.#span = span;
    this.#kept = kept;
    this.#store = store;
    this.#keeping = keeping;
  }

  /**
   * @param fineMost recent time is counted in fine steps for so long at most, so that parts of it may be kept
   * @param leastMs shorter times that are kept are overlooked
   */
  static async of(
    detectors: Detectors,
    span: { from: number; to: number },
    kept: KeptLogs,
    store: JoinReader,
    keeping: Keeping,
    { fineMost = 2 * blockMs, leastMs = 0 } = {},
  ): Promise<Pieces> {
    const logs = kept.list(span.from, span.to).filter(({ from, to }) => to - from >= leastMs);
    const { now } = keeping;
    const recent = settledUntil(now);
    const fine = logs.filter(isFine).map(({ from }) => from);
    if (span.to > recent) fine.push(Math.max(uncoveredFrom(recent, logs), floorTo(now - fineMost, blockMs)));
    const stored = await Stored.count(store, span, fine.length === 0 ? null : Math.min(...fine));
    const valid = logs.filter(({ from, to, isWhole, key }) => stored.key(from, to, isWhole) === key);
    const list = piecesOf(span, valid, stored, recent);
    return new Pieces(list, stored, detectors, span, kept, store, keeping);
  }

  /** Looks at a piece of which nothing is kept, and keeps of it what will stay as it is. Null: it became late. */
  async look(
    { lookFrom: from, to }: Piece,
    options: Pick<ThreatOptions, 'pause'>,
    isLate: () => boolean,
  ): Promise<readonly Uint8Array[] | null> {
    const isSettled = to <= settledUntil(this.#keeping.now);
    // What is settled is looked at for whoever asks next too, who may ask about more.
    const around = isSettled ? { from: from - reachMs, to: to + reachMs } : this.#span;
    const isWhole = !isSettled && this.stored.total(from, to) <= mostWhole;
    const keeps = isSettled ? hoursIn(from, to) : isWhole ? this.#recentIn(from, to) : [];
    const borders = [...new Set([from, ...keeps.flatMap((one) => [one.from, one.to]), to])].sort((a, b) => a - b);
    const parts = await extract(this.#detectors, { borders, isWhole, around }, this.#store, options, isLate);
    if (parts === null) return null;
    for (const keep of keeps) {
      const key = this.stored.key(keep.from, keep.to, isWhole);
      if (key !== null) this.#kept.put({ ...keep, isWhole, key }, parts[borders.indexOf(keep.from)] ?? []);
    }
    return parts.flat();
  }

  /** Looks at a time and keeps all that is matched in it. */
  async keepWhole({ from, to }: { from: number; to: number }, options: Pick<ThreatOptions, 'pause'>): Promise<void> {
    const key = this.stored.key(from, to, true);
    const extraction = { borders: [from, to], isWhole: true, around: this.#span };
    const parts = await extract(this.#detectors, extraction, this.#store, options, () => false);
    if (key !== null && parts !== null) this.#kept.put({ from, to, isWhole: true, key }, parts.flat());
  }

  /** What has arrived of a recent time, if it is much. */
  #recentIn(from: number, to: number): { from: number; to: number }[] {
    const span = { from: ceilTo(from, fineMs), to: floorTo(Math.min(to, this.#keeping.now - arrivedMs), fineMs) };
    return span.from < span.to && this.stored.total(from, to) >= this.#keeping.least ? [span] : [];
  }
}

const isFine = ({ from, to }: KeptLog): boolean => !isOn(from, blockMs) || !isOn(to, blockMs);

/** What lies before it is kept in whole blocks. */
function uncoveredFrom(since: number, logs: readonly KeptLog[]): number {
  let at = since;
  for (const log of logs) if (!isFine(log) && log.from <= at && log.to > at) at = log.to;
  return at;
}

/** Whole hours between. */
function hoursIn(from: number, to: number): { from: number; to: number }[] {
  const hours: { from: number; to: number }[] = [];
  for (let hour = ceilTo(from, hourMs); hour + hourMs <= to; hour += hourMs)
    hours.push({ from: hour, to: hour + hourMs });
  return hours;
}

/** What is kept, and between it what is to be looked at: some hours at once, where something is stored. */
function piecesOf(
  { from, to }: { from: number; to: number },
  logs: readonly KeptLog[],
  stored: Stored,
  recent: number,
): Piece[] {
  const pieces: Piece[] = [];
  let at = from;
  const lookUntil = (end: number): void => {
    const gaps = gapsIn(at, end, stored, recent);
    pieces.push(...gaps);
    // It may reach into what is kept of its last hour.
    at = Math.max(at, end, gaps.at(-1)?.to ?? at);
  };
  for (const log of logs) {
    if (log.from > at) lookUntil(log.from);
    if (log.to <= at) continue;
    pieces.push({ from: at, to: Math.min(to, log.to), lookFrom: at, log });
    at = log.to;
  }
  if (to > at) lookUntil(to);
  return pieces;
}

/** Hours that will not change are looked at as wholes. */
function gapsIn(from: number, to: number, stored: Stored, recent: number): Piece[] {
  const gaps: Piece[] = [];
  let sum = 0;
  for (let at = from; at < to; ) {
    const hour = floorTo(at, hourMs);
    const isSettled = at < recent;
    const lookFrom = isSettled ? hour : at;
    const end = isSettled ? hour + hourMs : Math.min(to, hour + hourMs);
    const count = stored.total(lookFrom, end);
    const last = gaps.at(-1);
    if (count > 0) {
      if (last !== undefined && last.to === at && at !== recent && sum + count <= mostAtOnce) {
        last.to = end;
        sum += count;
      } else {
        gaps.push({ from: at, to: end, lookFrom, log: null });
        sum = count;
      }
    }
    at = end;
  }
  return gaps;
}
