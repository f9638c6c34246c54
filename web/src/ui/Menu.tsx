import { DropdownMenu } from 'radix-ui';
import type { ReactNode } from 'react';
import { cx } from './cx.ts';
import { keyed } from './keyed.ts';

export interface MenuItem {
  label: string;
  icon?: ReactNode;
  key?: string;
  onSelect: () => void;
  danger?: boolean;
  checked?: boolean;
}

/** A button's menu. `null` among the items draws a line. */
export function Menu({
  trigger,
  items,
  heading,
  align = 'end',
}: {
  trigger: ReactNode;
  items: readonly (MenuItem | null)[];
  heading?: ReactNode;
  align?: 'start' | 'end';
}) {
  return (
    <DropdownMenu.Root modal={false}>
      <DropdownMenu.Trigger asChild>{trigger}</DropdownMenu.Trigger>
      <DropdownMenu.Portal>
        <DropdownMenu.Content
          align={align}
          sideOffset={6}
          collisionPadding={8}
          className="z-50 max-w-80 min-w-44 rounded-lg border bg-surface p-1 shadow-pop data-[state=open]:animate-[fade-in_100ms]"
        >
          {heading && <DropdownMenu.Label className="px-2 py-1 text-xs text-faint">{heading}</DropdownMenu.Label>}
          {keyed(items, (item) => item?.label ?? '').map(({ key, item }) =>
            item === null ? (
              <DropdownMenu.Separator key={key} className="my-1 border-t" />
            ) : (
              <DropdownMenu.Item
                key={key}
                onSelect={item.onSelect}
                className={cx(
                  'flex cursor-pointer items-center gap-2 rounded-md px-2 py-1.5 outline-none data-highlighted:bg-raised [&_svg]:size-4 [&_svg]:shrink-0 [&_svg]:text-faint',
                  item.danger && 'text-bad',
                  item.checked && 'text-accent',
                )}
              >
                {item.icon}
                <span className="min-w-0 grow truncate">{item.label}</span>
                {item.key && <kbd className="text-2xs text-faint">{item.key}</kbd>}
              </DropdownMenu.Item>
            ),
          )}
        </DropdownMenu.Content>
      </DropdownMenu.Portal>
    </DropdownMenu.Root>
  );
}
