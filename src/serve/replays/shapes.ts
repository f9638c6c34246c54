import { z } from 'zod';
import { isoTime, severities } from '../../model/index.ts';
import { replayStates } from '../../store/contract.ts';
import { alertQuery } from '../alerts/filter.ts';
import { alertDetailShape, alertShape } from '../alerts/shapes.ts';
import { postedRule } from '../rules/posted.ts';
import { cursor, limit, pointInTime } from '../schemas.ts';
import type { ReplayEntry } from './messages.ts';

const ruleId = z.string().min(1).max(200);

export const order = z.object({
  name: z
    .string()
    .trim()
    .min(1)
    .max(100)
    .optional()
    .meta({ description: 'What it is called in lists; without it, its time range.' }),
  from: pointInTime.optional().meta({ description: 'Without it: from the first event that is stored.' }),
  to: pointInTime.optional().meta({ description: 'Excluded. Without it: to the last event that is stored.' }),
  rules: z
    .union([z.enum(['current', 'none']), z.array(ruleId).min(1).max(500)])
    .default('current')
    .meta({
      description:
        '`current`: all rules in force. Or ids of rules, with what they refer to; they may be switched off. `none`: only ' +
        'the extra ones.',
    }),
  keep: z.boolean().default(true).meta({
    description:
      'false: the result goes after an hour or at the next start, and takes no place of those that are kept.',
  }),
  extra_rules: z.array(postedRule).max(500).default([]).meta({
    description: 'Rules as they would be posted; they need not be stored, and stand in for those of their id.',
  }),
});

/** The filters of a list of alerts that mean something in a replay, where nobody acknowledges anything. */
export const alertsOfReplay = alertQuery
  .pick({ severity: true, rule_id: true, q: true, entity: true, from: true, to: true })
  .extend({
    order: z.enum(['newest', 'oldest']).default('newest'),
    limit: limit(100, 1000),
    cursor,
  });

export const replayParams = z.object({ id: z.string().min(1).max(200) });
export const alertParams = replayParams.extend({ alert_id: z.string().min(1).max(200) });

export const replayShape = z.object({
  id: z.string(),
  name: z.string(),
  by: z.string().meta({ description: 'User, `key:<name>`, or `local`: the command line.' }),
  created_at: z.string(),
  origin: z.enum(['history', 'files']),
  files: z.array(z.string()).meta({ description: 'Names of the log files, where it ran over files.' }),
  from: z.string().nullable(),
  to: z.string().nullable().meta({ description: 'Excluded.' }),
  rules: z.number().meta({ description: 'How many rules ran.' }),
  rule_ids: z.array(z.string()).nullable().meta({ description: 'Those that were chosen; null: all in force.' }),
  events: z.number().meta({ description: 'Events looked at so far.' }),
  total: z.number().nullable().meta({ description: 'Events in all, while it runs.' }),
  alerts: z.number(),
  by_severity: z.partialRecord(z.enum(severities), z.number()),
  seconds: z.number(),
  state: z.enum(replayStates).meta({
    description: 'cut: a limit ended it, and `note` says where. cancelled: what was found until then is kept.',
  }),
  note: z.string().nullable().meta({ description: 'Why not everything was looked at or kept.' }),
  removed: z.array(z.string()).meta({ description: 'Names of older replays that went to make room for it.' }),
  kept: z.boolean().meta({ description: 'false: it goes by itself, after an hour or at the next start.' }),
  bytes: z.number(),
});

export const replayList = z.object({
  replays: z.array(replayShape),
  limits: z.object({ keep: z.number(), max_bytes: z.number(), bytes: z.number() }).meta({
    description: 'How many are kept, how many bytes they may take together, and how many they take. The oldest go.',
  }),
});

export const replayDetail = replayShape.extend({
  fired: z
    .array(z.object({ rule_id: z.string(), rule_name: z.string(), severity: z.enum(severities), alerts: z.number() }))
    .meta({ description: 'Rules that raised alerts, the loudest first. Empty while it runs.' }),
});

const stored = z.boolean().meta({ description: 'Whether an alert with this id was raised live and is kept.' });
export const replayAlert = alertShape.extend({ stored });
export const replayAlertDetail = alertDetailShape.extend({ stored });

const timeOf = (time: number | null): string | null => (time === null ? null : isoTime(time));

/** A replay as it is answered. */
export function replayView(entry: ReplayEntry): z.output<typeof replayShape> {
  const { created_at, from, to, ...rest } = entry;
  return { ...rest, created_at: isoTime(created_at), from: timeOf(from), to: timeOf(to) };
}
