import { X } from 'lucide-react';
import { Button } from '../ui/Button.tsx';
import { group, plural, short } from '../ui/format.ts';
import { type SearchRun, shareOf } from './run.ts';

/** How far a search is, and what it found. */
export function Progress({ run, onCancel, onAgain }: { run: SearchRun; onCancel: () => void; onAgain: () => void }) {
  const isRunning = run.state === 'running';
  const share = shareOf(run);
  return (
    <div
      className="relative flex min-h-8 flex-wrap items-center gap-x-3 gap-y-1 text-xs"
      data-testid="search-state"
      data-state={run.state}
    >
      <span role="status" className="text-muted">
        <Found run={run} />
      </span>
      {isRunning && (
        <Button size="small" onClick={onCancel}>
          <X className="size-3.5" aria-hidden="true" /> Cancel
        </Button>
      )}
      {run.state === 'cancelled' && (
        <Button size="small" onClick={onAgain}>
          Search again
        </Button>
      )}
      {isRunning && (
        <div
          role="progressbar"
          aria-label="Search"
          aria-valuemin={0}
          aria-valuemax={100}
          {...(share !== null && { 'aria-valuenow': Math.round(share * 100) })}
          className="absolute inset-x-0 -bottom-0.5 h-0.5 overflow-hidden rounded bg-raised"
        >
          <div className="h-full bg-accent transition-[width]" style={{ width: `${(share ?? 0.03) * 100}%` }} />
        </div>
      )}
    </div>
  );
}

function Found({ run }: { run: SearchRun }) {
  const { state, total, tookMs, progress, events } = run;
  const scanned = progress ? `${short(progress.scanned)} of ${plural(progress.of, 'event')} looked at` : '';
  const matched = total ?? progress?.matched ?? null;
  const hits = matched === null ? `${group(events.length)}+ hits` : plural(matched, 'hit');
  if (state === 'idle') return null;
  if (state === 'running') {
    if (progress === null && events.length === 0) return 'Searching …';
    return (
      <>
        <b className="tabular text-text">{hits}</b> so far{scanned && ` · ${scanned}`}
      </>
    );
  }
  if (state === 'cancelled') {
    return (
      <>
        Cancelled: <b className="tabular text-text">{hits}</b>
        {scanned && ` in what was read · ${scanned}`}
      </>
    );
  }
  return (
    <>
      <b className="tabular text-text">{hits}</b>
      {tookMs !== null && ` · ${tookMs < 1000 ? `${tookMs} ms` : `${(tookMs / 1000).toFixed(1)} s`}`}
      {progress && ` · ${scanned}`}
    </>
  );
}
