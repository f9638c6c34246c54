import { z } from 'zod';
import type { RuleProblem } from '../../detect/contract.ts';
import { isoTime, type RuleDoc } from '../../model/index.ts';
import { alertDetail } from '../alerts/detail.ts';
import { alertFilter } from '../alerts/filter.ts';
import { relevantRules } from '../backtest/relevant.ts';
import { apiError, replayBusy, ruleInvalid } from '../errors.ts';
import { ruleOfBody } from '../rules/posted.ts';
import { errorBody } from '../schemas.ts';
import { type App, defineUnit, type ServeContext } from '../unit.ts';
import { alertView } from '../views.ts';
import { ReplayBusy, type ReplayEntry, type ReplayRequest } from './messages.ts';
import {
  alertParams,
  alertsOfReplay,
  order,
  replayAlert,
  replayAlertDetail,
  replayDetail,
  replayList,
  replayParams,
  replayShape,
  replayView,
} from './shapes.ts';

/** Some hundred extra rules. */
const bodyLimit = 4 * 1024 * 1024;

export const replays = defineUnit({
  name: 'replays',
  description: 'What the rules would have raised over stored history, kept apart from live alerts.',
  register(app, context) {
    registerRunning(app, context);
    registerReading(app, context);
  },
});

function registerRunning(app: App, context: ServeContext): void {
  const { services, audit } = context;
  app.post(
    '/api/replays',
    {
      config: { role: 'analyst' },
      bodyLimit,
      schema: {
        summary: 'Run the rules over stored history',
        description:
          'All rules in force, or those that are named, in event time over the events of the store, with the engine that runs ' +
          'live. The result is kept under an id, apart from live alerts; live counting is not touched. One runs at a time. ' +
          'It ends after an hour or 50,000 alerts and says up to when it came. The same history and rules give the same ' +
          'alerts with the same ids.',
        body: order,
        response: { 202: replayShape, 404: errorBody, 422: errorBody, 429: errorBody },
      },
    },
    async (request, reply) => {
      const rules = rulesOf(context, request.body);
      // What was acknowledged before is part of history.
      const { oldest, newest } = await services.events.info();
      const now = services.now();
      // What is not given ends where history does.
      const given = request.body;
      const from = given.from ?? Math.min(oldest ?? now, (given.to ?? now) - 1);
      const to = given.to ?? Math.max((newest ?? now) + 1, from + 1);
      if (to <= from) throw apiError('VALIDATION_FAILED', 'In the body, "to": the end must come after the beginning.');
      const name = request.body.name ?? `${isoTime(from).slice(0, 16)} to ${isoTime(to).slice(0, 16)}`;
      const by = request.principal?.name ?? '';
      const entry = start(context, { name, by, from, to, kept: given.keep, ...rules });
      const asked = { from: isoTime(from), to: isoTime(to), rules: rules.rule_ids?.slice(0, 50) ?? 'current' };
      audit(request, 'replay_started', { id: entry.id, name, ...asked });
      return reply.code(202).send(replayView(entry));
    },
  );
  app.post(
    '/api/replays/:id/cancel',
    {
      config: { role: 'analyst' },
      schema: {
        summary: 'End a replay with what it has found',
        params: replayParams,
        response: { 200: z.object({ status: z.enum(['cancelling', 'over']) }), 404: errorBody },
      },
    },
    async (request) => {
      const { id, name } = entryOf(context, request.params.id);
      if (!services.replays.cancel(id)) return { status: 'over' as const };
      audit(request, 'replay_cancelled', { id, name });
      return { status: 'cancelling' as const };
    },
  );
  app.delete(
    '/api/replays/:id',
    {
      config: { role: 'analyst' },
      schema: {
        summary: 'Delete a replay',
        description: 'One that runs is ended.',
        params: replayParams,
        response: { 200: z.object({ status: z.literal('deleted') }), 404: errorBody },
      },
    },
    async (request) => {
      const { id, name } = entryOf(context, request.params.id);
      await services.replays.remove(id);
      audit(request, 'replay_deleted', { id, name });
      return { status: 'deleted' as const };
    },
  );
}

function registerReading(app: App, context: ServeContext): void {
  const { replays: control, state } = context.services;
  const live = state.alerts;
  app.get(
    '/api/replays',
    {
      config: { role: 'viewer' },
      schema: { summary: 'Replays, newest first, and how many are kept', response: { 200: replayList } },
    },
    async () => {
      const entries = control.list();
      const { keep, maxBytes } = control.limits();
      const bytes = entries.reduce((sum, entry) => sum + entry.bytes, 0);
      return { replays: entries.map(replayView), limits: { keep, max_bytes: maxBytes, bytes } };
    },
  );
  app.get(
    '/api/replays/:id',
    {
      config: { role: 'viewer' },
      schema: {
        summary: 'One replay, and which rules raised alerts',
        params: replayParams,
        response: { 200: replayDetail, 404: errorBody },
      },
    },
    async (request) => {
      const entry = entryOf(context, request.params.id);
      return { ...replayView(entry), fired: control.read(entry.id, ({ rules }) => rules) ?? [] };
    },
  );
  app.get(
    '/api/replays/:id/alerts',
    {
      config: { role: 'viewer' },
      schema: {
        summary: 'Alerts of a replay',
        description:
          'The next page: the same with `cursor` from the X-Next-Cursor header. X-Total-Count counts all. Events and ' +
          'explanation come with the single alert. None while the replay runs.',
        params: replayParams,
        querystring: alertsOfReplay,
        response: { 200: z.array(replayAlert), 404: errorBody },
      },
    },
    async (request, reply) => {
      const { id } = entryOf(context, request.params.id);
      const { order: way, limit, cursor = null } = request.query;
      const filter = alertFilter({ ...request.query, signals: 'include' });
      const read = control.read(id, ({ alerts }) => ({
        page: alerts.list(filter, limit, cursor, way, 'none'),
        total: alerts.count(filter),
      }));
      if (read?.page.next) reply.header('x-next-cursor', read.page.next);
      reply.header('x-total-count', String(read?.total ?? 0));
      return (read?.page.alerts ?? []).map((alert) => ({
        ...alertView(alert, 'none', context.authorOf(alert.rule_id)),
        stored: live.has(alert.id),
      }));
    },
  );
  app.get(
    '/api/replays/:id/alerts/:alert_id',
    {
      config: { role: 'viewer' },
      schema: {
        summary: 'One alert of a replay with its events and why it was raised',
        description: 'The rule is as it is now. Related alerts are those of the same replay.',
        params: alertParams,
        response: { 200: replayAlertDetail, 404: errorBody },
      },
    },
    async (request) => {
      const { id, alert_id } = request.params;
      const detail = control.read(entryOf(context, id).id, ({ alerts }) => {
        const alert = alerts.byId(alert_id);
        return alert && alertDetail(context, alert, alerts);
      });
      if (!detail) throw apiError('NOT_FOUND', 'alert in this replay', alert_id);
      return { ...detail, stored: live.has(alert_id) };
    },
  );
}

function entryOf({ services }: ServeContext, id: string): ReplayEntry {
  const entry = services.replays.list().find((each) => each.id === id);
  if (!entry) throw apiError('NOT_FOUND', 'replay', id);
  return entry;
}

function start({ services }: ServeContext, request: ReplayRequest): ReplayEntry {
  try {
    return services.replays.start(request);
  } catch (error) {
    throw error instanceof ReplayBusy ? replayBusy() : error;
  }
}

type Rules = Pick<ReplayRequest, 'docs' | 'rules' | 'rule_ids'>;

/** What runs: all rules in force, or chosen ones as if they were, with what they refer to and what is said about them. */
function rulesOf(context: ServeContext, { rules: wanted, extra_rules }: z.output<typeof order>): Rules {
  if (wanted === 'none' && extra_rules.length === 0)
    throw apiError('VALIDATION_FAILED', 'In the body, "extra_rules": without other rules, send at least one.');
  const extra = extraRules(context, extra_rules);
  const own = new Set(extra.map(({ id }) => id));
  const known = [...context.force.current().filter(({ id }) => !own.has(id)), ...extra];
  if (wanted === 'current') {
    const inForce = context.rules().filter(({ id, enabled }) => enabled && !own.has(id));
    return { docs: known, rules: inForce.length + extra.length, rule_ids: null };
  }
  const ids = wanted === 'none' ? [] : wanted.filter((id) => !own.has(id));
  const stored = [...new Set(ids)].map((id) => ({ ...context.rule(id), enabled: true }));
  for (const rule of stored) refuseBroken(context, rule, known);
  const chosen = [...stored, ...extra];
  const docs = new Map<string, RuleDoc>();
  for (const rule of chosen) for (const doc of relevantRules(rule, known)) docs.set(doc.id, doc);
  for (const rule of chosen) docs.set(rule.id, rule);
  return { docs: [...docs.values()], rules: chosen.length, rule_ids: chosen.map(({ id }) => id) };
}

/** Rules that came with the question. They may refer to each other. */
function extraRules(context: ServeContext, posted: z.output<typeof order>['extra_rules']): RuleDoc[] {
  const now = context.services.now();
  const rules = posted.map((body, i) =>
    ruleOfBody({ ...body, enabled: true }, { id: body.id ?? `extra-${i + 1}`, now, author: null, before: null }),
  );
  for (const rule of rules) refuseBroken(context, rule, [...context.force.current(), ...rules]);
  return rules;
}

function refuseBroken({ services }: ServeContext, rule: RuleDoc, among: readonly RuleDoc[]): void {
  const isBroken = (problems: readonly RuleProblem[]) => problems.some(({ level }) => level === 'error');
  if (!isBroken(services.pipeline.check(rule))) return;
  // Few rules refer to others, and all of them would have to be read for it.
  const problems = services.pipeline.check(rule, among);
  if (isBroken(problems)) throw ruleInvalid(problems);
}
