import { z } from 'zod';
import { severities } from '../../model/index.ts';
import { postedRule } from '../rules/posted.ts';
import { pointInTime } from '../schemas.ts';

const maxDays = 400;
const ruleId = z.string().min(1).max(200);

export const question = z
  .object({
    rule: postedRule.nullish().meta({ description: 'A rule as it would be posted; it need not be stored.' }),
    rule_id: ruleId.nullish().meta({ description: 'A rule that is stored, with the exceptions to it.' }),
    compare_to: ruleId.nullish().meta({ description: 'The stored rule that `rule` is the new version of.' }),
    from: pointInTime,
    to: pointInTime,
  })
  .refine(({ from, to }) => to > from, { path: ['to'], message: 'the end must come after the beginning' })
  .refine(({ from, to }) => to - from <= maxDays * 86_400_000, {
    path: ['to'],
    message: `at most ${maxDays} days can be looked at in one run`,
  })
  .refine(({ rule, rule_id }) => (rule ? !rule_id : rule_id), {
    path: ['rule'],
    message: 'send either a rule or the "rule_id" of a stored one',
  })
  .refine(({ rule, compare_to }) => !compare_to || rule, {
    path: ['compare_to'],
    message: 'the new version is missing: send it as "rule"',
  });

const versions = z.object({ old: z.number().nullable(), new: z.number() });
const alert = z.object({
  id: z.string(),
  time: z.string(),
  first: z.string(),
  last: z.string(),
  severity: z.enum(severities),
  message: z.string(),
  group: z.record(z.string(), z.string()),
  count: z.number(),
  stored: z.boolean().meta({
    description:
      'It was raised when it happened: an alert with this id is kept. Ids follow from rule, group and events.',
  }),
});

/** One line of the answer. */
export const answerLine = z.discriminatedUnion('type', [
  z.object({
    type: z.literal('progress'),
    scanned: z.number(),
    total: z.number(),
    matched: z.number(),
    alerts: versions,
    seconds: z.number(),
  }),
  z.object({ type: z.literal('alert'), version: z.enum(['old', 'new']), alert }),
  z.object({
    type: z.literal('result'),
    from: z.string(),
    to: z.string(),
    events: z.number(),
    scanned: z.number(),
    matched: z.number(),
    alerts: versions,
    per_day: z.array(z.object({ day: z.string(), old: z.number().nullable(), new: z.number() })),
    noise_per_day: versions,
    only_old: z.array(alert),
    only_new: z.array(alert),
    only_old_total: z.number(),
    only_new_total: z.number(),
    samples: z.array(z.record(z.string(), z.unknown())),
    pushed_down: z.boolean(),
    selection: z.string().nullable(),
    seconds: z.number(),
    truncated: z.string().nullable(),
  }),
  z.object({ type: z.literal('error'), detail: z.string(), code: z.string() }),
]);
