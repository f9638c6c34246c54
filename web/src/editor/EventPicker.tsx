import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { request } from '../api/client.ts';
import type { EventJson } from '../api/types.ts';
import { Badge } from '../ui/Badge.tsx';
import { Button } from '../ui/Button.tsx';
import { LogText } from '../ui/LogText.tsx';
import { SearchBox } from '../ui/SearchBox.tsx';
import { Failure, Skeleton } from '../ui/States.tsx';
import { Time } from '../ui/Time.tsx';
import { mostEvents } from './limits.ts';

const shownEvents = 60;

/** The newest events of the store, to be tried with the rule. */
export function EventPicker(props: {
  chosen: readonly string[];
  onChange: (ids: string[]) => void;
  onDone: () => void;
}) {
  const { chosen, onChange, onDone } = props;
  const [text, setText] = useState('');
  const query = useQuery({
    queryKey: ['recent-events', text],
    queryFn: ({ signal }) =>
      request<{ events: EventJson[] }>('/api/events', { query: { q: text, limit: shownEvents }, signal }),
    placeholderData: keepPreviousData,
  });
  const taken = new Set(chosen);
  const flip = (id: string) =>
    onChange(taken.has(id) ? chosen.filter((each) => each !== id) : [...chosen, id].slice(0, mostEvents));
  return (
    <div className="flex flex-col gap-2 rounded-md border p-2.5" data-testid="event-picker">
      <div className="flex items-center gap-2">
        <SearchBox
          label="Search the events"
          placeholder="Text in the line …"
          value={text}
          onChange={setText}
          className="min-w-0 grow"
        />
        <Button size="small" onClick={onDone}>
          Done
        </Button>
      </div>
      {query.isError && <Failure error={query.error} retry={() => void query.refetch()} />}
      {query.isPending && <Skeleton lines={4} />}
      {query.data?.events.length === 0 && (
        <p className="p-2 text-muted">{text ? 'No stored line contains this.' : 'Nothing has been stored yet.'}</p>
      )}
      <ul className="thin-scroll max-h-72 overflow-y-auto">
        {query.data?.events.map((event) => (
          <li key={event.id}>
            <label className="flex cursor-pointer items-start gap-2 rounded px-1.5 py-1 hover:bg-raised">
              <input
                type="checkbox"
                checked={taken.has(event.id)}
                disabled={!taken.has(event.id) && chosen.length >= mostEvents}
                onChange={() => flip(event.id)}
                className="mt-1 size-4 shrink-0 accent-(--accent)"
              />
              <span className="min-w-0 grow">
                <span className="flex items-center gap-2 text-xs text-muted">
                  <Time value={event.time ?? event.received_at} /> <Badge>{event.event_type}</Badge>
                </span>
                <LogText text={event.raw} limit={400} />
              </span>
            </label>
          </li>
        ))}
      </ul>
      <p className="text-xs text-faint">
        The {shownEvents} newest{text && ' with this text'}. At most {mostEvents} are tried at once.
      </p>
    </div>
  );
}
