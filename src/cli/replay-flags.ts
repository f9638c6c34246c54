/** What flags of `phosor replay` say. Beside the history itself: files are replayed without the code that opens it. */
import { loadConfig, type PhosorConfig } from '../config/index.ts';
import { packageRoot } from '../package.ts';
import { type Call, textOf, UsageError } from './command.ts';
import { isCheckout } from './place.ts';

/** The configuration as the command's flags, the environment and the file say it. */
export function configOf({ flags, env, cwd }: Call): PhosorConfig {
  const given = textOf(flags, '--data-dir');
  const argv = given === null ? [] : ['--data-dir', given];
  return loadConfig({ argv, env, cwd, packageRoot: isCheckout ? packageRoot : null }).config;
}

/** A time of a flag as epoch ms, null where it is not given. Without a zone: UTC. */
export function timeOf(text: string | null, name: string): number | null {
  if (text === null) return null;
  const isWhole = /[zZ]|[+-]\d\d:?\d\d$/.test(text) || !/\d[T ]\d/.test(text);
  const time = Date.parse(isWhole ? text : `${text.replace(' ', 'T')}Z`);
  if (Number.isFinite(time)) return time;
  throw new UsageError(`${name} is "${text}", which is no time. Write ISO 8601 such as 2026-11-20T10:00:00Z.`);
}
