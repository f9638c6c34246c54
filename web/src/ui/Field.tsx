import { type ComponentProps, type ReactNode, useId } from 'react';
import { cx } from './cx.ts';

export const inputClass =
  'w-full min-w-0 rounded-md border border-line bg-bg px-2.5 py-1.5 text-text transition-colors hover:border-strong focus:border-accent focus:outline-none focus-visible:outline-2 focus-visible:outline-offset-0 focus-visible:outline-accent/60 aria-invalid:border-bad disabled:opacity-60';

interface Named {
  label: string;
  hint?: ReactNode;
  error?: string | null | undefined;
  /** The label is for screen readers only. */
  quiet?: boolean | undefined;
}

function Frame({
  id,
  label,
  hint,
  error,
  quiet,
  className,
  children,
}: Named & { id: string; className?: string | undefined; children: ReactNode }) {
  return (
    <div className={cx('flex min-w-0 flex-col gap-1', className)}>
      <label htmlFor={id} className={quiet ? 'sr-only' : 'text-xs font-medium text-muted'}>
        {label}
      </label>
      {children}
      {error ? (
        <p id={`${id}-note`} className="text-xs text-bad" role="alert">
          {error}
        </p>
      ) : (
        hint && (
          <p id={`${id}-note`} className="text-xs text-faint">
            {hint}
          </p>
        )
      )}
    </div>
  );
}

export function Field({ label, hint, error, quiet, className, ...input }: Named & ComponentProps<'input'>) {
  const id = useId();
  return (
    <Frame {...{ id, label, hint, error, quiet, className }}>
      <input
        id={id}
        aria-invalid={error ? true : undefined}
        aria-describedby={error || hint ? `${id}-note` : undefined}
        autoComplete="off"
        {...input}
        className={inputClass}
      />
    </Frame>
  );
}

export function TextArea({
  label,
  hint,
  error,
  quiet,
  className,
  mono,
  ...input
}: Named & ComponentProps<'textarea'> & { mono?: boolean }) {
  const id = useId();
  return (
    <Frame {...{ id, label, hint, error, quiet, className }}>
      <textarea
        id={id}
        aria-invalid={error ? true : undefined}
        aria-describedby={error || hint ? `${id}-note` : undefined}
        spellCheck={mono ? false : undefined}
        autoComplete="off"
        {...input}
        className={cx(inputClass, 'thin-scroll resize-y', mono && 'font-mono text-xs')}
      />
    </Frame>
  );
}

export function Select({
  label,
  hint,
  error,
  quiet,
  className,
  options,
  ...input
}: Named & ComponentProps<'select'> & { options: readonly (readonly [value: string, name: string])[] }) {
  const id = useId();
  return (
    <Frame {...{ id, label, hint, error, quiet, className }}>
      <select
        id={id}
        aria-describedby={error || hint ? `${id}-note` : undefined}
        {...input}
        className={cx(inputClass, 'py-[0.42rem]')}
      >
        {options.map(([value, name]) => (
          <option key={value} value={value}>
            {name}
          </option>
        ))}
      </select>
    </Frame>
  );
}
