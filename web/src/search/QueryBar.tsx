import { useQuery } from '@tanstack/react-query';
import { CircleHelp, Search, X } from 'lucide-react';
import { type KeyboardEvent, type Ref, useEffect, useId, useImperativeHandle, useMemo, useRef, useState } from 'react';
import { completionAt, fieldInfo, habitsIn, parseQuery, type QueryError } from '../../../src/model/query/index.ts';
import { Button, IconButton } from '../ui/Button.tsx';
import { cx } from '../ui/cx.ts';
import { inputClass } from '../ui/Field.tsx';
import { LogText } from '../ui/LogText.tsx';
import { fieldsQuery, valuesQuery } from './api.ts';
import { type Completion, completed, completionsAt } from './completions.ts';
import { QueryHelp } from './QueryHelp.tsx';
import { recentQueries } from './recent.ts';

/** Pause after typing before values are asked for, and before an error is marked, ms. */
const settleMs = 150;
const errorMs = 900;

export interface QueryBarHandle {
  focus(): void;
}

function useSettled<T>(value: T, ms: number): T {
  const [settled, setSettled] = useState(value);
  useEffect(() => {
    const timer = setTimeout(() => setSettled(value), ms);
    return () => clearTimeout(timer);
  }, [value, ms]);
  return settled;
}

/**
 * The one query bar. Enter runs what stands there; what fits at the cursor is offered while typing.
 * @param value the query that is shown below the bar
 */
export function QueryBar({
  value,
  onRun,
  ref,
}: {
  value: string;
  /** Also for the same text: it is searched anew. */
  onRun: (query: string) => void;
  ref?: Ref<QueryBarHandle>;
}) {
  const id = useId();
  const input = useRef<HTMLInputElement>(null);
  const [text, setText] = useState(value);
  const [given, setGiven] = useState(value);
  const [cursor, setCursor] = useState(value.length);
  const [open, setOpen] = useState(false);
  const [active, setActive] = useState(-1);
  const [refused, setRefused] = useState<readonly QueryError[]>([]);
  const [help, setHelp] = useState(false);
  const [scroll, setScroll] = useState(0);
  if (given !== value) {
    setGiven(value);
    setText(value);
    setRefused([]);
  }
  useImperativeHandle(ref, () => ({
    focus: () => {
      input.current?.focus();
      input.current?.select();
    },
  }));

  const place = useMemo(() => completionAt(text, cursor), [text, cursor]);
  const { data: fields = [] } = useQuery({ ...fieldsQuery, enabled: open });
  const asked = useSettled(
    place.kind === 'value' && hasValues(place.field) ? `${place.field}\n${place.prefix.replaceAll('*', '')}` : '',
    settleMs,
  );
  const [askedField = '', askedPrefix = ''] = asked.split('\n');
  const { data: values = [] } = useQuery({
    ...valuesQuery(askedField, askedPrefix),
    enabled: open && askedField !== '',
  });
  const isEmpty = text.trim() === '';
  const options: Completion[] = useMemo(
    () => [
      ...(isEmpty
        ? recentQueries().map((query) => ({ label: query, detail: 'searched before', insert: query, goesOn: false }))
        : []),
      ...completionsAt(place, fields, place.kind === 'value' && place.field === askedField ? values : []),
    ],
    [isEmpty, place, fields, values, askedField],
  );
  const shown = open && options.length > 0;
  const chosen = shown && active >= 0 ? options[active] : undefined;

  const settledText = useSettled(text, errorMs);
  const errors = useMemo(() => {
    if (refused.length > 0) return refused;
    const parsed = settledText === text ? parseQuery(text) : null;
    return parsed && !parsed.ok ? parsed.errors : [];
  }, [refused, settledText, text]);

  const write = (next: string, at: number) => {
    setText(next);
    setCursor(at);
    setRefused([]);
    setActive(-1);
  };
  const take = (completion: Completion) => {
    const isWhole = completion.detail === 'searched before';
    const next =
      isWhole || place.kind === 'none'
        ? { text: completion.insert, cursor: completion.insert.length }
        : completed(text, place, completion);
    write(next.text, next.cursor);
    setOpen(completion.goesOn);
    requestAnimationFrame(() => {
      input.current?.focus();
      input.current?.setSelectionRange(next.cursor, next.cursor);
    });
    if (isWhole) run(next.text);
  };
  const run = (query: string) => {
    setOpen(false);
    setActive(-1);
    const parsed = parseQuery(query);
    if (parsed.ok) {
      setRefused([]);
      onRun(query.trim());
      return;
    }
    setRefused(parsed.errors);
    const at = parsed.errors[0]?.at;
    if (at) input.current?.setSelectionRange(at.from, at.to);
  };
  const onKeyDown = (event: KeyboardEvent<HTMLInputElement>) => {
    const { key } = event;
    if (key === 'ArrowDown' || key === 'ArrowUp') {
      event.preventDefault();
      if (!shown) return setOpen(true);
      const step = key === 'ArrowDown' ? 1 : -1;
      setActive((now) => (now + step + options.length + (now < 0 && step < 0 ? 1 : 0)) % options.length);
    } else if (key === 'Enter') {
      event.preventDefault();
      if (chosen) take(chosen);
      else run(text);
    } else if (key === 'Tab' && shown && !event.shiftKey && (chosen || (place.kind !== 'next' && !isEmpty))) {
      event.preventDefault();
      take(chosen ?? (options[0] as Completion));
    } else if (key === 'Escape') {
      if (shown) {
        event.stopPropagation();
        setOpen(false);
        setActive(-1);
      } else event.currentTarget.blur();
    } else if (key === ' ' && event.ctrlKey) {
      event.preventDefault();
      setOpen(true);
    }
  };

  return (
    <search className="min-w-0 grow">
      <div className="flex min-w-0 items-center gap-2">
        <div className="relative flex min-w-0 grow items-center">
          <Squiggles text={text} errors={errors} scroll={scroll} />
          <Search className="pointer-events-none absolute left-3 z-10 size-4 text-faint" aria-hidden="true" />
          <input
            ref={input}
            role="combobox"
            aria-label="Search query"
            aria-expanded={shown}
            aria-controls={`${id}-list`}
            aria-autocomplete="list"
            {...(chosen && { 'aria-activedescendant': `${id}-${active}` })}
            aria-invalid={errors.length > 0 || undefined}
            aria-describedby={errors.length > 0 ? `${id}-error` : undefined}
            value={text}
            placeholder={'user:root src_ip:203.0.113.0/24 "Failed password" -host:web1 severity>=high'}
            spellCheck={false}
            autoComplete="off"
            autoCapitalize="none"
            onChange={(event) => {
              write(event.target.value, event.target.selectionStart ?? event.target.value.length);
              setOpen(true);
            }}
            onSelect={(event) => setCursor(event.currentTarget.selectionStart ?? 0)}
            onFocus={() => setOpen(true)}
            onBlur={() => setOpen(false)}
            onClick={() => setOpen(true)}
            onKeyDown={onKeyDown}
            onScroll={(event) => setScroll(event.currentTarget.scrollLeft)}
            className={cx(inputClass, 'log relative h-9 !bg-transparent !pr-16 !pl-9 !text-[0.93rem]')}
          />
          <span className="absolute right-1 flex">
            {text !== '' && (
              <IconButton
                label="Clear the query"
                className="size-7"
                onClick={() => {
                  write('', 0);
                  run('');
                }}
              >
                <X aria-hidden="true" />
              </IconButton>
            )}
            <IconButton label="How to write a query" className="size-7" onClick={() => setHelp(true)}>
              <CircleHelp aria-hidden="true" />
            </IconButton>
          </span>
          {shown && (
            <div
              id={`${id}-list`}
              role="listbox"
              aria-label="What fits here"
              className="thin-scroll absolute top-full left-0 z-30 mt-1 w-full max-w-3xl max-h-80 overflow-y-auto rounded-lg border bg-surface p-1 shadow-pop"
            >
              {options.map((option, index) => (
                <div
                  key={`${option.detail}\n${option.label}`}
                  id={`${id}-${index}`}
                  role="option"
                  tabIndex={-1}
                  aria-selected={index === active}
                  ref={index === active ? (element) => element?.scrollIntoView({ block: 'nearest' }) : undefined}
                  // The input keeps the focus.
                  onMouseDown={(event) => event.preventDefault()}
                  onClick={() => take(option)}
                  onKeyDown={() => {}}
                  className={cx(
                    'flex cursor-pointer items-baseline gap-3 rounded-md px-2 py-1 hover:bg-raised',
                    index === active && 'bg-raised',
                  )}
                >
                  <span className="min-w-0 shrink truncate">
                    <LogText text={option.label} limit={200} wrap={false} />
                  </span>
                  <span className="ml-auto min-w-0 shrink-[2] truncate text-xs text-faint">{option.detail}</span>
                </div>
              ))}
              <p className="px-2 pt-1 text-2xs text-faint" aria-hidden="true">
                ↑ ↓ choose · Tab takes · Enter searches · Esc closes
              </p>
            </div>
          )}
        </div>
        <Button kind="primary" className="h-9" onClick={() => run(text)}>
          Search
        </Button>
      </div>
      {errors.length > 0 && (
        <p id={`${id}-error`} role="alert" className="mt-1 text-xs break-words text-bad">
          {errors.map(({ message }) => message).join(' ')}
        </p>
      )}
      {errors.length === 0 && (
        <>
          <UnknownFields query={value} known={fields.map(({ name }) => name)} />
          <Habits query={value} onRun={run} />
        </>
      )}
      <QueryHelp open={help} onClose={() => setHelp(false)} />
    </search>
  );
}

/** Fields whose values the server can name. */
/** Whose values nearly all events have of their own: there is nothing to offer. */
const ownInEvery: readonly string[] = ['id', 'raw', 'message'];
const hasValues = (field: string): boolean => !ownInEvery.includes(field);

/** Wavy lines under what cannot be read, behind the input's own text. */
function Squiggles({ text, errors, scroll }: { text: string; errors: readonly QueryError[]; scroll: number }) {
  const [first] = errors;
  const from = first ? Math.min(first.at.from, Math.max(0, text.length - 1)) : 0;
  const to = first ? Math.max(first.at.to, from + 1) : 0;
  return (
    <div
      aria-hidden="true"
      className="pointer-events-none absolute inset-0 overflow-hidden rounded-md bg-bg py-[7px] pr-16 pl-9"
    >
      {first && (
        <div
          dir="ltr"
          className="log !text-[0.93rem] whitespace-pre text-transparent"
          style={{ transform: `translateX(${1 - scroll}px)` }}
        >
          {text.slice(0, from)}
          <span className="underline decoration-bad decoration-wavy underline-offset-4" data-testid="query-error">
            {text.slice(from, to)}
          </span>
        </div>
      )}
    </div>
  );
}

/** Fields that no event is known to have: nothing can be found by them, which the query alone does not tell. */
function UnknownFields({ query, known }: { query: string; known: readonly string[] }) {
  const parsed = useMemo(() => parseQuery(query), [query]);
  if (!parsed.ok || known.length === 0) return null;
  const names = new Set<string>();
  const walk = (part: typeof parsed.query): void => {
    if (part.type === 'field') names.add(part.field);
    else if (part.type === 'not') walk(part.of);
    else if (part.type !== 'text') for (const each of part.of) walk(each);
  };
  walk(parsed.query);
  const unknown = [...names].filter(
    (name) => fieldInfo(name) === undefined && !known.includes(name) && !known.includes(name.replace(/^fields\./, '')),
  );
  if (unknown.length === 0) return null;
  return (
    <p className="mt-1 text-xs text-muted">
      No stored event is known to have {unknown.map((name) => name.replace(/^fields\./, '')).join(', ')}. To search for
      text with a colon, put it in quotation marks.
    </p>
  );
}

/** Words that other tools read as comparisons: here they are text, unless that is what was meant. */
function Habits({ query, onRun }: { query: string; onRun: (query: string) => void }) {
  const found = useMemo(() => {
    const parsed = parseQuery(query);
    return parsed.ok ? habitsIn(parsed.query) : [];
  }, [query]);
  if (found.length === 0) return null;
  return (
    <p className="mt-1 text-xs text-muted" data-testid="query-habits">
      {found.map(({ at, written, instead }) => (
        <span key={at.from} className="mr-3">
          “{written}” is looked for as text.{' '}
          <button
            type="button"
            className="text-accent hover:underline"
            onClick={() => onRun(`${query.slice(0, at.from)}${instead ?? ''}${query.slice(at.to)}`)}
          >
            {instead === null ? 'Leave it out' : `Search for ${instead}`}
          </button>
        </span>
      ))}
    </p>
  );
}
