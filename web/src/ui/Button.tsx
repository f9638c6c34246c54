import { Slot } from 'radix-ui';
import type { ComponentProps, ReactNode } from 'react';
import { cx } from './cx.ts';

const kinds = {
  primary: 'bg-accent text-on-accent font-semibold hover:brightness-110 border border-transparent',
  plain: 'bg-raised text-text border border-line hover:border-strong',
  ghost: 'text-muted hover:text-text hover:bg-raised border border-transparent',
  danger: 'bg-transparent text-bad border border-bad/40 hover:bg-bad/10',
};
const sizes = { small: 'h-7 px-2 text-xs gap-1.5', normal: 'h-8 px-3 text-[0.93rem] gap-2', large: 'h-10 px-4 gap-2' };

interface ButtonProps extends ComponentProps<'button'> {
  kind?: keyof typeof kinds;
  size?: keyof typeof sizes;
  busy?: boolean;
  /** The child (a link) is drawn as the button. */
  asChild?: boolean;
}

export function Button({ kind = 'plain', size = 'normal', busy, asChild, className, disabled, ...rest }: ButtonProps) {
  const Component = asChild ? Slot.Root : 'button';
  return (
    <Component
      {...(asChild ? {} : { type: rest.type ?? 'button', disabled: disabled || busy })}
      aria-busy={busy || undefined}
      {...rest}
      className={cx(
        'inline-flex shrink-0 items-center justify-center rounded-md whitespace-nowrap transition-colors select-none disabled:opacity-50',
        kinds[kind],
        sizes[size],
        busy && 'animate-pulse',
        className,
      )}
    />
  );
}

interface IconButtonProps extends Omit<ComponentProps<'button'>, 'children'> {
  /** What it does: the accessible name and the tip. */
  label: string;
  children: ReactNode;
  pressed?: boolean;
}

export function IconButton({ label, children, pressed, className, ...rest }: IconButtonProps) {
  return (
    <button
      type="button"
      aria-label={label}
      title={label}
      aria-pressed={pressed}
      {...rest}
      className={cx(
        'inline-flex size-8 shrink-0 items-center justify-center rounded-md text-muted transition-colors hover:bg-raised hover:text-text disabled:opacity-40 [&_svg]:size-4',
        pressed && 'bg-accent-soft text-accent',
        className,
      )}
    >
      {children}
    </button>
  );
}
