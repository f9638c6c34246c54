import { useQuery } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import { FilePlus2, Radio } from 'lucide-react';
import { useMemo, useRef, useState } from 'react';
import { listeningQuery, meQuery, sourcesQuery } from '../api/queries.ts';
import type { SourceJson } from '../api/types.ts';
import { useKeys } from '../shell/keys.ts';
import { Badge } from '../ui/Badge.tsx';
import { Button } from '../ui/Button.tsx';
import { PageHead } from '../ui/Card.tsx';
import { group, plural } from '../ui/format.ts';
import { SearchBox } from '../ui/SearchBox.tsx';
import { Empty, Failure, Skeleton } from '../ui/States.tsx';
import { AddFile } from './AddFile.tsx';
import { EditSource } from './EditSource.tsx';
import { useRates } from './rates.ts';
import { SourceHeads, SourceRow } from './SourceRow.tsx';
import { TestLine } from './TestLine.tsx';

const route = getRouteApi('/app/sources');
const noSources: SourceJson[] = [];
const pageOf = 60;

export function SourcesScreen() {
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const query = useQuery(sourcesQuery);
  const { data: user } = useQuery(meQuery);
  const admin = user?.role === 'admin';
  const rates = useRates();
  const textInput = useRef<HTMLInputElement>(null);
  const [most, setMost] = useState(pageOf);

  const sources = query.data ?? noSources;
  const shown = useMemo(() => {
    const text = search.q?.toLowerCase();
    const order = { failed: 0, limited: 1, active: 2, waiting: 3 };
    return sources
      .filter(
        (source) =>
          !text || [source.name, source.path, source.format].some((part) => part?.toLowerCase().includes(text)),
      )
      .sort((a, b) => order[a.state] - order[b.state] || a.name.localeCompare(b.name));
  }, [sources, search.q]);
  const edited = sources.find((source) => source.name === search.open);
  const set = (change: object) => void navigate({ search: (previous) => ({ ...previous, ...change }), replace: true });
  useKeys({ '/': () => textInput.current?.focus(), n: () => admin && set({ add: true }) });

  return (
    <div className="mx-auto max-w-[140rem] p-3 sm:p-4">
      <PageHead title="Sources" note={query.data && plural(sources.length, 'source')}>
        <SearchBox
          ref={textInput}
          label="Search the sources"
          placeholder="Name, path, format …   /"
          value={search.q ?? ''}
          onChange={(q) => set({ q: q || undefined })}
          className="w-full sm:w-60"
        />
        {admin && (
          <Button kind="primary" onClick={() => set({ add: true })}>
            <FilePlus2 className="size-4" aria-hidden="true" /> Add a log file
          </Button>
        )}
      </PageHead>
      <Doors />
      {query.isError && <Failure error={query.error} retry={() => void query.refetch()} className="mb-4" />}
      {query.isPending && <Skeleton lines={8} />}
      {query.data && shown.length === 0 && (
        <Empty icon={<Radio aria-hidden="true" />} title={search.q ? 'No source fits.' : 'No source yet.'}>
          <p>
            {search.q
              ? 'Try fewer words.'
              : 'Send syslog to the address above, post JSON to /api/webhook/a-name, or add a log file. Senders appear by themselves.'}
          </p>
        </Empty>
      )}
      {shown.length > 0 && (
        <div className="rounded-lg border bg-surface">
          <SourceHeads />
          {shown.slice(0, most).map((source) => (
            <SourceRow
              key={source.name}
              source={source}
              rates={rates(source.name)}
              admin={admin}
              onEdit={() => set({ open: source.name })}
            />
          ))}
        </div>
      )}
      {shown.length > most && (
        <Button className="mx-auto mt-4 flex" onClick={() => setMost(most + pageOf)}>
          Show more ({group(shown.length - most)} left)
        </Button>
      )}
      <TestLine />
      {search.add && admin && <AddFile onClose={() => set({ add: undefined })} />}
      {edited && admin && <EditSource key={edited.name} source={edited} onClose={() => set({ open: undefined })} />}
    </div>
  );
}

/** What is listened on, and how the system's UDP buffer does. */
function Doors() {
  const { data } = useQuery(listeningQuery);
  if (!data) return null;
  return (
    <div className="mb-4 flex flex-wrap items-center gap-2 text-xs text-muted">
      <span>Listening:</span>
      {data.listening.length === 0 && <span className="text-faint">nothing; see the settings</span>}
      {data.listening.map((door) => (
        <Badge key={`${door.what}:${door.port}`}>
          {door.what}{' '}
          <span className="font-mono text-text">
            {door.host.includes(':') ? `[${door.host}]` : door.host}:{door.port}
          </span>
        </Badge>
      ))}
      {data.udp && (data.udp.kernelDrops ?? 0) + data.udp.overflow > 0 && (
        <Badge tone="bad" title="The system's receive buffer was full. Raise net.core.rmem_max, or send over TCP.">
          {group((data.udp.kernelDrops ?? 0) + data.udp.overflow)} datagrams lost
        </Badge>
      )}
    </div>
  );
}
