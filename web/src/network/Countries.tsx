import { lazy, Suspense, useMemo } from 'react';
import { Card } from '../ui/Card.tsx';
import { countryName } from '../ui/countries.ts';
import { bytes, group } from '../ui/format.ts';
import { Skeleton } from '../ui/States.tsx';
import { type Column, Table } from '../ui/Table.tsx';
import type { Pair } from './api.ts';

const WorldMap = lazy(() => import('./WorldMap.tsx').then((module) => ({ default: module.WorldMap })));

interface Country {
  code: string;
  flows: number;
  bytes: number;
  addresses: number;
}

const columns: Column<Country>[] = [
  { header: 'Country', id: 'country', accessorFn: ({ code }) => countryName(code) },
  { header: 'Addresses', accessorKey: 'addresses', cell: ({ row }) => group(row.original.addresses) },
  { header: 'Flows', accessorKey: 'flows', cell: ({ row }) => group(row.original.flows) },
  {
    header: 'Bytes',
    accessorKey: 'bytes',
    cell: ({ row }) => bytes(row.original.bytes),
    meta: { className: 'max-sm:hidden whitespace-nowrap' },
  },
];

/** Where the conversations begin, as far as the databases at hand know their addresses: on a map, and as a table. */
export function Countries({ pairs }: { pairs: readonly Pair[] }) {
  const countries = useMemo(() => countriesOf(pairs), [pairs]);
  return (
    <div className="grid gap-4 xl:grid-cols-2">
      <Card title="Where they begin">
        <Suspense fallback={<Skeleton lines={8} />}>
          <WorldMap countries={countries} />
        </Suspense>
      </Card>
      <Card title="Countries" flush>
        {countries.length === 0 ? (
          <p className="p-4 text-muted">None of these addresses lies in a known country: private ones lie nowhere.</p>
        ) : (
          <Table
            label="Countries"
            columns={columns}
            rows={countries}
            rowId={({ code }) => code}
            sortBy={{ id: 'flows', desc: true }}
          />
        )}
      </Card>
    </div>
  );
}

function countriesOf(pairs: readonly Pair[]): Country[] {
  const found = new Map<string, Country & { seen: Set<string> }>();
  for (const { src_ip, src_country, flows, bytes: size } of pairs) {
    if (src_country === null) continue;
    const known = found.get(src_country) ?? { code: src_country, flows: 0, bytes: 0, addresses: 0, seen: new Set() };
    known.flows += flows;
    known.bytes += size;
    known.seen.add(src_ip);
    known.addresses = known.seen.size;
    found.set(src_country, known);
  }
  return [...found.values()];
}
