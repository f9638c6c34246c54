import { z } from 'zod';
import { allOf, isOneOf, phantomCondition, phantomEvent, phantomThreats } from '../../model/index.ts';
import type { Services } from '../contract.ts';

/** PhantomNet's filters; `ALL` is none of them. */
export const phantomThreat = z
  .string()
  .toUpperCase()
  .pipe(z.enum(['ALL', ...phantomThreats]));

export const phantomShape = z.object({
  time: z.string().nullable(),
  ip: z.string().nullable(),
  type: z.string(),
  port: z.number(),
  threat: z.enum(phantomThreats),
  score: z.number(),
  details: z.string(),
});

/** What decoys and captures saw, newest first, as PhantomNet's dashboard asks for it. */
export async function phantomEvents(
  { events }: Services,
  threat: z.output<typeof phantomThreat>,
  protocols: readonly string[],
  limit: number,
): Promise<z.output<typeof phantomShape>[]> {
  const wanted = protocols.filter((name) => name.toUpperCase() !== 'ALL').map((name) => name.toLowerCase());
  const condition = allOf(
    phantomCondition(threat === 'ALL' ? null : threat),
    ...(wanted.length > 0 ? [isOneOf('protocol', ...wanted)] : []),
  );
  return (await events.page({ condition }, limit, null)).events.map(phantomEvent);
}
