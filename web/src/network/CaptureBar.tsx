import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { Play, Square } from 'lucide-react';
import { useState } from 'react';
import { request } from '../api/client.ts';
import { meQuery } from '../api/queries.ts';
import { Badge } from '../ui/Badge.tsx';
import { Button } from '../ui/Button.tsx';
import { Field, Select } from '../ui/Field.tsx';
import { bytes, group, short } from '../ui/format.ts';
import { Spark } from '../ui/Spark.tsx';
import { Failure } from '../ui/States.tsx';
import { Time } from '../ui/Time.tsx';
import { type Capture, captureQuery } from './api.ts';

const looks = {
  off: ['neutral', 'not capturing'],
  starting: ['accent', 'starting'],
  running: ['good', 'capturing'],
  waiting: ['warn', 'ended, is tried again'],
  unavailable: ['bad', 'cannot capture'],
} as const;

/** What is captured, the switch for it, and what is wrong. */
export function CaptureBar({ capture }: { capture: Capture }) {
  const client = useQueryClient();
  const { data: user } = useQuery(meQuery);
  const [wanted, setWanted] = useState<string | null>(null);
  const [filter, setFilter] = useState<string | null>(null);
  const isOn = capture.state === 'running' || capture.state === 'starting' || capture.state === 'waiting';
  const change = useMutation({
    mutationFn: (start: boolean) =>
      request<Capture>('/api/network/capture', {
        method: start ? 'POST' : 'DELETE',
        ...(start && { body: { interface: wanted ?? capture.interface, filter: filter ?? capture.filter } }),
      }),
    onSettled: () => client.invalidateQueries({ queryKey: captureQuery.queryKey }),
  });
  const [tone, word] = looks[capture.state];
  const names = [...new Set([capture.interface, ...capture.interfaces.map(({ name }) => name)])];
  return (
    <section aria-label="Capture" className="flex flex-col gap-3 rounded-lg border bg-surface p-4">
      <div className="flex flex-wrap items-end gap-3">
        <div className="flex min-w-40 grow flex-col gap-1 self-center">
          <span className="flex flex-wrap items-center gap-2">
            <Badge tone={tone}>{word}</Badge>
            {capture.state !== 'off' && <span className="font-mono text-xs">{capture.interface}</span>}
            {capture.program && <span className="text-xs text-faint">with {capture.program}</span>}
            {capture.since && (
              <span className="text-xs text-faint">
                since <Time value={capture.since} form="relative" />
              </span>
            )}
          </span>
          {capture.filter && <span className="truncate font-mono text-xs text-muted">{capture.filter}</span>}
        </div>
        {user?.role === 'admin' && (
          <form
            className="flex flex-wrap items-end gap-2"
            onSubmit={(event) => {
              event.preventDefault();
              change.mutate(true);
            }}
          >
            <Select
              label="Interface"
              value={wanted ?? capture.interface}
              onChange={(event) => setWanted(event.target.value)}
              options={names.map((name) => [name, name] as const)}
            />
            <Field
              label="Filter"
              placeholder="not port 22"
              value={filter ?? capture.filter}
              onChange={(event) => setFilter(event.target.value)}
              maxLength={2000}
              spellCheck={false}
            />
            <Button type="submit" kind={isOn ? 'plain' : 'primary'} busy={change.isPending}>
              <Play className="size-4" aria-hidden="true" /> {isOn ? 'Apply' : 'Start'}
            </Button>
            {(isOn || capture.state === 'unavailable') && (
              <Button type="button" onClick={() => change.mutate(false)} busy={change.isPending}>
                <Square className="size-4" aria-hidden="true" /> Stop
              </Button>
            )}
          </form>
        )}
      </div>
      {change.isError && <Failure error={change.error} />}
      {capture.detail && capture.state !== 'off' && (
        <div role="alert" className="rounded-md border border-bad/40 bg-bad/8 p-3">
          <p className="break-words">{capture.detail}</p>
          {capture.hint && <p className="mt-1 break-words text-muted">{capture.hint}</p>}
        </div>
      )}
      {capture.counts && <Figures capture={capture} counts={capture.counts} />}
    </section>
  );
}

function Figures({ capture, counts }: { capture: Capture; counts: NonNullable<Capture['counts']> }) {
  const last = capture.history.at(-1);
  const leftOut = Object.values(counts.left_out).reduce((sum, count) => sum + count, 0);
  return (
    <dl className="grid grid-cols-2 gap-x-6 gap-y-3 sm:grid-cols-3 lg:grid-cols-6">
      <div className="col-span-2 sm:col-span-1">
        <dt className="text-xs text-faint">Packets a second</dt>
        <dd className="flex items-center gap-2">
          <span className="font-medium tabular-nums">{group(last?.packets ?? 0)}</span>
          <Spark
            values={capture.history.map(({ packets }) => packets)}
            label="Packets a second, the last five minutes"
            className="h-6"
          />
        </dd>
      </div>
      <Figure name="Packets" value={short(counts.packets)} note={bytes(counts.bytes)} />
      <Figure
        name="Lost by the kernel"
        value={capture.lost === null ? 'not said yet' : group(capture.lost)}
        isBad={(capture.lost ?? 0) > 0}
        note={capture.received === null ? undefined : `of ${short(capture.received)} seen`}
      />
      <Figure name="Conversations" value={group(counts.flows_held)} note={`${short(counts.flows)} since the start`} />
      <Figure
        name="Told in sums"
        value={short(counts.flows_summed)}
        note={counts.flows_evicted > 0 ? `${short(counts.flows_evicted)} told early` : 'floods and scans'}
      />
      <Figure
        name="Not told one by one"
        value={short(leftOut + capture.not_taken)}
        isBad={capture.not_taken > 0}
        note={capture.not_taken > 0 ? `${short(capture.not_taken)} could not be stored` : 'over the limits of the log'}
      />
    </dl>
  );
}

function Figure({
  name,
  value,
  note,
  isBad,
}: {
  name: string;
  value: string;
  note?: string | undefined;
  isBad?: boolean;
}) {
  return (
    <div className="min-w-0">
      <dt className="text-xs text-faint">{name}</dt>
      <dd>
        <span className={isBad ? 'font-medium text-bad tabular-nums' : 'font-medium tabular-nums'}>{value}</span>
        {note && <span className="block truncate text-xs text-muted">{note}</span>}
      </dd>
    </div>
  );
}
