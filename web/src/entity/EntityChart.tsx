import { getRouteApi } from '@tanstack/react-router';
import { useMemo } from 'react';
import { Card } from '../ui/Card.tsx';
import { Chart } from '../ui/Chart.tsx';
import { severitiesDown, severityNames } from '../ui/Severity.tsx';
import type { EntityView } from './api.ts';

const route = getRouteApi('/app/entity/$kind/$value');

/** Its events over time by severity. Dragging across the chart sets the time range of the page. */
export function EntityChart({ entity }: { entity: EntityView }) {
  const navigate = route.useNavigate();
  const width = entity.bucket_seconds;
  const { times, layers } = useMemo(() => {
    const start = Math.floor(Date.parse(entity.from) / 1000 / width) * width;
    const count = Math.max(1, Math.ceil((Date.parse(entity.to) / 1000 - start) / width));
    const rows = new Map<string, number[]>(severitiesDown.map((level) => [level, new Array<number>(count).fill(0)]));
    for (const bucket of entity.histogram) {
      const slot = Math.floor((Date.parse(bucket.time) / 1000 - start) / width);
      const row = rows.get(bucket.severity);
      if (row && slot >= 0 && slot < count) row[slot] = (row[slot] ?? 0) + bucket.count;
    }
    return {
      times: Array.from({ length: count }, (_, index) => start + index * width),
      layers: severitiesDown.map((level) => ({
        name: severityNames[level],
        color: `--sev-${level}`,
        values: rows.get(level) ?? [],
      })),
    };
  }, [entity.from, entity.to, entity.histogram, width]);
  return (
    <Card title="Events over time">
      <Chart
        times={times}
        layers={layers}
        bucketSeconds={width}
        height={160}
        label="Events over time by severity"
        onBrush={(from, to) =>
          void navigate({ search: { from: new Date(from).toISOString(), to: new Date(to).toISOString() } })
        }
      />
    </Card>
  );
}
