import type { Alert } from '../model/index.ts';
import { createIdentify } from './auth/identify.ts';
import type { Services } from './contract.ts';
import { effectiveRules } from './rules/effective.ts';
import type { ServeContext } from './unit.ts';

/** What the units share, around the services. */
export function createContext(services: Services): ServeContext {
  const listeners: ((alerts: readonly Alert[]) => void)[] = [];
  return {
    services,
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
    rules: () => effectiveRules(services.shippedRules, services.state.rules.list()),
    identify: createIdentify(services),
  };
}
