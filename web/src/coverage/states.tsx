import { CircleDashed, FlaskConical, type LucideIcon, Minus, Unplug, Zap } from 'lucide-react';
import type { CoverageState } from '../api/types.ts';
import { cx } from '../ui/cx.ts';

/** What a state is called, what it means, and its sign and colours. */
export const stateLooks: Record<
  CoverageState,
  { name: string; meaning: string; icon: LucideIcon; text: string; cell: string; bar: string }
> = {
  none: {
    name: 'No rule',
    meaning: 'No rule that is on looks for it.',
    icon: Minus,
    text: 'text-faint',
    cell: 'border-line bg-transparent',
    bar: 'bg-line',
  },
  no_source: {
    name: 'No source',
    meaning: 'A rule looks for it, but no source sends what the rule needs.',
    icon: Unplug,
    text: 'text-high',
    cell: 'border-dashed border-high/70 bg-high/8',
    bar: 'bg-high',
  },
  ready: {
    name: 'Ready',
    meaning: 'A rule looks for it and its data arrives. It has never fired.',
    icon: CircleDashed,
    text: 'text-low',
    cell: 'border-low/50 bg-low/10',
    bar: 'bg-low',
  },
  fired: {
    name: 'Fired',
    meaning: 'A rule for it has fired.',
    icon: Zap,
    text: 'text-medium',
    cell: 'border-medium/60 bg-medium/10',
    bar: 'bg-medium',
  },
  tested: {
    name: 'Tested',
    meaning: 'A rule for it did what it should within the last 30 days, on its own test lines.',
    icon: FlaskConical,
    text: 'text-accent',
    cell: 'border-accent bg-accent-soft',
    bar: 'bg-accent',
  },
};

/** A state as a sign; the word is for screen readers and on hover. */
export function StateSign({ state }: { state: CoverageState }) {
  const { icon: Icon, name, text } = stateLooks[state];
  return (
    <span className={cx('shrink-0', text)} title={name}>
      <Icon className="size-3" aria-label={name} />
    </span>
  );
}

/** A state as sign and word. */
export function StateMark({ state, className }: { state: CoverageState; className?: string }) {
  const { icon: Icon, name, text, meaning } = stateLooks[state];
  return (
    <span className={cx('inline-flex items-center gap-1 whitespace-nowrap', text, className)} title={meaning}>
      <Icon className="size-3.5 shrink-0" aria-hidden="true" />
      {name}
    </span>
  );
}
