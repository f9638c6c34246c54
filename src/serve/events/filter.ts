import { z } from 'zod';
import { type EventFilter, type FilterField, filterFields } from '../../store/contract.ts';
import { anyOf, pointInTime } from '../schemas.ts';

/** One query parameter per field that may be filtered: values with commas between are alternatives, a leading ! excludes. */
const byField = Object.fromEntries(filterFields.map((field) => [field, anyOf.optional()])) as Record<
  FilterField,
  z.ZodOptional<typeof anyOf>
>;

export const eventQuery = z.object({
  q: z.string().max(1000).optional().meta({ description: 'Text in the raw line, case-blind.' }),
  from: pointInTime.optional(),
  to: pointInTime.optional(),
  ...byField,
});

const numeric: ReadonlySet<string> = new Set(['src_port', 'dst_port']);

export function eventFilter(query: z.output<typeof eventQuery>): EventFilter {
  const where: NonNullable<EventFilter['where']> = [];
  for (const field of filterFields) {
    const values = query[field];
    if (values === undefined || values.length === 0) continue;
    const read = (text: string) => (text === 'null' ? null : numeric.has(field) ? Number(text) : text);
    const wanted = values.filter((text) => !text.startsWith('!')).map(read);
    const unwanted = values.filter((text) => text.startsWith('!')).map((text) => read(text.slice(1)));
    if (wanted.length > 0) where.push({ field, op: 'in', values: wanted });
    if (unwanted.length > 0) where.push({ field, op: 'not', values: unwanted });
  }
  return {
    ...(query.q && { text: query.q }),
    ...(query.from !== undefined && { from: query.from }),
    ...(query.to !== undefined && { to: query.to }),
    ...(where.length > 0 && { where }),
  };
}
