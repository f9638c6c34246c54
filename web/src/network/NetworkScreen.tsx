import { useQuery } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import { Network } from 'lucide-react';
import { Card, PageHead } from '../ui/Card.tsx';
import { countryName } from '../ui/countries.ts';
import { FilterChip } from '../ui/FilterChip.tsx';
import { bytes, group, plural } from '../ui/format.ts';
import { LogText } from '../ui/LogText.tsx';
import { SearchBox } from '../ui/SearchBox.tsx';
import { Empty, Failure, Skeleton } from '../ui/States.tsx';
import { type Column, Table } from '../ui/Table.tsx';
import { Choice, TabPanel, Tabs } from '../ui/Tabs.tsx';
import { Time } from '../ui/Time.tsx';
import { Address } from './Address.tsx';
import { type Capture, captureQuery, type Flow, type Picture, pictureQuery, type Talker } from './api.ts';
import { CaptureBar } from './CaptureBar.tsx';
import { Chains } from './Chains.tsx';
import { Countries } from './Countries.tsx';
import { Imports } from './Imports.tsx';
import { TalkMap } from './Map.tsx';
import { Packets } from './Packets.tsx';

const route = getRouteApi('/app/network');

const spans = [
  ['now', 'Held now'],
  ['hour', 'Last hour'],
  ['day', 'Last day'],
  ['all', 'Stored'],
] as const;

const tabs = [
  ['flows', 'Conversations'],
  ['packets', 'Packets'],
  ['talkers', 'Talkers'],
  ['map', 'Map'],
  ['chain', 'Attack chain'],
  ['protocols', 'Protocols'],
  ['files', 'Files'],
] as const;

/** The wire: what is captured now, who speaks with whom about what, and captures that are read from files. */
export function NetworkScreen() {
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const capture = useQuery(captureQuery);
  // Where nothing is captured, what was stored is looked at.
  const isLive = capture.data?.state === 'running' || capture.data?.state === 'starting';
  const span = search.span ?? (isLive ? 'now' : 'all');
  const picture = useQuery({
    ...pictureQuery({
      span,
      ...(search.address !== undefined && { address: search.address }),
      ...(search.service !== undefined && { service: search.service }),
    }),
    enabled: capture.data !== undefined,
  });
  const change = (values: object) =>
    void navigate({ search: (previous) => ({ ...previous, ...values }), replace: true });
  const tab = search.tab ?? 'flows';
  return (
    <div className="flex flex-col gap-4 p-3 sm:p-4">
      <PageHead title="Network" note="What goes over the wire, as it happens" />
      {capture.isError && <Failure error={capture.error} retry={() => void capture.refetch()} />}
      {capture.isPending && <Skeleton lines={4} />}
      {capture.data && <CaptureBar capture={capture.data} />}
      <Tabs
        label="Views of the network"
        tabs={tabs}
        value={tab}
        onChange={(next) => change({ tab: next === 'flows' ? undefined : next })}
      >
        {tab !== 'files' && (
          <div className="mb-3 flex flex-wrap items-center gap-2">
            {tab !== 'packets' && tab !== 'chain' && (
              <Choice label="Of when" value={span} options={spans} onChange={(next) => change({ span: next })} />
            )}
            <SearchBox
              label="Address"
              placeholder="Only this address …"
              value={search.address ?? ''}
              onChange={(address) => change({ address: address.trim() || undefined })}
              className="min-w-44 grow sm:max-w-64"
            />
            {search.service && (
              <FilterChip label="about" value={search.service} onRemove={() => change({ service: undefined })} />
            )}
            {picture.data && tab !== 'packets' && tab !== 'chain' && (
              <p className="text-xs text-faint">{said(picture.data)}</p>
            )}
          </div>
        )}
        {picture.isError && <Failure error={picture.error} retry={() => void picture.refetch()} />}
        <TabPanel value="flows">
          <Shown picture={picture.data} capture={capture.data} isEmpty={({ flows }) => flows.length === 0}>
            {({ flows }) => (
              <Card flush>
                <div className="overflow-x-auto">
                  <Table
                    label="Conversations"
                    columns={flowColumns}
                    rows={flows}
                    rowId={flowId}
                    sortBy={{ id: 'last', desc: true }}
                  />
                </div>
              </Card>
            )}
          </Shown>
        </TabPanel>
        <TabPanel value="packets">
          <Packets source={search.address} />
        </TabPanel>
        <TabPanel value="chain">
          <Chains address={search.address} picked={search.attack} onPick={(attack) => change({ attack })} />
        </TabPanel>
        <TabPanel value="talkers">
          <Shown picture={picture.data} capture={capture.data} isEmpty={({ talkers }) => talkers.length === 0}>
            {({ talkers }) => (
              <Card flush>
                <div className="overflow-x-auto">
                  <Table label="Talkers" columns={talkerColumns} rows={talkers} rowId={({ address }) => address} />
                </div>
              </Card>
            )}
          </Shown>
        </TabPanel>
        <TabPanel value="map">
          <Shown picture={picture.data} capture={capture.data} isEmpty={({ pairs }) => pairs.length === 0}>
            {({ pairs }) => (
              <div className="flex flex-col gap-4">
                <TalkMap pairs={pairs} />
                <Countries pairs={pairs} />
              </div>
            )}
          </Shown>
        </TabPanel>
        <TabPanel value="protocols">
          <Shown picture={picture.data} capture={capture.data} isEmpty={() => false}>
            {({ services }) => (
              <Protocols
                capture={capture.data}
                services={services}
                onService={(service) => change({ service, tab: undefined })}
              />
            )}
          </Shown>
        </TabPanel>
        <TabPanel value="files">
          <Imports />
        </TabPanel>
      </Tabs>
    </div>
  );
}

/** How many conversations there are, and what is not among them. */
function said({ matching, held, flows, looked, all, more }: Picture): string {
  const parts = [
    `${plural(matching, 'conversation')} of ${group(held)} ${looked === null ? 'that are held' : 'stored'}`,
  ];
  if (flows.length < matching) parts.push(`the newest ${group(flows.length)} are listed`);
  if (!all) parts.push(`older ones than the newest ${group(looked ?? 0)} records are left out`);
  if (more.talkers > 0 || more.pairs > 0)
    parts.push(`${plural(more.talkers, 'quieter talker')} and ${plural(more.pairs, 'rarer pair')} not shown`);
  return parts.join(', ');
}

/** What there is, or why there is nothing. */
function Shown({
  picture,
  capture,
  isEmpty,
  children,
}: {
  picture: Picture | undefined;
  capture: Capture | undefined;
  isEmpty: (picture: Picture) => boolean;
  children: (picture: Picture) => React.ReactNode;
}) {
  if (picture && !isEmpty(picture)) return children(picture);
  if (!capture) return null;
  const isOn = capture.state === 'running' || capture.state === 'starting';
  return (
    <Empty
      icon={<Network aria-hidden="true" />}
      title={isOn ? 'Nothing that fits was seen yet.' : 'Nothing is captured.'}
    >
      {isOn
        ? 'Conversations appear with their first packet and leave when they are over: look at the last hour for those.'
        : 'Choose an interface above and start (administrators), or read a file of packets under Files.'}
    </Empty>
  );
}

const flowId = (flow: Flow): string =>
  `${flow.protocol} ${flow.src_ip} ${flow.src_port} ${flow.dst_ip} ${flow.dst_port} ${flow.began}`;

const flowColumns: Column<Flow>[] = [
  {
    header: 'Last',
    accessorKey: 'last',
    cell: ({ row }) => <Time value={row.original.last} form="relative" />,
    meta: { className: 'whitespace-nowrap text-xs text-muted' },
  },
  {
    header: 'From',
    accessorKey: 'src_ip',
    cell: ({ row }) => <Address address={row.original.src_ip} port={row.original.src_port} />,
  },
  {
    header: 'To',
    accessorKey: 'dst_ip',
    cell: ({ row }) => <Address address={row.original.dst_ip} port={row.original.dst_port} />,
  },
  {
    header: 'About',
    id: 'service',
    accessorFn: (flow) => flow.service ?? flow.protocol,
    cell: ({ row: { original: flow } }) => (
      <span className="whitespace-nowrap">
        {flow.service ?? flow.protocol}
        {flow.name && (
          <span className="text-muted">
            {' '}
            <LogText text={flow.name} limit={60} wrap={false} />
          </span>
        )}
      </span>
    ),
  },
  { header: 'State', accessorKey: 'state', meta: { className: 'text-muted whitespace-nowrap' } },
  {
    header: 'Out',
    accessorKey: 'bytes_out',
    cell: ({ row: { original: flow } }) => <Amount packets={flow.packets_out} size={flow.bytes_out} />,
  },
  {
    header: 'In',
    accessorKey: 'bytes_in',
    cell: ({ row: { original: flow } }) => <Amount packets={flow.packets_in} size={flow.bytes_in} />,
  },
];

function Amount({ packets, size }: { packets: number; size: number }) {
  return (
    <span className="whitespace-nowrap tabular-nums" title={`${plural(packets, 'packet')}, ${group(size)} bytes`}>
      {bytes(size)}
    </span>
  );
}

const talkerColumns: Column<Talker>[] = [
  { header: 'Address', accessorKey: 'address', cell: ({ row }) => <Address address={row.original.address} /> },
  {
    header: 'Country',
    accessorFn: ({ country }) => country ?? '',
    id: 'country',
    cell: ({ row }) => <span className="text-muted">{row.original.country && countryName(row.original.country)}</span>,
    meta: { className: 'max-sm:hidden' },
  },
  {
    header: 'Sent',
    accessorKey: 'bytes_out',
    cell: ({ row }) => bytes(row.original.bytes_out),
    meta: { className: 'whitespace-nowrap' },
  },
  {
    header: 'Received',
    accessorKey: 'bytes_in',
    cell: ({ row }) => bytes(row.original.bytes_in),
    meta: { className: 'whitespace-nowrap' },
  },
  { header: 'Conversations', accessorKey: 'flows', cell: ({ row }) => group(row.original.flows) },
  { header: 'Peers', accessorKey: 'peers', cell: ({ row }) => group(row.original.peers) },
];

function Protocols({
  capture,
  services,
  onService,
}: {
  capture: Capture | undefined;
  services: Picture['services'];
  onService: (service: string) => void;
}) {
  const protocols = Object.entries(capture?.counts?.protocols ?? {}).map(([name, sums]) => ({ name, ...sums }));
  return (
    <div className="grid gap-4 lg:grid-cols-2">
      <Card title="Services" flush>
        <Table
          label="Services"
          rowId={({ name }) => name}
          rows={services}
          columns={[
            {
              header: 'Service',
              accessorKey: 'name',
              cell: ({ row }) => (
                <button
                  type="button"
                  className="hover:text-accent hover:underline"
                  onClick={() => onService(row.original.name)}
                >
                  {row.original.name}
                </button>
              ),
            },
            { header: 'Conversations', accessorKey: 'flows', cell: ({ row }) => group(row.original.flows) },
            { header: 'Bytes', accessorKey: 'bytes', cell: ({ row }) => bytes(row.original.bytes) },
          ]}
        />
      </Card>
      <Card title="Protocols since the capture began" flush>
        <Table
          label="Protocols"
          rowId={({ name }) => name}
          rows={protocols}
          sortBy={{ id: 'packets', desc: true }}
          columns={[
            { header: 'Protocol', accessorKey: 'name' },
            { header: 'Packets', accessorKey: 'packets', cell: ({ row }) => group(row.original.packets) },
            { header: 'Bytes', accessorKey: 'bytes', cell: ({ row }) => bytes(row.original.bytes) },
          ]}
        />
      </Card>
    </div>
  );
}
