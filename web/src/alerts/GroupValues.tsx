import { fieldName } from '../ui/format.ts';
import { LogText } from '../ui/LogText.tsx';

/** What an alert is about, as far as it fits into a row; each narrows the list to it. */
export function GroupValues({ group, onEntity }: { group: Record<string, string>; onEntity: (value: string) => void }) {
  return Object.entries(group)
    .slice(0, 2)
    .map(([field, value]) => (
      <button
        key={field}
        type="button"
        title={`${fieldName(field)}: show only alerts about it`}
        onClick={() => onEntity(value)}
        className="max-w-40 truncate rounded border bg-bg px-1.5 text-xs text-muted hover:border-strong hover:text-text"
      >
        <LogText text={value} limit={60} wrap={false} />
      </button>
    ));
}
