import type { ReactNode } from 'react';
import { cx } from './cx.ts';

const tones = {
  neutral: 'border-line bg-raised text-muted',
  accent: 'border-accent/40 bg-accent-soft text-accent',
  good: 'border-good/40 bg-good/10 text-good',
  warn: 'border-high/40 bg-high/10 text-high',
  bad: 'border-bad/40 bg-bad/10 text-bad',
};

export function Badge({
  tone = 'neutral',
  children,
  title,
  className,
}: {
  tone?: keyof typeof tones;
  children: ReactNode;
  title?: string;
  className?: string;
}) {
  return (
    <span
      title={title}
      className={cx(
        'inline-flex max-w-full items-center gap-1 rounded border px-1.5 text-2xs leading-[1.35rem] whitespace-nowrap',
        tones[tone],
        className,
      )}
    >
      {children}
    </span>
  );
}

export function Kbd({ children }: { children: ReactNode }) {
  return (
    <kbd className="rounded border border-line bg-raised px-1.5 py-px font-mono text-2xs text-muted">{children}</kbd>
  );
}
