import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import { isoTime } from '../../model/index.ts';
import type { RuleCare, RuleExceptionRecord } from '../../store/contract.ts';
import { apiError, ruleInvalid } from '../errors.ts';
import { errorBody, idParams, pointInTime } from '../schemas.ts';
import type { App, ServeContext } from '../unit.ts';
import { chooseSignal, dayMs, noCare } from './care.ts';
import { proveRules } from './proof.ts';
import { type RuleViews, ruleShape, slices } from './view.ts';

const longestMuteMs = 366 * dayMs;
const mostExceptions = 200;
/** What redaction puts in place of a value. */
const maskedPart = /\[(?:[A-Z]+-)?REDACTED\]|\[INTERNAL-IP\]/;

/** Throws where a mute would end in the past, or as good as never. Null, the end of a mute, is always right. */
export function refuseMute(until: number | null, now: number): void {
  if (until === null || (until > now && until <= now + longestMuteMs)) return;
  const sentence = `In the body, "until": ${isoTime(until)} is not within the next 366 days. Null ends a mute.`;
  throw apiError('VALIDATION_FAILED', sentence);
}

const exceptionScalar = z.union([z.string().max(1000), z.number(), z.boolean()]);
const exceptionBody = z.object({
  name: z.string().trim().min(1).max(200),
  selection: z
    .record(z.string().trim().min(1).max(200), z.union([exceptionScalar, z.array(exceptionScalar).min(1).max(100)]))
    .refine((fields) => Object.keys(fields).length > 0, 'no field. Name at least one field and its value')
    .refine((fields) => Object.keys(fields).length <= 20, 'too many fields. Use at most 20')
    .meta({ description: 'Field, with Sigma modifiers if any, and its value or alternatives; all fields must fit.' }),
  reason: z.string().trim().min(1).max(2000),
  expires_at: pointInTime.nullable(),
});
const exceptionShape = z.object({
  id: z.string(),
  rule_id: z.string(),
  name: z.string(),
  selection: z.record(z.string(), z.unknown()),
  reason: z.string(),
  owner: z.string(),
  created_at: z.string(),
  expires_at: z.string().nullable(),
  active: z.boolean().meta({ description: 'False: its end has come; it changes nothing any more.' }),
});

/** Mute, noise budget, exceptions, and the lines that prove a rule. */
export function registerUpkeep(app: App, context: ServeContext, views: RuleViews): void {
  registerNoise(app, context, views);
  registerExceptions(app, context);
  registerTests(app, context);
}

function registerNoise(app: App, context: ServeContext, views: RuleViews): void {
  const { services, audit } = context;
  const { state } = services;
  const care = (rule_id: string, change: Partial<RuleCare>): void =>
    state.ruleCare.put({ ...(state.ruleCare.byId(rule_id) ?? noCare(rule_id)), ...change });

  app.post(
    '/api/rules/:id/mute',
    {
      config: { role: 'admin' },
      schema: {
        summary: 'Mute a rule until a time, or end that',
        description:
          'A muted rule goes on matching and counting, but raises no alert: what it finds meanwhile is not listed later. ' +
          'An alert that was open before goes on growing. `until: null` ends it.',
        params: idParams,
        body: z.object({ until: pointInTime.nullable() }),
        response: { 200: ruleShape, 404: errorBody },
      },
    },
    async (request) => {
      const rule = context.rule(request.params.id);
      const { until } = request.body;
      const now = services.now();
      refuseMute(until, now);
      care(rule.id, { muted_until: until, muted_by: until === null ? null : (request.principal?.name ?? null) });
      const told = until === null ? {} : { until: isoTime(until) };
      audit(request, until === null ? 'rule_unmuted' : 'rule_muted', { id: rule.id, name: rule.name, ...told });
      return views.one(rule);
    },
  );
  app.post(
    '/api/rules/:id/signal',
    {
      config: { role: 'admin' },
      schema: {
        summary: 'Make a rule a signal, or end that',
        description:
          'A signal goes on matching and counting. Its new alerts are kept with severity info and the tag `signal`, out of ' +
          'the queue, and nobody is told. `signal: false` ends it; a rule over its noise budget stays a signal nevertheless. ' +
          'Alerts that are there stay what they are.',
        params: idParams,
        body: z.object({ signal: z.boolean() }),
        response: { 200: ruleShape, 404: errorBody },
      },
    },
    async (request) => {
      const rule = context.rule(request.params.id);
      const { signal } = request.body;
      const by = request.principal?.name ?? null;
      if (chooseSignal(state, rule.id, signal, { now: services.now(), by }))
        audit(request, signal ? 'rule_demoted' : 'rule_promoted', { id: rule.id, name: rule.name, by_choice: true });
      return views.one(rule);
    },
  );
  app.patch(
    '/api/rules/:id/budget',
    {
      config: { role: 'admin' },
      schema: {
        summary: 'Set how many alerts a rule may raise in 24 hours',
        description:
          'Beyond it the rule is a signal: new alerts are kept with severity info and the tag `signal`. Null: the default of 50.',
        params: idParams,
        body: z.object({ noise_budget: z.number().int().min(0).max(10_000).nullable() }),
        response: { 200: ruleShape, 404: errorBody },
      },
    },
    async (request) => {
      const rule = context.rule(request.params.id);
      const { noise_budget } = request.body;
      care(rule.id, { noise_budget });
      audit(request, 'rule_budget_changed', { id: rule.id, name: rule.name, noise_budget });
      return views.one(rule);
    },
  );
}

function registerExceptions(app: App, context: ServeContext): void {
  const { services, audit, force } = context;
  const { state } = services;
  const ofRule = (id: string) => state.ruleExceptions.all().filter(({ rule_id }) => rule_id === id);
  const shown = (exception: RuleExceptionRecord): z.output<typeof exceptionShape> => ({
    ...exception,
    created_at: isoTime(exception.created_at),
    expires_at: exception.expires_at === null ? null : isoTime(exception.expires_at),
    active: exception.expires_at === null || exception.expires_at > services.now(),
  });

  app.get(
    '/api/rules/:id/exceptions',
    {
      config: { role: 'viewer' },
      schema: {
        summary: 'Exceptions to a rule, oldest first',
        params: idParams,
        response: { 200: z.array(exceptionShape), 404: errorBody },
      },
    },
    async (request) => ofRule(context.rule(request.params.id).id).map(shown),
  );
  app.post(
    '/api/rules/:id/exceptions',
    {
      config: { role: 'admin' },
      schema: {
        summary: 'Make an exception to a rule',
        description:
          'Events that fit the whole selection do not count for the rule, from now on until `expires_at`. It is a Sigma ' +
          'filter: values may hold the wildcards * and ?, which a backslash makes plain.',
        params: idParams,
        body: exceptionBody,
        response: { 201: exceptionShape, 404: errorBody, 422: errorBody },
      },
    },
    async (request, reply) => {
      const rule = context.rule(request.params.id);
      const { name, selection, reason, expires_at } = request.body;
      const now = services.now();
      const problem = exceptionProblem(selection, expires_at, now);
      if (problem !== null) throw apiError('VALIDATION_FAILED', problem);
      if (ofRule(rule.id).length >= mostExceptions) {
        const sentence = `"${rule.name}" has ${mostExceptions} exceptions already. Remove some, or change the rule.`;
        throw apiError('VALIDATION_FAILED', sentence);
      }
      const owner = request.principal?.name ?? '';
      const made = { id: randomUUID(), rule_id: rule.id, name, selection, reason, owner, created_at: now, expires_at };
      const problems = services.pipeline.check(services.rulebook.filterOf(made));
      if (problems.some(({ level }) => level === 'error')) throw ruleInvalid(problems);
      state.ruleExceptions.put(made);
      try {
        await force.apply();
      } catch (error) {
        state.ruleExceptions.remove(made.id);
        throw error;
      }
      audit(request, 'rule_exception_added', {
        id: made.id,
        rule_id: rule.id,
        rule: rule.name,
        name,
        selection,
        reason,
      });
      return reply.code(201).send(shown(made));
    },
  );
  app.delete(
    '/api/rules/:id/exceptions/:exception_id',
    {
      config: { role: 'admin' },
      schema: {
        summary: 'Remove an exception',
        params: idParams.extend({ exception_id: z.string().min(1).max(200) }),
        response: { 200: z.object({ status: z.literal('deleted') }), 404: errorBody },
      },
    },
    async (request) => {
      const { id, exception_id } = request.params;
      const found = ofRule(id).find((exception) => exception.id === exception_id);
      if (!found) throw apiError('NOT_FOUND', 'exception', exception_id);
      state.ruleExceptions.remove(found.id);
      try {
        await force.apply();
      } catch (error) {
        state.ruleExceptions.put(found);
        throw error;
      }
      audit(request, 'rule_exception_removed', { id: found.id, rule_id: id, name: found.name });
      return { status: 'deleted' as const };
    },
  );
}

/** Why an exception would be about more than what its author means, or nothing at all; null: neither. */
function exceptionProblem(
  selection: RuleExceptionRecord['selection'],
  expires: number | null,
  now: number,
): string | null {
  if (expires !== null && expires <= now)
    return 'In the body, "expires_at": it lies in the past. Give a later time, or null for no end.';
  for (const [field, value] of Object.entries(selection)) {
    for (const one of [value].flat()) {
      const text = String(one);
      if (maskedPart.test(text))
        return `In the body, "selection.${field}": "${text}" stands for every value that was masked. Choose another field.`;
      if (/^[*\s]*$/.test(text))
        return `In the body, "selection.${field}": "${text}" fits everything. To silence the whole rule, mute it.`;
    }
  }
  return null;
}

function registerTests(app: App, context: ServeContext): void {
  const { services, audit } = context;
  const { state, rulebook } = services;
  app.post(
    '/api/rules/tests',
    {
      config: { role: 'analyst' },
      schema: {
        summary: "Run rules' own lines",
        description:
          'The lines beside a rule are run through parsers, redaction and the rule as it is here now, apart from everything ' +
          'live. A rule whose lines did what they should counts as tested for 30 days in the coverage. Without ids: all rules with lines.',
        body: z.object({ rule_ids: z.array(z.string().max(200)).max(10_000).optional() }),
        response: {
          200: z.object({
            passed: z.number(),
            failed: z.number(),
            untested: z.number().meta({ description: 'Rules without lines.' }),
            results: z.array(
              z.object({ rule_id: z.string(), name: z.string(), ok: z.boolean(), problem: z.string().nullable() }),
            ),
          }),
        },
      },
    },
    async (request) => {
      const wanted = request.body.rule_ids && new Set(request.body.rule_ids);
      const rules = context.rules().filter(({ id }) => !wanted || wanted.has(id));
      const answer = await proveRules(rules, { state, rulebook, now: services.now(), pause: slices() });
      audit(request, 'rules_tested', { passed: answer.passed, failed: answer.failed });
      return answer;
    },
  );
}
