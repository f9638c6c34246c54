import { useQuery } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import { Plus, ScrollText, TriangleAlert } from 'lucide-react';
import { useCallback, useMemo, useRef } from 'react';
import { severityRank } from '../../../src/model/enumerations.ts';
import { meQuery, rulesQuery } from '../api/queries.ts';
import type { RuleJson } from '../api/types.ts';
import { useKeys } from '../shell/keys.ts';
import { Badge } from '../ui/Badge.tsx';
import { Button } from '../ui/Button.tsx';
import { Card, PageHead } from '../ui/Card.tsx';
import { plural, short } from '../ui/format.ts';
import { SearchBox } from '../ui/SearchBox.tsx';
import { Severity } from '../ui/Severity.tsx';
import { Empty, Failure, Skeleton } from '../ui/States.tsx';
import { Switch } from '../ui/Switch.tsx';
import { type Column, Table } from '../ui/Table.tsx';
import { Choice } from '../ui/Tabs.tsx';
import { RuleDrawer } from './RuleDrawer.tsx';
import { toggleRule } from './rule-actions.ts';

const route = getRouteApi('/app/rules');
const noRules: RuleJson[] = [];

export function RulesScreen() {
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const query = useQuery(rulesQuery);
  const { data: user } = useQuery(meQuery);
  const admin = user?.role === 'admin';
  const textInput = useRef<HTMLInputElement>(null);
  const rules = query.data ?? noRules;

  const shown = useMemo(() => {
    const text = search.q?.toLowerCase();
    return rules.filter(
      (rule) =>
        (!search.type || rule.type === search.type) &&
        (!search.state || rule.enabled === (search.state === 'on')) &&
        (!text ||
          [rule.name, rule.id, rule.description, ...rule.attack].some((part) => part.toLowerCase().includes(text))),
    );
  }, [rules, search.q, search.type, search.state]);

  const change = (values: object) =>
    void navigate({ search: (previous) => ({ ...previous, ...values }), replace: true });
  const open = useCallback(
    (id: string | undefined) =>
      void navigate({ search: ({ edit: _edit, ...rest }) => (id ? { ...rest, edit: id } : rest) }),
    [navigate],
  );
  useKeys({ '/': () => textInput.current?.focus(), n: () => admin && open('new') });

  const columns = useMemo(
    (): Column<RuleJson>[] => [
      {
        id: 'enabled',
        header: 'On',
        accessorFn: (rule) => rule.enabled,
        meta: { className: 'w-14' },
        cell: ({ row: { original: rule } }) => (
          <Switch
            label={`${rule.name}: ${rule.enabled ? 'on' : 'off'}`}
            checked={rule.enabled}
            disabled={!admin}
            onChange={() => void toggleRule(rule)}
          />
        ),
      },
      {
        id: 'name',
        header: 'Rule',
        accessorFn: (rule) => rule.name,
        cell: ({ row: { original: rule } }) => (
          <div className="min-w-0">
            <button
              type="button"
              onClick={() => open(rule.id)}
              className="rounded text-left font-medium break-words hover:text-accent"
            >
              {rule.name}
            </button>
            {rule.warnings.length > 0 && (
              <TriangleAlert className="ml-2 inline size-3.5 text-high" aria-label={rule.warnings.join(' ')} />
            )}
            <p className="line-clamp-1 text-xs text-muted">{rule.description}</p>
            <span className="mt-1 flex flex-wrap gap-1 sm:hidden">
              <Severity level={rule.severity_level} />
              <Badge>{rule.type}</Badge>
            </span>
          </div>
        ),
      },
      {
        id: 'severity',
        header: 'Severity',
        accessorFn: (rule) => severityRank[rule.severity_level],
        meta: { className: 'max-sm:hidden w-28' },
        cell: ({ row: { original: rule } }) => <Severity level={rule.severity_level} />,
      },
      {
        id: 'type',
        header: 'Kind',
        accessorFn: (rule) => rule.type,
        meta: { className: 'max-md:hidden w-28' },
        cell: ({ row: { original: rule } }) => <Badge>{rule.type}</Badge>,
      },
      {
        id: 'origin',
        header: 'From',
        accessorFn: (rule) => (rule.overridden ? 'shipped, changed' : rule.origin),
        meta: { className: 'max-lg:hidden w-32' },
        cell: ({ row: { original: rule } }) => (
          <span className="text-xs text-muted">{rule.overridden ? 'shipped, changed' : rule.origin}</span>
        ),
      },
      {
        id: 'attack',
        header: 'ATT&CK',
        enableSorting: false,
        accessorFn: (rule) => rule.attack.join(),
        meta: { className: 'max-xl:hidden w-40' },
        cell: ({ row: { original: rule } }) => (
          <span className="flex flex-wrap gap-1">
            {rule.attack.slice(0, 3).map((technique) => (
              <Badge key={technique}>{technique}</Badge>
            ))}
          </span>
        ),
      },
      {
        id: 'matches',
        header: 'Matches',
        accessorFn: (rule) => rule.stats?.matches ?? 0,
        meta: { className: 'max-md:hidden w-24 text-right' },
        cell: ({ row: { original: rule } }) => (
          <span className="tabular text-muted">{short(rule.stats?.matches ?? 0)}</span>
        ),
      },
      {
        id: 'alerts',
        header: 'Alerts',
        accessorFn: (rule) => rule.stats?.alerts ?? 0,
        meta: { className: 'w-20 text-right' },
        cell: ({ row: { original: rule } }) => (
          <span className={`tabular ${rule.stats?.alerts ? 'font-semibold' : 'text-faint'}`}>
            {short(rule.stats?.alerts ?? 0)}
          </span>
        ),
      },
    ],
    [admin, open],
  );

  return (
    <div className="mx-auto max-w-[140rem] p-3 sm:p-4">
      <PageHead
        title="Rules"
        note={query.data && `${plural(rules.length, 'rule')}, ${rules.filter((rule) => rule.enabled).length} on`}
      >
        {admin && (
          <Button kind="primary" onClick={() => open('new')}>
            <Plus className="size-4" aria-hidden="true" /> New rule
          </Button>
        )}
      </PageHead>
      <div className="mb-3 flex flex-wrap items-center gap-2">
        <SearchBox
          ref={textInput}
          label="Search the rules"
          placeholder="Name, text, technique …   /"
          value={search.q ?? ''}
          onChange={(q) => change({ q: q || undefined })}
          className="min-w-44 grow sm:max-w-80"
        />
        <div className="thin-scroll max-w-full overflow-x-auto">
          <Choice
            label="Kind"
            value={search.type ?? 'all'}
            options={[
              ['all', 'Every kind'],
              ['pattern', 'Pattern'],
              ['threshold', 'Threshold'],
              ['correlation', 'Correlation'],
              ['sigma', 'Sigma'],
            ]}
            onChange={(type) => change({ type: type === 'all' ? undefined : type })}
          />
        </div>
        <Choice
          label="State"
          value={search.state ?? 'all'}
          options={[
            ['all', 'On and off'],
            ['on', 'On'],
            ['off', 'Off'],
          ]}
          onChange={(state) => change({ state: state === 'all' ? undefined : state })}
        />
      </div>
      {query.isError && <Failure error={query.error} retry={() => void query.refetch()} className="mb-3" />}
      {query.isPending && <Skeleton lines={10} />}
      {query.data && (
        <Card flush>
          {shown.length === 0 ? (
            <Empty icon={<ScrollText aria-hidden="true" />} title="No rule fits.">
              <Button className="mt-2" onClick={() => void navigate({ search: {} })}>
                Remove the filters
              </Button>
            </Empty>
          ) : (
            <Table
              label="Rules"
              columns={columns}
              rows={shown}
              rowId={(rule) => rule.id}
              sortBy={{ id: 'severity', desc: true }}
              onRow={(rule) => open(rule.id)}
            />
          )}
        </Card>
      )}
      {search.edit && <RuleDrawer id={search.edit} onClose={() => open(undefined)} />}
    </div>
  );
}
