import { useQuery } from '@tanstack/react-query';
import { getRouteApi, Link } from '@tanstack/react-router';
import { Download, Ghost } from 'lucide-react';
import { useMemo } from 'react';
import { download } from '../api/download.ts';
import { meQuery } from '../api/queries.ts';
import { Badge } from '../ui/Badge.tsx';
import { IconButton } from '../ui/Button.tsx';
import { Card, PageHead } from '../ui/Card.tsx';
import { bytes, group, plural } from '../ui/format.ts';
import { LogText } from '../ui/LogText.tsx';
import { Empty, Failure, Skeleton } from '../ui/States.tsx';
import { type Column, Table } from '../ui/Table.tsx';
import { Choice, TabPanel, Tabs } from '../ui/Tabs.tsx';
import { Time } from '../ui/Time.tsx';
import { Bait } from './Bait.tsx';
import { DecoyList } from './DecoyList.tsx';
import {
  type DecoyJson,
  type DecoysJson,
  decoysQuery,
  type FileJson,
  filesQuery,
  type TriedJson,
  triedQuery,
  visitsQuery,
} from './queries.ts';
import { VisitList } from './VisitList.tsx';

const route = getRouteApi('/app/decoys');

const tabs = [
  ['decoys', 'Decoys'],
  ['visits', 'Visits'],
  ['passwords', 'Passwords'],
  ['files', 'Files'],
  ['bait', 'Bait'],
] as const;

export function DecoysScreen() {
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const query = useQuery(decoysQuery);
  const tab = search.tab ?? 'decoys';
  const on = query.data?.decoys.filter(({ state }) => state === 'on').length ?? 0;
  return (
    <div className="mx-auto max-w-6xl p-3 sm:p-4">
      <PageHead
        title="Decoys"
        note={
          query.data &&
          (on === 0
            ? 'None is on'
            : `${plural(on, 'decoy is', 'decoys are')} on, ${plural(query.data.process.open, 'visitor')} now`)
        }
      />
      {query.isError && <Failure error={query.error} retry={() => void query.refetch()} className="mb-4" />}
      <Tabs
        label="Decoys"
        value={tab}
        tabs={tabs}
        onChange={(next) =>
          void navigate({
            search: () => {
              const chosen = tabs.find(([name]) => name === next)?.[0];
              return chosen === undefined || chosen === 'decoys' ? {} : { tab: chosen };
            },
            replace: true,
          })
        }
      >
        <TabPanel value="decoys">
          {query.isPending ? <Skeleton lines={8} /> : query.data && <DecoyList data={query.data} />}
        </TabPanel>
        <TabPanel value="visits">
          <Visits decoys={query.data?.decoys ?? []} />
        </TabPanel>
        <TabPanel value="passwords">
          <Passwords />
        </TabPanel>
        <TabPanel value="files">
          <Files data={query.data} />
        </TabPanel>
        <TabPanel value="bait">
          <Bait />
        </TabPanel>
      </Tabs>
    </div>
  );
}

const shown = [
  ['all', 'All'],
  ['logged_in', 'Logged in'],
  ['recorded', 'With a replay'],
] as const;

function Visits({ decoys }: { decoys: DecoyJson[] }) {
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const query = useQuery(visitsQuery({ decoy: search.decoy, address: search.address, only: search.only }));
  const change = (part: { decoy?: string | undefined; only?: 'logged_in' | 'recorded' | undefined }): void =>
    void navigate({
      search: (before) => {
        const { decoy = before.decoy, only = before.only } = part;
        return {
          tab: 'visits' as const,
          ...(before.address && { address: before.address }),
          ...('decoy' in part ? part.decoy && { decoy: part.decoy } : decoy && { decoy }),
          ...('only' in part ? part.only && { only: part.only } : only && { only }),
        };
      },
      replace: true,
    });
  return (
    <div className="flex flex-col gap-3">
      <div className="flex flex-wrap items-center gap-2">
        <Choice
          label="Decoy"
          value={search.decoy ?? ''}
          options={[['', 'All'], ...decoys.map(({ name, title }) => [name, title] as const)]}
          onChange={(decoy) => change({ decoy: decoy || undefined })}
        />
        <Choice
          label="Visits"
          value={search.only ?? 'all'}
          options={shown}
          onChange={(only) => change({ only: only === 'all' ? undefined : only })}
        />
      </div>
      {query.isPending && <Skeleton lines={8} />}
      {query.isError && <Failure error={query.error} retry={() => void query.refetch()} />}
      {query.data &&
        (query.data.sessions.length === 0 ? (
          <Empty icon={<Ghost aria-hidden="true" />} title="Nobody came">
            Visits appear here as soon as somebody connects to a decoy that is on.
          </Empty>
        ) : (
          <Card flush>
            <VisitList visits={query.data.sessions} />
          </Card>
        ))}
    </div>
  );
}

function Passwords() {
  const search = route.useSearch();
  const { data: user } = useQuery(meQuery);
  const query = useQuery(triedQuery(search.decoy));
  const columns = useMemo(
    (): Column<TriedJson>[] => [
      {
        accessorKey: 'user',
        header: 'Name',
        cell: ({ row }) => <LogText text={row.original.user} limit={80} />,
      },
      {
        accessorKey: 'password',
        header: 'Password',
        cell: ({ row }) => <LogText text={row.original.password} limit={120} />,
      },
      { accessorKey: 'times', header: 'Tries', cell: ({ row }) => group(row.original.times) },
      {
        accessorKey: 'addresses',
        header: 'Addresses',
        cell: ({ row }) => group(row.original.addresses),
        meta: { className: 'hidden sm:table-cell' },
      },
      {
        accessorKey: 'accepted',
        header: 'Let in',
        cell: ({ row }) => (row.original.accepted > 0 ? group(row.original.accepted) : '–'),
      },
      {
        accessorKey: 'last_at',
        header: 'Last',
        cell: ({ row }) => <Time value={row.original.last_at} form="relative" />,
        meta: { className: 'hidden sm:table-cell' },
      },
    ],
    [],
  );
  if (query.isPending) return <Skeleton lines={8} />;
  if (query.isError) return <Failure error={query.error} retry={() => void query.refetch()} />;
  if (query.data.credentials.length === 0)
    return (
      <Empty title="No password was tried">What visitors try at the decoys is listed here, most tried first.</Empty>
    );
  return (
    <div className="flex flex-col gap-3">
      {user?.role === 'viewer' && (
        <p className="text-muted">Passwords are masked for viewers: they may be those of real people.</p>
      )}
      <Card flush className="overflow-x-auto">
        <Table
          label="Tried passwords"
          columns={columns}
          rows={query.data.credentials}
          rowId={({ user: name, password }) => `${name}:${password}`}
        />
      </Card>
    </div>
  );
}

function Files({ data }: { data: DecoysJson | undefined }) {
  const { data: user } = useQuery(meQuery);
  const query = useQuery(filesQuery);
  const admin = user?.role === 'admin';
  const columns = useMemo(
    (): Column<FileJson>[] => [
      {
        accessorKey: 'name',
        header: 'Name',
        cell: ({ row }) => (
          <div className="min-w-0">
            <LogText text={row.original.name} limit={120} />
            <p className="font-mono text-2xs break-all text-faint">{row.original.sha256}</p>
          </div>
        ),
      },
      { accessorKey: 'bytes', header: 'Size', cell: ({ row }) => bytes(row.original.bytes) },
      {
        accessorKey: 'via',
        header: 'Came by',
        cell: ({ row }) => <Badge>{row.original.via}</Badge>,
        meta: { className: 'hidden sm:table-cell' },
      },
      {
        accessorKey: 'src_ip',
        header: 'Of',
        cell: ({ row }) => (
          <Link
            to="/decoys/$id"
            params={{ id: row.original.session }}
            className="text-accent underline-offset-2 hover:underline"
          >
            {row.original.src_ip}
          </Link>
        ),
      },
      { accessorKey: 'times', header: 'Times', meta: { className: 'hidden sm:table-cell' } },
      {
        accessorKey: 'last_at',
        header: 'Last',
        cell: ({ row }) => <Time value={row.original.last_at} form="relative" />,
        meta: { className: 'hidden sm:table-cell' },
      },
      {
        id: 'save',
        header: '',
        enableSorting: false,
        cell: ({ row }) =>
          admin && row.original.kept ? (
            <IconButton
              label={`Save ${row.original.sha256.slice(0, 8)} as an inert file`}
              onClick={() => download(`/api/decoys/files/${row.original.sha256}`)}
            >
              <Download aria-hidden="true" />
            </IconButton>
          ) : (
            !row.original.kept && <Badge title="Its content had to make room.">gone</Badge>
          ),
      },
    ],
    [admin],
  );
  if (query.isPending) return <Skeleton lines={8} />;
  if (query.isError) return <Failure error={query.error} retry={() => void query.refetch()} />;
  if (query.data.files.length === 0)
    return (
      <Empty title="No file was left">
        What visitors send to decoys is kept here by its hash, never opened and never run.
      </Empty>
    );
  return (
    <div className="flex flex-col gap-3">
      {data && (
        <p className="text-muted">
          {bytes(data.files_bytes)} of {bytes(data.files_max_bytes)} are used by files and recordings. They are hostile:
          save them only to look at them in a place made for it.
        </p>
      )}
      <Card flush className="overflow-x-auto">
        <Table label="Files" columns={columns} rows={query.data.files} rowId={({ sha256 }) => sha256} />
      </Card>
    </div>
  );
}
