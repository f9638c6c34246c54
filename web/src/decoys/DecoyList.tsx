import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { getRouteApi, Link } from '@tanstack/react-router';
import { SlidersHorizontal } from 'lucide-react';
import { toast } from 'sonner';
import { request, sentence } from '../api/client.ts';
import { meQuery } from '../api/queries.ts';
import { Badge } from '../ui/Badge.tsx';
import { Button } from '../ui/Button.tsx';
import { Card } from '../ui/Card.tsx';
import { plural } from '../ui/format.ts';
import { Switch } from '../ui/Switch.tsx';
import { Time } from '../ui/Time.tsx';
import { Options } from './Options.tsx';
import { Persona } from './Persona.tsx';
import type { DecoyJson, DecoysJson } from './queries.ts';

const route = getRouteApi('/app/decoys');

const stateTones = { on: 'good', starting: 'accent', failed: 'bad', off: 'neutral' } as const;

/** The decoys with their switches, who they pretend to be, and what keeps them in. */
export function DecoyList({ data }: { data: DecoysJson }) {
  const { data: user } = useQuery(meQuery);
  const { process } = data;
  const { options } = route.useSearch();
  const navigate = route.useNavigate();
  const open = data.decoys.find(({ name }) => name === options);
  return (
    <div className="flex flex-col gap-4">
      {open?.options && (
        <Options
          key={open.name}
          decoy={open}
          admin={user?.role === 'admin'}
          onClose={() => void navigate({ search: ({ options: _, ...rest }) => rest, replace: true })}
        />
      )}
      <p className="max-w-prose text-muted">
        Services that look real and are not. Nobody has business with them: whoever comes is looking for a way in, and
        everything they do is written down. Nothing that they type, send or ask for is ever run, opened or fetched.
      </p>
      <Card flush title="Decoys">
        <ul>
          {data.decoys.map((decoy) => (
            <Row key={decoy.name} decoy={decoy} admin={user?.role === 'admin'} />
          ))}
        </ul>
        <p className="border-t px-4 py-2 text-xs text-muted">
          They listen on {data.host}
          {data.host === '0.0.0.0' && ', which is every address of this machine'}. That is the setting{' '}
          <Link to="/settings" search={{ tab: 'configuration', q: 'decoys.host' }} className="underline">
            decoys.host
          </Link>{' '}
          (PHOSOR_DECOY_HOST) and changes at a restart.
        </p>
      </Card>
      <Persona persona={data.persona} />
      {process.isolation && (
        <Card title="What keeps them in">
          <ul className="flex flex-wrap gap-2">
            <Wall is={process.isolation.namespace}>no network of its own</Wall>
            <Wall is={process.isolation.permission}>no files, programs, connections</Wall>
            <Wall is={process.isolation.guarded}>ways out taken away</Wall>
            <Wall is={process.isolation.uid !== 0}>
              {process.isolation.uid === 0 ? 'runs as root' : `runs as user ${process.isolation.uid ?? 'unknown'}`}
            </Wall>
          </ul>
          {(process.restarts > 0 || process.refused > 0 || process.dropped > 0) && (
            <p className="mt-3 text-xs text-muted">
              {process.restarts > 0 && `Started again ${plural(process.restarts, 'time')} (${process.last_problem}). `}
              {process.refused > 0 && `${plural(process.refused, 'connection')} closed, there were too many. `}
              {process.dropped > 0 && `${plural(process.dropped, 'record')} dropped, too many came.`}
            </p>
          )}
        </Card>
      )}
    </div>
  );
}

function Wall({ is, children }: { is: boolean; children: React.ReactNode }) {
  return (
    <li>
      <Badge tone={is ? 'good' : 'warn'} title={is ? 'In force' : 'Not available on this system'}>
        {children}
        {!is && ': not here'}
      </Badge>
    </li>
  );
}

function Row({ decoy, admin }: { decoy: DecoyJson; admin: boolean }) {
  const queryClient = useQueryClient();
  const change = useMutation({
    mutationFn: (enabled: boolean) =>
      request<DecoyJson>(`/api/decoys/${encodeURIComponent(decoy.name)}`, { method: 'PUT', body: { enabled } }),
    onSuccess: (now) => {
      if (now.problem) toast.error(now.problem);
      else if (now.state === 'starting') toast(`${now.title} is still being started`);
      else toast.success(now.state === 'off' ? `${now.title} is off` : `${now.title} listens on port ${now.port}`);
    },
    onError: (error) => toast.error(sentence(error)),
    onSettled: () => queryClient.invalidateQueries({ queryKey: ['decoys'] }),
  });
  return (
    <li className="flex flex-wrap items-start gap-x-3 gap-y-1 border-b px-4 py-2.5 last:border-b-0">
      <span className="pt-0.5">
        <Switch
          label={`${decoy.title} decoy`}
          checked={decoy.state !== 'off'}
          disabled={!admin || change.isPending}
          onChange={(enabled) => change.mutate(enabled)}
        />
      </span>
      <div className="min-w-0 grow basis-60">
        <p className="flex flex-wrap items-center gap-2">
          <span className="font-medium">{decoy.title}</span>
          <Badge>port {decoy.port}</Badge>
          <Badge tone={stateTones[decoy.state]}>{decoy.state}</Badge>
          {decoy.open > 0 && <Badge tone="accent">{plural(decoy.open, 'visitor')} now</Badge>}
        </p>
        <p className="text-xs break-words text-muted">{decoy.description}</p>
        {decoy.problem && (
          <p className="text-xs text-bad" role="status">
            {decoy.problem}
          </p>
        )}
      </div>
      <div className="flex w-full items-start gap-3 max-sm:pl-11 sm:w-auto">
        {decoy.options !== null && (
          <Button asChild size="small">
            <Link to="/decoys" search={{ options: decoy.name }} aria-label={`Options of ${decoy.title}`}>
              <SlidersHorizontal aria-hidden="true" className="size-3.5" /> Options
            </Link>
          </Button>
        )}
        <div className="flex min-w-20 flex-col text-xs text-faint sm:items-end">
          <Link
            to="/decoys"
            search={{ tab: 'visits', decoy: decoy.name }}
            className="tabular text-text underline-offset-2 hover:underline"
          >
            {plural(decoy.sessions, 'visit')}
          </Link>
          {decoy.last_seen && (
            <span>
              last <Time value={decoy.last_seen} form="relative" />
            </span>
          )}
        </div>
      </div>
    </li>
  );
}
