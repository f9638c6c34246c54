import { toDate } from '../ui/format.ts';
import { severitiesDown, severityNames } from '../ui/Severity.tsx';
import type { SearchSpan } from './address.ts';
import type { SearchBucket } from './api.ts';

/** Most bars that are drawn: a range far wider than its events is cut to them. */
const mostBars = 400;

export interface Bars {
  /** Epoch seconds of each bar's start. */
  times: number[];
  layers: { level: (typeof severitiesDown)[number]; name: string; color: string; values: number[] }[];
  totals: number[];
}

/** Every bar of the range, those without a hit too. */
export function barsOf(span: SearchSpan, width: number, buckets: readonly SearchBucket[]): Bars {
  const at = (bucket: SearchBucket) => Math.round((toDate(bucket.time)?.getTime() ?? 0) / 1000);
  const known = new Map(buckets.map((bucket) => [at(bucket), bucket]));
  const seconds = [...known.keys()].sort((a, b) => a - b);
  const first = seconds[0] ?? 0;
  const last = seconds.at(-1) ?? first;
  const offset = ((first % width) + width) % width;
  const floor = (time: number) => Math.floor((time - offset) / width) * width + offset;
  let from = span.from === undefined ? first : floor(Date.parse(span.from) / 1000);
  let to = span.to === undefined ? last : floor(Date.parse(span.to) / 1000 - 0.001);
  if (seconds.length > 0) {
    from = Math.min(from, first);
    to = Math.max(to, last);
    if ((to - from) / width > mostBars) [from, to] = [first, last];
  }
  const count = Math.min(mostBars, Math.max(1, Math.round((to - from) / width) + 1));
  const times = Array.from({ length: count }, (_, index) => from + index * width);
  const layers = severitiesDown.map((level) => ({
    level,
    name: severityNames[level],
    color: `--sev-${level}`,
    values: times.map((time) => known.get(time)?.[level] ?? 0),
  }));
  return {
    times,
    layers,
    totals: times.map((_, index) => layers.reduce((sum, { values }) => sum + (values[index] ?? 0), 0)),
  };
}
