import { memo, useMemo } from 'react';
import { cx } from '../ui/cx.ts';
import { LogText } from '../ui/LogText.tsx';
import { Severity, severityFill } from '../ui/Severity.tsx';
import { Time } from '../ui/Time.tsx';
import type { TextMark } from '../ui/visible-text.ts';
import type { TailField, TailRow } from './tail-row.ts';

export const lineHeight = 26;
const longestShown = 700;

export interface PickedValue {
  field: TailField;
  value: string;
  anchor: HTMLElement;
}

interface TailLineProps {
  row: TailRow;
  raw: boolean;
  term: string;
  open: boolean;
  onOpen: (row: TailRow) => void;
  onPick: (picked: PickedValue) => void;
}

/** Every place where `term` stands in `text`, case ignored. */
function findTerm(text: string, term: string): TextMark[] {
  if (!term) return [];
  const marks: TextMark[] = [];
  const haystack = text.toLowerCase();
  const needle = term.toLowerCase();
  for (
    let at = haystack.indexOf(needle);
    at >= 0 && marks.length < 50;
    at = haystack.indexOf(needle, at + needle.length)
  ) {
    marks.push({ offset: at, length: needle.length });
  }
  return marks;
}

export const TailLine = memo(function TailLine({ row, raw, term, open, onOpen, onPick }: TailLineProps) {
  const text = raw ? row.raw : row.message;
  const marks = useMemo(() => findTerm(text, term), [text, term]);
  const value = (field: TailField, shown: string | null, className: string) =>
    shown ? (
      <button
        type="button"
        title={`${field}: ${shown}`}
        onClick={(event) => onPick({ field, value: shown, anchor: event.currentTarget })}
        className={cx('shrink-0 truncate rounded px-1 text-left text-muted hover:bg-raised hover:text-text', className)}
      >
        <LogText text={shown} limit={80} wrap={false} />
      </button>
    ) : null;
  return (
    <div
      className={cx('relative flex h-full items-center gap-1.5 pr-2 pl-3 hover:bg-raised/60', open && 'bg-accent-soft')}
    >
      <span className={cx('absolute inset-y-0 left-0 w-1', severityFill[row.severity])} aria-hidden="true" />
      <Time value={row.time} form="clock" className="log tabular shrink-0 text-faint" />
      <Severity level={row.severity} compact className="shrink-0" />
      {value('host', row.host ?? row.source, 'hidden w-28 md:block')}
      {value('program', row.program ?? row.format, 'hidden w-24 sm:block')}
      <button
        type="button"
        data-line={row.id}
        onClick={() => onOpen(row)}
        className="min-w-0 grow truncate text-left -outline-offset-2"
      >
        <span className="sr-only">Details of </span>
        <LogText text={text} marks={marks} limit={longestShown} wrap={false} />
      </button>
      {value('user', row.user, 'hidden w-24 lg:block') ?? <span className="hidden w-24 shrink-0 lg:block" />}
      {value('src_ip', row.src_ip, 'hidden w-32 md:block') ?? <span className="hidden w-32 shrink-0 md:block" />}
    </div>
  );
});
