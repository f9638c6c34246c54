import { useNavigate } from '@tanstack/react-router';
import { Ban, Columns3, Filter, Radar, Rows3, X } from 'lucide-react';
import type { ReactNode } from 'react';
import { type Mark, readField, valueState, writtenField } from '../../../src/model/query/index.ts';
import type { EventJson } from '../api/types.ts';
import { Button, IconButton } from '../ui/Button.tsx';
import { Copy } from '../ui/Copy.tsx';
import { cx } from '../ui/cx.ts';
import { Drawer } from '../ui/Dialog.tsx';
import { fieldText } from '../ui/format.ts';
import { LogText } from '../ui/LogText.tsx';
import { asSeverity, Severity } from '../ui/Severity.tsx';
import { Time } from '../ui/Time.tsx';
import { entityKind } from './columns.ts';
import type { OnValue } from './Facets.tsx';
import { marksIn, marksOfField } from './marks.ts';
import { SealedValues } from './SealedValues.tsx';

interface PanelProps {
  event: EventJson;
  query: string;
  marks: readonly Mark[];
  columns: readonly string[];
  onValue: OnValue;
  onColumn: (column: string) => void;
  onAround: (id: string) => void;
  onClose: () => void;
}

/** Fields of an event that can be searched for, by the names they are searched by. */
function fieldsOf(event: EventJson): [string, unknown][] {
  const { id, time: _t, received_at: _r, raw: _raw, fields, geo, intel, score, ...rest } = event;
  const { phosor_sealed: _sealed, ...found } = fields ?? {};
  const more = { fields: found, geo, intel, score };
  return [
    ...Object.entries(rest),
    ...Object.entries(more).flatMap(([start, values]) =>
      Object.entries(values ?? {}).map(([name, value]): [string, unknown] => [`${start}.${name}`, value]),
    ),
    ['id', id],
  ].filter(
    ([, value]) =>
      value !== null && value !== undefined && value !== '' && !(Array.isArray(value) && value.length === 0),
  ) as [string, unknown][];
}

/** Everything about one event, beside the list where there is room, else over it. */
export function EventPanel({ wide, ...props }: PanelProps & { wide: boolean }) {
  if (!wide) {
    return (
      <Drawer open onClose={props.onClose} title="Event">
        <Content {...props} />
      </Drawer>
    );
  }
  return (
    <aside
      aria-label="Event"
      className="thin-scroll w-[25rem] shrink-0 overflow-y-auto border-l bg-surface p-4"
      data-testid="event-panel"
    >
      <div className="mb-3 flex items-center">
        <h2 className="font-semibold">Event</h2>
        <IconButton label="Close the event (Esc)" className="ml-auto" onClick={props.onClose}>
          <X aria-hidden="true" />
        </IconButton>
      </div>
      <Content {...props} />
    </aside>
  );
}

function Content({ event, query, marks, columns, onValue, onColumn, onAround }: PanelProps) {
  return (
    <div className="flex flex-col gap-3">
      <div className="flex flex-wrap items-center gap-x-3 gap-y-1">
        <Severity level={asSeverity(event.severity)} />
        <Time value={event.time} />
        <Button size="small" className="ml-auto" onClick={() => onAround(event.id)}>
          <Rows3 className="size-3.5" aria-hidden="true" /> Lines around it
        </Button>
      </div>
      <div className="flex items-start gap-1 rounded-md border bg-bg p-2.5">
        <div className="min-w-0 grow">
          <LogText text={event.raw} marks={marksIn(event.raw, marksOfField(marks, 'raw'))} limit={20_000} />
        </div>
        <Copy text={event.raw} label="Copy the raw line" />
      </div>
      <SealedValues event={event} />
      <dl className="flex flex-col">
        {fieldsOf(event).map(([name, value]) => (
          <Entry
            key={name}
            name={name}
            query={query}
            columns={columns}
            onValue={onValue}
            onColumn={onColumn}
            value={value}
            marks={marks}
          />
        ))}
        <div className="flex gap-2 py-1.5 text-muted">
          <dt className="w-28 shrink-0">received</dt>
          <dd>
            <Time value={event.received_at} />
          </dd>
        </div>
      </dl>
      <div className="flex items-center gap-1 text-xs text-muted">
        <Copy text={JSON.stringify(event, null, 2)} label="Copy the event as JSON" /> Copy as JSON
      </div>
    </div>
  );
}

function Entry({
  name,
  value,
  query,
  marks,
  columns,
  onValue,
  onColumn,
}: Pick<PanelProps, 'query' | 'marks' | 'columns' | 'onValue' | 'onColumn'> & { name: string; value: unknown }) {
  const navigate = useNavigate();
  const kind = entityKind(name);
  const shown = writtenField(name);
  // Lists are searched one by one; what is deeper only as text.
  const values = Array.isArray(value) ? value.map(fieldText) : [fieldText(value)];
  const isSearchable = typeof value !== 'object' || Array.isArray(value);
  const isColumn = columns.some((column) => readField(column).field === name);
  return (
    <div className="flex items-start gap-2 border-b border-line/60 py-1">
      <dt className="w-28 shrink-0 pt-0.5 break-words text-muted">
        <LogText text={shown} limit={80} className="!font-sans !text-[1em]" />
      </dt>
      <dd className="min-w-0 grow">
        {values.map((text) => {
          const state = valueState(query, name, text);
          return (
            <div key={text} className="flex items-start gap-0.5">
              <span className={cx('min-w-0 grow py-0.5 break-words', state === 'excluded' && 'line-through')}>
                <LogText text={text} marks={marksIn(text, marksOfField(marks, name))} limit={2000} />
              </span>
              {kind && (
                <Small
                  label={`Everything about ${text.slice(0, 60)}`}
                  onClick={() => void navigate({ to: `/entity/${kind}/${encodeURIComponent(text)}` })}
                >
                  <Radar aria-hidden="true" />
                </Small>
              )}
              {isSearchable && (
                <>
                  <Small
                    label={`Include ${shown} ${text.slice(0, 60)}`}
                    pressed={state === 'included'}
                    onClick={() => onValue(name, text, 'include')}
                  >
                    <Filter aria-hidden="true" />
                  </Small>
                  <Small
                    label={`Leave out ${shown} ${text.slice(0, 60)}`}
                    pressed={state === 'excluded'}
                    onClick={() => onValue(name, text, 'exclude')}
                  >
                    <Ban aria-hidden="true" />
                  </Small>
                </>
              )}
              <Copy text={text} label={`Copy ${shown}`} className="size-6" />
            </div>
          );
        })}
      </dd>
      <Small
        label={isColumn ? `Take the column ${shown} out` : `Show ${shown} as a column`}
        pressed={isColumn}
        onClick={() => onColumn(shown)}
      >
        <Columns3 aria-hidden="true" />
      </Small>
    </div>
  );
}

function Small(props: { label: string; onClick: () => void; pressed?: boolean; children: ReactNode }) {
  return <IconButton {...props} className="size-6 [&_svg]:size-3.5" />;
}
