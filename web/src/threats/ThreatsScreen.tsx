import { useQuery } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import { useVirtualizer } from '@tanstack/react-virtual';
import { Download, ShieldCheck } from 'lucide-react';
import { useMemo, useRef, useState } from 'react';
import { withQuery } from '../api/client.ts';
import { download } from '../api/download.ts';
import { useKeys } from '../shell/keys.ts';
import { RangePicker } from '../shell/RangePicker.tsx';
import { resolveRange } from '../shell/time-range.ts';
import { Button, IconButton } from '../ui/Button.tsx';
import { cx } from '../ui/cx.ts';
import { group, plural } from '../ui/format.ts';
import { Menu } from '../ui/Menu.tsx';
import { Severity, severitiesDown } from '../ui/Severity.tsx';
import { Empty, Failure, Skeleton } from '../ui/States.tsx';
import { Choice } from '../ui/Tabs.tsx';
import { useNow } from '../ui/useNow.ts';
import { detectors, type Kind, kinds, questionOf } from './address.ts';
import { type Detection, keyOf, type Threats, threatsQuery } from './api.ts';
import { DetectionDrawer } from './DetectionDrawer.tsx';
import { DetectionRow, rowHeight } from './DetectionRow.tsx';
import { ParameterForm } from './ParameterForm.tsx';

const route = getRouteApi('/app/threats');
const tabs = kinds.map((kind) => [kind, detectors[kind].name] as const);

/** The documented detectors over stored history: a kind of attack, a time, the parameters, and what was found. */
export function ThreatsScreen() {
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const now = Math.floor(useNow() / 60_000) * 60_000;
  const kind: Kind = search.kind ?? 'brute-force';
  const detector = detectors[kind];
  const { from, to } = useMemo(() => resolveRange(search, '24h', now), [search, now]);
  const question = useMemo(() => questionOf(search, { from, to, hours: 0, fixed: true }), [search, from, to]);
  const query = useQuery(threatsQuery(kind, question));
  const { data } = query;
  const detections = data?.detections ?? [];
  const open = detections.find((one) => keyOf(one) === search.open);
  const change = (values: object) => void navigate({ search: (before) => ({ ...before, ...values }), replace: true });
  const show = (one: Detection | null) => change({ open: one === null ? undefined : keyOf(one) });
  const save = (format: string) => {
    download(withQuery(`/api/threats/${kind}`, { ...question, format }));
  };
  return (
    <div className="flex h-full min-h-0 flex-col">
      <div className="flex flex-wrap items-center gap-x-3 gap-y-2 px-4 pt-3 pb-2">
        <h1 className="text-xl font-semibold tracking-tight">Threats</h1>
        <p className="min-w-0 text-muted max-md:hidden">{detector.what}</p>
        <div className="ml-auto flex items-center gap-1.5">
          <RangePicker standard="Last 24 hours" />
          <Menu
            heading="Export these detections"
            trigger={
              <IconButton label="Export">
                <Download aria-hidden="true" />
              </IconButton>
            }
            items={[
              { label: 'CSV, for spreadsheets', onSelect: () => save('csv') },
              { label: 'JSON, with every window', onSelect: () => save('json') },
            ]}
          />
        </div>
        <div className="thin-scroll basis-full overflow-x-auto">
          <Choice
            label="Kind of attack"
            value={kind}
            options={tabs}
            onChange={(next) =>
              void navigate({
                search: ({ range, from: since, to: until }) => ({
                  ...(range && { range }),
                  ...(since && until && { from: since, to: until }),
                  ...(next !== 'brute-force' && { kind: next }),
                }),
              })
            }
          />
        </div>
      </div>
      <div className="border-b bg-surface px-4 py-2.5">
        <ParameterForm key={kind} kind={kind} search={search} onChange={change} />
      </div>
      {data && <Summary data={data} chosen={search.severity} onChange={(severity) => change({ severity })} />}
      <div className="relative min-h-0 grow">
        {query.isError && <Failure error={query.error} retry={() => void query.refetch()} className="m-4" />}
        {!data && !query.isError && <Skeleton lines={9} className="p-4" />}
        {data && detections.length === 0 && (
          <Nothing kind={kind} data={data} filtered={search.severity !== undefined} />
        )}
        {detections.length > 0 && <List detections={detections} question={question} onOpen={show} isCovered={!!open} />}
      </div>
      {open && data && (
        <DetectionDrawer kind={kind} detection={open} range={data.time_range} onClose={() => show(null)} />
      )}
    </div>
  );
}

/** How many of which severity; each is a switch of what is shown. */
function Summary({
  data,
  chosen,
  onChange,
}: {
  data: Threats;
  chosen: string | undefined;
  onChange: (severity: string | undefined) => void;
}) {
  const shown = severitiesDown.filter((level) => level !== 'info');
  return (
    <div className="flex flex-wrap items-center gap-x-3 gap-y-1.5 border-b px-4 py-2">
      <p className="tabular font-medium" aria-live="polite">
        {plural(data.total_detections, 'detection')}
      </p>
      <fieldset aria-label="Severity" className="thin-scroll flex max-w-full gap-1 overflow-x-auto">
        {shown.map((level) => {
          const word = level.toUpperCase();
          const isChosen = chosen === word;
          return (
            <button
              key={level}
              type="button"
              aria-pressed={isChosen}
              onClick={() => onChange(isChosen ? undefined : word)}
              className={cx(
                'flex h-7 shrink-0 items-center gap-1.5 rounded-md border px-2',
                isChosen ? 'border-current bg-raised' : 'bg-bg hover:border-strong',
              )}
            >
              <Severity level={level} />
              <span className="tabular text-xs">{group(data.severity_counts[word] ?? 0)}</span>
            </button>
          );
        })}
      </fieldset>
      <p className="tabular ml-auto text-xs text-faint max-md:hidden">
        {group(data.events_matched)} of {plural(data.events_scanned, 'event')} fit · {data.seconds.toFixed(1)} s
      </p>
      {data.notes.length > 0 && (
        <ul role="note" className="basis-full text-xs text-high">
          {data.notes.map((note) => (
            <li key={note}>{note}</li>
          ))}
        </ul>
      )}
    </div>
  );
}

function Nothing({ kind, data, filtered }: { kind: Kind; data: Threats; filtered: boolean }) {
  const navigate = route.useNavigate();
  return (
    <Empty
      icon={<ShieldCheck aria-hidden="true" />}
      title={filtered ? 'No detection of this severity.' : `${detectors[kind].name}: nothing found in this time.`}
    >
      <p>
        {data.events_scanned === 0
          ? 'There are no stored events in this time. Choose a longer one, or connect a source.'
          : data.events_matched === 0
            ? 'Nobody has enough events of this kind in this time to reach the limits. Lower them, or choose a longer time.'
            : `${plural(data.events_matched, 'event')} fit, but no window reached the limits. Lower them, or choose a longer time.`}
      </p>
      <Button className="mt-2" onClick={() => void navigate({ search: ({ kind: one }) => (one ? { kind: one } : {}) })}>
        Back to the standard parameters
      </Button>
    </Empty>
  );
}

function List({
  detections,
  question,
  onOpen,
  isCovered,
}: {
  detections: readonly Detection[];
  question: Record<string, string | number>;
  onOpen: (one: Detection) => void;
  /** Something lies over the list. */
  isCovered: boolean;
}) {
  const list = useRef<HTMLDivElement>(null);
  const [cursor, setCursor] = useState(-1);
  const virtual = useVirtualizer({
    count: detections.length,
    getScrollElement: () => list.current,
    estimateSize: () => rowHeight,
    overscan: 10,
  });
  const move = (step: number) => {
    const next = Math.min(Math.max(cursor + step, 0), detections.length - 1);
    setCursor(next);
    virtual.scrollToIndex(next);
  };
  const enter = () => {
    const one = detections[cursor];
    if (one) onOpen(one);
  };
  useKeys(
    isCovered ? {} : { j: () => move(1), k: () => move(-1), arrowdown: () => move(1), arrowup: () => move(-1), enter },
  );
  const from = Date.parse(String(question.start_date));
  const to = Date.parse(String(question.end_date));
  return (
    <div ref={list} className="thin-scroll absolute inset-0 overflow-y-auto" data-testid="detections">
      <ul style={{ height: virtual.getTotalSize() }} className="relative" aria-label="Detections">
        {virtual.getVirtualItems().map((item) => {
          const one = detections[item.index];
          return (
            one && (
              <li
                key={item.key}
                aria-setsize={detections.length}
                aria-posinset={item.index + 1}
                className="absolute inset-x-0"
                style={{ height: rowHeight, transform: `translateY(${item.start}px)` }}
              >
                <DetectionRow
                  detection={one}
                  from={from}
                  to={to}
                  current={item.index === cursor}
                  onOpen={() => onOpen(one)}
                />
              </li>
            )
          );
        })}
      </ul>
    </div>
  );
}
