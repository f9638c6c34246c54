import { createHash } from 'node:crypto';
import type { PhosorConfig } from '../../config/index.ts';
import type { Decision, ThreatScore } from '../../model/index.ts';
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
