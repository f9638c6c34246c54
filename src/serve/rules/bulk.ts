import { z } from 'zod';
import { isoTime, type RuleDoc } from '../../model/index.ts';
import { errorBody, pointInTime } from '../schemas.ts';
import type { App, AuditAction, ServeContext } from '../unit.ts';
import { chooseSignal, noCare } from './care.ts';
import { refuseMute } from './upkeep.ts';

const bulkBody = z.object({
  rule_ids: z.array(z.string().min(1).max(200)).min(1).max(10_000),
  change: z.union([
    z.strictObject({ enabled: z.boolean() }),
    z.strictObject({ muted_until: pointInTime.nullable() }),
    z.strictObject({ signal: z.boolean() }),
    z.strictObject({ deleted: z.boolean() }),
  ]),
});
type Change = z.output<typeof bulkBody>['change'];

/** The same to many rules at once: the engine takes them into force once, not once per rule. */
export function registerBulk(app: App, context: ServeContext): void {
  const { services, audit, force } = context;
  const { state } = services;

  /** Stores the change of one rule. @returns what to audit, or null where the rule is not there */
  const changeOne = (id: string, change: Change, inForce: ReadonlyMap<string, RuleDoc>): AuditAction | null => {
    const stored = state.rules.byId(id);
    if ('deleted' in change && !change.deleted) {
      if (!stored?.deleted) return null;
      state.rules.put({ ...stored, deleted: false });
      return 'rule_restored';
    }
    const rule = inForce.get(id);
    if (!rule) return null;
    if ('enabled' in change) {
      state.rules.put({ ...rule, enabled: change.enabled });
      return change.enabled ? 'rule_enabled' : 'rule_disabled';
    }
    if ('deleted' in change) {
      const updated_at = rule.origin === 'shipped' ? rule.updated_at : services.now();
      state.rules.put({ ...rule, updated_at, deleted: true });
      return 'rule_deleted';
    }
    if ('signal' in change) return change.signal ? 'rule_demoted' : 'rule_promoted';
    return change.muted_until === null ? 'rule_unmuted' : 'rule_muted';
  };

  app.post(
    '/api/rules/bulk',
    {
      config: { role: 'admin' },
      bodyLimit: 4 * 1024 * 1024,
      schema: {
        summary: 'Change many rules at once',
        description:
          '`change` is one of `{enabled}`, `{muted_until}` (null ends it), `{signal}`, `{deleted}` (false brings back). All of it is taken ' +
          'into force together, or nothing is changed. Each rule has its own audit record.',
        body: bulkBody,
        response: {
          200: z.object({
            changed: z.number(),
            missing: z.array(z.string()).meta({ description: 'Ids of rules that are not there, or not deleted.' }),
          }),
          422: errorBody,
        },
      },
    },
    async (request) => {
      const { rule_ids, change } = request.body;
      if ('muted_until' in change) refuseMute(change.muted_until, services.now());
      const inForce = new Map(context.rules().map((rule) => [rule.id, rule]));
      const before = new Map(rule_ids.map((id) => [id, state.rules.byId(id)]));
      const done = new Map<string, AuditAction>();
      state.transaction(() => {
        for (const id of before.keys()) {
          const action = changeOne(id, change, inForce);
          if (action !== null) done.set(id, action);
        }
      });
      try {
        // Mutes and signals are looked at when an alert is about to be raised: the engine need not know.
        if ('enabled' in change || 'deleted' in change) await force.apply();
      } catch (error) {
        state.transaction(() => {
          for (const [id, rule] of before) {
            if (rule) state.rules.put(rule);
            else state.rules.remove(id);
          }
        });
        throw error;
      }
      state.transaction(() => {
        for (const [id, action] of done) {
          const told = { id, name: inForce.get(id)?.name ?? before.get(id)?.name };
          if ('muted_until' in change) {
            const { muted_until } = change;
            const muted_by = muted_until === null ? null : (request.principal?.name ?? null);
            state.ruleCare.put({ ...(state.ruleCare.byId(id) ?? noCare(id)), muted_until, muted_by });
            audit(request, action, muted_until === null ? told : { ...told, until: isoTime(muted_until) });
          } else if ('signal' in change) {
            const by = request.principal?.name ?? null;
            if (chooseSignal(state, id, change.signal, { now: services.now(), by }))
              audit(request, action, { ...told, by_choice: true });
          } else audit(request, action, told);
        }
      });
      return { changed: done.size, missing: [...before.keys()].filter((id) => !done.has(id)) };
    },
  );
}
