import type { ThreatScore } from './threat-score.ts';

/** `alert`: shown only, nothing is enforced. `allow`: the allow-list, which always wins. */
export const decisionKinds = ['allow', 'alert', 'block', 'redirect'] as const;
export type DecisionKind = (typeof decisionKinds)[number];

/**
 * `dry-run`: would have been enforced, nothing was written anywhere. `refused`: a safety rule forbade it. The last three are
 * ends: a decision never comes back from them.
 */
export const decisionStates = ['active', 'dry-run', 'expired', 'undone', 'refused'] as const;
export type DecisionState = (typeof decisionStates)[number];

/** What one enforcer made of a decision. */
export interface EnforcerResult {
  /** `nftables`, `ipset`. */
  enforcer: string;
  /** `verified`: it was read back from where it was written. `pending`: not written yet. */
  state: 'pending' | 'verified' | 'removed' | 'failed';
  /** A sentence for people; empty where there is nothing to say. */
  detail: string;
  /** Epoch ms. */
  at: number;
}

/** Why: what a person can look at. */
export interface DecisionEvidence {
  alerts: readonly string[];
  events: readonly string[];
  /** The threat score at that time; null: it was not asked for. */
  score: ThreatScore | null;
}

/** What Phosor decided about an address or a range. It always expires. */
export interface Decision {
  /** UUID. The same in the kernel's comment, in lists and in the audit trail. */
  id: string;
  kind: DecisionKind;
  /** An address, or a range in CIDR notation; canonical text. A single IPv6 source is its /64. */
  target: string;
  /** One sentence for people. Text from logs in it is hostile. */
  reason: string;
  evidence: DecisionEvidence;
  /** Id of the policy that decided; null: a person or a playbook did. */
  policy: string | null;
  /** Name of the user or key; `phosor` where a policy decided. */
  who: string;
  /** Epoch ms. */
  created: number;
  /** Epoch ms. Never more than seven days after `created`; the allow-list lives elsewhere and does not expire. */
  expires: number;
  state: DecisionState;
  /** Epoch ms of the last change of `state`. */
  changed: number;
  /** Why it was refused or undone, in a sentence; null: neither. */
  note: string | null;
  /** Which time this is that the target is blocked: the time to live doubles with each. From 1. */
  strike: number;
  /** Where traffic is sent: the decoy's port by the port that was asked for. Only `redirect`. */
  redirect: Readonly<Record<string, number>> | null;
  enforcers: readonly EnforcerResult[];
}
