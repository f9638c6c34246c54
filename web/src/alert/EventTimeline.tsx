import type { AlertDetail, EventJson } from '../api/types.ts';
import { Badge } from '../ui/Badge.tsx';
import { Copy } from '../ui/Copy.tsx';
import { FieldList } from '../ui/FieldList.tsx';
import { duration } from '../ui/format.ts';
import { LogText } from '../ui/LogText.tsx';
import { asSeverity, severityFill } from '../ui/Severity.tsx';
import { Time } from '../ui/Time.tsx';
import { marksOf } from './marks.ts';

/** The events behind an alert, oldest first, as raw lines with the matched text marked, or as the fields read from them. */
export function EventTimeline({ alert, fields }: { alert: AlertDetail; fields: boolean }) {
  const marks = marksOf(alert);
  const missing = alert.count - alert.events.length;
  if (alert.events.length === 0) {
    return (
      <p className="text-muted">
        The events of this alert have left the store; the explanation above was kept with it.
      </p>
    );
  }
  return (
    <ol className="relative flex flex-col gap-2.5" data-testid="events">
      {alert.events.map((event, index) => (
        <li key={event.id || index} className="flex gap-3">
          <div className="flex w-3 shrink-0 flex-col items-center pt-1.5">
            <span className={`size-2.5 rounded-full ${severityFill[asSeverity(event.severity)]}`} aria-hidden="true" />
            {index < alert.events.length - 1 && <span className="-mb-3 w-px grow bg-strong" aria-hidden="true" />}
          </div>
          <div className="min-w-0 grow">
            <div className="mb-1 flex flex-wrap items-center gap-x-2 gap-y-0.5 text-xs text-muted">
              <Time value={event.time ?? event.received_at} />
              <Step events={alert.events} index={index} />
              <Badge>{event.event_type}</Badge>
              <span className="truncate text-faint">
                <LogText text={event.source} limit={80} wrap={false} />
              </span>
              <Copy text={event.raw} label="Copy the raw line" className="ml-auto size-6" />
            </div>
            {fields ? (
              <Fields event={event} />
            ) : (
              <div className="rounded-md border bg-bg px-2.5 py-1.5">
                <LogText text={event.raw} marks={marks.get(event.id) ?? []} />
              </div>
            )}
          </div>
        </li>
      ))}
      {missing > 0 && (
        <li className="pl-6 text-xs text-muted">
          {missing} more {missing === 1 ? 'event' : 'events'} in between: an alert keeps its first and last twenty.
        </li>
      )}
    </ol>
  );
}

/** How long after the event before. */
function Step({ events, index }: { events: readonly EventJson[]; index: number }) {
  const before = events[index - 1]?.time;
  const now = events[index]?.time;
  if (!before || !now) return null;
  const seconds = (Date.parse(now) - Date.parse(before)) / 1000;
  return seconds >= 0 ? <span className="tabular text-faint">+{duration(seconds)}</span> : null;
}

const shownFields = [
  'format',
  'host',
  'program',
  'pid',
  'user',
  'src_ip',
  'src_port',
  'dst_ip',
  'dst_port',
  'protocol',
  'outcome',
  'severity',
  'message',
] as const;

function Fields({ event }: { event: EventJson }) {
  const rows: [string, unknown][] = [
    ...shownFields.map((name): [string, unknown] => [name, event[name]]),
    ...Object.entries(event.fields),
    ['tags', event.tags.length > 0 ? event.tags.join(', ') : null],
    ['redacted', event.redacted.length > 0 ? event.redacted.join(', ') : null],
  ];
  return (
    <FieldList
      fields={rows}
      limit={2000}
      className="grid-cols-[minmax(5rem,auto)_minmax(0,1fr)] gap-x-4 rounded-md border bg-bg px-2.5 py-1.5"
    />
  );
}
