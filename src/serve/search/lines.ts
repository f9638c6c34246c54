import { severities } from '../../model/index.ts';
import type { SearchPart } from '../../store/contract.ts';
import type { AnswerLine } from './shapes.ts';

const steps = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10_800, 21_600, 43_200, 86_400, 604_800];
const mostBuckets = 150;

/** Width of a histogram's buckets for a span: the narrowest usual one with which there are at most 150. */
export function bucketSecondsOf(spanMs: number): number {
  const seconds = spanMs / 1000;
  return steps.find((step) => seconds / step <= mostBuckets) ?? Math.ceil(seconds / mostBuckets / 604_800) * 604_800;
}

/** What a part of a search says as lines of the answer. */
export function linesOfPart(part: SearchPart, bucketSeconds: number): AnswerLine[] {
  if (part.type === 'page') return [part];
  if (part.type === 'progress') {
    return [{ type: 'progress', scanned_events: part.scanned, total_events: part.total, matched: part.matched }];
  }
  const lines: AnswerLine[] = [];
  if (part.histogram !== null) {
    lines.push({ type: 'histogram', bucket_seconds: bucketSeconds, buckets: bucketsOf(part.histogram) });
  }
  if (part.facets !== null) {
    lines.push({
      type: 'facets',
      facets: Object.fromEntries(part.facets.map(({ field, values }) => [field, values])),
      inexact: part.facets.filter(({ exact }) => !exact).map(({ field }) => field),
    });
  }
  return lines;
}

function bucketsOf(counts: readonly { time: number; severity: string; count: number }[]) {
  const buckets = new Map<number, { time: number } & Record<(typeof severities)[number], number>>();
  for (const { time, severity, count } of counts) {
    const bucket = buckets.get(time) ?? { time, info: 0, low: 0, medium: 0, high: 0, critical: 0 };
    const key = severities.find((each) => each === severity) ?? 'info';
    bucket[key] += count;
    buckets.set(time, bucket);
  }
  return [...buckets.values()];
}
