import type { Event, FieldValue } from '../../model/index.ts';
import type { Enrichment } from '../contract.ts';
import { type IntelHit, IntelLookup, type IntelTables } from './tables.ts';

/**
 * Says which lists hold an event's address: `src_ip`, else `dst_ip`. The hit goes to `intel`:
 * `address`, `field` (which of the two), `matched`, `feeds`, `categories`, `level` and, where a list names one, `labels`.
 */
export function createIntel(tables: IntelTables): Enrichment {
  const lookup = new IntelLookup(tables);
  return {
    name: 'intel',
    apply(event: Event): void {
      // A provider's verdict stays what it is.
      if (event.intel !== null) return;
      const { src_ip, dst_ip } = event;
      const source = src_ip === null ? null : lookup.find(src_ip);
      if (source !== null) event.intel = told(source, src_ip as string, 'src_ip');
      else if (dst_ip !== null && dst_ip !== src_ip) {
        const target = lookup.find(dst_ip);
        if (target !== null) event.intel = told(target, dst_ip, 'dst_ip');
      }
    },
  };
}

function told(hit: IntelHit, address: string, field: 'src_ip' | 'dst_ip'): Record<string, FieldValue> {
  const { matched, feeds, categories, labels, level } = hit;
  const said: Record<string, FieldValue> = { address, field, matched, feeds, categories, level };
  if (labels.length > 0) said.labels = labels;
  return said;
}
