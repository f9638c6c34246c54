import { useQuery } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import { Package, Plus, ScrollText, Upload } from 'lucide-react';
import { useMemo, useRef, useState } from 'react';
import { meQuery, rulesQuery } from '../api/queries.ts';
import type { RuleListed } from '../api/types.ts';
import { useKeys } from '../shell/keys.ts';
import { Button } from '../ui/Button.tsx';
import { group, plural } from '../ui/format.ts';
import type { MenuItem } from '../ui/Menu.tsx';
import { Empty, Failure, Skeleton } from '../ui/States.tsx';
import { BudgetDialog } from './BudgetDialog.tsx';
import { BulkBar } from './BulkBar.tsx';
import { ExceptionDialog } from './ExceptionDialog.tsx';
import { FacetBar } from './FacetBar.tsx';
import { ImportDialog } from './ImportDialog.tsx';
import { inHours, MuteDialog, muteHours } from './MuteDialog.tsx';
import { PacksDrawer } from './PacksDrawer.tsx';
import { RuleTable, type RuleTableHandle } from './RuleTable.tsx';
import { deleteRule, toggleRule } from './rule-actions.ts';
import { narrow, type SortKey, sortRules, startsDown } from './rule-list.ts';
import { makeSignals, muteRules, removeRules, switchRules } from './upkeep-actions.ts';

const route = getRouteApi('/app/rules');
const noRules: RuleListed[] = [];

/** What lies over the list and is not worth an address. */
type Asked = { what: 'mute'; rules: RuleListed[] } | { what: 'budget' | 'exception'; rule: RuleListed };

export function RulesScreen() {
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const query = useQuery(rulesQuery);
  const { data: user } = useQuery(meQuery);
  const admin = user?.role === 'admin';
  const rules = query.data ?? noRules;
  const sort = search.sort ?? 'severity';
  const descending = search.desc ?? startsDown[sort];

  // "In the last hour" is meant from when the list was asked for.
  const { shown, options } = useMemo(
    () => narrow(rules, search, query.dataUpdatedAt),
    [rules, search, query.dataUpdatedAt],
  );
  const sorted = useMemo(() => sortRules(shown, sort, descending), [shown, sort, descending]);

  const [selected, setSelected] = useState<ReadonlySet<string>>(new Set());
  const [asked, setAsked] = useState<Asked | null>(null);
  const textInput = useRef<HTMLInputElement>(null);
  const table = useRef<RuleTableHandle>(null);

  const change = (values: object) =>
    void navigate({ search: (previous) => ({ ...previous, ...values }), replace: true });
  const open = (id: string) => void navigate({ to: '/rules/$id', params: { id } });
  const show = (what: 'import' | 'packs' | undefined) =>
    void navigate({ search: ({ show: _show, ...rest }) => (what ? { ...rest, show: what } : rest) });
  const sortBy = (key: SortKey, down: boolean) =>
    change({ sort: key === 'severity' ? undefined : key, desc: down === startsDown[key] ? undefined : down });

  const toggleSelected = (rule: RuleListed) =>
    setSelected((before) => {
      const next = new Set(before);
      if (!next.delete(rule.id)) next.add(rule.id);
      return next;
    });
  const isAllSelected = sorted.length > 0 && sorted.every((rule) => selected.has(rule.id));
  const selectAll = () => setSelected(isAllSelected ? new Set() : new Set(sorted.map((rule) => rule.id)));
  /** The selection, else the rule under the cursor. What the filter hides is not touched. */
  const targets = (): RuleListed[] => {
    const current = table.current?.current();
    return selected.size > 0 ? sorted.filter((rule) => selected.has(rule.id)) : current ? [current] : [];
  };
  const chosen = selected.size > 0 ? sorted.filter((rule) => selected.has(rule.id)) : noRules;
  const act = (work: (rules: RuleListed[]) => unknown) => {
    const some = targets();
    if (some.length > 0) work(some);
  };
  const askMute = () => act((some) => setAsked({ what: 'mute', rules: some }));

  useKeys({
    '/': () => textInput.current?.focus(),
    j: () => table.current?.move(1),
    k: () => table.current?.move(-1),
    arrowdown: () => table.current?.move(1),
    arrowup: () => table.current?.move(-1),
    enter: () => {
      const current = table.current?.current();
      if (current) open(current.id);
    },
    escape: () => setSelected(new Set()),
    ...(admin && {
      n: () => open('new'),
      i: () => show('import'),
      x: () => {
        const current = table.current?.current();
        if (current) toggleSelected(current);
      },
      'shift+x': selectAll,
      e: () => act((some) => void switchRules(some, !some.every((rule) => rule.enabled))),
      m: askMute,
    }),
  });

  const actionsOf = (rule: RuleListed): (MenuItem | null)[] => [
    { label: 'Open', onSelect: () => open(rule.id) },
    {
      label: 'Alerts of this rule',
      onSelect: () => void navigate({ to: '/alerts', search: { rule: rule.id, view: 'all', signals: 'show' } }),
    },
    ...(user?.role === 'viewer'
      ? []
      : [
          {
            label: 'Replay history with it',
            onSelect: () => void navigate({ to: '/replays', search: { rules: [rule.id] } }),
          },
        ]),
    ...(admin
      ? [
          null,
          ...muteHours.map((hours) => ({
            label: `Mute for ${hours} h`,
            onSelect: () => void muteRules([rule], inHours(hours)),
          })),
          { label: 'Mute until …', key: 'm', onSelect: () => setAsked({ what: 'mute', rules: [rule] }) },
          ...(rule.muted_until ? [{ label: 'No longer muted', onSelect: () => void muteRules([rule], null) }] : []),
          null,
          { label: 'Add an exception …', onSelect: () => setAsked({ what: 'exception', rule }) },
          { label: 'Noise budget …', onSelect: () => setAsked({ what: 'budget', rule }) },
          {
            label: rule.signal_since ? 'Raise its alerts again' : 'Save as signal',
            onSelect: () => void makeSignals([rule], !rule.signal_since),
          },
          null,
          { label: 'Delete', danger: true, onSelect: () => void deleteRule(rule) },
        ]
      : []),
  ];

  const on = rules.filter((rule) => rule.state === 'on').length;
  const isFiltered = sorted.length < rules.length;
  return (
    <div className="flex h-full min-h-0 flex-col">
      <div className="flex flex-wrap items-center gap-x-3 gap-y-2 px-3 pt-3 pb-2 sm:px-4">
        <h1 className="text-xl font-semibold tracking-tight">Rules</h1>
        <p className="tabular text-muted" aria-live="polite">
          {query.data && (isFiltered ? `${group(sorted.length)} of ${plural(rules.length, 'rule')}` : null)}
          {query.data && !isFiltered && `${plural(rules.length, 'rule')}, ${group(on)} on`}
        </p>
        <div className="ml-auto flex items-center gap-2">
          <Button onClick={() => show('packs')} aria-label="Packs">
            <Package className="size-4" aria-hidden="true" /> <span className="max-sm:hidden">Packs</span>
          </Button>
          {admin && (
            <>
              <Button onClick={() => show('import')} aria-label="Import">
                <Upload className="size-4" aria-hidden="true" /> <span className="max-sm:hidden">Import</span>
              </Button>
              <Button kind="primary" onClick={() => open('new')} aria-label="New rule">
                <Plus className="size-4" aria-hidden="true" /> <span className="max-sm:hidden">New rule</span>
              </Button>
            </>
          )}
        </div>
      </div>
      <FacetBar filter={search} options={options} sort={sort} onChange={change} onSort={sortBy} inputRef={textInput} />
      {query.isError && <Failure error={query.error} retry={() => void query.refetch()} className="mx-4 mb-3" />}
      {query.isPending && <Skeleton lines={10} className="p-4" />}
      {query.data && sorted.length === 0 && (
        <Empty
          icon={<ScrollText aria-hidden="true" />}
          title={rules.length > 0 ? 'No rule fits.' : 'There is no rule.'}
        >
          {rules.length > 0 ? (
            <Button className="mt-2" onClick={() => void navigate({ search: {} })}>
              Remove the filters
            </Button>
          ) : (
            <p>Write one with “New rule”, or import a folder or a zip of Sigma rules.</p>
          )}
        </Empty>
      )}
      {sorted.length > 0 && (
        <div className="relative flex min-h-0 grow flex-col border-t bg-surface">
          <RuleTable
            ref={table}
            rules={sorted}
            sort={sort}
            descending={descending}
            selected={selected}
            admin={admin}
            isAllSelected={isAllSelected}
            actionsOf={actionsOf}
            onSort={sortBy}
            onSelect={toggleSelected}
            onSelectAll={selectAll}
            onOpen={(rule) => open(rule.id)}
            onToggle={(rule) => void toggleRule(rule)}
            onFrom={(origin) => change({ from: [origin] })}
          />
          {chosen.length > 0 && (
            <BulkBar
              count={chosen.length}
              onSwitch={(enable) => act((some) => void switchRules(some, enable))}
              onMute={askMute}
              onSignal={() => act((some) => void makeSignals(some, !some.every((rule) => rule.signal_since)))}
              onRemove={() => {
                setSelected(new Set());
                void removeRules(chosen);
              }}
              onClear={() => setSelected(new Set())}
            />
          )}
        </div>
      )}
      {search.show === 'import' && admin && <ImportDialog onClose={() => show(undefined)} />}
      {search.show === 'packs' && (
        <PacksDrawer
          rules={rules}
          admin={admin}
          onClose={() => show(undefined)}
          onShow={(pack) => void navigate({ search: { from: [pack] } })}
          onImport={() => show('import')}
        />
      )}
      {asked?.what === 'mute' && <MuteDialog rules={asked.rules} onClose={() => setAsked(null)} />}
      {asked?.what === 'budget' && <BudgetDialog rule={asked.rule} onClose={() => setAsked(null)} />}
      {asked?.what === 'exception' && (
        <ExceptionDialog rule={asked.rule} candidates={[]} onClose={() => setAsked(null)} />
      )}
    </div>
  );
}
