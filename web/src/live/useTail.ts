import { useEffect, useEffectEvent, useRef, useState } from 'react';
import { toast } from 'sonner';
import { severities, severityRank } from '../../../src/model/enumerations.ts';
import { request } from '../api/client.ts';
import { live } from '../api/socket.ts';
import type { EventJson } from '../api/types.ts';
import type { LiveSearch } from './routes.ts';
import { fromSocket, fromStore, passes, subscription, type TailRow } from './tail-row.ts';

/** Lines kept on the screen, and as many again while paused. */
const keptLines = 10_000;
const backfilled = 200;
/** By then the server has taken the subscription, however busy it is. */
const settledMs = 1500;
const rateSeconds = 10;

export interface Tail {
  rows: readonly TailRow[];
  /** Arrived while paused. */
  waiting: number;
  /** Of those, how many had to be let go. */
  lost: number;
  /** Matching events per second over the last 10 s, the skipped ones included. */
  perSecond: number;
  /** One in this many is shown; 1: everything. */
  sampling: number;
  clear: () => void;
}

const idsOf = (rows: readonly TailRow[]): ReadonlySet<string> => new Set(rows.map(({ id }) => id));

/** The stream behind the live tail. */
export function useTail(search: LiveSearch, paused: boolean): Tail {
  const [rows, setRows] = useState<readonly TailRow[]>([]);
  const [waiting, setWaiting] = useState(0);
  const [lost, setLost] = useState(0);
  const [rate, setRate] = useState({ perSecond: 0, sampling: 1 });
  const held = useRef<TailRow[]>([]);
  const incoming = useRef<TailRow[]>([]);
  const counts = useRef({ got: 0, skipped: 0 });
  /** Ids of lines that were fetched: the stream may still bring them. */
  const fetched = useRef<ReadonlySet<string>>(new Set());

  const take = useEffectEvent((arrived: TailRow[]) => {
    const fitting = arrived.filter((row) => passes(row, search) && !fetched.current.has(row.id));
    if (fitting.length > 0) incoming.current.push(...fitting);
  });

  /** Adds those of some fetched lines that are not there yet, and says how many they were. */
  const join = (recent: TailRow[]): number => {
    const known = idsOf([...rows, ...held.current, ...incoming.current]);
    fetched.current = idsOf(recent);
    const missed = recent.filter((row) => !known.has(row.id));
    incoming.current.push(...missed);
    return missed.length;
  };

  /** Adds what came while the connection was away. */
  const rejoin = useEffectEvent((recent: TailRow[]) => {
    if (join(recent) < backfilled) return;
    toast.info(`The connection was away: only the newest ${backfilled} of the lines that came meanwhile are shown.`);
  });

  /** Adds what came between the first look and the moment from which the stream brings lines. */
  const catchUp = useEffectEvent((recent: TailRow[]) => {
    // A busy stream shows a sample: nobody misses a line of it.
    if (counts.current.got < backfilled) join(recent);
  });

  /** At most ten times a second, whatever arrives. */
  const flush = useEffectEvent(() => {
    const batch = incoming.current;
    if (batch.length === 0) return;
    incoming.current = [];
    if (!paused) {
      setRows((before) => append(before, batch));
      return;
    }
    held.current.push(...batch);
    const excess = held.current.length - keptLines;
    if (excess > 0) {
      held.current.splice(0, excess);
      setLost((count) => count + excess);
    }
    setWaiting(held.current.length);
  });

  useEffect(() => {
    setRows([]);
    held.current = [];
    incoming.current = [];
    fetched.current = new Set();
    setWaiting(0);
    setLost(0);
    live.subscribe(subscription(search));
    const aborter = new AbortController();
    const backfill = async (): Promise<TailRow[]> => {
      const { events } = await request<{ events: EventJson[] }>('/api/events', {
        query: { ...storeFilter(search), limit: backfilled },
        signal: aborter.signal,
      });
      return events
        .map(fromStore)
        .filter((row) => passes(row, search))
        .reverse();
    };
    let isBack = false;
    const stop = live.listen({
      state: (state) => {
        if (state === 'offline') isBack = true;
        if (state !== 'live' || !isBack) return;
        isBack = false;
        void backfill().then(rejoin, () => {});
      },
      events: (events, skipped) => {
        counts.current.got += events.length;
        counts.current.skipped += skipped;
        take(events.map(fromSocket));
      },
    });
    void backfill().then(
      (past) => {
        fetched.current = idsOf(past);
        const pending = idsOf([...incoming.current, ...held.current]);
        setRows((now) => {
          const known = idsOf(now);
          return [...past.filter(({ id }) => !known.has(id) && !pending.has(id)), ...now];
        });
      },
      // The past is a courtesy here: what arrives is shown without it.
      () => {},
    );
    const settled = setTimeout(() => void backfill().then(catchUp, () => {}), settledMs);
    return () => {
      clearTimeout(settled);
      stop();
      aborter.abort();
      live.subscribe(null);
    };
  }, [search]);

  useEffect(() => {
    const timer = setInterval(() => flush(), 100);
    return () => clearInterval(timer);
  }, []);

  useEffect(() => {
    if (paused || held.current.length === 0) return;
    const batch = held.current;
    held.current = [];
    setWaiting(0);
    setLost(0);
    setRows((before) => append(before, batch));
  }, [paused]);

  useEffect(() => {
    const past: { got: number; skipped: number }[] = [];
    const timer = setInterval(() => {
      past.push(counts.current);
      counts.current = { got: 0, skipped: 0 };
      if (past.length > rateSeconds) past.shift();
      const got = past.reduce((sum, second) => sum + second.got, 0);
      const skipped = past.reduce((sum, second) => sum + second.skipped, 0);
      const perSecond = (got + skipped) / past.length;
      const sampling = skipped > 0 ? (got + skipped) / Math.max(1, got) : 1;
      setRate((before) =>
        before.perSecond === perSecond && before.sampling === sampling ? before : { perSecond, sampling },
      );
    }, 1000);
    return () => clearInterval(timer);
  }, []);

  const clear = () => {
    held.current = [];
    setWaiting(0);
    setLost(0);
    setRows([]);
  };
  return { rows, waiting, lost, ...rate, clear };
}

function append(before: readonly TailRow[], batch: readonly TailRow[]): readonly TailRow[] {
  return [...before, ...batch].slice(-keptLines);
}

/** The tail's filters as the store's: a smallest severity becomes the list of those at or above it. */
function storeFilter(search: LiveSearch): Record<string, string | undefined> {
  const { severity, ...rest } = subscription(search);
  const least = severities.find((name) => name === severity);
  return {
    ...rest,
    severity: least ? severities.filter((name) => severityRank[name] >= severityRank[least]).join(',') : undefined,
  };
}
