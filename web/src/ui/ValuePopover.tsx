import { Popover } from 'radix-ui';
import { type ReactNode, useRef } from 'react';
import { cx } from './cx.ts';
import { LogText } from './LogText.tsx';

/** What can be done with a value that was clicked: {@link ValueChoice}s below its name. */
export function ValuePopover({
  anchor: element,
  label,
  name,
  value,
  className,
  onClose,
  children,
}: {
  anchor: HTMLElement;
  label: string;
  /** Of the field. */
  name: string;
  value: string;
  /** Its widths. */
  className: string;
  onClose: () => void;
  children: ReactNode;
}) {
  const anchor = useRef(element);
  anchor.current = element;
  return (
    <Popover.Root open onOpenChange={(open) => !open && onClose()}>
      <Popover.Anchor virtualRef={anchor} />
      <Popover.Portal>
        <Popover.Content
          align="start"
          sideOffset={4}
          collisionPadding={8}
          aria-label={label}
          className={cx('z-50 rounded-lg border bg-surface p-1 shadow-pop', className)}
        >
          <p className="truncate px-2 py-1 text-xs text-faint">
            {name} <LogText text={value} limit={80} wrap={false} />
          </p>
          {children}
        </Popover.Content>
      </Popover.Portal>
    </Popover.Root>
  );
}

export function ValueChoice({
  icon,
  onClick,
  children,
}: {
  icon: ReactNode;
  onClick: () => void;
  children: ReactNode;
}) {
  return (
    <button
      type="button"
      onClick={onClick}
      className="flex w-full items-center gap-2 rounded-md px-2 py-1.5 text-left hover:bg-raised [&_svg]:size-4 [&_svg]:text-faint"
    >
      {icon}
      {children}
    </button>
  );
}
