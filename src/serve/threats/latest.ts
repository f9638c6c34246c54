import { z } from 'zod';
import { analyzerSeverities, analyzerSeverity, isoTime, type RuleDoc } from '../../model/index.ts';
import type { AlertFilter, AlertRow } from '../../store/contract.ts';
import { flag } from '../schemas.ts';
import type { ServeContext } from '../unit.ts';
import { type AlertType, alertTypeOf, alertTypes, threatTagsIn } from './families.ts';

/** Alerts that one answer lists, newest first; all are counted. */
const listed = 1000;

export const latestQuery = z.object({
  lookback_seconds: z.coerce.number().int().min(60).max(604_800).default(86_400),
  bucket_minutes: z.coerce.number().int().min(1).max(60).default(5),
  include_details: flag.default(false),
});

export const latestAnswer = z.object({
  time_range: z.object({ start: z.string(), end: z.string() }),
  count: z.number().meta({ description: 'Alerts that are listed.' }),
  total: z.number().meta({ description: 'Alerts of the time; the newest 1,000 are listed.' }),
  alerts: z.array(
    z.object({
      id: z.string(),
      bucket_end: z.string(),
      lookback_seconds: z.number(),
      alert_type: z.enum(alertTypes),
      source_ip: z.string().nullable(),
      severity: z.enum(analyzerSeverities),
      first_seen: z.string(),
      last_seen: z.string(),
      count: z.number(),
      description: z.string(),
      computed_at: z.string(),
      details: z.record(z.string(), z.unknown()).optional(),
    }),
  ),
});

/** Ids of the rules that are about a documented kind of attack, and which. Alerts of deleted rules that were shipped count too. */
export function threatRules({ rules, services }: ServeContext): Map<string, AlertType> {
  const found = new Map<string, AlertType>();
  for (const rule of [...services.shippedRules, ...rules()]) {
    const type = alertTypeOf(threatTagsIn(textOf(rule)));
    if (type !== null) found.set(rule.id, type);
  }
  return found;
}

const textOf = ({ config }: RuleDoc): string => ('yaml' in config ? config.yaml : '');

/** Whom an alert is about; null: no single address. */
export const sourceOf = ({ group }: Pick<AlertRow, 'group'>): string | null =>
  group.src_ip ?? group['parsed.src_ip'] ?? null;

export function latestAlerts(
  context: ServeContext,
  query: z.output<typeof latestQuery>,
): z.output<typeof latestAnswer> {
  const { services } = context;
  const { lookback_seconds, bucket_minutes, include_details } = query;
  const now = services.now();
  const from = now - lookback_seconds * 1000;
  const types = threatRules(context);
  const filter: AlertFilter = { from, signals: 'exclude', rule_ids: [...types.keys()] };
  const { alerts } = services.state.alerts.list(filter, listed, null, 'newest', 'none');
  const bucketMs = bucket_minutes * 60_000;
  return {
    time_range: { start: isoTime(from), end: isoTime(now) },
    count: alerts.length,
    total: services.state.alerts.count(filter),
    alerts: alerts.map((alert) => ({
      id: alert.id,
      bucket_end: isoTime(Math.floor(alert.last / bucketMs) * bucketMs + bucketMs),
      lookback_seconds,
      alert_type: types.get(alert.rule_id) as AlertType,
      source_ip: sourceOf(alert),
      severity: analyzerSeverity(alert.severity),
      first_seen: isoTime(alert.first),
      last_seen: isoTime(alert.last),
      count: alert.count,
      description: alert.message,
      computed_at: isoTime(alert.updated_at),
      ...(include_details && { details: detailsOf(alert) }),
    })),
  };
}

const detailsOf = ({ rule_id, rule_name, group, status, disposition, attack, explain, event_ids }: AlertRow) => ({
  rule_id,
  rule_name,
  group,
  status,
  disposition,
  attack,
  summary: explain.summary,
  response: explain.response ?? null,
  correlation: explain.correlation,
  log_ids: event_ids,
});
