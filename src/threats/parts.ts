/*
 * What detectors find in a part of history, in a form that can be joined with what they find in the parts beside it. Groups
 * (addresses, ports) are judged one by one, so that only those matter that have events on both sides of a border, within a
 * window of it: a part says which those are, and whoever joins it judges them over the whole time.
 */
import type { Detectors } from './detectors.ts';
import { type Found, foundOf, type SavedFound, savedFound } from './found.ts';
import { countedIn, crossing, crowdsWithin, readFor } from './narrow.ts';
import { type Ran, Run, type ThreatOptions, type ThreatReader } from './run.ts';

export interface Part {
  found: Map<string, Found[]>;
  /** By rule: groups that are to be judged together with what comes before, and behind. */
  head: Map<string, readonly string[]>;
  tail: Map<string, readonly string[]>;
  matched: number;
  /** Events that are stored of its time. */
  scanned: number;
}

/** As JSON keeps it. */
export interface SavedPart {
  rules: { id: string; found: SavedFound[]; head: readonly string[]; tail: readonly string[] }[];
  matched: number;
  scanned: number;
}

/** Longer windows than this reach beyond what a part knows of its neighbours. */
const longestWindowMs = 1_800_000 - 1000;

/** Whether what detectors find can be joined from parts. */
export const isJoinable = ({ units }: Detectors): boolean =>
  units.every((unit) => (countedIn(unit)?.windowMs ?? Number.POSITIVE_INFINITY) <= longestWindowMs);

/**
 * Looks at a part of history.
 *
 * @param edges whether something is joined before, and behind
 * @returns null: it cannot be joined, because there was too much to keep all of
 */
export async function lookAtPart(
  detectors: Detectors,
  span: { from: number; to: number },
  edges: { head: boolean; tail: boolean },
  store: ThreatReader,
  options: ThreatOptions,
): Promise<Part | null> {
  const { units } = detectors;
  const groups = new Map<(typeof units)[number], readonly string[]>();
  const part: Pick<Part, 'head' | 'tail'> = { head: new Map(), tail: new Map() };
  for (const unit of units) {
    const within = await crowdsWithin(unit, span, store);
    if (within === null) return null;
    groups.set(unit, within);
    const head = edges.head && within.length > 0 ? await crossing(unit, span.from, within, store) : [];
    const tail = edges.tail ? await crossing(unit, span.to, within, store) : [];
    if (head === null || tail === null) return null;
    part.head.set(unit.id, head);
    part.tail.set(unit.id, tail);
    await options.pause?.();
  }
  const where = readFor(units, groups);
  const ran = await new Run(detectors, { ...span, want: 'windows', limit: 0 }, store, options, where).all();
  return isWhole(ran) ? { ...part, found: ran.found, matched: ran.matched, scanned: ran.scanned } : null;
}

/** Nothing was left out, so that more can be joined to it. */
export const isWhole = ({ endedAt, leftOutAttacks, forgotten, evicted, found }: Ran): boolean =>
  endedAt === null &&
  leftOutAttacks + forgotten + evicted === 0 &&
  [...found.values()].every((all) => all.every(({ facts }) => facts.isExact));

export const savedPart = ({ found, head, tail, matched, scanned }: Part): SavedPart => ({
  rules: [...found].map(([id, all]) => ({
    ...{ id, found: all.map(savedFound) },
    ...{ head: head.get(id) ?? [], tail: tail.get(id) ?? [] },
  })),
  ...{ matched, scanned },
});

export const partOf = ({ rules, matched, scanned }: SavedPart): Part => ({
  found: new Map(rules.map(({ id, found }) => [id, found.map(foundOf)])),
  head: new Map(rules.map(({ id, head }) => [id, head])),
  tail: new Map(rules.map(({ id, tail }) => [id, tail])),
  ...{ matched, scanned },
});
