import { z } from 'zod';
import { analyzerCondition, analyzerSeverities, analyzerSeverity, isoTime, type Severity } from '../../model/index.ts';
import type { AlertFilter } from '../../store/contract.ts';
import { type AlertType, alertTypes } from '../threats/families.ts';
import { sourceOf, threatRules } from '../threats/latest.ts';
import { defineUnit, type ServeContext } from '../unit.ts';

const dayMs = 86_400_000;
const listed = 10;
/** Every open page asks every few seconds: one answer is shared for this long. */
const sharedMs = 5000;

const count = z.number();
const summaryShape = z.object({
  active_alerts: z
    .array(
      z.object({
        id: z.string(),
        type: z.enum([...alertTypes, 'OTHER']),
        source_ip: z.string().nullable(),
        severity: z.enum(analyzerSeverities),
        detected_at: z.string(),
        description: z.string(),
        threat_count: count,
      }),
    )
    .meta({ description: 'The newest ten of HIGH and CRITICAL that nobody has closed.' }),
  threats: z
    .object({
      total_brute_force: count,
      total_ddos: count,
      total_port_scan: count,
      total_sql_injection: count,
      critical_count: count,
      high_count: count,
      medium_count: count,
      low_count: count,
    })
    .meta({ description: 'Alerts of the documented kinds in the last 24 hours.' }),
  top_ips: z
    .array(
      z.object({
        source_ip: z.string(),
        total_logs: count,
        severity_breakdown: z.object({ LOW: count, MEDIUM: count, HIGH: count, CRITICAL: count }),
        last_seen: z.string(),
      }),
    )
    .meta({ description: 'The last 24 hours.' }),
  system_health: z.object({
    database_status: z.enum(['healthy', 'full']),
    total_logs_24h: count,
    total_logs_all_time: count,
    high_severity_logs_24h: count,
    last_log_timestamp: z.string().nullable(),
    uptime_seconds: count,
  }),
  generated_at: z.string(),
});
type Summary = z.output<typeof summaryShape>;

export const dashboard = defineUnit({
  name: 'dashboard',
  description: 'What matters now, as the Firewall Log Analyzer sums it up.',
  register(app, context) {
    let shared: { at: number; answer: Promise<Summary> } | null = null;
    app.get(
      '/api/dashboard/summary',
      {
        config: { role: 'viewer' },
        schema: {
          summary: 'Alerts that are open, threats, top addresses and health in one answer',
          description: 'At most five seconds old.',
          response: { 200: summaryShape },
        },
      },
      async () => {
        const now = context.services.now();
        if (shared !== null && now - shared.at < sharedMs) return shared.answer;
        const made = { at: now, answer: summaryOf(context, now) };
        shared = made;
        made.answer.catch(() => {
          if (shared === made) shared = null;
        });
        return made.answer;
      },
    );
  },
});

async function summaryOf(context: ServeContext, now: number): Promise<Summary> {
  const { events, startedAt, pipeline } = context.services;
  const from = now - dayMs;
  const types = threatRules(context);
  const grave = analyzerCondition({ severity: ['HIGH', 'CRITICAL'] });
  const [info, day, high, top_ips] = await Promise.all([
    events.info(),
    events.count({ from }),
    events.count({ from, condition: grave }),
    topAddresses(context, from),
  ]);
  return {
    active_alerts: activeAlerts(context, types),
    threats: threatsOf(context, from, types),
    top_ips,
    system_health: {
      database_status: pipeline.stats().spool.state === 'ok' ? 'healthy' : 'full',
      total_logs_24h: day,
      total_logs_all_time: info.rows,
      high_severity_logs_24h: high,
      last_log_timestamp: info.newest === null ? null : isoTime(info.newest),
      uptime_seconds: Math.max(0, Math.floor((now - startedAt) / 1000)),
    },
    generated_at: isoTime(now),
  };
}

function activeAlerts({ services }: ServeContext, types: ReadonlyMap<string, AlertType>): Summary['active_alerts'] {
  const filter: AlertFilter = {
    severities: ['high', 'critical'],
    statuses: ['new', 'acknowledged', 'in_progress'],
    signals: 'exclude',
  };
  return services.state.alerts.list(filter, listed, null, 'newest', 'none').alerts.map((alert) => ({
    id: alert.id,
    type: types.get(alert.rule_id) ?? 'OTHER',
    source_ip: sourceOf(alert),
    severity: analyzerSeverity(alert.severity),
    detected_at: isoTime(alert.time),
    description: alert.message,
    threat_count: alert.count,
  }));
}

function threatsOf(
  { services }: ServeContext,
  from: number,
  types: ReadonlyMap<string, AlertType>,
): Summary['threats'] {
  const { alerts } = services.state;
  const of = (type: AlertType): string[] => [...types].flatMap(([id, one]) => (one === type ? [id] : []));
  const total = (rule_ids: readonly string[], severities?: Severity[]): number =>
    alerts.count({ from, signals: 'exclude', rule_ids, ...(severities !== undefined && { severities }) });
  const all = [...types.keys()];
  return {
    total_brute_force: total(of('BRUTE_FORCE')),
    total_ddos: total(of('DDOS')),
    total_port_scan: total(of('PORT_SCAN')),
    total_sql_injection: total(of('SQL_INJECTION')),
    critical_count: total(all, ['critical']),
    high_count: total(all, ['high']),
    medium_count: total(all, ['medium']),
    low_count: total(all, ['info', 'low']),
  };
}

/** The addresses with most events, and how grave these are in the analyzer's words. */
async function topAddresses({ services }: ServeContext, from: number): Promise<Summary['top_ips']> {
  const { events } = services;
  const top = await events.top({ from }, 'src_ip', listed);
  if (top.length === 0) return [];
  const addresses = top.map(({ value }) => value);
  const grave = ['MEDIUM', 'HIGH', 'CRITICAL'] as const;
  const counts = await Promise.all(
    grave.map(async (severity) => {
      const where = [{ field: 'src_ip' as const, op: 'in' as const, values: addresses }];
      const rows = await events.top(
        { from, where, condition: analyzerCondition({ severity: [severity] }) },
        'src_ip',
        listed,
      );
      return new Map(rows.map((row) => [row.value, row.count]));
    }),
  );
  return top.map(({ value, count: total, last }) => {
    const [MEDIUM = 0, HIGH = 0, CRITICAL = 0] = counts.map((one) => one.get(value) ?? 0);
    return {
      source_ip: value,
      total_logs: total,
      severity_breakdown: { LOW: Math.max(0, total - MEDIUM - HIGH - CRITICAL), MEDIUM, HIGH, CRITICAL },
      last_seen: isoTime(last),
    };
  });
}
