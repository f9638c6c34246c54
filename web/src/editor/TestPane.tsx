import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { ListPlus, X } from 'lucide-react';
import { useDeferredValue, useEffect, useState } from 'react';
import { Button } from '../ui/Button.tsx';
import { cx } from '../ui/cx.ts';
import { TextArea } from '../ui/Field.tsx';
import { plural } from '../ui/format.ts';
import { keyed } from '../ui/keyed.ts';
import { Failure, Skeleton } from '../ui/States.tsx';
import { keepLines, readLines } from './draft-store.ts';
import { EventPicker } from './EventPicker.tsx';
import { ExplainedLine } from './ExplainedLine.tsx';
import { mostEvents, mostLines } from './limits.ts';
import { fires, type Trial, type TrialResult, tryRule } from './trial.ts';
import { useSettled } from './useSettled.ts';

const settleMs = 400;

interface TestPaneProps {
  ruleId: string;
  trial: Trial;
  /** Whether the rule compiles as it stands. */
  ready: boolean;
  /** Why it does not. */
  reason: string;
  mayExplain: boolean;
  /** Ids of stored events that are tried with it. */
  events: readonly string[];
  onEvents: (ids: string[]) => void;
}

/** Lines and stored events against the rule as it stands, apart from everything live: which match, and why or why not. */
export function TestPane({ ruleId, trial, ready, reason, mayExplain, events, onEvents }: TestPaneProps) {
  const [text, setText] = useState(() => readLines(ruleId));
  const [picking, setPicking] = useState(false);
  useEffect(() => keepLines(ruleId, text), [ruleId, text]);
  const lines = text.split('\n').filter((line) => line.trim() !== '');
  const asked = JSON.stringify({ trial, lines: lines.slice(0, mostLines), events: events.slice(0, mostEvents) });
  const settled = useSettled(asked, settleMs);
  const something = lines.length > 0 || events.length > 0;
  const query = useQuery({
    queryKey: ['rule-trial', settled, mayExplain],
    queryFn: ({ signal }) => {
      const run = JSON.parse(settled) as { trial: Trial; lines: string[]; events: string[] };
      return tryRule(run.trial, run.lines, run.events, mayExplain, signal);
    },
    enabled: ready && something && settled === asked,
    placeholderData: keepPreviousData,
    staleTime: 30_000,
    gcTime: 60_000,
    retry: false,
    refetchOnWindowFocus: false,
  });
  const shown = useDeferredValue(something ? query.data : undefined);
  const stale = !ready || settled !== asked || query.isPlaceholderData;
  return (
    <section className="flex flex-col gap-3" data-testid="rule-test" aria-label="Test">
      <TextArea
        mono
        label="Sample lines"
        rows={5}
        value={text}
        onChange={(event) => setText(event.target.value)}
        placeholder="Paste log lines as they come from the program, one per line"
        hint={
          lines.length > mostLines
            ? `Only the first ${mostLines} lines are tested.`
            : 'Tried as you type. Nothing is stored, and no alert is raised.'
        }
      />
      <div className="flex flex-wrap items-center gap-2">
        <Button size="small" aria-expanded={picking} onClick={() => setPicking(!picking)}>
          <ListPlus className="size-4" aria-hidden="true" /> Recent events
        </Button>
        {events.length > 0 && (
          <span className="flex items-center gap-1 text-xs text-muted">
            {plural(events.length, 'stored event')} with it
            {events.length > mostEvents && `, the first ${mostEvents} are tried`}
            <Button size="small" kind="ghost" onClick={() => onEvents([])}>
              <X className="size-3.5" aria-hidden="true" /> Without them
            </Button>
          </span>
        )}
      </div>
      {picking && <EventPicker chosen={events} onChange={onEvents} onDone={() => setPicking(false)} />}
      {something && !ready && reason && <p className="text-xs text-muted">{reason} What is shown is from before.</p>}
      {query.isError && <Failure error={query.error} retry={() => void query.refetch()} />}
      {query.isPending && query.isFetching && <Skeleton lines={4} />}
      {shown && !query.isError && (
        <div className={cx('flex flex-col gap-3 transition-opacity', stale && 'opacity-60')} aria-busy={stale}>
          <p className="font-medium" aria-live="polite">
            {verdict(shown)}
          </p>
          {!shown.explained && (
            <p className="text-xs text-muted">
              {mayExplain
                ? 'This server only says what matches: it cannot explain the rest yet.'
                : 'Explanations take the role analyst: here is what matches.'}
            </p>
          )}
          {shown.missing_events && shown.missing_events.length > 0 && (
            <p className="text-xs text-muted">
              {plural(shown.missing_events.length, 'event is', 'events are')} no longer stored and left out.
            </p>
          )}
          <Results result={shown} />
        </div>
      )}
    </section>
  );
}

/** `3 of 5 events match; the rule fires, first at no. 5.` */
function verdict({ results, alerts }: TrialResult): string {
  const hits = results.filter(({ matched }) => matched).length;
  const matching = `${hits} of ${plural(results.length, 'event matches', 'events match')}`;
  const first = results.findIndex(fires);
  if (alerts === null ? first < 0 : alerts === 0) return `${matching}; the rule does not fire.`;
  return `${matching}; ${alerts === null ? `the rule fires, first at no. ${first + 1}` : plural(alerts, 'alert')}.`;
}

const pageOf = 50;

function Results({ result }: { result: TrialResult }) {
  const [limit, setLimit] = useState(pageOf);
  const order = new Map(result.results.map(({ event }, index) => [event.id, index + 1]));
  return (
    <>
      <ol className="overflow-hidden rounded-md border">
        {keyed(result.results.slice(0, limit), ({ event }) => event.id).map(({ key, item: each }, index) => (
          <ExplainedLine
            key={key}
            number={index + 1}
            result={each}
            order={order}
            open={result.results.length <= 3}
            explained={result.explained}
          />
        ))}
      </ol>
      {result.results.length > limit && (
        <Button className="self-start" onClick={() => setLimit(limit + pageOf)}>
          Show more of {result.results.length}
        </Button>
      )}
    </>
  );
}
