import { z } from 'zod';
import {
  type Decision,
  decisionKinds,
  decisionStates,
  isoTime,
  type ResponsePolicy,
  severities,
} from '../../model/index.ts';
import { scoreShape, scoreView } from '../scores.ts';

/** A zero byte or a line break would only be there to mislead. */
export const sentence = (most: number) =>
  z
    .string()
    .trim()
    .regex(new RegExp(`^[^\\p{C}]{1,${most}}$`, 'u'), `up to ${most} plain characters`);

export const targetText = z
  .string()
  .trim()
  .min(2)
  .max(64)
  .regex(/^[0-9a-fA-F.:/]+$/, 'an address or a range in CIDR notation')
  .meta({
    description: 'IPv4 or IPv6 address, or a range such as 192.0.2.0/24. An IPv6 address is blocked as its /64.',
  });

/** What is asked for, whether it is to be decided or only to be judged. */
export const askedFields = {
  kind: z.enum(['block', 'redirect', 'alert']).default('block'),
  target: targetText,
  ttl_seconds: z
    .int()
    .min(1)
    .max(7 * 86_400)
    .default(3600),
};

export const decisionShape = z.object({
  id: z.string(),
  kind: z.enum(decisionKinds),
  target: z.string(),
  address: z.string().optional().meta({ description: 'For whose sake an IPv6 prefix is the target.' }),
  reason: z.string(),
  evidence: z.object({ alerts: z.array(z.string()), events: z.array(z.string()), score: scoreShape.nullable() }),
  policy: z.string().nullable(),
  who: z.string(),
  created: z.string(),
  expires: z.string(),
  state: z.enum(decisionStates),
  changed: z.string(),
  note: z.string().nullable().meta({ description: 'Why it was refused or undone.' }),
  strike: z.int().meta({ description: 'Which time this is that the target is blocked.' }),
  redirect: z.record(z.string(), z.int()).nullable(),
  enforcers: z.array(
    z.object({
      enforcer: z.string(),
      state: z.enum(['pending', 'verified', 'removed', 'failed']),
      detail: z.string(),
      at: z.string(),
    }),
  ),
});

/** As the API says it: times in ISO 8601. */
export const decisionView = (decision: Decision) => ({
  ...decision,
  evidence: {
    alerts: [...decision.evidence.alerts],
    events: [...decision.evidence.events],
    score: decision.evidence.score === null ? null : scoreView(decision.evidence.score),
  },
  created: isoTime(decision.created),
  expires: isoTime(decision.expires),
  changed: isoTime(decision.changed),
  redirect: decision.redirect === null ? null : { ...decision.redirect },
  enforcers: decision.enforcers.map((result) => ({ ...result, at: isoTime(result.at) })),
});

const words = (most: number) => z.array(z.string().min(1).max(200)).max(most);

export const policyBody = z.strictObject({
  name: sentence(120),
  enabled: z.boolean(),
  order: z.int().min(0).max(100_000),
  kind: z.enum(['alert', 'block', 'redirect']),
  ttl_seconds: z
    .int()
    .min(60)
    .max(7 * 86_400),
  when: z
    .strictObject({
      severity: z.enum(severities).nullable(),
      rules: words(100),
      tags: words(50),
      event_types: z
        .array(z.string().regex(/^[a-z]+(\.[a-z_]*)?$/, 'an event type, or the beginning of some such as decoy.'))
        .max(50),
      score: z.int().min(1).max(100).nullable(),
    })
    .refine(
      ({ severity, rules, tags, event_types, score }) =>
        severity !== null || score !== null || rules.length + tags.length + event_types.length > 0,
      'a policy without a condition would decide about every alert. Name a severity, a rule, a tag, an event type or a score',
    ),
});

export const policyShape = z.object({
  ...policyBody.shape,
  id: z.string(),
  shipped: z.boolean().meta({ description: 'It came with Phosor; removing it brings back what was shipped.' }),
  changed: z.boolean().meta({ description: 'A shipped one that somebody changed.' }),
});

export const policyView = (policy: ResponsePolicy, isShipped: boolean, isChanged: boolean) => ({
  ...policy,
  when: {
    ...policy.when,
    rules: [...policy.when.rules],
    tags: [...policy.when.tags],
    event_types: [...policy.when.event_types],
  },
  shipped: isShipped,
  changed: isChanged,
});

export const responseShape = z.object({
  mode: z.enum(['dry-run', 'enforce']),
  panic: z.object({ by: z.string(), at: z.string() }).nullable(),
  enforcer: z.object({
    name: z.string().nullable(),
    redirects: z.boolean(),
    problem: z.string().nullable(),
    entries: z.int(),
    verified_at: z.string().nullable(),
  }),
  protected: z.array(
    z.object({ network: z.string(), why: z.enum(['own', 'gateway', 'resolver', 'peer', 'configuration']) }),
  ),
  allowed: z.array(z.object({ network: z.string(), reason: z.string(), by: z.string(), created_at: z.string() })),
  policies: z.array(policyShape),
  counters: z.record(z.string(), z.number()).meta({ description: 'Since the start.' }),
  counts: z.record(z.enum(decisionStates), z.int()).meta({ description: 'Stored decisions by state.' }),
});
