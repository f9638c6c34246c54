import { isoTime } from '../model/index.ts';
import { RefusedError } from '../serve/contract.ts';
import type { HistoryReader } from '../store/client.ts';
import type { EventColumns, EventCondition, HistorySpan } from '../store/events/history.ts';
import type { Needed } from './columns.ts';

export type Reader = Pick<HistoryReader, 'spans' | 'columns' | 'byIds'>;

/** What is read of each span: which events, and what of them. */
export interface Wanted {
  where: EventCondition | null;
  needed: Pick<Needed, 'columns' | 'fieldsWhere' | 'messageStart'>;
  /** Nobody is told which events they are. */
  withoutIds?: boolean;
}

/** Span after span with its events; the next one is read while one is worked on. */
export async function* readSpans(
  store: Pick<Reader, 'columns'>,
  spans: readonly HistorySpan[],
  wanted: Wanted,
): AsyncGenerator<{ span: HistorySpan; parts: EventColumns[]; isLast: boolean }> {
  let next = spans[0] === undefined ? null : readSpan(store, spans[0], wanted);
  for (const [i, span] of spans.entries()) {
    const parts = await (next as Promise<EventColumns[]>);
    const following = spans[i + 1];
    next = following === undefined ? null : readSpan(store, following, wanted);
    // Where the run ends before it is waited for.
    next?.catch(() => undefined);
    yield { span, parts, isLast: following === undefined };
  }
}

/** A span's events; in halves where they do not fit into the store's memory at once. */
async function readSpan(
  store: Pick<Reader, 'columns'>,
  { from, to }: Pick<HistorySpan, 'from' | 'to'>,
  wanted: Wanted,
): Promise<EventColumns[]> {
  const { where, withoutIds } = wanted;
  const { columns, fieldsWhere, messageStart } = wanted.needed;
  try {
    return [await store.columns({ from, to, where, columns, withoutIds, fieldsWhere, messageStart })];
  } catch (error) {
    if (!/Out of Memory/i.test(String(error))) throw error;
    if (to - from <= 1)
      throw new RefusedError(
        `At ${isoTime(from)} there are more events in one millisecond than the store can hold in memory at once. Choose a time without it, or give the store more memory (store.memoryLimitMb).`,
      );
    const middle = Math.floor((from + to) / 2);
    const early = await readSpan(store, { from, to: middle }, wanted);
    return [...early, ...(await readSpan(store, { from: middle, to }, wanted))];
  }
}
