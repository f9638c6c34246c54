import { Ban, Copy, Filter } from 'lucide-react';
import { copyText } from '../ui/Copy.tsx';
import { fieldName } from '../ui/format.ts';
import { ValueChoice, ValuePopover } from '../ui/ValuePopover.tsx';
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
  const choose = (action: () => void) => () => {
    action();
    onClose();
  };
  return (
    <ValuePopover
      anchor={picked.anchor}
      label={`${fieldName(picked.field)} ${picked.value}`}
      name={fieldName(picked.field)}
      value={picked.value}
      className="max-w-72 min-w-44"
      onClose={onClose}
    >
      <ValueChoice icon={<Filter />} onClick={choose(onOnly)}>
        Show only this
      </ValueChoice>
      <ValueChoice icon={<Ban />} onClick={choose(onNot)}>
        Leave this out
      </ValueChoice>
      <ValueChoice icon={<Copy />} onClick={choose(() => void copyText(picked.value))}>
        Copy
      </ValueChoice>
    </ValuePopover>
  );
}
