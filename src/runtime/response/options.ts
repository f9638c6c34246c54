import { createHash } from 'node:crypto';
import type { PhosorConfig } from '../../config/index.ts';
import { type Decision, isoTime, type ResponsePolicy, shippedPolicies, type ThreatScore } from '../../model/index.ts';
import type { Enforcer, EnforcerTools } from '../../respond/contract.ts';
import type { Log, ReputationControl } from '../../serve/contract.ts';
import type { DecisionRequest } from '../../serve/decisions/types.ts';
import type { EventStore, StateStore } from '../../store/contract.ts';
import type { MachineAddresses } from './machine.ts';

export interface ResponseOptions {
  config: () => Pick<PhosorConfig, 'response' | 'syslog' | 'proxy'>;
  state: StateStore;
  events: EventStore;
  reputation: ReputationControl;
  enforcers: readonly Enforcer[];
  tools: EnforcerTools;
  machine: () => MachineAddresses;
  now: () => number;
  log: Log;
}

/** What a policy or a playbook wants, with what it rests on. */
export interface Asked extends DecisionRequest {
  policy: string | null;
  score: ThreatScore | null;
  forgeable: boolean;
  historical: boolean;
  /** What its id is made from; absent: of policy, target and alerts. */
  key?: string;
}

export const wordOf = ({ kind, state }: Decision): string => {
  const word = kind === 'block' ? 'blocked' : kind === 'redirect' ? 'redirected' : 'watched';
  return state === 'dry-run' ? `${word} (dry-run)` : word;
};

/** The same alert, policy and target give the same decision: a replayed alert decides nothing twice. */
export function idOf(text: string): string {
  const hex = createHash('sha256').update(text).digest('hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-8${hex.slice(13, 16)}-a${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}

/** Who decides where no person does. */
export const ownName = 'phosor';

/** Records what no person did. */
export function auditDecision(
  { state, now }: Pick<ResponseOptions, 'state' | 'now'>,
  action: 'decision_made' | 'decision_refused' | 'decision_undone',
  { id, kind, target, state: is, policy, note, expires, evidence }: Decision,
  success: boolean,
  user: string = ownName,
): void {
  state.audit.append({
    timestamp: now(),
    action,
    user,
    success,
    source_ip: null,
    details: { id, kind, target, state: is, policy, note, until: isoTime(expires), alerts: evidence.alerts },
  });
}

/** Stored policies, and the shipped ones that nobody changed, in the order in which they are asked. */
export function policiesInForce(stored: readonly ResponsePolicy[]): ResponsePolicy[] {
  const own = new Set(stored.map(({ id }) => id));
  return [...stored, ...shippedPolicies.filter(({ id }) => !own.has(id))].sort(
    (a, b) => a.order - b.order || (a.id < b.id ? -1 : 1),
  );
}

/** Which ports are redirected, and to which decoy's port each, as the configuration says it. */
export const redirectPortsOf = ({ config }: Pick<ResponseOptions, 'config'>): (readonly [string, number])[] =>
  config().response.redirectPorts.map((text) => {
    const [from, to] = text.split(':') as [string, string];
    return [from, Number(to)] as const;
  });
