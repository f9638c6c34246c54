import { ArrowDownUp, Check, ChevronDown, X } from 'lucide-react';
import { DropdownMenu } from 'radix-ui';
import type { RefObject } from 'react';
import { Button } from '../ui/Button.tsx';
import { cx } from '../ui/cx.ts';
import { group } from '../ui/format.ts';
import { Menu } from '../ui/Menu.tsx';
import { SearchBox } from '../ui/SearchBox.tsx';
import { RuleText } from './RuleRow.tsx';
import {
  type FacetName,
  type FacetOption,
  facetNames,
  facets,
  type RuleFilter,
  type SortKey,
  sortKeys,
  startsDown,
} from './rule-list.ts';

const sortNames: Record<SortKey, string> = {
  name: 'Name',
  state: 'State',
  severity: 'Severity',
  type: 'Kind',
  noise: 'Noise against the budget',
  fired: 'Last fired',
  tests: 'Tests',
  from: 'From',
};

/** Search and facets of the rule list, each with how many rules it would leave. */
export function FacetBar({
  filter,
  options,
  sort,
  onChange,
  onSort,
  inputRef,
}: {
  filter: RuleFilter;
  options: Record<FacetName, FacetOption[]>;
  sort: SortKey;
  onChange: (change: Partial<Record<FacetName | 'q', string | string[] | undefined>>) => void;
  onSort: (key: SortKey, descending: boolean) => void;
  inputRef: RefObject<HTMLInputElement | null>;
}) {
  const used = facetNames.filter((name) => (filter[name]?.length ?? 0) > 0);
  const none = Object.fromEntries([...facetNames, 'q' as const].map((name) => [name, undefined]));
  return (
    <div className="flex flex-wrap items-center gap-2 px-3 pb-3 sm:px-4">
      <SearchBox
        ref={inputRef}
        label="Search the rules"
        placeholder="Name, text, author, technique …   /"
        value={filter.q ?? ''}
        onChange={(q) => onChange({ q: q || undefined })}
        className="min-w-44 grow basis-56 lg:max-w-80"
      />
      <div className="thin-scroll flex max-w-full items-center gap-1.5 overflow-x-auto">
        {facetNames.map((name) => (
          <FacetMenu
            key={name}
            name={name}
            chosen={filter[name] ?? []}
            options={options[name]}
            onChange={(values) => onChange({ [name]: values.length > 0 ? values : undefined })}
          />
        ))}
        <Menu
          heading="Sort by"
          trigger={
            <Button size="small" kind="ghost" className="xl:hidden">
              <ArrowDownUp className="size-3.5" aria-hidden="true" /> Sort
            </Button>
          }
          items={sortKeys.map((key) => ({
            label: sortNames[key],
            checked: key === sort,
            onSelect: () => onSort(key, startsDown[key]),
          }))}
        />
        {(used.length > 0 || filter.q) && (
          <Button size="small" kind="ghost" onClick={() => onChange(none)}>
            <X className="size-3.5" aria-hidden="true" /> Remove the filters
          </Button>
        )}
      </div>
    </div>
  );
}

function FacetMenu({
  name,
  chosen,
  options,
  onChange,
}: {
  name: FacetName;
  chosen: readonly string[];
  options: readonly FacetOption[];
  onChange: (values: string[]) => void;
}) {
  const { title } = facets[name];
  const [first] = chosen;
  const text = options.find(({ value }) => value === first)?.name ?? first;
  return (
    <DropdownMenu.Root modal={false}>
      <DropdownMenu.Trigger asChild>
        <button
          type="button"
          className={cx(
            'flex h-8 shrink-0 items-center gap-1 rounded-md border px-2 text-xs whitespace-nowrap',
            chosen.length > 0
              ? 'border-accent/50 bg-accent-soft text-text'
              : 'bg-bg text-muted hover:border-strong hover:text-text',
          )}
        >
          {title}
          {text !== undefined && (
            <span className="max-w-36 truncate font-medium text-accent">
              <RuleText text={text} limit={60} />
              {chosen.length > 1 && ` +${chosen.length - 1}`}
            </span>
          )}
          <ChevronDown className="size-3.5 text-faint" aria-hidden="true" />
        </button>
      </DropdownMenu.Trigger>
      <DropdownMenu.Portal>
        <DropdownMenu.Content
          align="start"
          sideOffset={6}
          collisionPadding={8}
          className="thin-scroll z-50 max-h-[min(24rem,var(--radix-dropdown-menu-content-available-height))] max-w-80 min-w-52 overflow-y-auto rounded-lg border bg-surface p-1 shadow-pop data-[state=open]:animate-[fade-in_100ms]"
        >
          <DropdownMenu.Label className="px-2 py-1 text-xs text-faint">{title}</DropdownMenu.Label>
          {options.length === 0 && <p className="px-2 py-1.5 text-xs text-muted">No rule is left to choose from.</p>}
          {options.map(({ value, name: label, count }) => (
            <DropdownMenu.CheckboxItem
              key={value}
              checked={chosen.includes(value)}
              onCheckedChange={(checked) =>
                onChange(checked ? [...chosen, value] : chosen.filter((each) => each !== value))
              }
              // Several may be chosen: the menu stays.
              onSelect={(event) => event.preventDefault()}
              className="flex cursor-pointer items-center gap-2 rounded-md px-2 py-1.5 outline-none data-highlighted:bg-raised"
            >
              <span className="flex size-4 shrink-0 items-center justify-center rounded border border-strong">
                <DropdownMenu.ItemIndicator>
                  <Check className="size-3.5 text-accent" aria-hidden="true" />
                </DropdownMenu.ItemIndicator>
              </span>
              <span className="min-w-0 grow truncate">
                <RuleText text={label} limit={80} />
              </span>
              <span className="tabular text-xs text-faint">{group(count)}</span>
            </DropdownMenu.CheckboxItem>
          ))}
        </DropdownMenu.Content>
      </DropdownMenu.Portal>
    </DropdownMenu.Root>
  );
}
