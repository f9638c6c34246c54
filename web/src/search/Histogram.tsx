import { ChevronDown, ChevronUp, Table2, ZoomOut } from 'lucide-react';
import { type KeyboardEvent, useMemo, useState } from 'react';
import { readPreference, writePreference } from '../shell/storage.ts';
import { IconButton } from '../ui/Button.tsx';
import { Chart } from '../ui/Chart.tsx';
import { duration, group, localTime, plural } from '../ui/format.ts';
import { severityFill } from '../ui/Severity.tsx';
import type { SearchSpan } from './address.ts';
import type { SearchBucket } from './api.ts';
import { type Bars, barsOf } from './bars.ts';

/** Hits in time by severity. Dragging across, or arrows and Enter, chooses a range. */
export function Histogram({
  span,
  bucketSeconds,
  buckets,
  running,
  onRange,
}: {
  span: SearchSpan;
  bucketSeconds: number;
  buckets: readonly SearchBucket[];
  running: boolean;
  onRange: (from: number, to: number) => void;
}) {
  const [folded, setFolded] = useState(() => readPreference('search.histogram', 'shown') === 'folded');
  const [numbers, setNumbers] = useState(false);
  const [hovered, setHovered] = useState<number | null>(null);
  /** Bars chosen by keys: where it began, and where it is. */
  const [keys, setKeys] = useState<{ start: number; at: number } | null>(null);
  const bars = useMemo(() => barsOf(span, bucketSeconds, buckets), [span, bucketSeconds, buckets]);
  const { times, layers, totals } = bars;
  const total = totals.reduce((sum, count) => sum + count, 0);
  const from = keys ? Math.min(keys.start, keys.at) : (hovered ?? 0);
  const to = keys ? Math.max(keys.start, keys.at) : (hovered ?? times.length - 1);
  const sum = (values: readonly number[]) => values.slice(from, to + 1).reduce((all, value) => all + value, 0);
  const timeOf = (index: number) => new Date((times[index] ?? 0) * 1000);
  // A bar that is touched is taken whole: the newest ends behind the edge.
  const barAt = (time: number) =>
    Math.min(times.length - 1, Math.max(0, Math.floor((time / 1000 - (times[0] ?? 0)) / bucketSeconds)));
  const choose = (first: number, last: number) =>
    onRange(timeOf(first).getTime(), timeOf(last).getTime() + bucketSeconds * 1000);

  const onKeyDown = (event: KeyboardEvent) => {
    const step = { ArrowLeft: -1, ArrowRight: 1, PageUp: -10, PageDown: 10, Home: -times.length, End: times.length }[
      event.key
    ];
    if (step !== undefined) {
      event.preventDefault();
      setKeys((now) => {
        const at = Math.min(times.length - 1, Math.max(0, (now?.at ?? (step > 0 ? -1 : times.length)) + step));
        return { at, start: now && event.shiftKey ? now.start : at };
      });
    } else if (event.key === 'Enter' && keys) {
      event.preventDefault();
      setKeys(null);
      choose(from, to);
    } else if (event.key === 'Escape' && keys) {
      event.stopPropagation();
      setKeys(null);
    }
  };
  const fold = () => {
    writePreference('search.histogram', folded ? 'shown' : 'folded');
    setFolded(!folded);
  };
  const middle = (start: number, end: number) => {
    const half = end - start;
    onRange(Math.round(start - half / 2), Math.min(Date.now(), Math.round(end + half / 2)));
  };
  const part = keys ?? hovered;
  return (
    <section aria-label="Hits over time" className="border-b px-4 pt-2 pb-1">
      <div className="flex min-h-7 flex-wrap items-center gap-x-3 gap-y-1 text-xs">
        {layers.map(({ level, name, values }) => (
          <span key={level} className="flex items-center gap-1 text-muted">
            <span className={`size-2.5 rounded-sm ${severityFill[level]}`} aria-hidden="true" />
            <span className="max-sm:sr-only">{name}</span>
            <b className="tabular text-text">{group(sum(values))}</b>
          </span>
        ))}
        <span className="tabular ml-auto text-faint max-md:hidden" aria-live={keys ? 'polite' : 'off'}>
          {part === null || times.length === 0
            ? `Bars of ${duration(bucketSeconds)}${running ? ', still counting' : ''} · drag across to zoom`
            : `${localTime(timeOf(from))} – ${localTime(new Date(timeOf(to).getTime() + bucketSeconds * 1000)).slice(11)} · ${plural(sum(totals), 'event')}${keys ? ' · Enter zooms' : ''}`}
        </span>
        <span className="flex max-md:ml-auto">
          {span.from !== undefined && span.to !== undefined && (
            <IconButton
              label="Zoom out: twice the time"
              className="size-7"
              onClick={() => middle(Date.parse(span.from ?? ''), Date.parse(span.to ?? ''))}
            >
              <ZoomOut aria-hidden="true" />
            </IconButton>
          )}
          <IconButton
            label="The numbers as a table"
            className="size-7"
            pressed={numbers}
            onClick={() => setNumbers(!numbers)}
          >
            <Table2 aria-hidden="true" />
          </IconButton>
          <IconButton label={folded ? 'Show the chart' : 'Fold the chart'} className="size-7" onClick={fold}>
            {folded ? <ChevronDown aria-hidden="true" /> : <ChevronUp aria-hidden="true" />}
          </IconButton>
        </span>
      </div>
      {!folded && (
        <div
          role="slider"
          tabIndex={0}
          aria-label="Choose a time range: arrows walk the bars, with Shift they select, Enter zooms"
          aria-valuemin={0}
          aria-valuemax={Math.max(0, times.length - 1)}
          aria-valuenow={keys?.at ?? 0}
          aria-valuetext={
            keys
              ? `${localTime(timeOf(from))} to ${localTime(new Date(timeOf(to).getTime() + bucketSeconds * 1000))}: ${plural(sum(totals), 'event')}`
              : plural(total, 'event')
          }
          onKeyDown={onKeyDown}
          onBlur={() => setKeys(null)}
          className="relative rounded"
          data-testid="histogram"
        >
          <Chart
            times={times}
            layers={layers}
            bucketSeconds={bucketSeconds}
            height={104}
            label={`${plural(total, 'hit')} over time by severity`}
            onHover={setHovered}
            onBrush={(start, end) => choose(barAt(start), barAt(end))}
          />
          {keys && (
            <div
              aria-hidden="true"
              className="pointer-events-none absolute top-2 bottom-[30px] border-x border-accent bg-accent-soft"
              style={{
                left: `calc(38px + (100% - 58px) * ${from / times.length})`,
                width: `calc((100% - 58px) * ${(to - from + 1) / times.length})`,
              }}
            />
          )}
        </div>
      )}
      {numbers && <Numbers bars={bars} onChoose={choose} />}
    </section>
  );
}

/** The same numbers as a table, for screen readers and for whoever wants to copy them. */
function Numbers({
  bars: { times, layers, totals },
  onChoose,
}: {
  bars: Bars;
  onChoose: (first: number, last: number) => void;
}) {
  const rows = times.map((time, index) => ({ time, index })).filter(({ index }) => (totals[index] ?? 0) > 0);
  return (
    <div className="thin-scroll mb-2 max-h-64 overflow-auto rounded-md border">
      <table className="tabular w-full text-right text-xs" aria-label="Hits over time by severity">
        <thead className="sticky top-0 bg-surface text-faint">
          <tr>
            <th scope="col" className="px-2 py-1 text-left font-normal">
              From
            </th>
            {layers.map(({ name }) => (
              <th key={name} scope="col" className="px-2 py-1 font-normal">
                {name}
              </th>
            ))}
            <th scope="col" className="px-2 py-1 font-normal">
              All
            </th>
          </tr>
        </thead>
        <tbody>
          {rows.map(({ time, index }) => (
            <tr key={time} className="border-t">
              <th scope="row" className="px-2 py-0.5 text-left font-normal">
                <button type="button" className="text-accent hover:underline" onClick={() => onChoose(index, index)}>
                  {localTime(new Date(time * 1000))}
                </button>
              </th>
              {layers.map(({ name, values }) => (
                <td key={name} className="px-2 py-0.5">
                  {group(values[index] ?? 0)}
                </td>
              ))}
              <td className="px-2 py-0.5 font-medium">{group(totals[index] ?? 0)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
