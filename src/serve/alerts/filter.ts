import { z } from 'zod';
import { alertStatuses } from '../../model/index.ts';
import type { AlertFilter } from '../../store/contract.ts';
import { anyOf, flag, pointInTime, severityList } from '../schemas.ts';

/** The filters that list, histogram and export of alerts share. */
export const alertQuery = z.object({
  severity: severityList.optional(),
  status: anyOf
    .pipe(z.array(z.enum(alertStatuses)))
    .optional()
    .meta({ description: `Any of: ${alertStatuses.join(', ')}.` }),
  acknowledged: flag.optional(),
  rule_id: z.string().max(200).optional(),
  q: z.string().max(500).optional().meta({ description: 'Text in the message, the rule name or a group value.' }),
  entity: z.string().max(500).optional().meta({ description: 'Exact value of a group field, such as an address.' }),
  from: pointInTime.optional(),
  to: pointInTime.optional(),
  signals: z
    .enum(['include', 'exclude', 'only'])
    .default('include')
    .meta({
      description:
        'Alerts of rules that were signals when they raised them: with the others, left out, or nothing else. ' +
        'The queue in the browser leaves them out.',
    }),
});

export function alertFilter(query: z.output<typeof alertQuery>): AlertFilter {
  return {
    ...(query.severity && query.severity.length > 0 && { severities: query.severity }),
    ...(query.status && query.status.length > 0 && { statuses: query.status }),
    ...(query.acknowledged !== undefined && { acknowledged: query.acknowledged }),
    ...(query.rule_id !== undefined && { rule_id: query.rule_id }),
    ...(query.q && { text: query.q }),
    ...(query.entity && { entity: query.entity }),
    ...(query.from !== undefined && { from: query.from }),
    ...(query.to !== undefined && { to: query.to }),
    ...(query.signals !== 'include' && { signals: query.signals }),
  };
}
