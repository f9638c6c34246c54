import type { Severity } from './enumerations.ts';
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
  /** The address for whose sake an IPv6 prefix is the target. */
  address?: string;
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

/** Which alerts decide what. Of several that fit, the first in order does. */
export interface ResponsePolicy {
  id: string;
  name: string;
  enabled: boolean;
  /** Policies are asked from the lowest. */
  order: number;
  kind: Exclude<DecisionKind, 'allow'>;
  /** Of the first time; doubled with each further one. */
  ttl_seconds: number;
  /** All that is said must hold. */
  when: {
    /** At least this severe; null: any. */
    severity: Severity | null;
    /** One of these rules; empty: any. */
    rules: readonly string[];
    /** One of these tags of the rule; empty: any. */
    tags: readonly string[];
    /** One of its events is of such a type; `decoy.` stands for all that begin so. Empty: any. */
    event_types: readonly string[];
    /** The source's threat score is at least this; null: it is not asked for. */
    score: number | null;
  };
}

/** What comes with Phosor. Nothing is enforced while response is in dry-run. */
export const shippedPolicies: readonly ResponsePolicy[] = [
  {
    id: 'decoy-visitor',
    name: 'Whoever tries to log in to a decoy, or runs something there',
    enabled: true,
    order: 10,
    kind: 'block',
    ttl_seconds: 86_400,
    when: {
      severity: null,
      rules: [],
      tags: [],
      event_types: ['decoy.login', 'decoy.command', 'decoy.request', 'decoy.upload', 'decoy.download', 'decoy.token'],
      score: null,
    },
  },
  {
    id: 'critical-alert',
    name: 'Source of a critical alert',
    enabled: true,
    order: 20,
    kind: 'block',
    ttl_seconds: 14_400,
    when: { severity: 'critical', rules: [], tags: [], event_types: [], score: null },
  },
  {
    id: 'high-score',
    name: 'Source with a threat score of 80 or more',
    enabled: true,
    order: 30,
    kind: 'block',
    ttl_seconds: 3600,
    when: { severity: 'low', rules: [], tags: [], event_types: [], score: 80 },
  },
  {
    id: 'raised-score',
    name: 'Source with a threat score of 50 or more',
    enabled: true,
    order: 40,
    kind: 'alert',
    ttl_seconds: 3600,
    when: { severity: 'low', rules: [], tags: [], event_types: [], score: 50 },
  },
];
