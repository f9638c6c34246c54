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

const pageSize = 500;
/** Records that are looked at for one kind of threat. */
export const mostLookedAt = 10_000;

/** What decoys and captures saw, newest first, as PhantomNet's dashboard asks for it. */
export async function phantomEvents(
  { events, response: { scores } }: Services,
  threat: z.output<typeof phantomThreat>,
  protocols: readonly string[],
  limit: number,
): Promise<z.output<typeof phantomShape>[]> {
  const wanted = protocols.filter((name) => name.toUpperCase() !== 'ALL').map((name) => name.toLowerCase());
  const isAll = threat === 'ALL';
  const condition = allOf(
    phantomCondition(isAll ? null : threat, isAll ? [] : await scores.suspects()),
    ...(wanted.length > 0 ? [isOneOf('protocol', ...wanted)] : []),
  );
  const found: z.output<typeof phantomShape>[] = [];
  let cursor: string | null = null;
  for (let looked = 0; looked < mostLookedAt; looked += pageSize) {
    const page = await events.page({ condition }, isAll ? limit : pageSize, cursor);
    const rated = await scores.rate(page.events);
    for (const [i, event] of page.events.entries()) {
      const shown = phantomEvent(event, rated[i]?.score ?? 0);
      if (isAll || shown.threat === threat) found.push(shown);
    }
    cursor = page.next;
    if (isAll || cursor === null || found.length >= limit) break;
  }
  return found.slice(0, limit);
}
