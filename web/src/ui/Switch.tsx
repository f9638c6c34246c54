import { Switch as Radix } from 'radix-ui';

export function Switch({
  id,
  label,
  checked,
  onChange,
  disabled,
}: {
  /** For a label beside it. */
  id?: string;
  /** Accessible name. */
  label: string;
  checked: boolean;
  onChange: (checked: boolean) => void;
  disabled?: boolean;
}) {
  return (
    <Radix.Root
      {...(id && { id })}
      aria-label={label}
      title={label}
      checked={checked}
      onCheckedChange={onChange}
      disabled={disabled ?? false}
      className="relative h-[1.15rem] w-8 shrink-0 rounded-full border border-strong bg-raised transition-colors disabled:opacity-50 data-[state=checked]:border-accent data-[state=checked]:bg-accent"
    >
      <Radix.Thumb className="block size-3 translate-x-[3px] rounded-full bg-muted transition-transform data-[state=checked]:translate-x-[15px] data-[state=checked]:bg-on-accent" />
    </Radix.Root>
  );
}
