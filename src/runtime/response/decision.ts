import type { Decision } from '../../model/index.ts';
import { readNetwork } from '../../respond/decisions/network.ts';
import { longestSeconds } from '../../respond/decisions/safety.ts';
import type { judgedNow } from './judged.ts';
import type { Asked } from './options.ts';

interface Made {
  id: string;
  who: string;
  at: number;
  ports: readonly (readonly [string, number])[];
}

/** What was asked for and judged, as a decision. */
export function decisionOf(
  asked: Asked,
  { judged, strike, outcome, problem }: ReturnType<typeof judgedNow>,
  { id, who, at, ports }: Made,
): Decision {
  const seconds = judged.ok ? judged.ttlSeconds : Math.min(longestSeconds, Math.max(1, asked.ttlSeconds));
  return {
    id,
    kind: asked.kind,
    target: judged.target.slice(0, 64),
    ...(judged.ok ? givenAddress(asked.target, judged.target) : {}),
    reason: asked.reason,
    evidence: { alerts: asked.alerts ?? [], events: asked.events ?? [], score: asked.score },
    policy: asked.policy,
    who,
    created: at,
    expires: at + seconds * 1000,
    state: outcome,
    changed: at,
    note: problem,
    strike,
    redirect: asked.kind === 'redirect' ? Object.fromEntries(ports) : null,
    enforcers: [],
  };
}

/** The single address that was asked for, where more than that is decided. */
function givenAddress(asked: string, target: string): Pick<Decision, 'address'> {
  const given = readNetwork(asked)?.text;
  return given === undefined || given === target || given.includes('/') ? {} : { address: given };
}

/** Those that a firewall can take. */
export const firewallPorts = (ports: Made['ports']): (readonly [from: number, to: number])[] =>
  ports
    .map(([from, to]) => [Number(from), to] as const)
    .filter(([from, to]) => from > 0 && to > 0 && from < 65_536 && to < 65_536);
