import { Link } from '@tanstack/react-router';
import { CirclePlay } from 'lucide-react';
import { Badge } from '../ui/Badge.tsx';
import { duration, plural } from '../ui/format.ts';
import { LogText } from '../ui/LogText.tsx';
import { Time } from '../ui/Time.tsx';
import type { VisitJson } from './queries.ts';

/** How long it lasted, in words. */
export const lengthOf = ({ started_at, ended_at }: VisitJson): string =>
  ended_at === null ? 'open' : duration((Date.parse(ended_at) - Date.parse(started_at)) / 1000);

/** What a visit came to, in the order of weight. */
export function deeds(visit: VisitJson): string {
  const parts = [
    [visit.uploads, 'file'],
    [visit.downloads, 'fetch', 'fetches'],
    [visit.forwards, 'forward'],
    [visit.commands, 'command'],
    [visit.requests, 'request'],
    [visit.logins, 'login'],
  ] as const;
  const told = parts.filter(([count]) => count > 0).map(([count, one, many]) => plural(count, one, many ?? `${one}s`));
  return told.length === 0 ? 'connected only' : told.join(', ');
}

export function VisitList({ visits }: { visits: VisitJson[] }) {
  return (
    <ul aria-label="Visits">
      {visits.map((visit) => (
        <li key={visit.id} className="border-b last:border-b-0">
          <Link
            to="/decoys/$id"
            params={{ id: visit.id }}
            className="flex flex-wrap items-center gap-x-3 gap-y-1 px-4 py-2 hover:bg-raised/60"
          >
            <Badge>{visit.decoy}</Badge>
            <span className="tabular min-w-32 font-mono text-xs">{visit.src_ip}</span>
            <span className="min-w-0 grow basis-48 text-muted">
              {visit.user !== null && (
                <>
                  <Badge tone="bad">inside</Badge> as <LogText text={visit.user} limit={40} />,{' '}
                </>
              )}
              {deeds(visit)}
            </span>
            {visit.recordings.length > 0 && (
              <CirclePlay className="size-4 text-accent" aria-label="With a replay" role="img" />
            )}
            {visit.ended_at === null && <Badge tone="accent">now</Badge>}
            <span className="text-xs whitespace-nowrap text-faint">
              <Time value={visit.started_at} form="relative" /> · {lengthOf(visit)}
            </span>
          </Link>
        </li>
      ))}
    </ul>
  );
}
