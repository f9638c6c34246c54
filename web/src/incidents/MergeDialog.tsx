import { useInfiniteQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { request } from '../api/client.ts';
import { Button } from '../ui/Button.tsx';
import { Dialog } from '../ui/Dialog.tsx';
import { LogText } from '../ui/LogText.tsx';
import { SearchBox } from '../ui/SearchBox.tsx';
import { Skeleton } from '../ui/States.tsx';
import { act, incidentsQuery, pathOf } from './api.ts';
import type { IncidentDetail } from './types.ts';

const mostOffered = 20;

/** Which other incident is the same. */
export function MergeDialog({ incident, onClose }: { incident: IncidentDetail; onClose: () => void }) {
  const [q, setQ] = useState('');
  const [from, setFrom] = useState<string | null>(null);
  const query = useInfiniteQuery(incidentsQuery({ q: q || undefined, order: 'newest' }));
  const others = (query.data?.pages[0]?.incidents ?? []).filter(({ id }) => id !== incident.id).slice(0, mostOffered);
  const merge = async () => {
    const body = { version: incident.version, from };
    if (await act(() => request(`${pathOf(incident.id)}/merge`, { method: 'POST', body }), 'Merged')) onClose();
  };
  return (
    <Dialog
      open
      onClose={onClose}
      title="Merge another incident into this one"
      note="Its alerts, notes and evidence come here, and it names this one."
      footer={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button kind="primary" disabled={from === null} onClick={() => void merge()}>
            Merge
          </Button>
        </>
      }
    >
      <SearchBox label="Find an incident" placeholder="Title, address, user …" value={q} onChange={setQ} />
      {query.isPending && <Skeleton lines={4} className="mt-3" />}
      {query.isSuccess && others.length === 0 && <p className="mt-3 text-muted">No other incident fits.</p>}
      <fieldset className="mt-3 flex flex-col gap-1">
        <legend className="sr-only">The other incident</legend>
        {others.map((other) => (
          <label
            key={other.id}
            className="flex cursor-pointer items-center gap-2 rounded-md border p-2 hover:border-strong"
          >
            <input
              type="radio"
              name="from"
              checked={from === other.id}
              onChange={() => setFrom(other.id)}
              className="accent-(--accent)"
            />
            <span className="min-w-0 break-words">
              <LogText text={other.title} limit={300} className="!font-sans !text-[1em]" />
            </span>
          </label>
        ))}
      </fieldset>
    </Dialog>
  );
}
