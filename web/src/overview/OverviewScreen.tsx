import { useQuery } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import { overviewQuery, topCountriesQuery, topQuery } from '../api/queries.ts';
import { type ResolvedRange, resolveRange } from '../shell/time-range.ts';
import { PageHead } from '../ui/Card.tsx';
import { countryName } from '../ui/countries.ts';
import { Failure, Skeleton } from '../ui/States.tsx';
import { useNow } from '../ui/useNow.ts';
import { AlertsOverTime } from './AlertsOverTime.tsx';
import { Attention } from './Attention.tsx';
import { FirstSteps } from './FirstSteps.tsx';
import { HealthCard, Limiter, Redaction } from './Guards.tsx';
import { Tiles } from './Tiles.tsx';
import { TopList } from './TopList.tsx';

const route = getRouteApi('/app/');

export function OverviewScreen() {
  const search = route.useSearch();
  const range = resolveRange(search, '24h', useNow());
  // For a range that stands still the numbers of the last day are shown beside it.
  const query = useQuery(overviewQuery(range.fixed ? 24 : range.hours));
  const data = query.data;

  return (
    <div className="mx-auto max-w-[140rem] p-3 sm:p-4">
      <PageHead title="Overview" />
      {query.isError && <Failure error={query.error} retry={() => void query.refetch()} className="mb-4" />}
      {query.isPending && <Skeleton lines={12} />}
      {data && data.totals.events === 0 && data.totals.stored === 0 && <FirstSteps />}
      {data && (data.totals.events > 0 || data.totals.stored > 0) && (
        <div className="flex flex-col gap-4">
          <Tiles data={data} />
          <div className="grid gap-4 lg:grid-cols-3">
            <AlertsOverTime range={range} />
            <Attention items={data.attention} />
          </div>
          <div className="grid gap-4 sm:grid-cols-2 xl:grid-cols-5">
            <TopOf field="src_ip" title="Addresses" range={range} live={data.top.addresses} />
            <Countries range={range} live={data.top.countries} />
            <TopOf field="user" title="Users" range={range} live={data.top.users} />
            <TopOf field="source" title="Sources" range={range} live={data.top.sources} />
            <TopList
              title="Rules that fired"
              entries={data.top.rules}
              to={(text) => ({ text })}
              none="No rule has fired in this time."
              words
            />
          </div>
          <div className="grid gap-4 md:grid-cols-2 xl:grid-cols-3">
            <Redaction data={data.redaction} />
            <Limiter data={data.limiter} />
            <HealthCard data={data.health} />
          </div>
        </div>
      )}
    </div>
  );
}

/** Top values: from the overview's own answer, or asked for where a range was brushed. */
function TopOf({
  field,
  title,
  range,
  live,
}: {
  field: 'src_ip' | 'user' | 'source';
  title: string;
  range: ResolvedRange;
  live: { value: string; count: number }[];
}) {
  const fixed = useQuery({ ...topQuery(field, { from: range.from, to: range.to }), enabled: range.fixed });
  return (
    <TopList
      title={title}
      entries={(range.fixed ? (fixed.data ?? []) : live).filter((entry) => entry.value)}
      to={(value) => (field === 'source' ? { live: `source:${value}` } : { entity: value })}
      none="Nothing in this time."
    />
  );
}

/** Where the source addresses are, by what is known of them today. */
function Countries({ range, live }: { range: ResolvedRange; live: { value: string; count: number }[] }) {
  const fixed = useQuery({ ...topCountriesQuery({ from: range.from, to: range.to }), enabled: range.fixed });
  return (
    <TopList
      title="Countries"
      entries={range.fixed ? (fixed.data ?? []) : live}
      to={(value) => ({ search: `geo.country:${value}` })}
      name={countryName}
      none="No public address in this time."
      words
    />
  );
}
