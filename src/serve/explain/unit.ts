import { z } from 'zod';
import type { Alert, EventJson, RuleDoc } from '../../model/index.ts';
import { relevantRules } from '../backtest/relevant.ts';
import { RefusedError } from '../contract.ts';
import { apiError, ruleInvalid } from '../errors.ts';
import { postedRule, ruleOfBody } from '../rules/posted.ts';
import { errorBody } from '../schemas.ts';
import { defineUnit, type ServeContext } from '../unit.ts';
import { resultsShape } from './shapes.ts';

const most = 500;
const idShape = z.string().min(1).max(200);
const question = z.object({
  rule: postedRule.nullish().meta({ description: 'A rule as it would be posted; it need not be stored.' }),
  rule_id: idShape.nullish().meta({ description: 'A rule that is stored, with the exceptions to it.' }),
  lines: z.array(z.string().max(65_536)).max(most).nullish(),
  event_ids: z.array(idShape).max(most).nullish(),
  alert_id: idShape.nullish().meta({ description: 'The events, and where no rule is given the rule, of an alert.' }),
});
type Question = z.output<typeof question>;

export const explain = defineUnit({
  name: 'explain',
  description: 'Why a rule does, or does not, fire.',
  register(app, context) {
    app.post(
      '/api/rules/explain',
      {
        config: { role: 'analyst' },
        schema: {
          summary: 'Explain a rule, event by event',
          description:
            'Which clauses hold for an event, with the value and its place in the raw line, and what would have had to differ. ' +
            'For correlations also what is counted, for whom, and until when the rest would have had to come. Stored events come ' +
            `first, in order of time, then lines; at most ${most} of each. Nothing is stored and live counting is not touched.`,
          body: question,
          response: { 200: resultsShape, 404: errorBody, 422: errorBody },
        },
      },
      async (request) => {
        const { body } = request;
        const alert = body.alert_id ? alertOf(context, body.alert_id) : null;
        const rules = await rulesOf(context, body, alert);
        const { events, missing } = await eventsOf(context, body, alert);
        const explained = await context.services.pipeline
          .explain(rules, events, body.lines ?? [])
          .catch((error: unknown) => {
            throw error instanceof RefusedError ? apiError('RULE_INVALID', error.message) : error;
          });
        return {
          results: explained.map(({ event, explanation }) => ({ event, ...explanation })),
          missing_events: missing,
        };
      },
    );
  },
});

function alertOf({ services }: ServeContext, id: string): Alert {
  const alert = services.state.alerts.byId(id);
  if (!alert) throw apiError('NOT_FOUND', 'alert', id);
  return alert;
}

/** The rule, switched on, and what it runs with: filters, exceptions, and the rules that it refers to. */
async function rulesOf(context: ServeContext, body: Question, alert: Alert | null): Promise<RuleDoc[]> {
  const { services } = context;
  const inForce = context.force.current();
  if (body.rule) {
    const facts = { id: body.rule.id ?? 'draft', now: services.now(), author: null, before: null };
    const doc = ruleOfBody(body.rule, facts);
    const problems = await context.checkAside(doc);
    if (problems.some(({ level }) => level === 'error')) throw ruleInvalid(problems);
    return relevantRules({ ...doc, enabled: true }, inForce);
  }
  const id = body.rule_id ?? alert?.rule_id;
  if (!id) throw apiError('VALIDATION_FAILED', 'In the body, "rule": missing. Send a rule, or the "rule_id" of one.');
  return relevantRules({ ...context.rule(id), enabled: true }, inForce);
}

/** The stored events that were asked for. Those of an alert that the store has no more are in the alert itself. */
async function eventsOf(
  { services }: ServeContext,
  body: Question,
  alert: Alert | null,
): Promise<{ events: EventJson[]; missing: string[] }> {
  const ids = [...new Set([...(body.event_ids ?? []), ...(alert?.event_ids ?? [])])];
  if (ids.length === 0 && !body.lines?.length)
    throw apiError('VALIDATION_FAILED', 'In the body, "lines": missing. Send lines, "event_ids" or an "alert_id".');
  if (ids.length === 0) return { events: [], missing: [] };
  const found = new Map((alert?.events ?? []).map((event) => [event.id, event]));
  for (const event of await services.events.byIds(ids)) found.set(event.id, event);
  const missing = ids.filter((id) => !found.has(id));
  if (missing.length === ids.length && !body.lines?.length) throw apiError('NOT_FOUND', 'event', missing[0] as string);
  return { events: ids.flatMap((id) => found.get(id) ?? []), missing };
}
