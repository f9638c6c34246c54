import { useNavigate, useSearch } from '@tanstack/react-router';
import { CalendarClock, X } from 'lucide-react';
import { useState } from 'react';
import { Button, IconButton } from '../ui/Button.tsx';
import { Dialog } from '../ui/Dialog.tsx';
import { Field } from '../ui/Field.tsx';
import { localTime, toDate, zoneName } from '../ui/format.ts';
import { Menu } from '../ui/Menu.tsx';
import { presetNames, type RangeSearch } from './time-range.ts';

const names: Record<string, string> = {
  '15m': 'Last 15 minutes',
  '1h': 'Last hour',
  '6h': 'Last 6 hours',
  '24h': 'Last 24 hours',
  '7d': 'Last 7 days',
  '30d': 'Last 30 days',
  all: 'All time',
};

type PickedRange = Omit<RangeSearch, 'range'> & { range?: RangeSearch['range'] | 'all' };

/**
 * The time range of the screens that have one. It lives in the address.
 * @param standard name of the range where the address has none
 * @param all whether all time may be chosen
 */
export function RangePicker({ standard, all = false }: { standard: string; all?: boolean }) {
  const search: PickedRange = useSearch({ strict: false });
  const navigate = useNavigate();
  const [custom, setCustom] = useState(false);
  const set = (range: PickedRange) =>
    void navigate({
      to: '.',
      search: (previous) => {
        const { from: _from, to: _to, range: _range, ...rest } = previous as PickedRange;
        return { ...rest, ...range } as never;
      },
    });
  const from = toDate(search.from);
  const to = toDate(search.to);
  const label =
    from && to
      ? `${localTime(from).slice(5, 16)} – ${localTime(to).slice(5, 16)}`
      : search.range
        ? (names[search.range] ?? search.range)
        : standard;
  return (
    <>
      <Menu
        heading="Time range"
        trigger={
          <button
            type="button"
            aria-label={`${label}: time range`}
            className="flex h-8 min-w-0 items-center gap-1.5 rounded-md border bg-bg px-2 text-xs text-muted hover:border-strong"
          >
            <CalendarClock className="size-4 shrink-0" aria-hidden="true" />
            <span className="tabular max-w-24 truncate sm:max-w-64">{label}</span>
          </button>
        }
        items={[
          ...presetNames.map((name) => ({
            label: names[name] ?? name,
            checked: search.range === name && !search.from,
            onSelect: () => set({ range: name }),
          })),
          ...(all
            ? [{ label: 'All time', checked: search.range === 'all', onSelect: () => set({ range: 'all' }) }]
            : []),
          null,
          { label: 'From … to …', onSelect: () => setCustom(true) },
        ]}
      />
      {(search.from || search.range) && (
        <IconButton label={`Back to: ${standard.toLowerCase()}`} onClick={() => set({})} className="size-7">
          <X aria-hidden="true" />
        </IconButton>
      )}
      {custom && (
        <CustomRange
          initial={search}
          onClose={() => setCustom(false)}
          onSet={(range) => {
            setCustom(false);
            set(range);
          }}
        />
      )}
    </>
  );
}

/** `2026-11-21T14:03` for an input of type datetime-local. */
const inputValue = (value: string | undefined, fallback: number) =>
  localTime(toDate(value) ?? new Date(fallback))
    .slice(0, 16)
    .replace(' ', 'T');

function CustomRange({
  initial,
  onClose,
  onSet,
}: {
  initial: Pick<RangeSearch, 'from' | 'to'>;
  onClose: () => void;
  onSet: (range: RangeSearch) => void;
}) {
  const [from, setFrom] = useState(() => inputValue(initial.from, Date.now() - 86_400_000));
  const [to, setTo] = useState(() => inputValue(initial.to, Date.now()));
  const wrong = !(Date.parse(from) < Date.parse(to));
  return (
    <Dialog
      open
      onClose={onClose}
      title="Time range"
      note={`Times are in your zone, ${zoneName(new Date())}.`}
      footer={
        <Button
          kind="primary"
          disabled={wrong}
          onClick={() => onSet({ from: new Date(from).toISOString(), to: new Date(to).toISOString() })}
        >
          Show
        </Button>
      }
    >
      <div className="grid gap-4 sm:grid-cols-2">
        <Field label="From" type="datetime-local" value={from} onChange={(event) => setFrom(event.target.value)} />
        <Field
          label="To"
          type="datetime-local"
          value={to}
          onChange={(event) => setTo(event.target.value)}
          error={wrong ? 'The end must come after the start.' : null}
        />
      </div>
    </Dialog>
  );
}
