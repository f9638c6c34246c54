import { FlaskConical, Megaphone, TriangleAlert } from 'lucide-react';
import { lazy, Suspense, useMemo, useState } from 'react';
import type { BacktestResult, WouldAlert } from '../api/trial.ts';
import { Button } from '../ui/Button.tsx';
import { cx } from '../ui/cx.ts';
import { duration, group, localDay, plural, toDate } from '../ui/format.ts';
import { LogText } from '../ui/LogText.tsx';
import { Skeleton } from '../ui/States.tsx';
import { Choice } from '../ui/Tabs.tsx';
import { Time } from '../ui/Time.tsx';
import { daysOf, layersOf } from './days.ts';
import { WouldAlerts } from './WouldAlerts.tsx';

const Chart = lazy(() => import('../ui/Chart.tsx').then((module) => ({ default: module.Chart })));

/** Alerts a day from which on a rule counts as too loud, where it has no budget of its own. */
const usualBudget = 50;

const perDay = (value: number): string =>
  value >= 10 ? group(value) : String(Number(value.toFixed(value < 0.1 ? 2 : 1)));

/** What a backtest found, in words, numbers, bars and alerts. */
export function BacktestReport(props: {
  result: BacktestResult;
  alerts: { old: WouldAlert[]; new: WouldAlert[] };
  budget: number | null;
  onSamples: (ids: string[]) => void;
  signal: { save: () => void; unready: string | null } | null;
}) {
  const { result, alerts, budget, onSamples, signal } = props;
  const compared = result.alerts.old !== null;
  const limit = budget ?? usualBudget;
  const loud = result.noise_per_day.new > limit;
  return (
    <div className="flex flex-col gap-4">
      <div className="flex flex-col gap-1" aria-live="polite" data-testid="backtest-verdict">
        <p className="text-base font-semibold">{verdict(result)}</p>
        <p className="text-xs text-muted">
          <Time value={result.from} /> – <Time value={result.to} /> · {group(result.scanned)} of{' '}
          {plural(result.events, 'stored event')} looked at in {duration(result.seconds)}
          {result.pushed_down && result.scanned < result.events && ', the others were left out by the store'}
        </p>
        {result.selection && (
          <details className="text-xs text-muted">
            <summary className="rounded text-faint hover:text-text">What the store was asked for</summary>
            <LogText text={result.selection} limit={4000} />
          </details>
        )}
      </div>
      {result.truncated && <Warning>{result.truncated}</Warning>}
      {loud && (
        <Warning>
          {`${perDay(result.noise_per_day.new)} alerts a day are more than the rule’s budget of ${group(limit)}: it would be demoted to a signal, whose further alerts are kept as info.`}
        </Warning>
      )}
      {signal && result.alerts.new > 0 && (
        <div className="flex flex-wrap items-center gap-x-3 gap-y-1.5">
          <Button
            size="small"
            disabled={signal.unready !== null}
            title={signal.unready ?? undefined}
            onClick={signal.save}
          >
            <Megaphone className="size-3.5" aria-hidden="true" /> Save as signal
          </Button>
          <p className="min-w-0 grow basis-48 text-xs text-muted">
            As a signal it goes on counting; its alerts are kept as info, out of the queue, and nobody is told.
          </p>
        </div>
      )}
      <div className={cx('grid gap-2', compared ? 'sm:grid-cols-3' : 'grid-cols-2 sm:grid-cols-3')}>
        <Tile name="Alerts" before={result.alerts.old} now={result.alerts.new} show={group} />
        <Tile name="Alerts a day" before={result.noise_per_day.old} now={result.noise_per_day.new} show={perDay} />
        <Tile name="Events that match" before={null} now={result.matched} show={group} />
      </div>
      {(result.alerts.new > 0 || (result.alerts.old ?? 0) > 0) && <Days result={result} />}
      <Alerts result={result} alerts={alerts} />
      {result.samples.length > 0 && (
        <div className="flex flex-col gap-2">
          <div className="flex flex-wrap items-center gap-2">
            <h3 className="text-[0.93rem] font-semibold">Events that match, for example</h3>
            <Button size="small" className="ml-auto" onClick={() => onSamples(result.samples.map(({ id }) => id))}>
              <FlaskConical className="size-3.5" aria-hidden="true" /> Test with these
            </Button>
          </div>
          <ol className="overflow-hidden rounded-md border bg-bg">
            {result.samples.map((event) => (
              <li key={event.id} className="border-b px-2.5 py-1.5 last:border-b-0">
                <LogText text={event.raw} limit={600} />
              </li>
            ))}
          </ol>
        </div>
      )}
    </div>
  );
}

/** `24 hours`, `30 days`. */
const spanOf = (hours: number): string =>
  hours < 47 ? plural(Math.round(hours), 'hour') : plural(Math.round(hours / 24), 'day');

/** The whole in one sentence. */
function verdict({ alerts, matched, scanned, events, from, to }: BacktestResult): string {
  const span = spanOf((Date.parse(to) - Date.parse(from)) / 3_600_000);
  if (events === 0) return 'Nothing is stored for this time, so there is nothing to try it on.';
  if (alerts.old !== null) {
    const difference = alerts.new - alerts.old;
    if (alerts.new === 0 && alerts.old === 0) return `Neither version would have fired in ${span}.`;
    if (difference === 0) return `${plural(alerts.new, 'alert')} with the change, as many as without it, in ${span}.`;
    return `${plural(alerts.new, 'alert')} with the change instead of ${group(alerts.old)} in ${span}: ${group(Math.abs(difference))} ${difference > 0 ? 'more' : 'fewer'}.`;
  }
  if (alerts.new > 0) return `It would have raised ${plural(alerts.new, 'alert')} in ${span}.`;
  if (matched === 0)
    return `Nothing would have fired: none of ${plural(Math.max(scanned, events), 'event')} in ${span} matches.`;
  return `Nothing would have fired: ${plural(matched, 'event matches', 'events match')} in ${span}, but never enough together.`;
}

function Warning({ children }: { children: string }) {
  return (
    <p role="status" className="flex items-start gap-2 rounded-md border border-high/40 bg-high/8 px-3 py-2">
      <TriangleAlert className="mt-0.5 size-4 shrink-0 text-high" aria-hidden="true" />
      <span className="min-w-0">{children}</span>
    </p>
  );
}

function Tile(props: { name: string; before: number | null; now: number; show: (value: number) => string }) {
  const { name, before, now, show } = props;
  return (
    <div className="rounded-md border bg-bg px-3 py-2">
      <p className="text-xs text-muted">{name}</p>
      <p className="tabular text-lg font-semibold">
        {before !== null && <span className="mr-1.5 font-normal text-muted">{show(before)} →</span>}
        {show(now)}
      </p>
    </div>
  );
}

function Days({ result }: { result: BacktestResult }) {
  const [hovered, setHovered] = useState<number | null>(null);
  const days = useMemo(() => daysOf(result), [result]);
  const layers = useMemo(() => {
    const { both, fewer, more } = layersOf(days);
    if (!days.compared) return [{ name: 'Alerts', color: '--accent', values: days.new }];
    return [
      { name: 'In both', color: '--sev-info', values: both },
      { name: 'Fewer', color: '--sev-medium', values: fewer },
      { name: 'More', color: '--accent', values: more },
    ];
  }, [days]);
  const at = hovered === null ? null : days.times[hovered];
  return (
    <div>
      <div className="mb-1 flex flex-wrap items-center gap-x-4 gap-y-1 text-xs text-muted">
        <h3 className="text-[0.93rem] font-semibold text-text">Alerts per day</h3>
        {days.compared &&
          layers.map(({ name, color }) => (
            <span key={name} className="flex items-center gap-1.5">
              <span className="size-2.5 rounded-sm" style={{ background: `var(${color})` }} aria-hidden="true" />
              {name}
            </span>
          ))}
        <span className="tabular ml-auto">
          {at !== null && at !== undefined
            ? `${localDay(toDate(at * 1000) ?? new Date(0))}: ${days.compared ? `${days.old[hovered ?? 0]} → ` : ''}${days.new[hovered ?? 0]}`
            : 'Days in UTC'}
        </span>
      </div>
      <Suspense fallback={<Skeleton lines={4} />}>
        <Chart
          times={days.times}
          layers={layers}
          bucketSeconds={86_400}
          height={150}
          label={`Alerts per day, ${plural(days.times.length, 'day')}`}
          onHover={setHovered}
        />
      </Suspense>
    </div>
  );
}

function Alerts({ result, alerts }: { result: BacktestResult; alerts: { old: WouldAlert[]; new: WouldAlert[] } }) {
  const more = result.only_new_total ?? result.only_new.length;
  const fewer = result.only_old_total ?? result.only_old.length;
  const compared = result.alerts.old !== null;
  const [view, setView] = useState<'new' | 'only_new' | 'only_old'>('new');
  if (!compared) {
    return alerts.new.length > 0 ? (
      <WouldAlerts title="The alerts" alerts={alerts.new} total={result.alerts.new} />
    ) : null;
  }
  const shown = view === 'new' ? alerts.new : result[view];
  const total = { new: result.alerts.new, only_new: more, only_old: fewer }[view];
  const titles = {
    new: 'All alerts with the change',
    only_new: 'Alerts that only the change raises',
    only_old: 'Alerts that the change loses',
  };
  return (
    <div className="flex flex-col gap-2">
      <div className="thin-scroll max-w-full overflow-x-auto">
        <Choice
          label="Which alerts"
          value={view}
          options={[
            ['new', `With the change (${group(result.alerts.new)})`],
            ['only_new', `Only with it (${group(more)})`],
            ['only_old', `Only without it (${group(fewer)})`],
          ]}
          onChange={setView}
        />
      </div>
      {shown.length > 0 ? (
        <WouldAlerts title={titles[view]} alerts={shown} total={total} />
      ) : (
        <p className="text-muted">None.</p>
      )}
    </div>
  );
}
