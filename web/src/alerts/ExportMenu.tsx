import { Download } from 'lucide-react';
import { type Query, withQuery } from '../api/client.ts';
import { download } from '../api/download.ts';
import { IconButton } from '../ui/Button.tsx';
import { Menu } from '../ui/Menu.tsx';

/** Downloads what the filters select; the server writes the file, safe for spreadsheets. */
export function ExportMenu({ filter }: { filter: Query }) {
  const save = (format: string) => {
    download(withQuery('/api/alerts/export', { ...filter, format }));
  };
  return (
    <Menu
      heading="Export these alerts"
      trigger={
        <IconButton label="Export">
          <Download aria-hidden="true" />
        </IconButton>
      }
      items={[
        { label: 'CSV, for spreadsheets', onSelect: () => save('csv') },
        { label: 'JSON', onSelect: () => save('json') },
        { label: 'NDJSON, one alert per line', onSelect: () => save('ndjson') },
      ]}
    />
  );
}
