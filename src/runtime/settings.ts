import { changeSetting, describeSettings, type Origin, type PhosorConfig } from '../config/index.ts';
import type { SettingsControl, SettingView } from '../serve/contract.ts';
import type { StateStore } from '../store/contract.ts';

const prefix = 'config.';

/** The configuration in force: what the start found, with what was changed at run time over it. Changes outlive a restart. */
export class Settings implements SettingsControl {
  config: PhosorConfig;
  readonly #origins: Map<string, Origin | 'runtime'>;
  readonly #state: StateStore;
  readonly #apply: (config: PhosorConfig) => void;

  constructor(
    config: PhosorConfig,
    origins: ReadonlyMap<string, Origin>,
    state: StateStore,
    apply: (config: PhosorConfig) => void,
    warn: (message: string) => void,
  ) {
    this.config = config;
    this.#origins = new Map(origins);
    this.#state = state;
    this.#apply = apply;
    for (const [name, value] of Object.entries(state.settings.all())) {
      if (!name.startsWith(prefix)) continue;
      const key = name.slice(prefix.length);
      // A flag or variable that somebody set for this start says more than an older change in the browser.
      const origin = this.#origins.get(key);
      if (origin === 'flag' || origin === 'environment') continue;
      try {
        this.config = changeSetting(this.config, key, value);
        this.#origins.set(key, 'runtime');
      } catch (error) {
        warn(`The stored setting ${key} does not fit any more and is left out: ${(error as Error).message}`);
      }
    }
  }

  list(): SettingView[] {
    return describeSettings(this.config, this.#origins);
  }

  change(key: string, value: unknown): SettingView {
    this.config = changeSetting(this.config, key, value);
    this.#state.settings.put(prefix + key, value);
    this.#origins.set(key, 'runtime');
    this.#apply(this.config);
    const found = this.list().find((setting) => setting.key === key);
    if (found === undefined) throw new Error(`setting ${key} was changed but is not listed`);
    return found;
  }
}
