import { useQuery } from '@tanstack/react-query';
import { Printer, Save } from 'lucide-react';
import { useState } from 'react';
import { type ReportAsked, type ReportKind, reportQuery } from '../api/reports.ts';
import { useMayAct } from '../shell/may-act.ts';
import { Button } from '../ui/Button.tsx';
import { Field } from '../ui/Field.tsx';
import { localDay } from '../ui/format.ts';
import { Empty, Failure, Skeleton } from '../ui/States.tsx';
import { Choice } from '../ui/Tabs.tsx';
import { ownZone, type ReportsAddress } from './address.ts';
import { ExportButtons } from './ExportButtons.tsx';
import { ReportPage } from './ReportPage.tsx';
import { SaveDialog } from './SaveDialog.tsx';

const kinds: readonly (readonly [ReportKind, string])[] = [
  ['daily', 'Day'],
  ['weekly', 'Week'],
  ['monthly', 'Month'],
  ['custom', 'Days'],
];
const dateLabels = { daily: 'Day', weekly: 'First of seven days', monthly: 'A day of the month' } as const;

/** Kind and period chosen, the report below. */
export function MadeReport({ search, onChange }: { search: ReportsAddress; onChange: (next: ReportsAddress) => void }) {
  const kind = search.kind ?? 'daily';
  const asked: ReportAsked = {
    kind,
    date: search.date,
    from: search.from,
    to: search.to,
    zone: search.zone ?? ownZone(),
  };
  const mayAct = useMayAct();
  const [isSaving, setSaving] = useState(false);
  const query = useQuery(reportQuery(asked));
  const today = localDay(new Date());
  const set = (name: 'date' | 'from' | 'to', value: string) => {
    const { [name]: _, ...rest } = search;
    onChange(value === '' ? rest : { ...rest, [name]: value });
  };
  return (
    <div className="flex flex-col gap-4">
      <div className="no-print flex flex-wrap items-end gap-3">
        <Choice
          label="Kind of report"
          value={kind}
          options={kinds}
          onChange={(next) => {
            const { kind: _, date: __, ...rest } = search;
            onChange(next === 'daily' ? rest : { ...rest, kind: next });
          }}
        />
        {kind === 'custom' ? (
          <>
            <Field
              label="First day"
              type="date"
              max={today}
              value={search.from ?? ''}
              onChange={(event) => set('from', event.target.value)}
            />
            <Field
              label="Last day"
              type="date"
              max={today}
              value={search.to ?? ''}
              onChange={(event) => set('to', event.target.value)}
            />
          </>
        ) : (
          <Field
            label={dateLabels[kind]}
            type="date"
            max={today}
            value={search.date ?? ''}
            onChange={(event) => set('date', event.target.value)}
          />
        )}
        <p className="pb-1.5 text-xs text-faint">
          {search.date === undefined &&
            kind !== 'custom' &&
            (kind === 'weekly' ? 'The last seven days. ' : 'The present one. ')}
          Days and times of {asked.zone}.
        </p>
        <div className="flex flex-wrap gap-2 sm:ml-auto">
          {mayAct && (
            <>
              <Button disabled={!query.data} onClick={() => setSaving(true)}>
                <Save className="size-4" aria-hidden="true" /> Save
              </Button>
              <ExportButtons asked={asked} disabled={!query.data} />
            </>
          )}
          <Button disabled={!query.data} onClick={() => window.print()}>
            <Printer className="size-4" aria-hidden="true" /> Print
          </Button>
        </div>
      </div>
      {query.isError && <Failure error={query.error} retry={() => void query.refetch()} />}
      {query.isLoading && (
        <div>
          <p className="mb-2 text-muted" role="status">
            History is being looked through for threats. A week of many events takes some seconds.
          </p>
          <Skeleton lines={8} />
        </div>
      )}
      {query.data && <ReportPage report={query.data} />}
      {!query.data && !query.isLoading && !query.isError && (
        <Empty title="Choose the first and the last day.">
          <p>The report covers both of them and all days between, up to 366.</p>
        </Empty>
      )}
      {isSaving && query.data && <SaveDialog report={query.data} onClose={() => setSaving(false)} />}
    </div>
  );
}
