import { setTimeout as sleep } from 'node:timers/promises';
import { RefusedError } from '../serve/contract.ts';
import type { ThreatDetector } from '../serve/threats/messages.ts';
import { compileDetectors } from './detectors.ts';
import type { KeepReader } from './join.ts';
import { forgetKept, hourMs, hourOf, KeptHours, StoredHours, stepMs } from './kept.ts';
import { isJoinable, lookAtPart, savedPart } from './parts.ts';
import type { ThreatOptions } from './run.ts';

/** Older hours are not kept: reports look at no more than two months as a rule. */
const mostDays = 62;
/** So long after an hour, and the step behind it, hardly anything of it is still on its way. */
const settledMs = 5 * 60_000;
/** After work rests come that are so many times as long: a third of a core is taken at most. */
const restFactor = 2;
const longestRestMs = 10_000;

export interface KeepJob {
  /** Detectors that are asked together. */
  sets: readonly (readonly ThreatDetector[])[];
  /** Where what was found is kept. */
  folder: string;
  /** What else the rules depend on. */
  context: string;
  now: number;
  options: ThreatOptions;
}

/**
 * Works through past hours that are not kept yet, the newest first, and keeps what the detectors find in each.
 *
 * @returns how many
 */
export async function keepHours({ sets, folder, context, now, options }: KeepJob, store: KeepReader): Promise<number> {
  const { oldest } = await store.info();
  const since = Math.max(oldest ?? now, now - mostDays * 24 * hourMs);
  forgetKept(folder, sets, context, since);
  const last = hourOf(now - settledMs - stepMs) - hourMs;
  const first = hourOf(since);
  if (last < first) return 0;
  const runnable = sets.flatMap((detectors) => {
    const compiled = compiledOf(detectors);
    return compiled !== null && isJoinable(compiled)
      ? [{ compiled, kept: new KeptHours(folder, detectors, context) }]
      : [];
  });
  const stored = await StoredHours.count(store, first, last);
  const pause = options.pause ?? paced();
  let done = 0;
  for (let hour = last; hour >= first; hour -= hourMs) {
    if (stored.isEmpty(hour, hour + hourMs)) continue;
    const key = stored.key(hour);
    let isNew = false;
    for (const { compiled, kept } of runnable) {
      if (kept.get(hour, key) !== undefined) continue;
      const span = { from: hour, to: hour + hourMs };
      const part = await lookAtPart(compiled, span, { head: true, tail: true }, store, { ...options, pause });
      kept.put(hour, key, part === null ? null : savedPart(part));
      isNew = true;
    }
    if (isNew) done += 1;
  }
  return done;
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
