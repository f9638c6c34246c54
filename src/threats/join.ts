import type { ThreatRequest, ThreatResult } from '../serve/threats/messages.ts';
import type { HistoryReader } from '../store/client.ts';
import { compileDetectors, type Detectors } from './detectors.ts';
import { type Found, joinFound } from './found.ts';
import { hourMs, hourOf, type KeptHours, StoredHours } from './kept.ts';
import { crowdOf, readFor } from './narrow.ts';
import { isJoinable, isWhole, lookAtPart, type Part, partOf } from './parts.ts';
import { resultOf } from './result.ts';
import { findThreats, type Ran, Run, type ThreatOptions, type ThreatReader } from './run.ts';

export type JoinReader = ThreatReader & Pick<HistoryReader, 'histogram'>;
export type KeepReader = JoinReader & Pick<HistoryReader, 'info'>;

/**
 * What {@link findThreats} finds, put together from the hours that were worked out before: only the rest of the time is looked
 * at, and the groups whose windows lie across a border. Where nothing can be joined, all of it.
 */
export async function findJoined(
  request: ThreatRequest,
  store: JoinReader,
  options: ThreatOptions,
  kept: KeptHours,
): Promise<ThreatResult> {
  const began = performance.now();
  const detectors = compileDetectors(request.detectors);
  const ran = request.want === 'windows' && isJoinable(detectors) ? await joined(request, detectors) : null;
  return ran === null
    ? findThreats(request, store, options)
    : resultOf(request, ran, options, performance.now() - began);

  async function joined(look: ThreatRequest, detectors: Detectors): Promise<Ran | null> {
    const stored = await StoredHours.count(store, look.from, look.to);
    const pieces = piecesOf(look, stored, kept);
    if (!pieces.some(({ part }) => part !== null)) return null;
    const parts: Part[] = [];
    for (const [i, { from, to, part }] of pieces.entries()) {
      const edges = { head: i > 0, tail: i < pieces.length - 1 };
      const found = part ?? (await lookAtPart(detectors, { from, to }, edges, store, options));
      if (found === null) return null;
      parts.push(found);
    }
    return joinParts(detectors, look, parts, store, options);
  }
}

interface Piece {
  from: number;
  to: number;
  /** Null: is to be looked at. */
  part: Part | null;
}

/** The time in pieces: hours that are kept, and what lies between them. Of hours without events there is none. */
function piecesOf({ from, to }: ThreatRequest, stored: StoredHours, kept: KeptHours): Piece[] {
  const pieces: Piece[] = [];
  for (let hour = hourOf(from); hour < to; hour += hourMs) {
    const span = { from: Math.max(from, hour), to: Math.min(to, hour + hourMs) };
    if (stored.isEmpty(span.from, span.to)) continue;
    const isHour = span.from === hour && span.to === hour + hourMs;
    const saved = isHour ? kept.get(hour, stored.key(hour)) : undefined;
    const last = pieces.at(-1);
    if (saved !== undefined && saved !== null) pieces.push({ ...span, part: partOf(saved) });
    else if (last?.part === null && last.to === span.from) last.to = span.to;
    else pieces.push({ ...span, part: null });
  }
  return pieces;
}

/** Groups that lie across a border are judged over the whole time, all others in their parts. Null: there was too much. */
async function joinParts(
  detectors: Detectors,
  look: ThreatRequest,
  parts: readonly Part[],
  store: ThreatReader,
  options: ThreatOptions,
): Promise<Ran | null> {
  const { units } = detectors;
  const across = new Map(
    units.map((unit) => {
      const groups = parts.flatMap(({ head, tail }, i) => [
        ...((i > 0 && head.get(unit.id)) || []),
        ...((i < parts.length - 1 && tail.get(unit.id)) || []),
      ]);
      return [unit, [...new Set(groups)]];
    }),
  );
  const where = readFor(units, across);
  const rest = where === 'nothing' ? nothingFound : await new Run(detectors, look, store, options, where).all(true);
  if (!isWhole(rest)) return null;
  const found = new Map<string, Found[]>();
  for (const unit of units) {
    const isAcross = new Set(across.get(unit));
    const groups = new Map<string, Found>();
    for (const part of parts) {
      for (const one of part.found.get(unit.id) ?? []) {
        if (isAcross.has(crowdOf(unit, one.group))) continue;
        const name = JSON.stringify(one.group);
        const known = groups.get(name);
        if (known === undefined) groups.set(name, one);
        else joinFound(known, one);
      }
    }
    // The store's selection of them is wider than asked where IPv6 addresses are concerned; those are all across then.
    const others = (rest.found.get(unit.id) ?? []).filter(({ group }) => isAcross.has(crowdOf(unit, group)));
    found.set(unit.id, [...groups.values(), ...others]);
  }
  return {
    ...{ ...rest, found },
    matched: parts.reduce((sum, { matched }) => sum + matched, rest.matched),
    scanned: parts.reduce((sum, { scanned }) => sum + scanned, 0),
  };
}

/** What a run over nothing comes to. */
const nothingFound: Ran = {
  ...{ found: new Map(), matched: 0, scanned: 0, endedAt: null, events: [], timeline: 0 },
  ...{ leftOutAttacks: 0, leftOutEvents: 0, forgotten: 0, evicted: 0 },
};
