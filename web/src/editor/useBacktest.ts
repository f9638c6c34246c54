import { useEffect, useRef, useState } from 'react';
import { ApiError, sentence, streamed } from '../api/client.ts';
import {
  type BacktestLine,
  type BacktestProgress,
  type BacktestResult,
  isMissingRoute,
  type WouldAlert,
} from '../api/trial.ts';
import { jsonLines } from './ndjson.ts';

export interface BacktestRun {
  state: 'idle' | 'running' | 'done' | 'failed' | 'cancelled';
  /** What was run, to tell whether the rule changed since. */
  key: string;
  progress: BacktestProgress | null;
  /** As they come, the first of each version. */
  alerts: { old: WouldAlert[]; new: WouldAlert[] };
  result: BacktestResult | null;
  failure: string | null;
}

const idle: BacktestRun = {
  state: 'idle',
  key: '',
  progress: null,
  alerts: { old: [], new: [] },
  result: null,
  failure: null,
};

export interface BacktestBody {
  rule?: unknown;
  rule_id?: string;
  compare_to?: string;
  from: string;
  to: string;
}

/** One backtest at a time. Another start, a cancel or leaving the page closes the connection, which ends it on the server. */
export function useBacktest() {
  const [run, setRun] = useState<BacktestRun>(idle);
  const aborter = useRef<AbortController | null>(null);
  useEffect(() => () => aborter.current?.abort(), []);

  const take = (line: BacktestLine) =>
    setRun((now) => {
      if (line.type === 'progress') return { ...now, progress: line };
      if (line.type === 'alert')
        return { ...now, alerts: { ...now.alerts, [line.version]: [...now.alerts[line.version], line.alert] } };
      if (line.type === 'result') return { ...now, state: 'done', result: line };
      return { ...now, state: 'failed', failure: line.detail };
    });

  const start = async (body: BacktestBody, key: string) => {
    aborter.current?.abort();
    const own = new AbortController();
    aborter.current = own;
    setRun({ ...idle, state: 'running', key });
    try {
      const stream = await streamed('/api/rules/backtest', body, own.signal);
      for await (const line of jsonLines(stream)) {
        if (own.signal.aborted) return;
        take(line as BacktestLine);
      }
      setRun((now) =>
        now.state === 'running' && !own.signal.aborted
          ? { ...now, state: 'failed', failure: 'The connection ended before the result came. Run it again.' }
          : now,
      );
    } catch (error) {
      if (own.signal.aborted) return;
      const failure = isMissingRoute(error)
        ? 'This server cannot run backtests yet. It is older than this page: update Phosor.'
        : error instanceof ApiError
          ? sentence(error)
          : 'The connection broke before the result came. Run it again.';
      setRun((now) => ({ ...now, state: 'failed', failure }));
    }
  };

  const cancel = () => {
    aborter.current?.abort();
    setRun((now) => (now.state === 'running' ? { ...now, state: 'cancelled' } : now));
  };

  return { run, start, cancel };
}
