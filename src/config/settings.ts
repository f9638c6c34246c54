import { ConfigError, didYouMean } from './errors.ts';
import { checkOption, type Origin } from './load.ts';
import { type ConfigOption, optionByKey, options } from './options.ts';
import type { PhosorConfig } from './schema.ts';

/** What people see instead of a secret that is set. */
const mask = '********';

/** One option as the settings page and `phosor doctor` show it. */
export interface Setting {
  key: string;
  title: string;
  description: string;
  value: unknown;
  default: unknown;
  origin: Origin | 'runtime';
  runtime: boolean;
  secret: boolean;
  /** Its variable and its flag, for those who set it at the start. */
  environment: string | null;
  flag: string | null;
  schema: unknown;
}

/** The value of `http.port` and the like. */
function settingValue(config: PhosorConfig, key: string): unknown {
  let at: unknown = config;
  for (const part of key.split('.')) at = (at as Record<string, unknown> | undefined)?.[part];
  return at;
}

/** Every option with its value in force (secrets masked) and where it comes from. */
export function describeSettings(config: PhosorConfig, origins: ReadonlyMap<string, Origin | 'runtime'>): Setting[] {
  return options.map((each) => ({
    key: each.key,
    title: each.title,
    description: each.description,
    value: shown(each, settingValue(config, each.key)),
    default: each.default ?? null,
    origin: origins.get(each.key) ?? 'default',
    runtime: each.runtime,
    secret: each.secret,
    environment: each.env[0] ?? null,
    flag: each.flags[0] ?? null,
    schema: each.json,
  }));
}

function shown(option: ConfigOption, value: unknown): unknown {
  return option.secret && value !== null && value !== undefined ? mask : value;
}

/**
 * Checks a change of one option while Phosor runs and returns the configuration with it.
 *
 * @throws {ConfigError} where the key is unknown, fixed at start, or the value does not fit.
 */
export function changeSetting(config: PhosorConfig, key: string, value: unknown): PhosorConfig {
  const option = optionByKey.get(key);
  if (!option) {
    const near = didYouMean(key, optionByKey.keys());
    throw new ConfigError([`There is no setting "${key}".${near ? ` Did you mean "${near}"?` : ''}`]);
  }
  if (!option.runtime) {
    throw new ConfigError([
      `${key} is fixed when Phosor starts. Set it in phosor.config.json, as ${option.env[0]} or as ${option.flags[0]}, and restart.`,
    ]);
  }
  const result = checkOption(option, value);
  if ('problem' in result) throw new ConfigError([result.problem]);
  const [section = '', leaf] = key.split('.');
  if (leaf === undefined) return { ...config, [section]: result.value };
  const before = (config as Record<string, unknown>)[section] as object;
  return { ...config, [section]: { ...before, [leaf]: result.value } };
}
