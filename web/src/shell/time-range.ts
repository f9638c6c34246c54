/** Part of the URL's search on every screen that looks at a time range: a preset, or from/to. */
export interface RangeSearch {
  range?: Preset;
  /** ISO 8601. */
  from?: string;
  to?: string;
}

export const presets = { '15m': 0.25, '1h': 1, '6h': 6, '24h': 24, '7d': 168, '30d': 720 } as const;
export type Preset = keyof typeof presets;
export const presetNames = Object.keys(presets) as Preset[];

const isoText = (value: unknown): string | undefined =>
  typeof value === 'string' && !Number.isNaN(Date.parse(value)) ? value : undefined;

/** Takes from a URL what makes sense and drops the rest. */
export function validateRange(search: Record<string, unknown>): RangeSearch {
  const from = isoText(search.from);
  const to = isoText(search.to);
  const range = presetNames.find((name) => name === search.range);
  if (from && to) return { from, to };
  return range ? { range } : {};
}

export interface ResolvedRange {
  from: string;
  to: string;
  hours: number;
  /** True where from/to were given: the range stands still. */
  fixed: boolean;
}

/** @param now epoch ms; rounded down to `stepMs`, so that a moving range does not ask anew on every render. */
export function resolveRange(search: RangeSearch, fallback: Preset, now: number, stepMs = 60_000): ResolvedRange {
  if (search.from && search.to) {
    const hours = (Date.parse(search.to) - Date.parse(search.from)) / 3_600_000;
    return { from: search.from, to: search.to, hours, fixed: true };
  }
  const hours = presets[search.range ?? fallback];
  const end = Math.floor(now / stepMs) * stepMs + stepMs;
  return {
    from: new Date(end - hours * 3_600_000).toISOString(),
    to: new Date(end).toISOString(),
    hours,
    fixed: false,
  };
}

const widths = [10, 30, 60, 300, 900, 1800, 3600, 7200, 21_600, 86_400];

/** Width in seconds of a histogram's bucket: about 72 of them in the range. */
export function bucketSeconds(hours: number): number {
  const ideal = (hours * 3600) / 72;
  return widths.find((width) => width >= ideal) ?? 86_400;
}
