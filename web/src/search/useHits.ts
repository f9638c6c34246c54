import { useEffect, useEffectEvent, useMemo, useRef, useState } from 'react';
import { request, sentence } from '../api/client.ts';
import type { EventJson } from '../api/types.ts';
import type { SearchBody } from './api.ts';
import { type HitPage, type Pages, pageSize, questionFor, rowsOf, wantedPages, withPage } from './pages.ts';
import type { SearchRun } from './run.ts';

/** A jump waits so long for the scroll bar to rest, and at most so long while it goes on moving, ms. */
const restMs = 60;
const mostMs = 240;

export interface Hits {
  /** Rows of the list, whether they are here or not. */
  count: number;
  /** Hits beyond the last row. */
  left: number;
  /** Undefined: it is not here yet, or not there any more. */
  at(index: number): EventJson | undefined;
  byId(id: string): { event: EventJson; index: number } | undefined;
  /** These rows are in the window. */
  want(from: number, to: number): void;
  /** Why rows of the window could not be fetched, in a sentence. */
  failure: string | null;
  again(): void;
}

const none: Pages = new Map();

/** @param height of a row, px: what browsers can scroll has an end */
export function useHits(run: SearchRun, body: Omit<SearchBody, 'limit'> | null, height: number): Hits {
  const [far, setFar] = useState(none);
  const [failure, setFailure] = useState<string | null>(null);
  const asked = useRef(new Map<number, AbortController>());
  const wanted = useRef({ from: 0, to: 0 });
  const timer = useRef<{ id: ReturnType<typeof setTimeout>; since: number } | null>(null);

  const isWhole = run.state === 'done';
  const { count, left } = rowsOf(run.events.length, isWhole ? run.total : null, height);
  const pages: Pages = useMemo(
    () => new Map(far).set(0, { events: run.events, first: null, last: run.next }),
    [far, run.events, run.next],
  );

  const fetchPage = useEffectEvent(async (number: number) => {
    if (body === null) return;
    const own = new AbortController();
    asked.current.set(number, own);
    const { from, to, order } = body;
    const what = {
      query: body.query,
      ...(from !== undefined && { from }),
      ...(to !== undefined && { to }),
      ...(order !== undefined && { order }),
      ...questionFor(number, pages),
    };
    try {
      const page = await request<HitPage>('/api/search/page', { method: 'POST', body: what, signal: own.signal });
      if (own.signal.aborted) return;
      setFailure(null);
      setFar((now) => withPage(now, number, page));
    } catch (error) {
      if (!own.signal.aborted) setFailure(sentence(error));
    } finally {
      if (asked.current.get(number) === own) asked.current.delete(number);
    }
  });

  const load = useEffectEvent(() => {
    if (timer.current !== null) clearTimeout(timer.current.id);
    timer.current = null;
    const { from, to } = wanted.current;
    const numbers = wantedPages(from, to, count);
    for (const [number, aborter] of asked.current)
      if (!numbers.includes(number)) {
        aborter.abort();
        asked.current.delete(number);
      }
    for (const number of numbers) if (!pages.has(number) && !asked.current.has(number)) void fetchPage(number);
  });

  const want = useEffectEvent((from: number, to: number) => {
    wanted.current = { from, to };
    const missing = wantedPages(from, to, count).filter((number) => !pages.has(number) && !asked.current.has(number));
    if (missing.length === 0) return;
    // Next to what is here: somebody reads on. Else the scroll bar is being dragged over what nobody looks at.
    const since = timer.current?.since ?? performance.now();
    if (
      missing.every((number) => pages.has(number - 1) || pages.has(number + 1)) ||
      performance.now() - since > mostMs
    ) {
      load();
      return;
    }
    if (timer.current !== null) clearTimeout(timer.current.id);
    timer.current = { id: setTimeout(load, restMs), since };
  });

  const stop = useEffectEvent(() => {
    if (timer.current !== null) clearTimeout(timer.current.id);
    timer.current = null;
    for (const aborter of asked.current.values()) aborter.abort();
    asked.current.clear();
  });
  useEffect(() => {
    // A new object is a new search, also where it asks for the same.
    void body;
    setFar(none);
    setFailure(null);
    return stop;
  }, [body]);

  return useMemo(
    () => ({
      count,
      left,
      at: (index: number) => pages.get(Math.floor(index / pageSize))?.events[index % pageSize],
      byId(id: string) {
        for (const [number, { events }] of pages) {
          const place = events.findIndex((event) => event.id === id);
          const event = events[place];
          if (event !== undefined) return { event, index: number * pageSize + place };
        }
        return undefined;
      },
      want,
      failure,
      again() {
        setFailure(null);
        load();
      },
    }),
    [count, left, pages, failure],
  );
}
