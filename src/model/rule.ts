import type { Severity } from './enumerations.ts';

/**
 * A rule as the API, the store and files know it. `config` is what was posted and comes back verbatim.
 * What the engine runs is compiled from it (src/detect) and never stored as the truth.
 */
export interface RuleDoc {
  id: string;
  name: string;
  description: string;
  type: RuleType;
  /** pattern | threshold | correlation: PHOSOR's native JSON. sigma: `{ yaml }`, one or more documents. */
  config: PatternConfig | ThresholdConfig | CorrelationConfig | SigmaConfig;
  enabled: boolean;
  severity: Severity;
  /** The severity in the word it was posted with (`warning`, `High`), which the API gives back. Absent: none was posted. */
  severity_posted?: string | null;
  /** Where it comes from: shipped with Phosor, posted through the API, or imported from a pack. */
  origin: 'shipped' | 'user' | 'imported';
  author: string | null;
  /** Under which its author gave it away, where the rule says so. */
  licence?: string | null;
  /** The pack it was imported with. */
  pack?: string | null;
  /** Epoch ms; 0 for shipped rules. */
  created_at: number;
  updated_at: number;
}

export const ruleTypes = ['pattern', 'threshold', 'correlation', 'sigma'] as const;
export type RuleType = (typeof ruleTypes)[number];

/** Fires on every event whose field matches the regular expression. `group_by` decides which matches share an alert. */
export interface PatternConfig {
  field: string;
  regex: string;
  case_sensitive?: boolean;
  group_by?: string | string[];
}

/** Fires when `count` events with `field` = `value` fall into `window_seconds` (per group where `group_by` is given). */
export interface ThresholdConfig {
  field: string;
  value: string | number | boolean;
  count: number;
  window_seconds: number;
  group_by?: string | string[];
}

/** Fires when each condition was met at least once within `within_seconds`, in any order unless `ordered`. */
export interface CorrelationConfig {
  conditions: { field: string; value: string | number | boolean }[];
  within_seconds: number;
  ordered?: boolean;
  group_by?: string | string[];
}

export interface SigmaConfig {
  yaml: string;
}
