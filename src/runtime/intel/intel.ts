import { networkInterfaces } from 'node:os';
import { join } from 'node:path';
import type { Services } from '../../serve/contract.ts';
import type { DeskOptions } from '../desk.ts';
import type { BuildReport } from './build.ts';
import { buildAside } from './build-thread.ts';

/** Threat intelligence beside the data's way: what is known against addresses. */
export function startIntel(options: DeskOptions): {
  services: Pick<Services, 'reputation'>;
  ready: Promise<unknown>;
  stop(): void;
} {
  const { dataDir, state, pipeline, log } = options;
  const ownAddresses = (): string[] =>
    Object.values(networkInterfaces()).flatMap((addresses) => (addresses ?? []).map(({ address }) => address));

  async function rebuild(): Promise<BuildReport> {
    const built = await buildAside({
      lists: [],
      folder: { path: join(dataDir, 'intel'), category: 'own', level: 'malicious' },
      allowed: [...ownAddresses(), ...state.intel.allowed().map(({ network }) => network)],
    });
    for (const { feed, problem } of built.lists) if (problem !== null) log('warn', `List ${feed.id}: ${problem}`);
    pipeline.setIntel(built.tables.networks > 0 ? built.tables : null);
    return built;
  }
  const ready = rebuild().catch((error: Error) =>
    log('error', `The lists of known addresses cannot be used: ${error.message}`),
  );

  return {
    ready,
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
