import type { ThreatRequest, ThreatResult } from '../serve/threats/messages.ts';
import type { HistoryReader } from '../store/client.ts';
import { compileDetectors, type Detectors } from './detectors.ts';
import { isLogged } from './extract.ts';
import { Judge } from './judge.ts';
import { type KeptLogs, Unreadable } from './kept.ts';
import { readChunk } from './log.ts';
import { type Keeping, Pieces } from './pieces.ts';
import { resultOf } from './result.ts';
import { findThreats, type Ran, type ThreatOptions, type ThreatReader } from './run.ts';
import { hourMs } from './stored.ts';

export type JoinReader = ThreatReader & Pick<HistoryReader, 'histogram'>;
export type KeepReader = JoinReader & Pick<HistoryReader, 'info'>;

/** Questions about the same time need the same counts. */
export function countedOnce(store: Pick<HistoryReader, 'histogram'>): HistoryReader['histogram'] {
  const counts = new Map<string, ReturnType<HistoryReader['histogram']>>();
  return (...args) => {
    const key = JSON.stringify(args);
    const counted = counts.get(key) ?? store.histogram(...args);
    counts.set(key, counted);
    return counted;
  };
}

/** So often what was kept may prove to be unreadable. */
const mostTries = 5;

/**
 * What {@link findThreats} finds, with the help of what the rules matched before: only the rest of the time is looked at, and
 * kept as far as nothing more is to be expected of it. The engine judges all matches anew.
 */
export async function findJoined(
  request: ThreatRequest,
  store: JoinReader,
  options: ThreatOptions,
  kept: KeptLogs,
  keeping: Keeping,
): Promise<ThreatResult> {
  const began = performance.now();
  const isLate = (): boolean => performance.now() - began > options.maxSeconds * 1000;
  const detectors = compileDetectors(request.detectors);
  if (request.want !== 'windows' || !isLogged(detectors)) return findThreats(request, store, options);
  for (let tries = 1; ; tries += 1) {
    try {
      const ran = await judged(request, detectors);
      return resultOf(request, ran, options, performance.now() - began);
    } catch (error) {
      if (!(error instanceof Unreadable) || tries === mostTries) throw error;
    }
  }

  async function judged(span: { from: number; to: number }, detectors: Detectors): Promise<Ran> {
    const { from, to } = span;
    const judge = new Judge(detectors, options.maxGroupsPerRule);
    const pieces = await Pieces.of(detectors, span, kept, store, keeping);
    let endedAt: number | null = null;
    for (const piece of pieces.list) {
      const [begin, end] = [Math.max(from, piece.from), Math.min(to, piece.to)];
      if (piece.log !== null) {
        for (const chunk of kept.read(piece.log)) judge.take(chunk, begin, end);
        continue;
      }
      const chunks = isLate() ? null : await pieces.look(piece, options, isLate);
      if (chunks === null) {
        endedAt = piece.from;
        break;
      }
      for (const chunk of chunks) judge.take(readChunk(chunk), begin, end);
    }
    const counts = await store.histogram({ from, to: endedAt ?? to }, hourMs, 'event_type');
    return judge.finish(
      counts.reduce((sum, { count }) => sum + count, 0),
      endedAt,
    );
  }
}
