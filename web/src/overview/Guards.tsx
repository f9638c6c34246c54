import type { ReactNode } from 'react';
import type { Overview } from '../api/types.ts';
import { Badge } from '../ui/Badge.tsx';
import { Card } from '../ui/Card.tsx';
import { bytes, group, plural, short } from '../ui/format.ts';
import { LogText } from '../ui/LogText.tsx';
import { Time } from '../ui/Time.tsx';

/** Personal data and secrets that were masked before anything was matched or stored. */
export function Redaction({ data }: { data: Overview['redaction'] }) {
  const kinds = Object.entries(data.by_kind)
    .filter(([, count]) => count > 0)
    .sort((a, b) => b[1] - a[1]);
  return (
    <Card title="Personal data and secrets">
      {kinds.length === 0 ? (
        <p className="text-muted">
          None since the start. What is found is masked before it is matched, stored or shown.
        </p>
      ) : (
        <>
          <div className="mb-3 flex flex-wrap gap-1.5">
            {kinds.map(([kind, count]) => (
              <Badge key={kind}>
                {kind} <b className="tabular text-text">{short(count)}</b>
              </Badge>
            ))}
          </div>
          <Counts rows={data.by_source.map((entry) => [entry.source, group(entry.count)])} head="Found in" />
        </>
      )}
    </Card>
  );
}

/** Senders that exceeded their share. */
export function Limiter({ data }: { data: Overview['limiter'] }) {
  return (
    <Card title="Rate limits">
      {data.limited + data.dropped === 0 ? (
        <p className="text-muted">No sender has exceeded its limit since the start.</p>
      ) : (
        <>
          <p className="mb-3 text-muted">
            {plural(data.limited, 'event')} over the limit refused, {group(data.dropped)} dropped for lack of room.
          </p>
          <Counts rows={data.sources.map((entry) => [entry.source, group(entry.limited)])} head="By sender" />
        </>
      )}
    </Card>
  );
}

/** Where the data lies, and how the program feels. */
export function HealthCard({ data }: { data: Overview['health'] }) {
  const { store, spool } = data;
  const rows: [string, ReactNode][] = [
    [
      'Storing',
      spool.state === 'ok' ? (
        <span key="state" className="text-good">
          works
        </span>
      ) : (
        <span key="state" className="text-bad">
          {spool.reason ?? 'stopped'}
        </span>
      ),
    ],
    ['Waiting to be stored', bytes(spool.pending_bytes)],
    ['Events stored', `${group(store.rows)} in ${bytes(store.bytes)}`],
    ['Oldest', <Time key="oldest" value={store.oldest} />],
    ['Memory', bytes(data.memory_bytes)],
    ['Lost in the system’s UDP buffer', data.kernel_drops === null ? 'not readable here' : group(data.kernel_drops)],
  ];
  return (
    <Card title="Health">
      <dl className="flex flex-col">
        {rows.map(([name, value]) => (
          <div key={name} className="flex justify-between gap-4 border-b border-line/60 py-1 last:border-b-0">
            <dt className="text-muted">{name}</dt>
            <dd className="tabular text-right">{value}</dd>
          </div>
        ))}
      </dl>
    </Card>
  );
}

function Counts({ rows, head }: { rows: [string, string][]; head: string }) {
  return (
    <>
      <h3 className="mb-1 text-xs text-faint">{head}</h3>
      <dl>
        {rows.slice(0, 6).map(([name, value]) => (
          <div key={name} className="flex justify-between gap-4 py-0.5">
            <dt className="min-w-0 truncate">
              <LogText text={name} limit={100} wrap={false} />
            </dt>
            <dd className="tabular text-muted">{value}</dd>
          </div>
        ))}
      </dl>
    </>
  );
}
