import { Ban, Filter } from 'lucide-react';
import { Badge } from '../ui/Badge.tsx';
import { IconButton } from '../ui/Button.tsx';
import { Copy } from '../ui/Copy.tsx';
import { Drawer } from '../ui/Dialog.tsx';
import { fieldName, fieldText } from '../ui/format.ts';
import { LogText } from '../ui/LogText.tsx';
import { Severity } from '../ui/Severity.tsx';
import { Time } from '../ui/Time.tsx';
import { type TailRow, tailFields } from './tail-row.ts';

/** One line with everything that was read from it. */
export function LineDetails({
  row,
  onClose,
  onOnly,
  onNot,
}: {
  row: TailRow;
  onClose: () => void;
  onOnly: (field: string, value: string) => void;
  onNot: (field: string, value: string) => void;
}) {
  const more: [string, unknown][] = [
    [fieldName('outcome'), row.outcome],
    [fieldName('dst_port'), row.dst_port],
    ...Object.entries(row.fields),
  ];
  return (
    <Drawer open onClose={onClose} title="Event" note={<Time value={row.time} />}>
      <div className="mb-4 flex items-center gap-2">
        <Severity level={row.severity} />
        <Badge>{row.format}</Badge>
        <Badge>{row.event_type}</Badge>
        {row.tags.map((tag) => (
          <Badge key={tag}>
            <LogText text={tag} limit={60} wrap={false} />
          </Badge>
        ))}
      </div>
      <div className="mb-5 flex items-start gap-1 rounded-md border bg-bg p-2.5">
        <div className="min-w-0 grow">
          <LogText text={row.raw} limit={20_000} />
        </div>
        <Copy text={row.raw} label="Copy the raw line" />
      </div>
      <dl className="flex flex-col">
        {tailFields.map((field) => {
          const value = row[field];
          if (!value) return null;
          return (
            <div key={field} className="flex items-center gap-2 border-b border-line/60 py-1">
              <dt className="w-32 shrink-0 text-muted">{fieldName(field)}</dt>
              <dd className="min-w-0 grow break-words">
                <LogText text={value} limit={500} />
              </dd>
              <IconButton label={`Show only this ${field}`} className="size-7" onClick={() => onOnly(field, value)}>
                <Filter aria-hidden="true" />
              </IconButton>
              <IconButton label={`Leave this ${field} out`} className="size-7" onClick={() => onNot(field, value)}>
                <Ban aria-hidden="true" />
              </IconButton>
            </div>
          );
        })}
        {more.map(([name, value]) =>
          value === null || value === undefined ? null : (
            <div key={name} className="flex gap-2 border-b border-line/60 py-1.5">
              <dt className="w-32 shrink-0 break-words text-muted">
                <LogText text={name} limit={80} className="!font-sans !text-[1em]" />
              </dt>
              <dd className="min-w-0 grow">
                <LogText text={fieldText(value)} limit={2000} />
              </dd>
            </div>
          ),
        )}
        <div className="flex gap-2 py-1.5">
          <dt className="w-32 shrink-0 text-muted">Received</dt>
          <dd>
            <Time value={row.received_at} />
          </dd>
        </div>
      </dl>
    </Drawer>
  );
}
