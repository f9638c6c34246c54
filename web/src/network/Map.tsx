import { useMemo, useState } from 'react';
import { Card } from '../ui/Card.tsx';
import { countryName } from '../ui/countries.ts';
import { cx } from '../ui/cx.ts';
import { bytes, group, plural } from '../ui/format.ts';
import { type Column, Table } from '../ui/Table.tsx';
import { Address } from './Address.tsx';
import type { Pair } from './api.ts';

const shown = 14;
const rowHeight = 26;

interface Side {
  address: string;
  country: string | null;
  flows: number;
}

const sourceOf = ({ src_ip, src_country }: Pair) => ({ address: src_ip, country: src_country });
const targetOf = ({ dst_ip, dst_country }: Pair) => ({ address: dst_ip, country: dst_country });

/** The addresses of one side, those with most conversations first. */
function sideOf(pairs: readonly Pair[], pick: (pair: Pair) => Omit<Side, 'flows'>): Side[] {
  const sums = new Map<string, Side>();
  for (const pair of pairs) {
    const end = pick(pair);
    sums.set(end.address, { ...end, flows: (sums.get(end.address)?.flows ?? 0) + pair.flows });
  }
  return [...sums.values()].sort((a, b) => b.flows - a.flows).slice(0, shown);
}

const columns: Column<Pair>[] = [
  { header: 'From', accessorKey: 'src_ip', cell: ({ row }) => <Address address={row.original.src_ip} /> },
  { header: 'To', accessorKey: 'dst_ip', cell: ({ row }) => <Address address={row.original.dst_ip} /> },
  {
    header: 'About',
    id: 'services',
    accessorFn: (pair) => pair.services.join(' '),
    cell: ({ row }) => row.original.services.slice(0, 4).join(', '),
    meta: { className: 'max-sm:hidden' },
  },
  { header: 'Flows', accessorKey: 'flows', cell: ({ row }) => group(row.original.flows) },
  {
    header: 'Bytes',
    accessorKey: 'bytes',
    cell: ({ row }) => bytes(row.original.bytes),
    meta: { className: 'max-sm:hidden whitespace-nowrap' },
  },
];

/** Who speaks with whom: those who began at the left, those who were asked at the right, and the same as a table. */
export function TalkMap({ pairs }: { pairs: Pair[] }) {
  const [picked, setPicked] = useState<string | null>(null);
  const from = useMemo(() => sideOf(pairs, sourceOf), [pairs]);
  const to = useMemo(() => sideOf(pairs, targetOf), [pairs]);
  const height = Math.max(from.length, to.length, 1) * rowHeight + 8;
  const most = Math.max(1, ...pairs.map((pair) => pair.flows));
  const place = (side: readonly Side[], address: string): number => {
    const index = side.findIndex((each) => each.address === address);
    return index < 0 ? -1 : index * rowHeight + rowHeight / 2 + 4;
  };
  const isPicked = (pair: Pair): boolean => picked === null || pair.src_ip === picked || pair.dst_ip === picked;
  const hidden =
    new Set(pairs.flatMap((pair) => [pair.src_ip, pair.dst_ip])).size -
    new Set([...from, ...to].map((each) => each.address)).size;
  return (
    <div className="grid gap-4 xl:grid-cols-2">
      <Card title="Who speaks with whom">
        <div className="grid grid-cols-[minmax(0,1fr)_minmax(3rem,10rem)_minmax(0,1fr)]">
          <Names side={from} align="right" picked={picked} onPick={setPicked} />
          <svg
            viewBox={`0 0 100 ${height}`}
            preserveAspectRatio="none"
            style={{ height }}
            className="w-full"
            role="img"
            aria-label={`${plural(pairs.length, 'pair')} of addresses; the table beside it says the same`}
          >
            {pairs.map((pair) => {
              const a = place(from, pair.src_ip);
              const b = place(to, pair.dst_ip);
              if (a < 0 || b < 0) return null;
              return (
                <path
                  key={`${pair.src_ip} ${pair.dst_ip}`}
                  d={`M0 ${a} C 50 ${a}, 50 ${b}, 100 ${b}`}
                  fill="none"
                  stroke="currentColor"
                  vectorEffect="non-scaling-stroke"
                  strokeWidth={1 + 4 * Math.sqrt(pair.flows / most)}
                  className={cx('text-accent', isPicked(pair) ? 'opacity-60' : 'opacity-10')}
                />
              );
            })}
          </svg>
          <Names side={to} align="left" picked={picked} onPick={setPicked} />
        </div>
        {hidden > 0 && (
          <p className="mt-2 text-xs text-faint">
            {plural(hidden, 'more address', 'more addresses')} only in the table.
          </p>
        )}
      </Card>
      <Card title="Pairs" flush>
        <div className="overflow-x-auto">
          <Table
            label="Pairs of addresses"
            columns={columns}
            rows={pairs.filter(isPicked)}
            rowId={(pair) => `${pair.src_ip} ${pair.dst_ip}`}
          />
        </div>
      </Card>
    </div>
  );
}

function Names({
  side,
  align,
  picked,
  onPick,
}: {
  side: readonly Side[];
  align: 'left' | 'right';
  picked: string | null;
  onPick: (address: string | null) => void;
}) {
  return (
    <ul className="py-1">
      {side.map(({ address, country, flows }) => (
        <li key={address} style={{ height: rowHeight }}>
          <button
            type="button"
            aria-pressed={picked === address}
            onClick={() => onPick(picked === address ? null : address)}
            title={`${address}${country === null ? '' : `, ${countryName(country)}`}: ${plural(flows, 'conversation')}. Show only its pairs`}
            className={cx(
              'block h-full w-full truncate rounded px-1 font-mono text-xs hover:bg-raised aria-pressed:text-accent',
              align === 'right' ? 'text-right' : 'text-left',
            )}
          >
            {country !== null && <span className="mr-1 font-sans text-faint">{country}</span>}
            {address}
          </button>
        </li>
      ))}
    </ul>
  );
}
