import { z } from 'zod';
import { dispositions, entityKinds, incidentStatuses, severities } from '../../model/index.ts';
import { incidentOrders } from '../../store/contract.ts';
import { anyOf, pointInTime, severityList } from '../schemas.ts';

const entityShape = z.object({ kind: z.enum(entityKinds), value: z.string() });

export const incidentShape = z.object({
  id: z.string(),
  title: z.string(),
  severity: z.enum(severities),
  risk: z.number().meta({ description: '0 to 100. The formula is in docs/incidents.md.' }),
  status: z.enum(incidentStatuses),
  disposition: z.enum(dispositions).nullable(),
  owner: z.string().nullable(),
  entities: z.array(entityShape).meta({ description: 'At most 20, those of most alerts first.' }),
  entity_counts: z.object({ address: z.number(), user: z.number(), host: z.number() }),
  first: z.string(),
  last: z.string(),
  alert_count: z.number(),
  event_count: z.number(),
  attack: z.array(z.string()),
  tactics: z.array(z.string()).meta({ description: 'ATT&CK tactics, in the order of the matrix.' }),
  got_in: z.boolean().meta({ description: 'Its evidence holds a login that worked after one that failed.' }),
  intel: z.boolean().meta({ description: 'An address of it is known from threat intelligence.' }),
  historical: z.boolean(),
  created_at: z.string(),
  updated_at: z.string(),
  closed_at: z.string().nullable(),
  merged_into: z.string().nullable(),
  version: z.number().meta({ description: 'To be sent with a change: it is refused where somebody was faster.' }),
});

export const memberShape = z.object({
  id: z.string(),
  rule_id: z.string(),
  rule_name: z.string(),
  severity: z.enum(severities),
  message: z.string(),
  first: z.string(),
  last: z.string(),
  count: z.number(),
  attack: z.array(z.string()),
  tactics: z.array(z.string()),
  entities: z.array(entityShape),
  ties: z.array(z.string()).meta({ description: 'What ties it to other alerts.' }),
  status: z.string().nullable().meta({ description: 'Of the alert. Null: it is not stored any more.' }),
  disposition: z.string().nullable(),
  acknowledged_by: z.string().nullable(),
  historical: z.boolean(),
});

export const timelineShape = z.object({
  time: z.string(),
  kind: z.enum(['alert', 'signal', 'event', 'note', 'change', 'notification', 'decision']),
  text: z.string(),
  by: z.string().nullable(),
  severity: z.enum(severities).nullable(),
  ref: z.string().nullable().meta({ description: 'Id of the alert, event or note.' }),
});

export const noteShape = z.object({
  id: z.string(),
  author: z.string(),
  text: z.string(),
  created_at: z.string(),
  edited_at: z.string().nullable(),
});

export const evidenceShape = z.object({
  id: z.string(),
  kind: z.enum(['event', 'alert']),
  ref: z.string(),
  reason: z.string(),
  author: z.string(),
  created_at: z.string(),
  message: z.string().nullable(),
  events: z.array(z.record(z.string(), z.unknown())),
});

export const incidentDetailShape = incidentShape.extend({
  story: z.array(z.string()).meta({ description: 'What happened, in sentences, in order.' }),
  alerts: z
    .array(memberShape)
    .meta({ description: 'Oldest first, at most 500; `alert_count` says how many there are.' }),
  all_entities: z.array(entityShape.extend({ alerts: z.number() })).meta({ description: 'At most 200.' }),
  timeline: z.array(timelineShape).meta({ description: 'Oldest first.' }),
  timeline_left_out: z.number().meta({ description: 'Older or further entries that are not told.' }),
  notes: z.array(noteShape),
  evidence: z.array(evidenceShape),
});

const entityText = z
  .string()
  .min(1)
  .max(500)
  .meta({ description: 'A value such as 203.0.113.9, or one of a kind: address:…, user:… or host:….' });

export const incidentQuery = z.object({
  status: anyOf
    .pipe(z.array(z.enum(incidentStatuses)))
    .optional()
    .meta({ description: `Any of: ${incidentStatuses.join(', ')}.` }),
  severity: severityList.optional(),
  owner: z.string().max(200).optional().meta({ description: 'A user name, `me`, or `none`: nobody.' }),
  entity: entityText.optional(),
  q: z.string().max(500).optional().meta({ description: 'Text in the title, its entities or its rules.' }),
  from: pointInTime.optional(),
  to: pointInTime.optional(),
  order: z.enum(incidentOrders).default('risk').meta({ description: 'Most urgent, newest or oldest first.' }),
});

export const version = z.int().min(0).meta({ description: 'Of the incident as you saw it.' });
export const plainText = (most: number) => z.string().trim().min(1).max(most);
