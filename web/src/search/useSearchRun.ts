import { useEffect, useEffectEvent, useRef, useState } from 'react';
import { ApiError, sentence, streamed } from '../api/client.ts';
import { jsonLines } from '../editor/ndjson.ts';
import type { SearchBody, SearchLine } from './api.ts';
import { pageSize } from './pages.ts';
import { idleRun, type SearchRun, taken } from './run.ts';

export interface SearchControl {
  run: SearchRun;
  cancel: () => void;
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
  const waiting = useRef<SearchLine[]>([]);
  const frame = useRef(0);

  const flush = () => {
    cancelAnimationFrame(frame.current);
    frame.current = 0;
    const lines = waiting.current;
    waiting.current = [];
    if (lines.length > 0) {
      setRun((now) => lines.reduce(taken, now));
    }
  };

  const ask = async (question: SearchBody) => {
    aborter.current?.abort();
    waiting.current = [];
    const own = new AbortController();
    aborter.current = own;
    setRun({ ...idleRun, state: 'running' });
    try {
      const stream = await streamed('/api/search', question, own.signal);
      for await (const line of jsonLines(stream)) {
        if (own.signal.aborted) return;
        waiting.current.push(line as SearchLine);
        if (frame.current === 0) frame.current = requestAnimationFrame(flush);
      }
      if (own.signal.aborted) return;
      flush();
      setRun((now) =>
        now.state === 'running'
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
    setRun((now) => (now.state === 'running' ? { ...now, state: 'cancelled' } : now));
  };

  const start = useEffectEvent(() => {
    if (body === null) {
      aborter.current?.abort();
      waiting.current = [];
      setRun(idleRun);
    } else void ask({ ...body, limit: pageSize, histogram: true, facets });
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

  return { run, cancel };
}
