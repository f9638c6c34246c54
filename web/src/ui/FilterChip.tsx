import { Filter, X } from 'lucide-react';
import { IconButton } from './Button.tsx';
import { LogText } from './LogText.tsx';

/** A filter that is set, with a way to take it off. */
export function FilterChip({ label, value, onRemove }: { label: string; value: string; onRemove: () => void }) {
  return (
    <span className="inline-flex max-w-full items-center gap-1.5 rounded-md border border-accent/40 bg-accent-soft py-0.5 pr-0.5 pl-2 text-xs">
      <Filter className="size-3.5 shrink-0 text-accent" aria-hidden="true" />
      <span className="text-muted">{label}</span>
      <span className="min-w-0 truncate">
        <LogText text={value} limit={120} wrap={false} />
      </span>
      <IconButton label={`Remove the filter ${label}`} onClick={onRemove} className="size-6">
        <X aria-hidden="true" />
      </IconButton>
    </span>
  );
}
