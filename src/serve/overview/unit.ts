import { z } from 'zod';
import { isoTime, type RuleDoc, severities } from '../../model/index.ts';
import type { Services } from '../contract.ts';
import { countriesOf, mostPlaced } from '../countries.ts';
import { slices } from '../rules/view.ts';
import { defineUnit, type ServeContext } from '../unit.ts';
import { attentionOf } from './attention.ts';

const bars = z.array(z.object({ time: z.number(), key: z.string(), count: z.number() }));
const top = z.array(z.object({ value: z.string(), count: z.number() }));
const counts = z.record(z.string(), z.number());

const overviewShape = z.object({
  rates: z.object({
    events_per_second: z.number(),
    history: z.array(z.number()).meta({ description: 'One per 10 s of the last hour, oldest first.' }),
  }),
  totals: z.object({
    events: z.number(),
    stored: z.number(),
    alerts: z.number().meta({ description: 'Like all counts of alerts here: without signals.' }),
    open_alerts: z.number(),
    signals: z.number().meta({ description: 'Alerts of rules that were signals when they raised them.' }),
    open_signals: z.number(),
    raw: z.number(),
  }),
  alerts_over_time: bars,
  alerts_by_severity: counts,
  top: z.object({ sources: top, addresses: top, users: top, countries: top, rules: top }),
  redaction: z.object({
    total: z.number(),
    by_kind: counts,
    by_source: z.array(z.object({ source: z.string(), count: z.number() })),
  }),
  limiter: z.object({
    limited: z.number(),
    dropped: z.number(),
    sources: z.array(z.object({ source: z.string(), limited: z.number() })),
  }),
  health: z.object({
    spool: z.object({ state: z.enum(['ok', 'full']), reason: z.string().nullable(), pending_bytes: z.number() }),
    store: z.object({
      rows: z.number(),
      bytes: z.number(),
      slices: z.number(),
      oldest: z.string().nullable(),
      newest: z.string().nullable(),
    }),
    memory_bytes: z.number(),
    backlog: z.number(),
    kernel_drops: z.number().nullable(),
    recovery: z.record(z.string(), z.number()).nullable(),
  }),
  attention: z.array(
    z.object({
      kind: z.string(),
      severity: z.enum(severities),
      title: z.string(),
      detail: z.string(),
      action: z.object({ label: z.string(), href: z.string() }).nullable(),
    }),
  ),
});
type Overview = z.output<typeof overviewShape>;

/** The page is asked for by every open browser every few seconds: one answer per span is shared for this long. */
const sharedMs = 2000;

export const overview = defineUnit({
  name: 'overview',
  description: 'The first page in one answer.',
  register(app, context) {
    const { services } = context;
    const shared = new Map<number, { at: number; answer: Promise<Overview> }>();
    app.get(
      '/api/overview',
      {
        config: { role: 'viewer' },
        schema: {
          summary: 'Rates, counts, top lists, health and what needs attention',
          querystring: z.object({ hours: z.coerce.number().min(0.1).max(8760).default(24) }),
          response: { 200: overviewShape },
        },
      },
      async (request) => {
        const { hours } = request.query;
        const now = services.now();
        const known = shared.get(hours);
        if (known && now - known.at < sharedMs) return known.answer;
        const answer = build(context, hours, now);
        if (shared.size > 20) shared.clear();
        shared.set(hours, { at: now, answer });
        answer.catch(() => shared.delete(hours));
        return answer;
      },
    );
  },
});

async function build(context: ServeContext, hours: number, now: number): Promise<Overview> {
  const { services } = context;
  const { state, events } = services;
  const span = { from: now - hours * 3_600_000 };
  const loud = { signals: 'exclude' } as const;
  const signals = { signals: 'only' } as const;
  const bucketMs = Math.max(60_000, Math.ceil((hours * 3_600_000) / 96 / 60_000) * 60_000);
  const [info, topSources, topAddresses, topUsers] = await Promise.all([
    events.info(),
    events.top(span, 'source', 10),
    events.top(span, 'src_ip', mostPlaced),
    events.top(span, 'user', 10),
  ]);
  const failing = await failingRules(context);
  const pipeline = services.pipeline.stats();
  const sources = services.sources.list();
  const kernelDrops = services.sources.udp()?.kernelDrops ?? null;
  const alertsOverTime = state.alerts.histogram({ ...span, ...loud }, bucketMs);
  const bySeverity: Record<string, number> = Object.fromEntries(severities.map((severity) => [severity, 0]));
  for (const { key, count } of alertsOverTime) bySeverity[key] = (bySeverity[key] ?? 0) + count;
  const redacted = sources.filter((source) => source.redacted > 0);
  const limited = sources.filter((source) => source.limited > 0);
  const iso = (time: number | null) => (time === null ? null : isoTime(time));
  return {
    rates: { events_per_second: pipeline.eventsPerSecond, history: pipeline.history },
    totals: {
      events: pipeline.events,
      stored: info.rows,
      alerts: state.alerts.count(loud),
      open_alerts: state.alerts.count({ ...loud, acknowledged: false }),
      signals: state.alerts.count(signals),
      open_signals: state.alerts.count({ ...signals, acknowledged: false }),
      raw: pipeline.raw,
    },
    alerts_over_time: alertsOverTime,
    alerts_by_severity: bySeverity,
    top: {
      sources: named(topSources),
      addresses: named(topAddresses.slice(0, 10)),
      users: named(topUsers),
      countries: countriesOf(services.intel, topAddresses, 10).map(({ country, count }) => ({ value: country, count })),
      rules: topRules(services, span.from),
    },
    redaction: {
      total: Object.values(pipeline.redactions).reduce((sum, count) => sum + count, 0),
      by_kind: pipeline.redactions,
      by_source: redacted.map(({ source, redacted: count }) => ({ source, count })),
    },
    limiter: {
      limited: limited.reduce((sum, source) => sum + source.limited, 0),
      dropped: sources.reduce((sum, source) => sum + source.dropped, 0),
      sources: limited.map((source) => ({ source: source.source, limited: source.limited })),
    },
    health: {
      spool: {
        state: pipeline.spool.state,
        reason: pipeline.spool.reason,
        pending_bytes: pipeline.spool.pendingBytes,
      },
      store: {
        rows: info.rows,
        bytes: info.bytes,
        slices: info.slices,
        oldest: iso(info.oldest),
        newest: iso(info.newest),
      },
      memory_bytes: process.memoryUsage.rss(),
      backlog: pipeline.backlog,
      kernel_drops: kernelDrops,
      recovery: pipeline.recovery === null ? null : { ...pipeline.recovery },
    },
    attention: attentionOf({
      now,
      sources,
      pipeline,
      failingRules: failing,
      contextProblems: services.ruleContext.problems,
      kernelDrops,
      damaged: info.damaged,
      isFirstRun: pipeline.events === 0 && info.rows === 0,
    }),
  };
}

const named = (rows: readonly { value: string; count: number }[]) => rows.map(({ value, count }) => ({ value, count }));

/** The rules with the most alerts among the newest 1,000 of the span. */
function topRules({ state }: Services, from: number): { value: string; count: number }[] {
  const counted = new Map<string, number>();
  for (const { rule_name } of state.alerts.list({ from, signals: 'exclude' }, 1000, null, 'newest', 'none').alerts)
    counted.set(rule_name, (counted.get(rule_name) ?? 0) + 1);
  return [...counted]
    .map(([value, count]) => ({ value, count }))
    .sort((a, b) => b.count - a.count)
    .slice(0, 10);
}

interface FailingRule {
  rule: RuleDoc;
  problem: string;
}

/** Enabled rules that do not compile. Checked anew only when the rules change, with turns for others in between. */
const checked = new WeakMap<Services, { key: string; failing: Promise<FailingRule[]> }>();

function failingRules(context: ServeContext): Promise<FailingRule[]> {
  const { services } = context;
  const enabled = context.rules().filter((rule) => rule.enabled);
  const key = [services.ruleContext.revision, ...enabled.map((rule) => `${rule.id}@${rule.updated_at}`)].join(' ');
  const known = checked.get(services);
  if (known?.key === key) return known.failing;
  const made = { key, failing: checkAll(context, enabled) };
  made.failing.catch(() => {
    if (checked.get(services) === made) checked.delete(services);
  });
  checked.set(services, made);
  return made.failing;
}

async function checkAll(context: ServeContext, rules: readonly RuleDoc[]): Promise<FailingRule[]> {
  const failing: FailingRule[] = [];
  const pause = slices();
  for (const rule of rules) {
    const problem = (await context.checkAside(rule)).find(({ level }) => level === 'error');
    if (problem) failing.push({ rule, problem: problem.message });
    await pause();
  }
  return failing;
}
