import { getRouteApi, Link } from '@tanstack/react-router';
import { useVirtualizer } from '@tanstack/react-virtual';
import { ArrowDown, Ban, Eraser, Filter, History, Pause, Play, Radio, WrapText, X } from 'lucide-react';
import { useLayoutEffect, useRef, useState } from 'react';
import { severities } from '../../../src/model/enumerations.ts';
import { useLiveState } from '../api/live.ts';
import { useKeys } from '../shell/keys.ts';
import { Badge } from '../ui/Badge.tsx';
import { Button, IconButton } from '../ui/Button.tsx';
import { inputClass } from '../ui/Field.tsx';
import { group, short } from '../ui/format.ts';
import { LogText } from '../ui/LogText.tsx';
import { SearchBox } from '../ui/SearchBox.tsx';
import { severityNames } from '../ui/Severity.tsx';
import { Empty } from '../ui/States.tsx';
import { historyQuery } from './history-query.ts';
import { LineDetails } from './LineDetails.tsx';
import { lineHeight, type PickedValue, TailLine } from './TailLine.tsx';
import type { TailRow } from './tail-row.ts';
import { useTail } from './useTail.ts';
import { ValueMenu } from './ValueMenu.tsx';

const route = getRouteApi('/app/live');

export function LiveScreen() {
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const [paused, setPaused] = useState<false | 'asked' | 'scrolled'>(false);
  const [raw, setRaw] = useState(false);
  const [open, setOpen] = useState<TailRow | null>(null);
  const [picked, setPicked] = useState<PickedValue | null>(null);
  const tail = useTail(search, paused !== false);
  const state = useLiveState();
  const list = useRef<HTMLDivElement>(null);
  const textInput = useRef<HTMLInputElement>(null);
  /** Id of the line that was walked to. */
  const cursor = useRef<string | null>(null);

  const virtual = useVirtualizer({
    count: tail.rows.length,
    getScrollElement: () => list.current,
    estimateSize: () => lineHeight,
    getItemKey: (index) => tail.rows[index]?.id ?? index,
    overscan: 20,
  });

  const height = virtual.getTotalSize();
  useLayoutEffect(() => {
    // More than can be scrolled: the end, whatever the box's own height.
    if (!paused && list.current) list.current.scrollTop = height;
  }, [height, paused]);

  const onScroll = () => {
    const box = list.current;
    if (!box) return;
    const away = box.scrollHeight - box.scrollTop - box.clientHeight;
    if (!paused && away > lineHeight * 2) setPaused('scrolled');
    else if (paused === 'scrolled' && away < lineHeight) setPaused(false);
  };

  const change = (values: object) =>
    void navigate({ search: (previous) => ({ ...previous, ...values }), replace: true });
  const addChip = (kind: 'only' | 'not', field: string, value: string) => {
    const chip = `${field}:${value}`;
    const before = search[kind] ?? [];
    if (!before.includes(chip)) change({ [kind]: [...before, chip] });
  };
  const dropChip = (kind: 'only' | 'not', chip: string) => {
    const rest = (search[kind] ?? []).filter((each) => each !== chip);
    change({ [kind]: rest.length > 0 ? rest : undefined });
  };
  const togglePause = () => setPaused((now) => (now ? false : 'asked'));

  /** Walks the lines; what stands still can be read, so walking pauses. */
  const move = (step: number) => {
    const at = tail.rows.findIndex((row) => row.id === cursor.current);
    const index = at < 0 ? tail.rows.length - 1 : Math.min(tail.rows.length - 1, Math.max(0, at + step));
    const row = tail.rows[index];
    if (!row) return;
    setPaused((now) => now || 'asked');
    cursor.current = row.id;
    virtual.scrollToIndex(index);
    // A line that was outside the window is drawn in the next frame.
    requestAnimationFrame(() =>
      list.current
        ?.querySelector<HTMLElement>(`[data-line="${CSS.escape(row.id)}"]`)
        ?.focus({ preventScroll: true, focusVisible: true }),
    );
  };

  useKeys({
    j: () => move(1),
    k: () => move(-1),
    arrowdown: () => move(1),
    arrowup: () => move(-1),
    ' ': togglePause,
    '/': () => textInput.current?.focus(),
    c: tail.clear,
    r: () => setRaw((now) => !now),
    escape: () => setOpen(null),
  });

  return (
    <div className="flex h-full min-h-0 flex-col">
      <div className="flex flex-wrap items-center gap-x-3 gap-y-1 px-4 pt-3 pb-2">
        <h1 className="text-xl font-semibold tracking-tight">Live tail</h1>
        <span className="tabular text-muted" title="Matching events per second, mean of the last 10 s">
          {short(Math.round(tail.perSecond * 10) / 10)} events/s
        </span>
        {tail.sampling > 1 && (
          <Badge tone="warn" title="More arrives than a browser can draw. The rest is stored and matched all the same.">
            showing 1 in {tail.sampling < 10 ? tail.sampling.toFixed(1) : Math.round(tail.sampling)}
          </Badge>
        )}
        {state !== 'live' && <Badge tone="bad">not connected</Badge>}
        <div className="ml-auto flex items-center gap-1">
          <Button asChild size="small" kind="ghost">
            <Link to="/search" search={{ q: historyQuery(search), range: '1h' }}>
              <History className="size-3.5" aria-hidden="true" /> Search history
            </Link>
          </Button>
          <Button size="small" kind={paused ? 'primary' : 'plain'} onClick={togglePause}>
            {paused ? (
              <Play className="size-3.5" aria-hidden="true" />
            ) : (
              <Pause className="size-3.5" aria-hidden="true" />
            )}
            {paused ? 'Resume' : 'Pause'}
          </Button>
          <IconButton label="Whole raw lines (r)" pressed={raw} onClick={() => setRaw(!raw)}>
            <WrapText aria-hidden="true" />
          </IconButton>
          <IconButton label="Clear the screen (c)" onClick={tail.clear}>
            <Eraser aria-hidden="true" />
          </IconButton>
        </div>
      </div>
      <div className="flex flex-wrap items-center gap-2 border-b bg-surface px-3 py-2">
        <SearchBox
          ref={textInput}
          label="Filter by text"
          placeholder="Text in the line …   /"
          value={search.q ?? ''}
          onChange={(q) => change({ q: q || undefined })}
          className="min-w-40 grow"
        />
        <select
          aria-label="Smallest severity"
          value={search.severity ?? 'info'}
          onChange={(event) => change({ severity: event.target.value === 'info' ? undefined : event.target.value })}
          className={`${inputClass} h-8 !w-auto !py-0`}
        >
          {severities.map((level) => (
            <option key={level} value={level}>
              {level === 'info'
                ? 'Every severity'
                : `${severityNames[level]}${level === 'critical' ? '' : ' and above'}`}
            </option>
          ))}
        </select>
        {(['only', 'not'] as const).map((kind) =>
          (search[kind] ?? []).map((chip) => (
            <span
              key={`${kind}:${chip}`}
              className={`inline-flex max-w-full items-center gap-1.5 rounded-md border py-0.5 pr-0.5 pl-2 text-xs ${kind === 'only' ? 'border-accent/40 bg-accent-soft' : 'border-bad/40 bg-bad/8'}`}
            >
              {kind === 'only' ? (
                <Filter className="size-3.5 shrink-0 text-accent" aria-label="Only" />
              ) : (
                <Ban className="size-3.5 shrink-0 text-bad" aria-label="Without" />
              )}
              <span className="min-w-0 truncate">
                <LogText text={chip} limit={100} wrap={false} />
              </span>
              <IconButton label={`Remove the filter ${chip}`} onClick={() => dropChip(kind, chip)} className="size-6">
                <X aria-hidden="true" />
              </IconButton>
            </span>
          )),
        )}
      </div>
      <div className="relative min-h-0 grow">
        <div
          ref={list}
          onScroll={onScroll}
          role="log"
          aria-label="Log lines, newest last"
          aria-live="off"
          data-testid="tail"
          className="thin-scroll absolute inset-0 overflow-x-hidden overflow-y-auto -outline-offset-2"
        >
          <div style={{ height }} className="relative">
            {virtual.getVirtualItems().map((item) => {
              const row = tail.rows[item.index];
              return row ? (
                <div
                  key={item.key}
                  className="absolute inset-x-0"
                  style={{ height: lineHeight, transform: `translateY(${item.start}px)` }}
                >
                  <TailLine
                    row={row}
                    raw={raw}
                    term={search.q ?? ''}
                    open={open?.id === row.id}
                    onOpen={setOpen}
                    onPick={setPicked}
                  />
                </div>
              ) : null;
            })}
          </div>
        </div>
        {tail.rows.length === 0 && (
          <div className="pointer-events-none absolute inset-0">
            <Empty icon={<Radio aria-hidden="true" />} title="Waiting for the next line.">
              <p>
                Lines appear here the moment they arrive.{' '}
                {search.q || search.only || search.not || search.severity
                  ? 'Filters are set: fewer of them, or none, show more.'
                  : 'Under Sources you see where to send syslog, and can add log files.'}
              </p>
            </Empty>
          </div>
        )}
        {paused && (
          <button
            type="button"
            onClick={() => setPaused(false)}
            className="absolute bottom-3 left-1/2 z-10 flex max-w-[90%] -translate-x-1/2 items-center gap-1.5 rounded-full bg-accent px-3 py-1 text-xs font-semibold text-on-accent shadow-pop"
          >
            <ArrowDown className="size-3.5 shrink-0" aria-hidden="true" />
            {tail.waiting > 0 ? `${group(tail.waiting)} new` : 'Paused'}
            {tail.lost > 0 && ` · ${group(tail.lost)} older ones let go (stored all the same)`}
          </button>
        )}
      </div>
      {open && (
        <LineDetails
          row={open}
          onClose={() => setOpen(null)}
          onOnly={(field, value) => addChip('only', field, value)}
          onNot={(field, value) => addChip('not', field, value)}
        />
      )}
      {picked && (
        <ValueMenu
          picked={picked}
          onClose={() => setPicked(null)}
          onOnly={() => addChip('only', picked.field, picked.value)}
          onNot={() => addChip('not', picked.field, picked.value)}
        />
      )}
    </div>
  );
}
