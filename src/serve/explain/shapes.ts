import { z } from 'zod';

const clause = z.object({
  clause: z.string(),
  matched: z.boolean(),
  field: z.string().nullable(),
  value: z.unknown(),
  expected: z.string().nullable(),
  at: z
    .object({ offset: z.number(), length: z.number() })
    .nullable()
    .meta({ description: 'Where in `raw` the value stands, in UTF-16 units.' }),
  get children() {
    return z.array(clause);
  },
  left_out: z.number().optional().meta({ description: 'Further children that are not told.' }),
});
// What holds itself needs a name in the OpenAPI document.
z.globalRegistry.add(clause, { id: 'RuleClause' });

const differ = z
  .array(z.string())
  .meta({ description: 'What would have had to differ, one sentence each; empty where nothing would.' });

const step = z.object({
  name: z.string(),
  title: z.string(),
  matched: z.boolean(),
  clauses: z.array(clause),
  differ,
});

const correlation = z.object({
  name: z.string(),
  title: z.string(),
  type: z.string(),
  group: z.record(z.string(), z.string()).nullable(),
  missing_group: z.array(z.string()).meta({ description: 'Group fields that the event lacks: it is not counted.' }),
  observed: z.number(),
  needed: z.number().nullable(),
  condition: z.string(),
  window_seconds: z.number(),
  fired: z.boolean().meta({ description: 'An alert was raised, or grew, with this event.' }),
  events: z.array(z.string()).meta({ description: 'Ids of the counted events, oldest first.' }),
  until: z.string().nullable().meta({ description: 'Time by which the rest would have had to come.' }),
  differ,
  pending: z.object({ until: z.string(), fires: z.boolean() }).optional().meta({
    description: 'Where only a window’s end can tell: when it is over, and whether it fires if nothing more comes.',
  }),
  judged: z
    .array(
      z.object({
        group: z.record(z.string(), z.string()),
        from: z.string(),
        until: z.string(),
        observed: z.number(),
        fired: z.boolean(),
        events: z.array(z.string()),
      }),
    )
    .optional()
    .meta({ description: 'Windows that were over by the time of this event, and what they came to.' }),
  get inner() {
    return z.array(correlation).meta({ description: 'Correlations that are steps of this one.' });
  },
});
z.globalRegistry.add(correlation, { id: 'RuleCorrelation' });

/** The answer of POST /api/rules/explain. */
export const resultsShape = z.object({
  results: z.array(
    z.object({
      event: z.record(z.string(), z.unknown()),
      matched: z.boolean(),
      steps: z.array(step),
      correlation: correlation.nullable(),
      signal: z.string().nullable().meta({ description: 'Why the rule raises no alert even where it fires.' }),
    }),
  ),
  missing_events: z.array(z.string()).meta({ description: 'Ids that were asked for and are not stored.' }),
});
