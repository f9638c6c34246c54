import { Filter, SlidersHorizontal, Volume2, VolumeX, X } from 'lucide-react';
import { type RefObject, useState } from 'react';
import type { AlertsSearch } from '../router.tsx';
import { useSound } from '../shell/sound.ts';
import { IconButton } from '../ui/Button.tsx';
import { cx } from '../ui/cx.ts';
import { LogText } from '../ui/LogText.tsx';
import { SearchBox } from '../ui/SearchBox.tsx';
import { Severity, severitiesDown } from '../ui/Severity.tsx';
import { Choice } from '../ui/Tabs.tsx';

const views = [
  ['new', 'New'],
  ['in_progress', 'In progress'],
  ['acknowledged', 'Acknowledged'],
  ['closed', 'Closed'],
  ['all', 'All'],
] as const;

export function FilterBar({
  search,
  onChange,
  inputRef,
}: {
  search: AlertsSearch;
  onChange: (change: Partial<Record<keyof AlertsSearch, string | undefined>>) => void;
  inputRef: RefObject<HTMLInputElement | null>;
}) {
  const [sound, setSound] = useSound();
  // On a phone the rarer filters unfold.
  const [more, setMore] = useState(Boolean(search.severity || search.group));
  const folded = more ? '' : 'max-md:hidden';
  const chosen = search.severity?.split(',') ?? [];
  const toggle = (level: string) => {
    const next = chosen.includes(level) ? chosen.filter((name) => name !== level) : [...chosen, level];
    onChange({ severity: next.length > 0 ? next.join(',') : undefined });
  };
  return (
    <div className="flex flex-wrap items-center gap-2 border-b bg-surface px-3 py-2">
      <div className="thin-scroll max-w-full overflow-x-auto">
        <Choice
          label="Status"
          value={search.view ?? 'new'}
          options={views}
          onChange={(view) => onChange({ view: view === 'new' ? undefined : view })}
        />
      </div>
      <SearchBox
        ref={inputRef}
        label="Filter by text"
        placeholder="Text, address, user …   /"
        value={search.q ?? ''}
        onChange={(q) => onChange({ q: q || undefined })}
        className="min-w-40 grow basis-48"
      />
      <IconButton label="More filters" pressed={more} onClick={() => setMore(!more)} className="md:hidden">
        <SlidersHorizontal aria-hidden="true" />
      </IconButton>
      <fieldset aria-label="Severity" className={cx('thin-scroll flex max-w-full gap-1 overflow-x-auto', folded)}>
        {severitiesDown.map((level) => (
          <button
            key={level}
            type="button"
            aria-pressed={chosen.includes(level)}
            onClick={() => toggle(level)}
            className={cx(
              'flex h-8 shrink-0 items-center rounded-md border px-2',
              chosen.includes(level) ? 'border-current bg-raised' : 'bg-bg hover:border-strong',
            )}
          >
            <Severity level={level} />
          </button>
        ))}
      </fieldset>
      <div className={folded}>
        <Choice
          label="Group by"
          value={search.group ?? 'none'}
          options={[
            ['none', 'List'],
            ['rule', 'By rule'],
            ['entity', 'By entity'],
          ]}
          onChange={(group) => onChange({ group: group === 'none' ? undefined : group })}
        />
      </div>
      <IconButton
        label={sound ? 'Sound on critical alerts is on' : 'Sound on critical alerts is off'}
        pressed={sound}
        onClick={() => setSound(!sound)}
      >
        {sound ? <Volume2 aria-hidden="true" /> : <VolumeX aria-hidden="true" />}
      </IconButton>
      {(search.rule || search.entity) && (
        <div className="flex basis-full flex-wrap gap-2">
          {search.rule && <Chip label="Rule" value={search.rule} onRemove={() => onChange({ rule: undefined })} />}
          {search.entity && (
            <Chip label="About" value={search.entity} onRemove={() => onChange({ entity: undefined })} />
          )}
        </div>
      )}
    </div>
  );
}

function Chip({ label, value, onRemove }: { label: string; value: string; onRemove: () => void }) {
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
