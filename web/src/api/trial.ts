import { queryOptions } from '@tanstack/react-query';
import { ApiError, request } from './client.ts';
import type { ClauseResult, EventJson, Severity } from './types.ts';

/** JSON Schema, as far as an editor reads it. */
export interface JsonSchema {
  $ref?: string;
  $defs?: Record<string, JsonSchema | boolean>;
  definitions?: Record<string, JsonSchema | boolean>;
  type?: string | string[];
  description?: string;
  title?: string;
  deprecated?: boolean;
  properties?: Record<string, JsonSchema | boolean>;
  patternProperties?: Record<string, JsonSchema | boolean>;
  additionalProperties?: JsonSchema | boolean;
  items?: JsonSchema | boolean;
  enum?: unknown[];
  const?: unknown;
  examples?: unknown[];
  anyOf?: (JsonSchema | boolean)[];
  oneOf?: (JsonSchema | boolean)[];
  allOf?: (JsonSchema | boolean)[];
  then?: JsonSchema | boolean;
  else?: JsonSchema | boolean;
}

/** A field that rules may look at, with values that were seen lately. */
export interface FieldInfo {
  name: string;
  type: string;
  examples: string[];
}

/** What one event does to a rule, step by step. */
export interface ExplainedEvent {
  event: EventJson;
  matched: boolean;
  steps: { name: string; title?: string; matched: boolean; clauses: ClauseResult[]; differ: string[] }[];
  correlation: CountedSoFar | null;
}

export interface CountedSoFar {
  name?: string;
  type: string;
  group: Record<string, string> | null;
  missing_group: string[];
  observed: number;
  /** Null where the condition is no lower limit. */
  needed?: number | null;
  condition: string;
  window_seconds: number;
  fired: boolean;
  /** Ids of the events counted so far. */
  events: string[];
  /** By when the rest would have had to come. */
  until?: string | null;
  differ: string[];
  /** Correlations that are steps of this one. */
  inner?: CountedSoFar[];
}

export interface Explained {
  results: ExplainedEvent[];
  /** Ids of events that are no longer stored. */
  missing_events?: string[];
}

/** An alert that a rule would have made. */
export interface WouldAlert {
  id: string;
  time: string | number;
  first: string | number;
  last: string | number;
  severity: Severity;
  message: string;
  group: Record<string, string>;
  count: number;
  /** It was raised when it happened, and is kept. */
  stored: boolean;
}

export interface BacktestProgress {
  scanned: number;
  total: number;
  matched: number;
  alerts: { old: number | null; new: number };
  seconds: number;
}

export interface BacktestResult {
  from: string;
  to: string;
  events: number;
  scanned: number;
  matched: number;
  alerts: { old: number | null; new: number };
  per_day: { day: string; old: number | null; new: number }[];
  noise_per_day: { old: number | null; new: number };
  only_old: WouldAlert[];
  only_new: WouldAlert[];
  only_old_total?: number;
  only_new_total?: number;
  samples: EventJson[];
  pushed_down: boolean;
  selection: string | null;
  seconds: number;
  truncated: string | null;
}

/** One line of the answer to `POST /api/rules/backtest`. */
export type BacktestLine =
  | ({ type: 'progress' } & BacktestProgress)
  | { type: 'alert'; version: 'old' | 'new'; alert: WouldAlert }
  | ({ type: 'result' } & BacktestResult)
  | { type: 'error'; detail: string; code: string };

/** A server that does not have the route: older than this page. */
export const isMissingRoute = (error: unknown): boolean =>
  error instanceof ApiError && (error.code === 'ROUTE_UNKNOWN' || error.status === 501);

const comfort = { staleTime: 5 * 60_000, retry: false, refetchOnWindowFocus: false } as const;

export const ruleSchemaQuery = queryOptions({
  queryKey: ['rule-schema'],
  queryFn: ({ signal }) => request<JsonSchema>('/api/rules/schema', { signal }),
  ...comfort,
});

export const ruleFieldsQuery = queryOptions({
  queryKey: ['rule-fields'],
  queryFn: ({ signal }) => request<FieldInfo[]>('/api/rules/fields', { signal }),
  ...comfort,
});
