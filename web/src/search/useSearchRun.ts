import { useEffect, useEffectEvent, useRef, useState } from 'react';
import { ApiError, sentence, streamed } from '../api/client.ts';
import { jsonLines } from '../editor/ndjson.ts';
import type { SearchBody, SearchLine } from './api.ts';
import { idleRun, type SearchRun, taken } from './run.ts';

const pageSize = 200;

export interface SearchControl {
  run: SearchRun;
  cancel: () => void;
  loadMore: () => void;
}

/**
 * Runs a search whenever it changes, and shows what comes as it comes. Another search, a cancel or leaving the page closes
 * the connection, which ends it on the server.
 *
 * @param body null: nothing is asked.
 * @param facets fields that are counted
 */
export function useSearchRun(body: Omit<SearchBody, 'limit'> | null, facets: readonly string[]): SearchControl {
  const [run, setRun] = useState<SearchRun>(idleRun);
  const aborter = useRef<AbortController | null>(null);
  /** Lines wait for the next frame: a server may send more of them than a page can draw. */
  const waiting = useRef<{ line: SearchLine; isFirst: boolean }[]>([]);
  const frame = useRef(0);

  const flush = () => {
    cancelAnimationFrame(frame.current);
    frame.current = 0;
    const lines = waiting.current;
    waiting.current = [];
    if (lines.length > 0) {
      setRun((now) => lines.reduce((before, { line, isFirst }) => taken(before, line, isFirst), now));
    }
  };

  const ask = async (question: SearchBody, isFirst: boolean) => {
    aborter.current?.abort();
    waiting.current = [];
    const own = new AbortController();
    aborter.current = own;
    setRun((now) => (isFirst ? { ...idleRun, state: 'running' } : { ...now, state: 'more', failure: null }));
    try {
      const stream = await streamed('/api/search', question, own.signal);
      for await (const line of jsonLines(stream)) {
        if (own.signal.aborted) return;
        waiting.current.push({ line: line as SearchLine, isFirst });
        if (frame.current === 0) frame.current = requestAnimationFrame(flush);
      }
      if (own.signal.aborted) return;
      flush();
      setRun((now) =>
        now.state === 'running' || now.state === 'more'
          ? { ...now, state: 'failed', failure: 'The connection ended before the search was over. Search again.' }
          : now,
      );
    } catch (error) {
      if (own.signal.aborted) return;
      flush();
      const failure =
        error instanceof ApiError ? sentence(error) : 'The connection broke before the search was over. Search again.';
      setRun((now) => ({ ...now, state: 'failed', failure }));
    }
  };

  const cancel = () => {
    aborter.current?.abort();
    flush();
    setRun((now) =>
      now.state === 'running' || now.state === 'more'
        ? { ...now, state: now.state === 'more' ? 'done' : 'cancelled' }
        : now,
    );
  };

  const start = useEffectEvent(() => {
    if (body === null) {
      aborter.current?.abort();
      waiting.current = [];
      setRun(idleRun);
    } else void ask({ ...body, limit: pageSize, histogram: true, facets }, true);
  });
  const end = useEffectEvent(() => aborter.current?.abort());
  useEffect(() => {
    // A new object is a new search, also where it asks for the same.
    start();
    void body;
  }, [body]);
  useEffect(
    () => () => {
      cancelAnimationFrame(frame.current);
      end();
    },
    [],
  );

  const loadMore = () => {
    if (body === null || run.next === null || run.state !== 'done') return;
    void ask({ ...body, limit: pageSize * 2, after: run.next, histogram: false, facets: [] }, false);
  };

  return { run, cancel, loadMore };
}
