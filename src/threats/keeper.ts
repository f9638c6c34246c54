import { setTimeout as sleep } from 'node:timers/promises';
import { RefusedError } from '../serve/contract.ts';
import type { ThreatDetector } from '../serve/threats/messages.ts';
import { compileDetectors, type Detectors } from './detectors.ts';
import { isLogged } from './extract.ts';
import type { KeepReader } from './join.ts';
import { forgetKept, KeptLogs } from './kept.ts';
import { arrivedMs, type Keeping, type Piece, Pieces, settledUntil } from './pieces.ts';
import { pruned } from './prune.ts';
import type { ThreatOptions } from './run.ts';
import { blockMs, fineMs, floorTo, hourMs, isOn, type Stored } from './stored.ts';

/** Older hours are not kept: reports look at no more than two months as a rule. */
const mostDays = 62;
/** Of recent time so many events are looked at before what they matched is kept, most. */
const mostAtOnce = 200_000;
/** After work rests come that are so many times as long: a third of a core is taken at most. */
const restFactor = 2;
const longestRestMs = 10_000;
const never = (): boolean => false;

export interface KeepJob {
  /** Detectors that are asked together. */
  sets: readonly (readonly ThreatDetector[])[];
  /** Where what was matched is kept. */
  folder: string;
  /** What else the rules depend on. */
  context: string;
  keeping: Keeping;
  options: ThreatOptions;
  /** Only what came last is looked at. */
  isRecent: boolean;
  /** After so long past hours are left for another time: what comes meanwhile has to be looked at too. */
  mostMs: number;
}

/** How many stretches of time were looked at, and whether any are left. */
export interface Kept {
  stretches: number;
  isAll: boolean;
}

interface Set {
  detectors: Detectors;
  kept: KeptLogs;
}

/**
 * Looks at what is stored and not looked at yet, and keeps what the detectors' rules match: recent time where much has come,
 * then past hours, the newest first.
 */
export async function keepThreats(
  { sets, folder, context, keeping, options, isRecent, mostMs }: KeepJob,
  store: KeepReader,
): Promise<Kept> {
  const began = performance.now();
  const { now } = keeping;
  const { oldest } = await store.info();
  const since = Math.max(oldest ?? now, now - mostDays * 24 * hourMs);
  if (!isRecent) forgetKept(folder, sets, context, since);
  const pause = options.pause ?? paced();
  const runnable = sets.flatMap((detectors): Set[] => {
    const compiled = compiledOf(detectors);
    return compiled !== null && isLogged(compiled)
      ? [{ detectors: compiled, kept: new KeptLogs(folder, detectors, context) }]
      : [];
  });
  let stretches = 0;
  for (const set of runnable) stretches += await keepRecent(set, store, keeping, pause);
  if (isRecent) return { stretches, isAll: true };
  const span = { from: floorTo(since, hourMs), to: settledUntil(now) };
  for (const { detectors, kept } of span.from < span.to ? runnable : []) {
    joinIn(span, hourMs, await Pieces.of(detectors, span, kept, store, keeping), detectors, kept);
    const pieces = await Pieces.of(detectors, span, kept, store, keeping, { leastMs: hourMs });
    for (const piece of [...pieces.list].reverse()) {
      if (piece.log !== null) continue;
      if (performance.now() - began > mostMs) return { stretches, isAll: false };
      await pieces.look(piece, { pause }, never);
      stretches += 1;
    }
  }
  return { stretches, isAll: true };
}

/** Nothing is kept where little has come: to look at that takes no time. */
async function keepRecent(
  { detectors, kept }: Set,
  store: KeepReader,
  keeping: Keeping,
  pause: () => Promise<unknown>,
): Promise<number> {
  const { now, least } = keeping;
  const from = settledUntil(now);
  const span = { from, to: floorTo(now - arrivedMs, fineMs) };
  const pieces = await Pieces.of(detectors, span, kept, store, keeping, { fineMost: now - from });
  const { stored } = pieces;
  const gaps = pieces.list.filter(({ log }) => log === null);
  let done = 0;
  if (gaps.reduce((sum, gap) => sum + stored.total(gap.from, gap.to), 0) >= least) {
    for (const gap of gaps) {
      for (const portion of withinBlocks(gap).flatMap((part) =>
        stored.portions(part.from, part.to, Math.min(mostAtOnce, least * 2)),
      )) {
        if (stored.total(portion.from, portion.to) === 0) continue;
        await pieces.keepWhole(portion, { pause });
        done += 1;
      }
    }
  }
  const blocks = { from, to: floorTo(span.to, blockMs) };
  joinIn(
    blocks,
    blockMs,
    await Pieces.of(detectors, span, kept, store, keeping, { fineMost: now - from }),
    detectors,
    kept,
  );
  return done;
}

function* steps({ from, to }: { from: number; to: number }, width: number): Generator<{ from: number; to: number }> {
  for (let begin = floorTo(from, width); begin < to; begin += width)
    yield { from: Math.max(from, begin), to: Math.min(to, begin + width) };
}

const withinBlocks = (span: { from: number; to: number }) => [...steps(span, blockMs)];

/** Makes one of what is kept of each step in parts. */
function joinIn(
  span: { from: number; to: number },
  width: number,
  { list, stored }: { list: readonly Piece[]; stored: Stored },
  detectors: Detectors,
  kept: KeptLogs,
): void {
  for (const { from, to } of steps(span, width)) {
    if (!isOn(from, width) || to - from < width) continue;
    const parts = list.filter((piece) => piece.to > from && piece.from < to);
    const logs = parts.flatMap(({ log }) => (log?.isWhole ? log : []));
    const key = stored.key(from, to, true);
    if (key === null || logs.length < 2 || logs.length < parts.length) continue;
    kept.put({ from, to, isWhole: true, key }, [
      ...pruned(
        detectors,
        logs.map((log) => () => kept.read(log)),
        { from, to },
      ),
    ]);
  }
}

/** Null: a rule was changed so that it cannot be run. Whoever asks is told. */
function compiledOf(detectors: readonly ThreatDetector[]) {
  try {
    return compileDetectors(detectors);
  } catch (error) {
    if (error instanceof RefusedError) return null;
    throw error;
  }
}

/** Rests in proportion to what was worked since the last rest. */
function paced(): () => Promise<void> {
  let last = performance.now();
  return async () => {
    await sleep(Math.min(longestRestMs, (performance.now() - last) * restFactor));
    last = performance.now();
  };
}
