import { useNavigate } from '@tanstack/react-router';
import { Ban, Copy, Crosshair, Filter, Radar } from 'lucide-react';
import { valueQuery, writtenField } from '../../../src/model/query/index.ts';
import { copyText } from '../ui/Copy.tsx';
import { fieldName } from '../ui/format.ts';
import { ValueChoice, ValuePopover } from '../ui/ValuePopover.tsx';
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
  const navigate = useNavigate();
  const { field, value } = picked;
  const kind = entityKind(field);
  const choose = (action: () => void) => () => {
    onClose();
    action();
  };
  return (
    <ValuePopover
      anchor={picked.anchor}
      label={`${fieldName(field)} ${value.slice(0, 80)}`}
      name={writtenField(field)}
      value={value}
      className="max-w-80 min-w-48"
      onClose={onClose}
    >
      <ValueChoice icon={<Filter />} onClick={choose(() => onValue(field, value, 'include'))}>
        Include
      </ValueChoice>
      <ValueChoice icon={<Ban />} onClick={choose(() => onValue(field, value, 'exclude'))}>
        Leave out
      </ValueChoice>
      <ValueChoice icon={<Crosshair />} onClick={choose(() => onOnly(valueQuery(field, value)))}>
        Search for this alone
      </ValueChoice>
      <ValueChoice icon={<Copy />} onClick={choose(() => void copyText(value))}>
        Copy
      </ValueChoice>
      {kind && (
        <ValueChoice
          icon={<Radar />}
          onClick={choose(() => void navigate({ to: `/entity/${kind}/${encodeURIComponent(value)}` }))}
        >
          Everything about it
        </ValueChoice>
      )}
    </ValuePopover>
  );
}
