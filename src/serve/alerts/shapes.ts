import { z } from 'zod';
import { alertStatuses, dispositions, severities } from '../../model/index.ts';

export const alertShape = z.object({
  id: z.string(),
  timestamp: z.string(),
  rule_id: z.string(),
  rule_name: z.string(),
  rule_author: z.string().nullable().meta({ description: 'Who wrote the rule.' }),
  severity: z.enum(['info', 'warning', 'critical']),
  severity_level: z.enum(severities),
  message: z.string(),
  matched_events: z
    .array(z.record(z.string(), z.unknown()))
    .meta({ description: 'Events; `count` says how many there were.' }),
  acknowledged: z.boolean(),
  acknowledged_by: z.string().nullable(),
  acknowledged_at: z.string().nullable(),
  count: z.number(),
  first: z.string(),
  last: z.string(),
  group: z.record(z.string(), z.string()),
  status: z.enum(alertStatuses),
  disposition: z.enum(dispositions).nullable(),
  attack: z.array(z.string()),
  tags: z.array(z.string()),
  historical: z.boolean(),
  attributable: z.boolean(),
  signal: z
    .boolean()
    .meta({ description: 'Its rule was a signal when it was raised: nobody was told, and it stays so.' }),
});

export const alertDetailShape = alertShape.extend({
  events: z.array(z.record(z.string(), z.unknown())),
  explain: z.record(z.string(), z.unknown()),
  rule: z.record(z.string(), z.unknown()).nullable(),
  incident: z
    .object({
      id: z.string(),
      title: z.string(),
      status: z.string(),
      owner: z.string().nullable(),
      alert_count: z.number(),
    })
    .nullable()
    .meta({ description: 'The incident that it is part of.' }),
  related: z.array(alertShape),
});

export const manyIds = z.object({ ids: z.array(z.string().min(1).max(200)).min(1).max(1000) });
