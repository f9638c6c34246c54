import type { PhosorConfig } from '../../config/index.ts';
import type { Log } from '../../serve/contract.ts';
import { RefusedError } from '../../serve/contract.ts';
import type { ProviderName } from '../../serve/intel/types.ts';
import type { StateStore } from '../../store/contract.ts';
import { Asker } from './asker.ts';
import { abuseipdb } from './providers/abuseipdb.ts';
import { otx } from './providers/otx.ts';
import type { Provider } from './providers/provider.ts';
import { virustotal } from './providers/virustotal.ts';

type Config = PhosorConfig['intel'];

/** Every provider, and what of the configuration is its own. One line each. */
const providers: readonly {
  provider: Provider;
  key: (config: Config) => string | null;
  base: (config: Config) => string;
  perDay: (config: Config) => number;
  perMinute: (config: Config) => number | null;
}[] = [
  {
    provider: virustotal,
    key: ({ virustotalKey }) => virustotalKey,
    base: ({ virustotalUrl }) => virustotalUrl,
    perDay: ({ virustotalPerDay }) => virustotalPerDay,
    perMinute: ({ virustotalPerMinute }) => virustotalPerMinute,
  },
  {
    provider: abuseipdb,
    key: ({ abuseipdbKey }) => abuseipdbKey,
    base: ({ abuseipdbUrl }) => abuseipdbUrl,
    perDay: ({ abuseipdbPerDay }) => abuseipdbPerDay,
    perMinute: () => null,
  },
  {
    provider: otx,
    key: ({ otxKey }) => otxKey,
    base: ({ otxUrl }) => otxUrl,
    perDay: ({ otxPerDay }) => otxPerDay,
    perMinute: () => null,
  },
];

export interface AskerSet {
  askers: readonly Asker[];
  /** Keeps a key that was entered in the browser, encrypted; null removes it. */
  setKey(source: ProviderName, key: string | null): void;
}

/** All providers. A key of the configuration goes before one that was entered in the browser. */
export function createAskers(options: {
  state: StateStore;
  config: () => PhosorConfig;
  now: () => number;
  log: Log;
  /** There is another key, or one less. */
  onKeys: () => void;
}): AskerSet {
  const { state, config, now, log, onKeys } = options;
  const secretName = (source: ProviderName): string => `intel.${source}.key`;
  /** Decrypted once: each question needs it. */
  const entered = new Map<ProviderName, string | null>();
  const enteredKey = (source: ProviderName): string | null => {
    let key = entered.get(source);
    if (key === undefined) {
      try {
        key = state.secrets.get(secretName(source));
      } catch (error) {
        key = null;
        log(
          'error',
          `The key of ${source} cannot be decrypted: ${error instanceof Error ? error.message : String(error)}`,
        );
      }
      entered.set(source, key);
    }
    return key;
  };

  const askers = providers.map(({ provider, key, base, perDay, perMinute }) => {
    const { source } = provider;
    const configured = (): string | null => key(config().intel);
    return new Asker({
      provider,
      state,
      key: () => configured() ?? enteredKey(source),
      keyFrom: () => (configured() !== null ? 'configuration' : enteredKey(source) !== null ? 'browser' : 'none'),
      base: () => base(config().intel),
      perDay: () => perDay(config().intel),
      perMinute: () => perMinute(config().intel),
      now,
      log,
    });
  });

  return {
    askers,
    setKey(source, key) {
      const known = providers.find(({ provider }) => provider.source === source);
      if (known === undefined) throw new RefusedError(`There is no provider "${source}".`);
      if (known.key(config().intel) !== null)
        throw new RefusedError(
          `The key of ${known.provider.name} is set in the configuration and goes before one that is entered here. Remove it there first.`,
        );
      if (key === null) state.secrets.remove(secretName(source));
      else state.secrets.put(secretName(source), key);
      entered.delete(source);
      askers.find(({ provider }) => provider.source === source)?.keyChanged();
      onKeys();
    },
  };
}
