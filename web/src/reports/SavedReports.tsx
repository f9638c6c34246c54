import { useQuery } from '@tanstack/react-query';
import { ArrowLeft, FileText, Trash2 } from 'lucide-react';
import { useState } from 'react';
import { toast } from 'sonner';
import { request, sentence } from '../api/client.ts';
import {
  historyPage,
  historyQuery,
  type ReportJson,
  refreshHistory,
  type SavedHead,
  type SavedReport,
  savedQuery,
} from '../api/reports.ts';
import { useMayAct } from '../shell/may-act.ts';
import { Badge } from '../ui/Badge.tsx';
import { Button } from '../ui/Button.tsx';
import { Card } from '../ui/Card.tsx';
import { LogText } from '../ui/LogText.tsx';
import { Empty, Failure, Skeleton } from '../ui/States.tsx';
import { Time } from '../ui/Time.tsx';
import type { ReportsAddress } from './address.ts';
import { ExportButtons } from './ExportButtons.tsx';
import { ReportPage } from './ReportPage.tsx';

interface Props {
  search: ReportsAddress;
  onChange: (next: ReportsAddress) => void;
}

export function SavedReports({ search, onChange }: Props) {
  return search.saved === undefined ? (
    <List onOpen={(saved) => onChange({ ...search, saved })} />
  ) : (
    <Opened
      id={search.saved}
      onBack={() => {
        const { saved: _, ...rest } = search;
        onChange(rest);
      }}
    />
  );
}

function List({ onOpen }: { onOpen: (id: string) => void }) {
  const [skip, setSkip] = useState(0);
  const mayAct = useMayAct();
  const query = useQuery(historyQuery(skip));
  if (query.isError) return <Failure error={query.error} retry={() => void query.refetch()} />;
  if (!query.data) return <Skeleton lines={5} />;
  const { reports, total } = query.data;
  return (
    <Card flush title={`Saved reports (${total})`}>
      {reports.length === 0 && (
        <Empty icon={<FileText aria-hidden="true" />} title="No report is saved.">
          <p>Open one under Report and press Save: it stays as it is, whatever becomes of the events.</p>
        </Empty>
      )}
      <ul data-testid="saved-reports">
        {reports.map((report) => (
          <li
            key={report.id}
            className="flex flex-wrap items-center gap-x-3 gap-y-1.5 border-b px-4 py-3 last:border-b-0"
          >
            <button
              type="button"
              className="min-w-0 grow basis-60 text-left font-medium text-accent hover:underline"
              onClick={() => onOpen(report.id)}
            >
              <LogText text={report.report_name} limit={200} className="!font-sans !text-[1em]" />
            </button>
            {report.report_type && <Badge>{report.report_type.toLowerCase()}</Badge>}
            <span className="text-xs text-faint">
              <Time value={report.created_at} form="relative" /> by {report.created_by}
            </span>
            {mayAct && <Delete report={report} />}
          </li>
        ))}
      </ul>
      {total > historyPage && (
        <div className="flex items-center justify-center gap-3 border-t py-2">
          <Button size="small" disabled={skip === 0} onClick={() => setSkip(skip - historyPage)}>
            Newer
          </Button>
          <Button size="small" disabled={skip + historyPage >= total} onClick={() => setSkip(skip + historyPage)}>
            Older
          </Button>
        </div>
      )}
    </Card>
  );
}

function Delete({ report, onGone }: { report: SavedHead; onGone?: () => void }) {
  const [isSure, setSure] = useState(false);
  const act = async () => {
    if (!isSure) {
      setSure(true);
      return;
    }
    try {
      await request(`/api/reports/history/${encodeURIComponent(report.id)}`, { method: 'DELETE' });
      toast.success(`“${report.report_name}” is deleted`);
      onGone?.();
    } catch (error) {
      toast.error(`Not deleted. ${sentence(error)}`);
    }
    void refreshHistory();
  };
  return (
    <Button
      size="small"
      kind="danger"
      aria-label={isSure ? `Really delete ${report.report_name}?` : `Delete ${report.report_name}`}
      onBlur={() => setSure(false)}
      onClick={() => void act()}
    >
      <Trash2 className="size-3.5" aria-hidden="true" /> {isSure ? 'Really delete?' : 'Delete'}
    </Button>
  );
}

function Opened({ id, onBack }: { id: string; onBack: () => void }) {
  const mayAct = useMayAct();
  const query = useQuery(savedQuery(id));
  return (
    <div className="flex flex-col gap-4">
      <div className="no-print flex flex-wrap items-center gap-2">
        <Button onClick={onBack}>
          <ArrowLeft className="size-4" aria-hidden="true" /> All saved reports
        </Button>
        {query.data && mayAct && (
          <div className="flex flex-wrap items-center gap-2 sm:ml-auto">
            <ExportButtons asked={{ saved: id }} />
            <Delete report={query.data} onGone={onBack} />
          </div>
        )}
      </div>
      {query.isError && <Failure error={query.error} retry={() => void query.refetch()} />}
      {query.isPending && <Skeleton lines={8} />}
      {query.data && <Kept saved={query.data} />}
    </div>
  );
}

function Kept({ saved }: { saved: SavedReport }) {
  return (
    <>
      <p className="text-muted">
        Saved as “{saved.report_name}” <Time value={saved.created_at} /> by {saved.created_by}.
      </p>
      {saved.notes !== '' && (
        <Card title="Notes">
          <LogText text={saved.notes} className="!font-sans !text-[1em]" />
        </Card>
      )}
      {isWhole(saved.report) ? (
        <ReportPage report={saved.report} />
      ) : (
        <Empty title="This report cannot be shown as a page.">
          <p>It was saved by another program and has not the parts of one of Phosor’s. Export it as JSON to read it.</p>
        </Empty>
      )}
    </>
  );
}

/** Other programs may save whatever they like. */
function isWhole(report: Record<string, unknown>): report is Record<string, unknown> & ReportJson {
  const lists = ['recommendation_details', 'time_breakdown', 'silent_sources', 'notes'];
  const objects = ['period', 'log_statistics', 'comparison', 'alerts'];
  return (
    typeof report.title === 'string' &&
    typeof report.generated_at === 'string' &&
    lists.every((name) => Array.isArray(report[name])) &&
    objects.every((name) => typeof report[name] === 'object' && report[name] !== null)
  );
}
