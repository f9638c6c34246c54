import { useNavigate } from '@tanstack/react-router';
import { Ban, Copy, Crosshair, Filter, Radar } from 'lucide-react';
import { Popover } from 'radix-ui';
import { type ReactNode, useRef } from 'react';
import { valueQuery, writtenField } from '../../../src/model/query/index.ts';
import { copyText } from '../ui/Copy.tsx';
import { fieldName } from '../ui/format.ts';
import { LogText } from '../ui/LogText.tsx';
import { entityKind } from './columns.ts';
import type { OnValue } from './Facets.tsx';

export interface Picked {
  field: string;
  value: string;
  anchor: HTMLElement;
}

/** What can be done with a value of a hit. */
export function ValueMenu({
  picked,
  onClose,
  onValue,
  onOnly,
}: {
  picked: Picked;
  onClose: () => void;
  onValue: OnValue;
  /** A new search of this value alone. */
  onOnly: (query: string) => void;
}) {
  const anchor = useRef(picked.anchor);
  anchor.current = picked.anchor;
  const navigate = useNavigate();
  const { field, value } = picked;
  const kind = entityKind(field);
  const choose = (action: () => void) => () => {
    onClose();
    action();
  };
  return (
    <Popover.Root open onOpenChange={(open) => !open && onClose()}>
      <Popover.Anchor virtualRef={anchor} />
      <Popover.Portal>
        <Popover.Content
          align="start"
          sideOffset={4}
          collisionPadding={8}
          aria-label={`${fieldName(field)} ${value.slice(0, 80)}`}
          className="z-50 max-w-80 min-w-48 rounded-lg border bg-surface p-1 shadow-pop"
        >
          <p className="truncate px-2 py-1 text-xs text-faint">
            {writtenField(field)} <LogText text={value} limit={80} wrap={false} />
          </p>
          <Choice icon={<Filter />} onClick={choose(() => onValue(field, value, 'include'))}>
            Include
          </Choice>
          <Choice icon={<Ban />} onClick={choose(() => onValue(field, value, 'exclude'))}>
            Leave out
          </Choice>
          <Choice icon={<Crosshair />} onClick={choose(() => onOnly(valueQuery(field, value)))}>
            Search for this alone
          </Choice>
          <Choice icon={<Copy />} onClick={choose(() => void copyText(value))}>
            Copy
          </Choice>
          {kind && (
            <Choice
              icon={<Radar />}
              onClick={choose(() => void navigate({ to: `/entity/${kind}/${encodeURIComponent(value)}` }))}
            >
              Everything about it
            </Choice>
          )}
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
