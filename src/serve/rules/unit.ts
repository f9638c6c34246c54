import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import type { RuleDoc } from '../../model/index.ts';
import { apiError, ruleInvalid } from '../errors.ts';
import { errorBody, flag, idParams } from '../schemas.ts';
import { type App, defineUnit, type ServeContext } from '../unit.ts';
import { alertView } from '../views.ts';
import { registerBulk } from './bulk.ts';
import { chooseSignal } from './care.ts';
import { reservedIds } from './import.ts';
import { registerImporting } from './importing.ts';
import { keptRule, postedRule, ruleOfBody } from './posted.ts';
import { ruleJsonSchema } from './schema.ts';
import { registerUpkeep } from './upkeep.ts';
import { createRuleViews, problemShape, type RuleView, type RuleViews, ruleShape } from './view.ts';

const linesShape = z.array(z.string().max(65_536)).min(1).max(500);
/** A deleted rule of a user can be restored for so long. */
const tombstoneMs = 30 * 86_400_000;
const checkEveryMs = 1000;
const warmUpAfterMs = 5000;

export const rules = defineUnit({
  name: 'rules',
  description: 'What is looked for.',
  register(app, context) {
    const { state } = context.services;
    const view = createRuleViews(context);
    registerReading(app, context, view);
    registerTrying(app, context);
    registerChanging(app, context, view);
    registerUpkeep(app, context, view);
    registerBulk(app, context);
    registerImporting(app, context);
    // Once per start is often enough.
    const oldest = context.services.now() - tombstoneMs;
    const shipped = new Set(context.services.shippedRules.map(({ id }) => id));
    for (const rule of state.rules.list()) {
      if (!rule.deleted || shipped.has(rule.id) || rule.updated_at >= oldest) continue;
      state.rules.remove(rule.id);
      state.ruleCare.remove(rule.id);
      state.ruleLines.remove(rule.id);
      for (const { id, rule_id } of state.ruleExceptions.all())
        if (rule_id === rule.id) state.ruleExceptions.remove(id);
    }
    keepInForce(app, context);
    warmUp(app, context, view);
  },
});

/** Thousands of rules are looked at before somebody opens their list, in short pieces. */
function warmUp(app: App, context: ServeContext, view: RuleViews): void {
  const timer = setTimeout(() => {
    view
      .all(context.rules())
      .catch((error: Error) => context.services.log('warn', `The rules could not be looked at: ${error.message}`));
  }, warmUpAfterMs);
  timer.unref();
  app.addHook('onClose', async () => clearTimeout(timer));
}

/** Exceptions end by themselves, and the command line may have changed rules. */
function keepInForce(app: App, { force, services }: ServeContext): void {
  const timer = setInterval(() => {
    force
      .check()
      .catch((error: Error) => services.log('error', `The rules could not be taken into force: ${error.message}`));
  }, checkEveryMs);
  timer.unref();
  app.addHook('onClose', async () => clearInterval(timer));
}

function registerReading(app: App, context: ServeContext, view: RuleViews): void {
  app.get(
    '/api/rules',
    {
      config: { role: 'viewer' },
      schema: {
        summary: 'All rules',
        querystring: z.object({
          config: flag
            .default(true)
            .meta({ description: 'false: without what each rule says, which is most of the answer.' }),
        }),
        response: { 200: z.array(ruleShape) },
      },
    },
    async (request) => {
      const all = await view.all(context.rules());
      return request.query.config ? all : all.map((rule) => ({ ...rule, config: {} }));
    },
  );
  app.get(
    '/api/rules/schema',
    {
      config: { role: 'viewer' },
      schema: {
        summary: 'JSON Schema of a Sigma rule',
        description: 'For editors: YAML is checked and completed with it. `phosor rules schema` prints the same.',
        response: { 200: z.record(z.string(), z.unknown()) },
      },
    },
    async (_request, reply) => reply.type('application/schema+json').send(ruleJsonSchema()),
  );
  app.get(
    '/api/rules/:id',
    {
      config: { role: 'viewer' },
      schema: { summary: 'One rule', params: idParams, response: { 200: ruleShape, 404: errorBody } },
    },
    async (request) => view.one(context.rule(request.params.id)),
  );
}

function registerTrying(app: App, context: ServeContext): void {
  const { services } = context;
  app.post(
    '/api/rules/validate',
    {
      config: { role: 'viewer' },
      schema: {
        summary: 'Compile a rule without keeping it',
        body: z.object({ rule: postedRule }),
        response: { 200: z.object({ problems: z.array(problemShape) }) },
      },
    },
    async (request) => {
      const { rule } = request.body;
      const facts = { id: rule.id ?? 'draft', now: services.now(), author: null, before: null };
      return { problems: await context.checkAside(ruleOfBody(rule, facts)) };
    },
  );
  app.post(
    '/api/rules/test',
    {
      config: { role: 'viewer' },
      schema: {
        summary: 'Run lines through a rule',
        description: 'Nothing is stored and live counting is not touched. Without a rule: all rules in force.',
        body: z.object({ rule: postedRule.nullish(), rule_id: z.string().max(200).nullish(), lines: linesShape }),
        response: {
          200: z.object({
            events: z.array(z.record(z.string(), z.unknown())),
            trace: z.array(z.array(z.object({ stage: z.string(), result: z.string() }))),
            matched: z.array(z.array(z.string())),
            alerts: z.array(z.record(z.string(), z.unknown())),
          }),
        },
      },
    },
    async (request) => {
      const { rule, rule_id, lines } = request.body;
      let tried: RuleDoc[];
      if (rule) {
        const doc = ruleOfBody(rule, { id: rule.id ?? 'draft', now: services.now(), author: null, before: null });
        const problems = await context.checkAside(doc);
        if (problems.some(({ level }) => level === 'error')) throw ruleInvalid(problems);
        tried = [{ ...doc, enabled: true }];
      } else if (rule_id) tried = context.force.withExceptions({ ...context.rule(rule_id), enabled: true });
      else tried = context.force.current().filter(({ enabled }) => enabled);
      const result = await services.pipeline.test(lines, tried);
      return {
        events: result.events,
        trace: result.trace,
        matched: result.matched,
        alerts: result.alerts.map((alert) => ({
          ...alertView(alert, 'none', context.authorOf(alert.rule_id)),
          events: alert.events,
          explain: alert.explain,
        })),
      };
    },
  );
}

function registerChanging(app: App, context: ServeContext, view: RuleViews): void {
  const { services, audit } = context;
  const { state } = services;
  const shippedById = new Map(services.shippedRules.map((rule) => [rule.id, rule]));
  const statusOf = <Word extends string>(word: Word) => z.object({ status: z.literal(word) });

  /** Changes the stored rules and takes the result into force; where that fails, nothing is changed. */
  const change = async (id: string, work: () => void): Promise<void> => {
    const before = state.rules.byId(id);
    const care = state.ruleCare.byId(id);
    work();
    try {
      await context.force.apply();
    } catch (error) {
      if (before) state.rules.put(before);
      else state.rules.remove(id);
      if (care) state.ruleCare.put(care);
      else state.ruleCare.remove(id);
      throw error;
    }
  };
  /** Stores a rule. Whether it is a signal is known before it runs, so that no alert comes in between. */
  const keep = async (
    request: Parameters<typeof audit>[0],
    rule: RuleDoc,
    signal: boolean | null | undefined,
    action: 'rule_created' | 'rule_modified',
  ): Promise<RuleView> => {
    let turned = false;
    await change(rule.id, () => {
      const by = request.principal?.name ?? null;
      if (typeof signal === 'boolean') turned = chooseSignal(state, rule.id, signal, { now: services.now(), by });
      state.rules.put(rule);
    });
    const told = { id: rule.id, name: rule.name };
    audit(request, action, told);
    if (turned) audit(request, signal ? 'rule_demoted' : 'rule_promoted', { ...told, by_choice: true });
    return view.one(rule);
  };
  const compiled = async (rule: RuleDoc): Promise<RuleDoc> => {
    const problems = await context.checkAside(rule);
    if (problems.some(({ level }) => level === 'error')) throw ruleInvalid(problems);
    return rule;
  };

  app.post(
    '/api/rules',
    {
      config: { role: 'admin' },
      schema: {
        summary: 'Create a rule',
        description: '`warnings` says what its author should know: without `group_by`, all sources share one count.',
        body: keptRule,
        response: { 201: ruleShape, 409: errorBody, 422: errorBody },
      },
    },
    async (request, reply) => {
      const id = request.body.id ?? randomUUID();
      if (reservedIds.has(id)) throw apiError('RULE_EXISTS', id);
      if (shippedById.has(id) || context.rules().some((rule) => rule.id === id)) throw apiError('RULE_EXISTS', id);
      const author = request.principal?.name ?? null;
      const rule = await compiled(ruleOfBody(request.body, { id, now: services.now(), author, before: null }));
      return reply.code(201).send(await keep(request, rule, request.body.signal, 'rule_created'));
    },
  );
  app.put(
    '/api/rules/:id',
    {
      config: { role: 'admin' },
      schema: {
        summary: 'Replace a rule',
        description: 'A shipped rule is overridden; restore brings it back.',
        params: idParams,
        body: keptRule,
        response: { 200: ruleShape, 404: errorBody, 422: errorBody },
      },
    },
    async (request) => {
      const before = context.rule(request.params.id);
      const author = request.principal?.name ?? null;
      const rule = await compiled(ruleOfBody(request.body, { id: before.id, now: services.now(), author, before }));
      return keep(request, rule, request.body.signal, 'rule_modified');
    },
  );
  app.post(
    '/api/rules/:id/toggle',
    {
      config: { role: 'admin' },
      schema: {
        summary: 'Enable or disable a rule',
        params: idParams,
        response: {
          200: statusOf('toggled').extend({ id: z.string(), enabled: z.boolean() }),
          404: errorBody,
        },
      },
    },
    async (request) => {
      const before = context.rule(request.params.id);
      const enabled = !before.enabled;
      // A change of `updated_at` would make this an override of a shipped rule look newer than it is.
      await change(before.id, () => state.rules.put({ ...before, enabled }));
      audit(request, enabled ? 'rule_enabled' : 'rule_disabled', { id: before.id, name: before.name });
      return { status: 'toggled' as const, id: before.id, enabled };
    },
  );
  app.delete(
    '/api/rules/:id',
    {
      config: { role: 'admin' },
      schema: {
        summary: 'Delete a rule',
        description: 'Can be undone with restore: a shipped rule always, another for 30 days.',
        params: idParams,
        response: { 200: statusOf('deleted'), 404: errorBody },
      },
    },
    async (request) => {
      const rule = context.rule(request.params.id);
      const updated_at = rule.origin === 'shipped' ? rule.updated_at : services.now();
      await change(rule.id, () => state.rules.put({ ...rule, updated_at, deleted: true }));
      audit(request, 'rule_deleted', { id: rule.id, name: rule.name });
      return { status: 'deleted' as const };
    },
  );
  app.post(
    '/api/rules/:id/restore',
    {
      config: { role: 'admin' },
      schema: {
        summary: 'Undo a deletion, or bring a shipped rule back as it was shipped',
        params: idParams,
        response: { 200: ruleShape, 404: errorBody },
      },
    },
    async (request) => {
      const { id } = request.params;
      const stored = state.rules.byId(id);
      if (!stored) throw apiError('NOT_FOUND', 'deleted or changed rule', id);
      await change(id, () => {
        if (stored.deleted) state.rules.put({ ...stored, deleted: false });
        else if (shippedById.has(id)) state.rules.remove(id);
      });
      audit(request, 'rule_restored', { id, name: stored.name });
      return view.one(context.rule(id));
    },
  );
}
