import { Download } from 'lucide-react';
import { withQuery } from '../api/client.ts';
import { download } from '../api/download.ts';
import { useMayAct } from '../shell/may-act.ts';
import { Button } from '../ui/Button.tsx';
import { Menu } from '../ui/Menu.tsx';
import { type SearchAddress, spanOf } from './address.ts';

/** Downloads what the search finds; the server writes the file as it reads, safe for spreadsheets. */
export function ExportMenu({ search }: { search: SearchAddress }) {
  const mayAct = useMayAct();
  if (!mayAct) return null;
  const save = (path: string, more: Record<string, string>) => {
    const { from, to } = spanOf(search, Date.now());
    download(withQuery(path, { query: search.q, start_date: from, end_date: to, ...more }));
  };
  return (
    <Menu
      heading="Export all hits"
      trigger={
        <Button size="small">
          <Download className="size-3.5" aria-hidden="true" />
          <span className="max-sm:sr-only">Export</span>
        </Button>
      }
      items={[
        { label: 'CSV, for spreadsheets', onSelect: () => save('/api/logs/export', { format: 'csv' }) },
        { label: 'JSON', onSelect: () => save('/api/logs/export', { format: 'json' }) },
        { label: 'NDJSON, one event per line', onSelect: () => save('/api/logs/export', { format: 'ndjson' }) },
        { label: 'Parquet, for data tools', onSelect: () => save('/api/logs/export', { format: 'parquet' }) },
        null,
        { label: 'PDF, to read (at most 5,000)', onSelect: () => save('/api/logs/export/pdf', { limit: '5000' }) },
      ]}
    />
  );
}
