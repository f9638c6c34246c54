import type { ReplayJson } from '../api/replays.ts';
import { Badge } from '../ui/Badge.tsx';
import { duration, group, plural } from '../ui/format.ts';
import { LogText } from '../ui/LogText.tsx';
import { ProgressBar } from '../ui/ProgressBar.tsx';
import { Severity, severitiesDown } from '../ui/Severity.tsx';
import { Time } from '../ui/Time.tsx';

const stateNames = {
  running: ['Running', 'accent'],
  done: null,
  cut: ['Not whole', 'warn'],
  cancelled: ['Cancelled', 'warn'],
  failed: ['Failed', 'bad'],
} as const;

export function ReplayState({ replay }: { replay: ReplayJson }) {
  const state = stateNames[replay.state];
  return state && <Badge tone={state[1]}>{state[0]}</Badge>;
}

/** Over which time, or which files. */
export function ReplaySpan({ replay }: { replay: ReplayJson }) {
  return (
    <span className="min-w-0 break-words">
      {replay.origin === 'files' && (
        <>
          <LogText text={replay.files.join(', ')} limit={200} />
          {replay.from && ' · '}
        </>
      )}
      {replay.from && (
        <>
          <Time value={replay.from} /> – <Time value={replay.to} />
        </>
      )}
    </span>
  );
}

export function ReplayWork({ replay }: { replay: ReplayJson }) {
  return (
    <span>
      {plural(replay.events, 'event')}, {plural(replay.rules, 'rule')}
      {replay.rule_ids && ' (chosen)'}, {duration(replay.seconds)}
    </span>
  );
}

/** How many alerts of each severity, the worst first. */
export function SeverityCounts({ replay }: { replay: ReplayJson }) {
  const counts = severitiesDown.filter((level) => replay.by_severity[level]);
  return (
    <span className="flex flex-wrap items-center gap-x-3 gap-y-0.5">
      {counts.map((level) => (
        <span key={level} className="inline-flex items-center gap-1">
          <Severity level={level} /> <span className="tabular text-xs">{group(replay.by_severity[level] ?? 0)}</span>
        </span>
      ))}
    </span>
  );
}

/** Why it is not whole, and what went for it. */
export function ReplayNotes({ replay }: { replay: ReplayJson }) {
  const { note, removed } = replay;
  if (!note && removed.length === 0) return null;
  return (
    <div className="flex flex-col gap-1">
      {note && (
        <p role="status" className={replay.state === 'failed' ? 'text-bad' : 'text-high'}>
          {note}
        </p>
      )}
      {removed.length > 0 && (
        <p className="text-xs text-faint">
          Older replays were removed to make room:{' '}
          <LogText text={removed.join(', ')} limit={300} className="!font-sans !text-[1em]" />.
        </p>
      )}
    </div>
  );
}

export function ReplayProgress({ replay }: { replay: ReplayJson }) {
  const total = replay.total ?? 0;
  const share = total > 0 ? Math.min(1, replay.events / total) : 0;
  return (
    <div className="flex flex-col gap-1.5">
      <ProgressBar label={`Events of ${replay.name} looked at`} share={share} />
      <p className="tabular text-xs text-muted" data-testid="replay-progress">
        {total > 0
          ? `${group(replay.events)} of ${plural(total, 'event')}, ${plural(replay.alerts, 'alert')}, ${duration(replay.seconds)}`
          : 'Asking the store …'}
      </p>
    </div>
  );
}
