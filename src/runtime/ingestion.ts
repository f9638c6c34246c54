import type { PhosorConfig } from '../config/index.ts';
import { hashSecret } from '../serve/auth/tokens.ts';
import type { IngestionSettings } from '../serve/logs/messages.ts';

/** The set-up of the ingest API, read from the configuration in force whenever it is asked. */
export function ingestionOf(config: () => PhosorConfig): IngestionSettings {
  return {
    get keyHash() {
      const { ingestionKey } = config().logs;
      return ingestionKey === null ? null : hashSecret(ingestionKey);
    },
    get requests() {
      return config().logs.ingestRequests;
    },
    get windowSeconds() {
      return config().logs.ingestWindowSeconds;
    },
  };
}
