import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { BellOff, Gauge, Megaphone, Plus } from 'lucide-react';
import { type ReactNode, useState } from 'react';
import { meQuery, ruleQuery } from '../api/queries.ts';
import type { RuleListed } from '../api/types.ts';
import { Button } from '../ui/Button.tsx';
import { cx } from '../ui/cx.ts';
import { group, localTime } from '../ui/format.ts';
import { Time } from '../ui/Time.tsx';
import { BudgetDialog } from './BudgetDialog.tsx';
import { CorrelationState } from './CorrelationState.tsx';
import { ExceptionDialog } from './ExceptionDialog.tsx';
import { ExceptionList } from './ExceptionList.tsx';
import { MuteDialog } from './MuteDialog.tsx';
import { NoiseMeter, RuleText, StateBadge, Tests } from './RuleRow.tsx';
import { RunTests } from './RunTests.tsx';
import { originOf, stateNames } from './rule-list.ts';
import { makeSignals, muteRules } from './upkeep-actions.ts';

/** How a rule does, on its page: state, noise, live groups, exceptions, and what can be done about them. */
export function RuleUpkeep({ rule: shown }: { rule: RuleListed }) {
  // Its figures move while somebody looks.
  const { data: rule = shown } = useQuery({ ...ruleQuery(shown.id), refetchInterval: 5_000 });
  const { data: user } = useQuery(meQuery);
  const admin = user?.role === 'admin';
  const [asked, setAsked] = useState<'mute' | 'budget' | 'exception' | null>(null);
  const close = () => setAsked(null);
  return (
    <section className="flex flex-col gap-4" data-testid="upkeep" aria-label="How the rule does">
      {rule.note && (
        <p
          className={cx(
            'rounded-md border p-3',
            rule.signal_since ? 'border-accent/40 bg-accent-soft' : 'border-high/40 bg-high/10 text-high',
          )}
        >
          {rule.note}
        </p>
      )}
      <dl className="grid grid-cols-2 gap-x-4 gap-y-3 sm:grid-cols-4">
        <Figure name="State">
          {rule.state === 'on' || rule.state === 'off' ? stateNames[rule.state] : <StateBadge rule={rule} />}
        </Figure>
        <Figure name="Noise, 24 h">
          <NoiseMeter rule={rule} className="max-w-36" />
        </Figure>
        <Figure name="Last fired">
          <Time value={rule.last_fired} form="relative" none="Never" />
        </Figure>
        <Figure name="Tests">
          <Tests rule={rule} />
        </Figure>
        <Figure name="Matches">
          <span title="Since the rule says what it says now">{group(rule.stats?.matches ?? 0)}</span>
        </Figure>
        <Figure name="From">
          <RuleText text={originOf(rule)} limit={80} />
          {rule.author && rule.author !== originOf(rule) && (
            <span className="block truncate text-xs text-faint" title={rule.author}>
              by <RuleText text={rule.author} limit={80} />
            </span>
          )}
        </Figure>
      </dl>
      <div className="flex flex-wrap items-center gap-2">
        {admin && (
          <>
            <Button size="small" onClick={() => setAsked('mute')}>
              <BellOff className="size-3.5" aria-hidden="true" /> Mute …
            </Button>
            {rule.muted_until && (
              <Button size="small" onClick={() => void muteRules([rule], null)}>
                No longer muted (until {localTime(new Date(rule.muted_until))})
              </Button>
            )}
            <Button size="small" onClick={() => setAsked('budget')}>
              <Gauge className="size-3.5" aria-hidden="true" /> Noise budget …
            </Button>
            <Button size="small" onClick={() => void makeSignals([rule], !rule.signal_since)}>
              <Megaphone className="size-3.5" aria-hidden="true" />{' '}
              {rule.signal_since ? 'Raise its alerts again' : 'Save as signal'}
            </Button>
            <Button size="small" onClick={() => setAsked('exception')}>
              <Plus className="size-3.5" aria-hidden="true" /> Exception …
            </Button>
          </>
        )}
        {rule.tests && <RunTests ruleIds={[rule.id]} label="Run its tests" size="small" />}
        <Button asChild size="small" kind="ghost">
          <Link to="/alerts" search={{ rule: rule.id, view: 'all', signals: 'show' }}>
            Its alerts
          </Link>
        </Button>
      </div>
      {rule.correlation && <CorrelationState state={rule.correlation} />}
      <ExceptionList ruleId={rule.id} admin={admin} />
      {asked === 'mute' && <MuteDialog rules={[rule]} onClose={close} />}
      {asked === 'budget' && <BudgetDialog rule={rule} onClose={close} />}
      {asked === 'exception' && <ExceptionDialog rule={rule} candidates={[]} onClose={close} />}
    </section>
  );
}

function Figure({ name, children }: { name: string; children: ReactNode }) {
  return (
    <div className="flex min-w-0 flex-col gap-0.5">
      <dt className="text-xs text-faint">{name}</dt>
      <dd className="tabular min-w-0">{children}</dd>
    </div>
  );
}
