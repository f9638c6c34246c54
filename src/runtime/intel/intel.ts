import type { Services } from '../../serve/contract.ts';
import type { DeskOptions } from '../desk.ts';

/** Threat intelligence beside the data's way: what is known against addresses. */
export function startIntel(_options: DeskOptions): { services: Pick<Services, 'reputation'>; stop(): void } {
  return {
    services: {
      reputation: {
        unavailable:
          'No key of a reputation provider is set. Set VIRUS_TOTAL_API_KEY, ABUSEIPDB_API_KEY or OTX_API_KEY.',
        of: async () => null,
        many: async () => new Map(),
        known: () => null,
      },
    },
    stop: () => undefined,
  };
}
