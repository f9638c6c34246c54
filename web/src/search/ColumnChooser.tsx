import { useQuery } from '@tanstack/react-query';
import { ArrowDown, ArrowUp, Columns3, Plus, X } from 'lucide-react';
import { Popover } from 'radix-ui';
import { useState } from 'react';
import { queryFields, readField, writtenField } from '../../../src/model/query/index.ts';
import { Button, IconButton } from '../ui/Button.tsx';
import { inputClass } from '../ui/Field.tsx';
import { LogText } from '../ui/LogText.tsx';
import { usualColumns } from './address.ts';
import { fieldsQuery } from './api.ts';

/** Which columns the table has, and in which order. */
export function ColumnChooser({
  columns,
  onColumns,
}: {
  columns: readonly string[];
  onColumns: (columns: readonly string[]) => void;
}) {
  const [open, setOpen] = useState(false);
  const [text, setText] = useState('');
  const { data: fields = [] } = useQuery({ ...fieldsQuery, enabled: open });
  const names = new Set([
    'time',
    ...queryFields.map(({ name }) => name),
    'received_at',
    ...fields.map(({ name }) => writtenField(readField(name).field)),
  ]);
  const wanted = text.trim().toLowerCase();
  const others = [...names]
    .filter((name) => !columns.includes(name) && name.toLowerCase().includes(wanted))
    .slice(0, 60);
  const moved = (index: number, step: number) => {
    const next = [...columns];
    const [column] = next.splice(index, 1);
    if (column !== undefined) next.splice(index + step, 0, column);
    onColumns(next);
  };
  return (
    <Popover.Root open={open} onOpenChange={setOpen}>
      <Popover.Trigger asChild>
        <Button size="small">
          <Columns3 className="size-3.5" aria-hidden="true" />
          <span className="max-sm:sr-only">Columns</span>
        </Button>
      </Popover.Trigger>
      <Popover.Portal>
        <Popover.Content
          align="end"
          sideOffset={6}
          collisionPadding={8}
          aria-label="Columns"
          className="z-40 flex max-h-[70vh] w-72 flex-col rounded-lg border bg-surface shadow-pop"
        >
          <ol className="thin-scroll max-h-60 shrink-0 overflow-y-auto border-b p-1">
            {columns.map((column, index) => (
              <li key={column} className="flex items-center rounded pl-2 hover:bg-raised">
                <span className="min-w-0 grow truncate">
                  <LogText text={column} limit={80} wrap={false} />
                </span>
                <IconButton
                  label={`Move ${column} to the left`}
                  className="size-7"
                  disabled={index === 0}
                  onClick={() => moved(index, -1)}
                >
                  <ArrowUp aria-hidden="true" />
                </IconButton>
                <IconButton
                  label={`Move ${column} to the right`}
                  className="size-7"
                  disabled={index === columns.length - 1}
                  onClick={() => moved(index, 1)}
                >
                  <ArrowDown aria-hidden="true" />
                </IconButton>
                <IconButton
                  label={`Take ${column} out`}
                  className="size-7"
                  disabled={columns.length === 1}
                  onClick={() => onColumns(columns.filter((each) => each !== column))}
                >
                  <X aria-hidden="true" />
                </IconButton>
              </li>
            ))}
          </ol>
          <div className="p-2">
            <input
              aria-label="Find a field"
              placeholder="Add a field …"
              value={text}
              onChange={(event) => setText(event.target.value)}
              onKeyDown={(event) => {
                const [first] = others;
                if (event.key !== 'Enter' || first === undefined || wanted === '') return;
                onColumns([...columns, first]);
                setText('');
              }}
              className={inputClass}
            />
          </div>
          <ul className="thin-scroll min-h-0 grow overflow-y-auto px-1 pb-1">
            {others.map((name) => (
              <li key={name}>
                <button
                  type="button"
                  onClick={() => onColumns([...columns, name])}
                  className="flex w-full items-center gap-2 rounded px-2 py-1 text-left hover:bg-raised"
                >
                  <Plus className="size-3.5 text-faint" aria-hidden="true" />
                  <LogText text={name} limit={80} wrap={false} />
                </button>
              </li>
            ))}
          </ul>
          <footer className="border-t p-1.5">
            <Button size="small" kind="ghost" onClick={() => onColumns(usualColumns)}>
              The usual columns
            </Button>
          </footer>
        </Popover.Content>
      </Popover.Portal>
    </Popover.Root>
  );
}
