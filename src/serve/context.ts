import type { Alert } from '../model/index.ts';
import { createIdentify } from './auth/identify.ts';
import type { Services } from './contract.ts';
import { apiError } from './errors.ts';
import { effectiveRules } from './rules/effective.ts';
import { RulesInForce } from './rules/force.ts';
import { Traffic } from './traffic.ts';
import type { ServeContext } from './unit.ts';

/** What the units share, around the services. */
export function createContext(services: Services): ServeContext {
  const listeners: ((alerts: readonly Alert[]) => void)[] = [];
  const shipped = new Map(services.shippedRules.map((rule) => [rule.id, rule]));
  const force = new RulesInForce(services);
  const rules = () => effectiveRules(services.shippedRules, services.state.rules.list());
  return {
    services,
    traffic: new Traffic(),
    audit(request, action, details, more) {
      services.state.audit.append({
        timestamp: services.now(),
        action,
        user: more?.user === undefined ? (request.principal?.name ?? null) : more.user,
        success: more?.success ?? true,
        source_ip: request.ip,
        details,
      });
    },
    alertsChanged(alerts) {
      for (const listener of listeners) listener(alerts);
    },
    onAlertsChanged(listener) {
      listeners.push(listener);
    },
    authorOf: (id) => (services.state.rules.byId(id) ?? shipped.get(id))?.author ?? null,
    force,
    check(rule) {
      const alone = services.pipeline.check(rule);
      // Few rules refer to rules of other files, and all of them would have to be read for it.
      return alone.some(({ level }) => level === 'error') ? services.pipeline.check(rule, force.current()) : alone;
    },
    async checkAside(rule) {
      const alone = await services.pipeline.checkAside(rule);
      return alone.some(({ level }) => level === 'error') ? services.pipeline.checkAside(rule, force.current()) : alone;
    },
    rules,
    rule(id) {
      const stored = services.state.rules.byId(id);
      const own = shipped.get(id);
      const [rule] = effectiveRules(own ? [own] : [], stored ? [stored] : []);
      if (!rule) throw apiError('NOT_FOUND', 'rule', id);
      return rule;
    },
    identify: createIdentify(services),
  };
}
