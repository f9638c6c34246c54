import { SlidersHorizontal, Volume2, VolumeX } from 'lucide-react';
import { type RefObject, useState } from 'react';
import { useSound } from '../shell/sound.ts';
import { IconButton } from '../ui/Button.tsx';
import { FilterChip } from '../ui/FilterChip.tsx';
import { SearchBox } from '../ui/SearchBox.tsx';
import { SeverityFilter } from '../ui/SeverityFilter.tsx';
import { Choice } from '../ui/Tabs.tsx';
import type { AlertsSearch } from './routes.ts';

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
      <SeverityFilter value={search.severity} onChange={(severity) => onChange({ severity })} className={folded} />
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
          {search.rule && (
            <FilterChip label="Rule" value={search.rule} onRemove={() => onChange({ rule: undefined })} />
          )}
          {search.entity && (
            <FilterChip label="About" value={search.entity} onRemove={() => onChange({ entity: undefined })} />
          )}
        </div>
      )}
    </div>
  );
}
