import { useQuery } from '@tanstack/react-query';
import { getRouteApi, Link } from '@tanstack/react-router';
import { Badge } from '../ui/Badge.tsx';
import { Card, PageHead } from '../ui/Card.tsx';
import { bytes } from '../ui/format.ts';
import { LogText } from '../ui/LogText.tsx';
import { Failure, Skeleton } from '../ui/States.tsx';
import { Choice } from '../ui/Tabs.tsx';
import { Time } from '../ui/Time.tsx';
import { visitEventsQuery, visitQuery } from './queries.ts';
import { Replay } from './Replay.tsx';
import { deeds, lengthOf } from './VisitList.tsx';

const route = getRouteApi('/app/decoys/$id');

/** One visit: who, the replay, what was tried and left, and everything in order. */
export function VisitScreen() {
  const { id } = route.useParams();
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const query = useQuery(visitQuery(id));
  const events = useQuery(visitEventsQuery(id));
  if (query.isPending) return <Skeleton lines={8} className="p-6" />;
  if (query.isError)
    return <Failure error={query.error} retry={() => void query.refetch()} className="mx-auto mt-4 max-w-xl" />;
  const { session, credentials, files } = query.data;
  const { recordings } = session;
  const shown = recordings.find((number) => number === search.recording) ?? recordings[0];
  return (
    <div className="mx-auto flex max-w-6xl flex-col gap-4 p-3 sm:p-4">
      <PageHead
        title={`Visit of ${session.src_ip}`}
        note={
          <>
            <Badge>{session.decoy}</Badge> <Time value={session.started_at} />
          </>
        }
      >
        <Link
          to="/entity/$kind/$value"
          params={{ kind: 'ip', value: session.src_ip }}
          className="text-accent underline-offset-2 hover:underline"
        >
          All about this address
        </Link>
        <Link to="/decoys" search={{ tab: 'visits' }} className="text-accent underline-offset-2 hover:underline">
          All visits
        </Link>
      </PageHead>
      {shown !== undefined && (
        <Card
          title="Replay"
          extra={
            recordings.length > 1 && (
              <Choice
                label="Recording"
                value={String(shown)}
                options={recordings.map((number) => [String(number), `${number}`] as const)}
                onChange={(next) => void navigate({ search: { recording: Number(next) }, replace: true })}
              />
            )
          }
        >
          <Replay id={id} number={shown} />
        </Card>
      )}
      <div className="grid gap-4 md:grid-cols-2">
        <Card title="Who">
          <dl className="grid grid-cols-[max-content_minmax(0,1fr)] gap-x-4 gap-y-1 text-[0.93rem]">
            <Fact name="Did">{deeds(session)}</Fact>
            <Fact name="Inside as">
              {session.user === null ? 'was not let in' : <LogText text={session.user} limit={60} />}
            </Fact>
            <Fact name="Stayed">
              {lengthOf(session)}
              {session.reason && <span className="text-faint"> ({session.reason})</span>}
            </Fact>
            <Fact name="From">
              {session.src_ip} port {session.src_port}, to port {session.dst_port}
            </Fact>
            <Fact name="Sent / got">
              {bytes(session.received_bytes)} / {bytes(session.sent_bytes)}
            </Fact>
            {Object.entries(session.facts).map(([name, value]) => (
              <Fact key={name} name={name.replaceAll('_', ' ')}>
                <LogText text={String(value)} limit={300} />
              </Fact>
            ))}
          </dl>
        </Card>
        <div className="flex min-w-0 flex-col gap-4">
          {credentials.length > 0 && (
            <Card flush title="Tried">
              <ul aria-label="Tried passwords" className="max-h-72 overflow-auto">
                {credentials.map((each, index) => (
                  <li
                    key={`${each.time}-${String(index)}`}
                    className="flex flex-wrap items-center gap-2 border-b px-4 py-1.5 text-xs last:border-b-0"
                  >
                    <Time value={each.time} form="clock" className="text-faint" />
                    <LogText text={each.user} limit={60} />
                    <LogText text={each.password} limit={120} className="text-muted" />
                    {each.accepted && <Badge tone="bad">let in</Badge>}
                  </li>
                ))}
              </ul>
            </Card>
          )}
          {files.length > 0 && (
            <Card flush title="Left behind">
              <ul>
                {files.map((file) => (
                  <li key={file.sha256} className="border-b px-4 py-1.5 last:border-b-0">
                    <LogText text={file.name} limit={120} />{' '}
                    <span className="text-xs text-faint">
                      {bytes(file.bytes)} by {file.via}
                    </span>
                    <p className="font-mono text-2xs break-all text-faint">{file.sha256}</p>
                  </li>
                ))}
              </ul>
            </Card>
          )}
        </div>
      </div>
      <Card flush title="In order">
        {events.isError && <Failure error={events.error} retry={() => void events.refetch()} className="m-3" />}
        {events.isPending && <Skeleton lines={4} className="p-4" />}
        {events.data && (
          <ol aria-label="What happened" className="max-h-[36rem] overflow-auto">
            {[...events.data.events].reverse().map((event) => (
              <li key={event.id} className="flex flex-wrap gap-x-3 border-b px-4 py-1 text-xs last:border-b-0">
                <Time value={event.time} form="clock-ms" className="text-faint" />
                <span className="w-24 shrink-0 text-muted">{event.event_type.replace('decoy.', '')}</span>
                <LogText text={event.message} limit={500} className="min-w-0 grow basis-60" />
              </li>
            ))}
          </ol>
        )}
      </Card>
    </div>
  );
}

function Fact({ name, children }: { name: string; children: React.ReactNode }) {
  return (
    <>
      <dt className="text-muted">{name}</dt>
      <dd className="min-w-0 break-words">{children}</dd>
    </>
  );
}
