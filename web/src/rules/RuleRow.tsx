import { BellOff, CircleSlash, Ellipsis, FlaskConical, Megaphone, ShieldOff, TriangleAlert } from 'lucide-react';
import type { CSSProperties } from 'react';
import type { RuleListed } from '../api/types.ts';
import { Badge } from '../ui/Badge.tsx';
import { IconButton } from '../ui/Button.tsx';
import { cx } from '../ui/cx.ts';
import { duration, group, plural, short } from '../ui/format.ts';
import { LogText } from '../ui/LogText.tsx';
import { Menu, type MenuItem } from '../ui/Menu.tsx';
import { Severity } from '../ui/Severity.tsx';
import { Switch } from '../ui/Switch.tsx';
import { Time } from '../ui/Time.tsx';
import { useNow } from '../ui/useNow.ts';
import { budgetOf, noiseOf, originOf, type SortKey, testedness, typeNames } from './rule-list.ts';

/** Widths of the columns, for head and rows: the same grid. Columns go by importance as the screen narrows. */
export const ruleGrid =
  'grid items-center gap-x-3 grid-cols-[1rem_2rem_minmax(0,1fr)_auto] md:grid-cols-[1rem_5.6rem_minmax(0,1fr)_5.2rem_7rem_5.4rem_2rem] xl:grid-cols-[1rem_5.6rem_minmax(0,1fr)_5.2rem_5.6rem_7.4rem_5.6rem_4.6rem_7.5rem_2rem]';

export const columns: readonly { key: SortKey; name: string; className: string }[] = [
  { key: 'state', name: 'State', className: 'max-md:hidden' },
  { key: 'name', name: 'Rule', className: '' },
  { key: 'severity', name: 'Severity', className: 'max-md:hidden' },
  { key: 'type', name: 'Kind', className: 'max-xl:hidden' },
  { key: 'noise', name: 'Noise, 24 h', className: 'max-md:hidden' },
  { key: 'fired', name: 'Last fired', className: 'max-md:hidden' },
  { key: 'tests', name: 'Tests', className: 'max-xl:hidden' },
  { key: 'from', name: 'From', className: 'max-xl:hidden' },
];

/** A name, a description, an author: of imported rules somebody else wrote it. */
export function RuleText({ text, limit = 300 }: { text: string; limit?: number }) {
  // One line: what was written over several reads on.
  return <LogText text={text.replace(/\s+/g, ' ')} limit={limit} wrap={false} className="!font-sans !text-[1em]" />;
}

/** What is not plainly on or off: a word and a sign. */
export function StateBadge({ rule }: { rule: RuleListed }) {
  if (rule.state === 'muted') return <Muted until={rule.muted_until} />;
  if (rule.state !== 'signal') return null;
  return (
    <Badge
      tone={noiseOf(rule) === 'over' ? 'warn' : 'accent'}
      title={rule.note ?? 'Its new alerts are kept as info, and nobody is told'}
    >
      <Megaphone className="size-3" aria-hidden="true" /> Signal
    </Badge>
  );
}

function Muted({ until }: { until: string | null }) {
  const now = useNow();
  const left = until ? (Date.parse(until) - now) / 1000 : 0;
  return (
    <Badge tone="accent" title={until ? `Muted until ${until}` : 'Muted'}>
      <BellOff className="size-3" aria-hidden="true" /> Muted{left > 0 && ` ${duration(left)}`}
    </Badge>
  );
}

const noiseTone = { over: 'bg-bad', near: 'bg-high', within: 'bg-accent', silent: 'bg-line' };

/** Alerts of the last day beside what the rule may raise. */
export function NoiseMeter({ rule, className }: { rule: RuleListed; className?: string }) {
  const noise = noiseOf(rule);
  const budget = budgetOf(rule);
  const share = Math.min(1, rule.alerts_24h / Math.max(1, budget));
  const title = `${plural(rule.alerts_24h, 'alert')} in 24 hours; the budget is ${group(budget)}${
    rule.noise_budget === null ? ', the default' : ''
  }`;
  return (
    <span className={cx('flex min-w-0 flex-col gap-1', className)} title={title}>
      <span className="tabular flex items-center gap-1 text-xs">
        {noise === 'over' && <TriangleAlert className="size-3.5 shrink-0 text-bad" aria-label="Over the budget" />}
        <span className={rule.alerts_24h > 0 ? 'font-semibold' : 'text-faint'}>{short(rule.alerts_24h)}</span>
        <span className="text-faint">of {short(budget)}</span>
      </span>
      <span className="h-1 overflow-hidden rounded-full bg-raised" aria-hidden="true">
        <span className={cx('block h-full rounded-full', noiseTone[noise])} style={{ width: `${share * 100}%` }} />
      </span>
    </span>
  );
}

/** Lines beside the rule that prove it. */
export function Tests({ rule }: { rule: RuleListed }) {
  const state = testedness(rule);
  if (state === 'none')
    return (
      <span className="text-xs text-faint" title="No lines beside it that must fire or stay quiet">
        None
      </span>
    );
  const { fire = 0, quiet = 0 } = rule.tests ?? {};
  return (
    <span
      className={cx('tabular inline-flex items-center gap-1 text-xs', state === 'both' ? 'text-good' : 'text-muted')}
      title={`${plural(fire, 'line')} must make it fire, ${plural(quiet, 'line')} must not`}
    >
      <FlaskConical className="size-3.5" aria-hidden="true" />
      {short(fire)}
      <span className="text-faint">/</span>
      {short(quiet)}
    </span>
  );
}

interface RuleRowProps {
  rule: RuleListed;
  /** Row of the table, the head is 1. */
  at: number;
  style: CSSProperties;
  current: boolean;
  selected: boolean;
  admin: boolean;
  actions: readonly (MenuItem | null)[];
  onSelect: () => void;
  onOpen: () => void;
  onFocus: () => void;
  onToggle: () => void;
  onFrom: (origin: string) => void;
}

/** One rule of the list. Fixed height: the list is virtual. */
export function RuleRow(props: RuleRowProps) {
  const { rule, at, style, current, selected, admin, actions, onSelect, onOpen, onFocus, onToggle, onFrom } = props;
  const label = `${rule.name}: ${rule.enabled ? 'on' : 'off'}`;
  // That somebody chose to make it a signal is no news.
  const warning = rule.signal_since ? null : rule.note;
  return (
    <tr
      aria-rowindex={at}
      style={style}
      data-key={rule.id}
      data-current={current || undefined}
      className={cx(
        ruleGrid,
        'group absolute inset-x-0 border-b border-line/70 pr-2 pl-3 hover:bg-raised/60 md:pr-3',
        'has-[[data-main]:focus-visible]:outline-2 has-[[data-main]:focus-visible]:-outline-offset-2 has-[[data-main]:focus-visible]:outline-accent',
        current && 'bg-raised',
        selected && 'bg-accent-soft',
      )}
    >
      <td className="relative z-1 flex">
        {admin && (
          <input
            type="checkbox"
            checked={selected}
            onChange={onSelect}
            aria-label={`Select ${rule.name}`}
            className="size-4 accent-(--accent)"
          />
        )}
      </td>
      <td className="relative z-1 flex flex-col items-start gap-1">
        <Switch label={label} checked={rule.enabled} disabled={!admin} onChange={onToggle} />
        <span className="max-md:hidden">
          <StateBadge rule={rule} />
        </span>
      </td>
      <td className="min-w-0">
        <div className="flex min-w-0 items-center gap-2">
          <button
            type="button"
            data-main
            onClick={onOpen}
            onFocus={onFocus}
            className={cx(
              "min-w-0 truncate text-left font-medium outline-none after:absolute after:inset-0 after:content-['']",
              !rule.enabled && 'text-muted',
            )}
          >
            <RuleText text={rule.name} />
          </button>
          <Signs rule={rule} />
        </div>
        <p className={cx('truncate text-xs', warning ? 'text-high' : 'text-muted')}>
          <RuleText text={warning ?? rule.description} />
        </p>
        <div className="mt-1 flex items-center gap-2 overflow-hidden md:hidden">
          <Severity level={rule.severity_level} />
          <StateBadge rule={rule} />
          <span className="tabular text-xs whitespace-nowrap text-muted">
            {noiseOf(rule) === 'over' && (
              <TriangleAlert className="mr-1 inline size-3.5 text-bad" aria-label="Over the budget" />
            )}
            {short(rule.alerts_24h)} of {short(budgetOf(rule))}
          </span>
          <span className="truncate text-xs text-faint">
            <Time value={rule.last_fired} form="relative" none="Never" className="" />
          </span>
        </div>
      </td>
      <td className="max-md:hidden">
        <Severity level={rule.severity_level} />
      </td>
      <td className="max-xl:hidden">
        <Badge>{typeNames[rule.type]}</Badge>
      </td>
      <td className="max-md:hidden">
        <NoiseMeter rule={rule} />
      </td>
      <td className="text-xs max-md:hidden">
        <Time value={rule.last_fired} form="relative" none="Never" className="whitespace-nowrap text-muted" />
      </td>
      <td className="max-xl:hidden">
        <Tests rule={rule} />
      </td>
      <td className="relative z-1 min-w-0 text-xs max-xl:hidden">
        <button
          type="button"
          onClick={() => onFrom(originOf(rule))}
          title={`Only rules from ${originOf(rule)}`}
          className="block max-w-full truncate rounded text-left hover:text-accent"
        >
          <RuleText text={originOf(rule)} limit={80} />
        </button>
        {rule.author && rule.author !== originOf(rule) && (
          <span className="block truncate text-faint" title={rule.author}>
            <RuleText text={rule.author} limit={80} />
          </span>
        )}
      </td>
      <td className="relative z-1 flex justify-end">
        <Menu
          heading={<RuleText text={rule.name} limit={80} />}
          trigger={
            <IconButton label={`Actions for ${rule.name}`}>
              <Ellipsis aria-hidden="true" />
            </IconButton>
          }
          items={actions}
        />
      </td>
    </tr>
  );
}

/** What else there is to know, as signs with a text. */
function Signs({ rule }: { rule: RuleListed }) {
  const evicted = rule.stats?.evicted ?? 0;
  return (
    <>
      {rule.warnings.length > 0 && (
        <span title={rule.warnings.join('\n')} className="relative z-1 shrink-0">
          <TriangleAlert className="size-3.5 text-high" aria-label={plural(rule.warnings.length, 'warning')} />
        </span>
      )}
      {rule.exceptions > 0 && (
        <span
          title={plural(rule.exceptions, 'exception')}
          className="tabular relative z-1 inline-flex shrink-0 items-center gap-0.5 text-2xs text-muted"
        >
          <ShieldOff className="size-3.5" aria-label="Exceptions" />
          {rule.exceptions}
        </span>
      )}
      {evicted > 0 && (
        <span
          title={`${plural(evicted, 'group')} evicted: there were more than the rule may hold`}
          className="relative z-1 shrink-0"
        >
          <CircleSlash className="size-3.5 text-high" aria-label={`${plural(evicted, 'group')} evicted`} />
        </span>
      )}
    </>
  );
}
