import type { Event, FieldValue } from '../../model/index.ts';
import type { Enrichment, GeoFacts, GeoLookup } from '../contract.ts';

/** Addresses remembered, in each of two halves: the older half goes when the younger is full. */
const remembered = 20_000;

/**
 * Says where an event's addresses are: of `src_ip` in `geo`, of `dst_ip` in `geo.dst`. Addresses that are not public are nowhere.
 *
 * @param lookup costs some microseconds; what it says is kept per address, and an event shares it with others
 */
export function createGeo(lookup: GeoLookup): Enrichment {
  let young = new Map<string, GeoFacts | null>();
  let old = new Map<string, GeoFacts | null>();

  function find(address: string): GeoFacts | null {
    let known = young.get(address);
    if (known !== undefined) return known;
    known = old.get(address);
    if (known === undefined) known = lookup(address);
    if (young.size >= remembered) {
      old = young;
      young = new Map();
    }
    young.set(address, known);
    return known;
  }

  return {
    name: 'geo',
    apply(event: Event): void {
      const { src_ip, dst_ip } = event;
      const source = src_ip === null ? null : find(src_ip);
      const target = dst_ip === null || dst_ip === src_ip ? null : find(dst_ip);
      if (target === null) {
        if (source !== null) event.geo = source as Record<string, FieldValue>;
      } else event.geo = { ...source, dst: target as Record<string, FieldValue> };
    },
  };
}
