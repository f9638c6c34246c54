import { Ban, Copy, Filter } from 'lucide-react';
import { Popover } from 'radix-ui';
import { type ReactNode, useRef } from 'react';
import { copyText } from '../ui/Copy.tsx';
import { fieldName } from '../ui/format.ts';
import { LogText } from '../ui/LogText.tsx';
import type { PickedValue } from './TailLine.tsx';

/** What can be done with a value that was clicked. */
export function ValueMenu({
  picked,
  onClose,
  onOnly,
  onNot,
}: {
  picked: PickedValue;
  onClose: () => void;
  onOnly: () => void;
  onNot: () => void;
}) {
  const anchor = useRef(picked.anchor);
  anchor.current = picked.anchor;
  const choose = (action: () => void) => () => {
    action();
    onClose();
  };
  return (
    <Popover.Root open onOpenChange={(open) => !open && onClose()}>
      <Popover.Anchor virtualRef={anchor} />
      <Popover.Portal>
        <Popover.Content
          align="start"
          sideOffset={4}
          collisionPadding={8}
          aria-label={`${fieldName(picked.field)} ${picked.value}`}
          className="z-50 max-w-72 min-w-44 rounded-lg border bg-surface p-1 shadow-pop"
        >
          <p className="truncate px-2 py-1 text-xs text-faint">
            {fieldName(picked.field)} <LogText text={picked.value} limit={80} wrap={false} />
          </p>
          <Choice icon={<Filter />} onClick={choose(onOnly)}>
            Show only this
          </Choice>
          <Choice icon={<Ban />} onClick={choose(onNot)}>
            Leave this out
          </Choice>
          <Choice icon={<Copy />} onClick={choose(() => void copyText(picked.value))}>
            Copy
          </Choice>
        </Popover.Content>
      </Popover.Portal>
    </Popover.Root>
  );
}

function Choice({ icon, onClick, children }: { icon: ReactNode; onClick: () => void; children: ReactNode }) {
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
