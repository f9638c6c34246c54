import { useQueryClient } from '@tanstack/react-query';
import { CircleStop, History, Play } from 'lucide-react';
import { overviewQuery } from '../api/queries.ts';
import type { BacktestProgress, WouldAlert } from '../api/trial.ts';
import type { RuleJson } from '../api/types.ts';
import type { BacktestRange } from '../rules/address.ts';
import { presets } from '../shell/time-range.ts';
import { Button } from '../ui/Button.tsx';
import { duration, group, percent, plural, toDate } from '../ui/format.ts';
import { ProgressBar } from '../ui/ProgressBar.tsx';
import { Empty, Failure } from '../ui/States.tsx';
import { Choice } from '../ui/Tabs.tsx';
import { BacktestReport } from './BacktestReport.tsx';
import type { Trial } from './trial.ts';
import type { BacktestRun, useBacktest } from './useBacktest.ts';
import { WouldAlerts } from './WouldAlerts.tsx';

interface BacktestPaneProps {
  rule: RuleJson | null;
  trial: Trial;
  valid: boolean;
  mayRun: boolean;
  backtest: ReturnType<typeof useBacktest>;
  range: BacktestRange;
  onRange: (range: BacktestRange) => void;
  /** Events to be looked at in the test pane. */
  onSamples: (ids: string[]) => void;
  /** Saves the rule as a signal; `unready`: why not yet. Null: it is one, or whoever looks may not. */
  signal: { save: () => void; unready: string | null } | null;
}

/** One run looks at no more days than this; the server refuses more. */
const longestDays = 400;
const longestMs = longestDays * 86_400_000;

const ranges: [BacktestRange, string][] = [
  ['24h', '24 h'],
  ['7d', '7 days'],
  ['30d', '30 days'],
  ['all', 'All'],
];

/** The rule over what is stored: which alerts it would have raised. A changed rule is compared with the one in force. */
export function BacktestPane(props: BacktestPaneProps) {
  const { rule, trial, valid, mayRun, backtest, range, onRange, onSamples, signal } = props;
  const { run, start, cancel } = backtest;
  const queryClient = useQueryClient();
  const isEdit = rule !== null && 'rule' in trial;
  const key = JSON.stringify(trial);
  const running = run.state === 'running';

  const begin = async () => {
    const now = Date.now();
    const earliest = now - longestMs;
    let from = range === 'all' ? earliest : now - presets[range] * 3_600_000;
    if (range === 'all') {
      const seen = await queryClient.ensureQueryData(overviewQuery(1)).catch(() => null);
      from = Math.max(earliest, toDate(seen?.health.store.oldest)?.getTime() ?? earliest);
    }
    const body = {
      ...trial,
      ...(isEdit && { compare_to: rule.id }),
      from: new Date(from).toISOString(),
      to: new Date(now).toISOString(),
    };
    await start(body, key);
  };

  return (
    <section className="flex flex-col gap-4" data-testid="backtest" aria-label="Backtest">
      <div className="flex flex-wrap items-center gap-2">
        <Choice label="Time range" value={range} options={ranges} onChange={onRange} />
        {running ? (
          <Button onClick={cancel}>
            <CircleStop className="size-4" aria-hidden="true" /> Cancel
          </Button>
        ) : (
          <Button kind="primary" disabled={!valid || !mayRun} onClick={() => void begin()}>
            <Play className="size-4" aria-hidden="true" /> Run
          </Button>
        )}
        <p className="basis-full text-xs text-faint">
          {!mayRun
            ? 'Running backtests takes the role analyst.'
            : !valid
              ? 'The rule has to be complete and valid first.'
              : isEdit
                ? 'The rule as it stands here is compared with the one that is in force.'
                : 'The rule runs over what is stored. Nothing is raised, and nothing is changed.'}
          {range === 'all' && ` All: at most the last ${longestDays} days.`}
        </p>
      </div>
      {run.state === 'idle' && (
        <Empty icon={<History aria-hidden="true" />} title="What would it have done?">
          Run it over the past: the alerts it would have raised, how many a day, and{' '}
          {rule ? 'what a change would alter.' : 'whether it would be too loud.'}
        </Empty>
      )}
      {running && <Progress progress={run.progress} />}
      {run.state === 'failed' && <Failure error={new Error(run.failure ?? '')} retry={() => void begin()} />}
      {run.state === 'cancelled' && (
        <p role="status" className="rounded-md border bg-bg px-3 py-2 text-muted">
          Cancelled{run.progress && ` after ${group(run.progress.scanned)} of ${plural(run.progress.total, 'event')}`}.
          {run.alerts.new.length > 0 && ' What was found until then is below.'}
        </p>
      )}
      {run.key !== '' && run.key !== key && (
        <p role="status" className="text-xs text-high">
          The rule was changed since this run. Run it again to see what the change does.
        </p>
      )}
      {run.result ? (
        <BacktestReport
          result={run.result}
          alerts={run.alerts}
          budget={rule?.noise_budget ?? null}
          onSamples={onSamples}
          signal={signal}
        />
      ) : (
        <SoFar run={run} />
      )}
    </section>
  );
}

function Progress({ progress }: { progress: BacktestProgress | null }) {
  const share = progress && progress.total > 0 ? Math.min(1, progress.scanned / progress.total) : 0;
  return (
    <div className="flex flex-col gap-1.5">
      <ProgressBar label="Events looked at" share={share} />
      <p className="tabular text-xs text-muted" data-testid="backtest-progress">
        {progress
          ? `${group(progress.scanned)} of ${plural(progress.total, 'event')} (${percent(share)}), ${group(progress.matched)} matched, ${plural(progress.alerts.new, 'alert')}, ${duration(progress.seconds)}`
          : 'Asking the store …'}
      </p>
    </div>
  );
}

/** Alerts as they come, before the whole is known. */
function SoFar({ run }: { run: BacktestRun }) {
  const found: WouldAlert[] = run.alerts.new;
  if (found.length === 0) return null;
  return <WouldAlerts title={`Found so far (${group(found.length)})`} alerts={found} total={found.length} />;
}
