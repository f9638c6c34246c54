import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import type { FlagSpec, ParsedFlags } from '../config/flags.ts';
import { configFlags, type LoadedConfig, loadConfig } from '../config/index.ts';
import { setMappings } from '../detect/index.ts';
import { readMappingFolder } from '../mappings-folder.ts';
import { packageRoot } from '../package.ts';
import { isCheckout } from './place.ts';

/** A command of `phosor`: one file, one object, one line in main.ts. */
export interface Command {
  name: string;
  /** One line for `phosor --help`. */
  summary: string;
  /** What may follow `phosor <name>`: `FILE… --json`. */
  usage: readonly string[];
  flags: readonly FlagSpec[];
  /** Further lines of `phosor <name> --help`. */
  details?: readonly string[];
  /** Reads its own arguments where `flags` does not say everything (start: every option of the configuration). */
  readsOwnFlags?: boolean;
  run(call: Call): Promise<number>;
}

/** One invocation. Commands write to `out` and `err` and return the exit code: 0 success, 1 findings, 2 usage. */
export interface Call {
  argv: readonly string[];
  flags: ParsedFlags;
  env: NodeJS.ProcessEnv;
  cwd: string;
  out: Output;
  err: Output;
}

/** Text to stdout or stderr. */
export interface Output {
  readonly isTerminal: boolean;
  /** Buffered; resolves at once unless the reader is slow. */
  write(text: string): Promise<void> | undefined;
  line(text: string): void;
  flush(): Promise<void>;
}

/** What was asked cannot be done as written: the sentence is printed and the exit code is 2. */
export class UsageError extends Error {}

/** Work that failed for a reason the user can read: the sentence is printed and the exit code is 1. */
export class CommandError extends Error {}

/** The flags of `phosor start` for commands that work on its data: where that is. The others are known, and listed there. */
export const placeFlags: Command['flags'] = configFlags.map((flag) =>
  ['--config', '--data-dir'].includes(flag.name) ? flag : { ...flag, isUnlisted: true },
);

/** For commands that read lines whose times leave something out. */
export const timeFlags: Command['flags'] = [
  {
    name: '--year',
    kind: 'text',
    value: 'YYYY',
    description: 'Year of lines that state none (default: from the file’s date).',
  },
  {
    name: '--timezone',
    kind: 'text',
    value: 'Area/City',
    description: 'Zone of times that state none (default: this host’s).',
  },
];

/** For commands that read rules. */
export const mappingsFlag: Command['flags'][number] = {
  name: '--mappings',
  kind: 'text',
  value: 'DIR',
  description: 'Field mappings of your own: a folder of YAML or JSON files (docs/mappings.md).',
};

/** Takes the mappings that `--mappings` names. */
export function takeMappings({ flags, cwd }: Call): void {
  const folder = flags.values.get('--mappings')?.at(-1);
  if (folder === undefined) return;
  const path = resolve(cwd, folder);
  if (!existsSync(path)) throw new UsageError(`There is no folder ${folder}.`);
  const { mappings, problems } = readMappingFolder(path);
  if (problems.length > 0) throw new CommandError(problems.join('\n'));
  setMappings(mappings);
}

export const isOn = (flags: ParsedFlags, name: string): boolean => flags.values.get(name)?.at(-1) === 'true';

export const textOf = (flags: ParsedFlags, name: string): string | null => flags.values.get(name)?.at(-1) ?? null;

/** The configuration for a command that takes the flags of `phosor start` beside its own words and flags. @throws {ConfigError} */
export function configOf({ flags, env, cwd }: Call): LoadedConfig {
  const known = new Set(configFlags.map(({ name }) => name));
  const argv = [...flags.values]
    .filter(([name]) => known.has(name))
    .flatMap(([name, values]) => values.map((value) => `${name}=${value}`));
  return loadConfig({ argv, env, cwd, packageRoot: isCheckout ? packageRoot : null });
}

/** A whole number, or a UsageError that names the flag. */
export function numberOf(flags: ParsedFlags, name: string, min: number, max: number): number | null {
  const text = textOf(flags, name);
  if (text === null) return null;
  const value = /^\d+$/.test(text) ? Number(text) : Number.NaN;
  if (value >= min && value <= max) return value;
  throw new UsageError(`${name} is "${text}", but must be a whole number from ${min} to ${max}.`);
}

const ESC = String.fromCharCode(27);
const style = (code: string) => (output: Output, text: string) =>
  output.isTerminal && !process.env.NO_COLOR ? `${ESC}[${code}m${text}${ESC}[0m` : text;

/** Text styles; plain where the output is no terminal or NO_COLOR is set. */
export const bold = style('1');
export const dim = style('2');
export const red = style('31');
export const green = style('32');
export const yellow = style('33');
export const cyan = style('36');
