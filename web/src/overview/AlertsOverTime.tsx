import { useQuery } from '@tanstack/react-query';
import { getRouteApi, Link } from '@tanstack/react-router';
import { useMemo, useState } from 'react';
import { alertHistogramQuery } from '../api/queries.ts';
import type { Bucket, Severity as Level } from '../api/types.ts';
import { bucketSeconds, type ResolvedRange } from '../shell/time-range.ts';
import { Button } from '../ui/Button.tsx';
import { Card } from '../ui/Card.tsx';
import { Chart } from '../ui/Chart.tsx';
import { group, localTime, plural, toDate } from '../ui/format.ts';
import { severitiesDown, severityFill, severityNames } from '../ui/Severity.tsx';
import { Failure } from '../ui/States.tsx';

const route = getRouteApi('/app/');
const noBuckets: Bucket[] = [];

/** Alerts by severity in time. Dragging across the chart sets the time range of the page. */
export function AlertsOverTime({ range }: { range: ResolvedRange }) {
  const navigate = route.useNavigate();
  const width = bucketSeconds(range.hours);
  const query = useQuery(alertHistogramQuery(range.from, range.to, width));
  const [hovered, setHovered] = useState<number | null>(null);
  const buckets = query.data ?? noBuckets;

  const { times, layers, totals } = useMemo(() => {
    const start = Math.floor(Date.parse(range.from) / 1000 / width) * width;
    const count = Math.max(1, Math.ceil((Date.parse(range.to) / 1000 - start) / width));
    const values = new Map<string, number[]>(severitiesDown.map((level) => [level, new Array<number>(count).fill(0)]));
    const sums: Partial<Record<Level, number>> = {};
    for (const bucket of buckets) {
      const at = toDate(bucket.time);
      const row = values.get(bucket.key);
      if (!at || !row) continue;
      const slot = Math.floor((at.getTime() / 1000 - start) / width);
      if (slot < 0 || slot >= count) continue;
      row[slot] = (row[slot] ?? 0) + bucket.count;
      sums[bucket.key as Level] = (sums[bucket.key as Level] ?? 0) + bucket.count;
    }
    return {
      times: Array.from({ length: count }, (_, index) => start + index * width),
      layers: severitiesDown.map((level) => ({
        name: severityNames[level],
        color: `--sev-${level}`,
        values: values.get(level) ?? [],
      })),
      totals: sums,
    };
  }, [buckets, range.from, range.to, width]);

  const total = Object.values(totals).reduce((sum, count) => sum + count, 0);
  const at = hovered === null ? undefined : times[hovered];
  return (
    <Card
      title="Alerts by severity"
      extra={
        <Button asChild size="small" kind="ghost">
          <Link to="/alerts" search={{ from: range.from, to: range.to, view: 'all' }}>
            Show {plural(total, 'alert')}
          </Link>
        </Button>
      }
      className="lg:col-span-2"
    >
      {query.isError && <Failure error={query.error} retry={() => void query.refetch()} className="mb-3" />}
      <div className="mb-2 flex min-h-5 flex-wrap items-center gap-x-4 gap-y-1 text-xs">
        {layers.map((layer, index) => {
          const level = severitiesDown[index] ?? 'info';
          return (
            <Link
              key={level}
              to="/alerts"
              search={{ from: range.from, to: range.to, severity: level, view: 'all' }}
              className="flex items-center gap-1.5 text-muted hover:text-text"
            >
              <span className={`size-2.5 rounded-sm ${severityFill[level]}`} aria-hidden="true" />
              {layer.name}
              <b className="tabular text-text">
                {group(hovered === null ? (totals[level] ?? 0) : (layer.values[hovered] ?? 0))}
              </b>
            </Link>
          );
        })}
        <span className="tabular ml-auto text-faint">
          {at !== undefined ? localTime(new Date(at * 1000)).slice(0, 16) : 'Drag across to choose a time range'}
        </span>
      </div>
      <Chart
        times={times}
        layers={layers}
        bucketSeconds={width}
        height={220}
        label={`${plural(total, 'alert')} between ${range.from} and ${range.to}: ${severitiesDown.map((level) => `${severityNames[level]} ${totals[level] ?? 0}`).join(', ')}`}
        onHover={setHovered}
        onBrush={(from, to) =>
          void navigate({ search: { from: new Date(from).toISOString(), to: new Date(to).toISOString() } })
        }
      />
    </Card>
  );
}
