export { ConfigError, didYouMean } from './errors.ts';
export { configFlags, defaultConfig, type LoadedConfig, loadConfig, type Origin } from './load.ts';
export { options } from './options.ts';
export type { PhosorConfig } from './schema.ts';
export { changeSetting, describeSettings } from './settings.ts';
