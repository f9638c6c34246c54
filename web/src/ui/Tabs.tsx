import { Tabs as Radix } from 'radix-ui';
import type { ReactNode } from 'react';

export function Tabs({
  value,
  onChange,
  tabs,
  label,
  children,
}: {
  value: string;
  onChange: (value: string) => void;
  tabs: readonly (readonly [value: string, name: string])[];
  label: string;
  children: ReactNode;
}) {
  return (
    <Radix.Root value={value} onValueChange={onChange}>
      <Radix.List aria-label={label} className="thin-scroll mb-4 flex gap-1 overflow-x-auto overflow-y-hidden border-b">
        {tabs.map(([name, title]) => (
          <Radix.Trigger
            key={name}
            value={name}
            className="-mb-px border-b-2 border-transparent px-1.5 py-2 whitespace-nowrap sm:px-3 text-muted -outline-offset-2 hover:text-text data-[state=active]:border-accent data-[state=active]:text-text"
          >
            {title}
          </Radix.Trigger>
        ))}
      </Radix.List>
      {children}
    </Radix.Root>
  );
}

export const TabPanel = Radix.Content;

/** A few exclusive choices side by side. */
export function Choice<T extends string>({
  label,
  value,
  options,
  onChange,
}: {
  label: string;
  value: T;
  options: readonly (readonly [value: T, name: ReactNode])[];
  onChange: (value: T) => void;
}) {
  return (
    <fieldset aria-label={label} className="inline-flex max-w-full rounded-md border bg-bg p-0.5">
      {options.map(([option, name]) => (
        <button
          key={option}
          type="button"
          aria-pressed={option === value}
          onClick={() => onChange(option)}
          className="rounded px-2.5 py-1 text-xs whitespace-nowrap text-muted hover:text-text aria-pressed:bg-raised aria-pressed:font-medium aria-pressed:text-text"
        >
          {name}
        </button>
      ))}
    </fieldset>
  );
}
