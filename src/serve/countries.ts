import { z } from 'zod';
import { isoTime } from '../model/index.ts';
import type { Services } from './contract.ts';

/** Addresses whose countries are added up: the store counts by address, not by country. */
export const mostPlaced = 10_000;

export const topCountryShape = z.object({
  country: z.string().meta({ description: 'ISO 3166-1 code of two letters.' }),
  count: z.number(),
  addresses: z.number(),
  last_seen: z.string(),
});
type TopCountry = z.output<typeof topCountryShape>;

/**
 * Where most events come from, by what is known today of their source addresses. Private and unknown addresses are nowhere.
 *
 * @param addresses those with most events, {@link mostPlaced} at most
 */
export function countriesOf(
  intel: Services['intel'],
  addresses: readonly { value: string; count: number; last: number }[],
  limit: number,
): TopCountry[] {
  const countries = new Map<string, { count: number; addresses: number; last: number }>();
  for (const { value, count, last } of addresses) {
    const country = intel.place(value)?.country;
    if (country === undefined) continue;
    const known = countries.get(country) ?? { count: 0, addresses: 0, last };
    known.count += count;
    known.addresses += 1;
    known.last = Math.max(known.last, last);
    countries.set(country, known);
  }
  return [...countries]
    .map(([country, { last, ...counts }]) => ({ country, ...counts, last_seen: isoTime(last) }))
    .sort((a, b) => b.count - a.count || (a.country < b.country ? -1 : 1))
    .slice(0, limit);
}
