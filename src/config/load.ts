import { existsSync, readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseDocument } from 'yaml';
import { ConfigError, didYouMean } from './errors.ts';
import { type FlagSpec, parseFlags } from './flags.ts';
import { type ConfigOption, expected, laterEnvironment, optionByKey, options } from './options.ts';
import { type PhosorConfig, schema } from './schema.ts';

export type Origin = 'default' | 'file' | 'environment' | 'flag';

export interface LoadedConfig {
  config: PhosorConfig;
  /** Where each option's value comes from, by key. */
  origins: ReadonlyMap<string, Origin>;
  /** Sentences for stderr: things that were accepted but look wrong. */
  warnings: readonly string[];
  /** The configuration file that was read, or null. */
  file: string | null;
}

/** JSON's words for what an option takes: `string`, `null`. */
const typesOf = ({ json }: ConfigOption): string[] => [json, ...(json.anyOf ?? [])].flatMap(({ type }) => type ?? []);

/** The flags that set options: `--http-port 8001`. */
export const configFlags: readonly FlagSpec[] = [
  {
    name: '--config',
    kind: 'text',
    value: 'FILE',
    description: 'Configuration file (default: phosor.config.json or .yaml here).',
  },
  ...options.flatMap((each) => {
    const types = typesOf(each);
    const kind = types.includes('boolean') ? 'switch' : types.includes('array') ? 'list' : 'text';
    const value = types.includes('array') ? 'LIST' : types.includes('string') ? 'TEXT' : 'N';
    return each.flags.map((name, i): FlagSpec => ({ name, kind, value, description: each.title, isUnlisted: i > 0 }));
  }),
];

interface Given {
  value: unknown;
  origin: Origin;
  /** How to name the place in an error: `PHOSOR_HTTP_PORT`, `--http-port`, `phosor.config.json`. */
  place: string;
}

/**
 * Builds the configuration: flags over environment over file over defaults.
 *
 * @param input.packageRoot the checkout's root, whose `data` is the default data folder; null in an installed package.
 * @throws {ConfigError} with every problem at once.
 */
export function loadConfig(input: {
  argv: readonly string[];
  env: Readonly<Record<string, string | undefined>>;
  cwd: string;
  packageRoot?: string | null;
}): LoadedConfig {
  const { env, cwd } = input;
  const flags = parseFlags(input.argv, configFlags);
  const problems = [...flags.problems];
  for (const word of flags.positionals)
    problems.push(`"${word}" was not expected here. Options are written as flags, see --help.`);
  const given = new Map<string, Given>();

  const file = findFile(flags.values.get('--config')?.at(-1) ?? env.PHOSOR_CONFIG ?? null, cwd, problems);
  if (file) readFile(file, given, problems);

  const warnings: string[] = [];
  for (const each of options) {
    for (const name of each.env) {
      const text = env[name];
      if (text === undefined || text === '') continue;
      given.set(each.key, { value: fromText(each, [withUnit(each, name, text)]), origin: 'environment', place: name });
      break;
    }
    for (const flag of each.flags) {
      const texts = flags.values.get(flag);
      if (texts) given.set(each.key, { value: fromText(each, texts), origin: 'flag', place: flag });
    }
  }
  warnAboutUnknownNames(env, warnings);

  const tree: Record<string, unknown> = {};
  const origins = new Map<string, Origin>();
  for (const each of options) {
    const from = given.get(each.key);
    origins.set(each.key, from?.origin ?? 'default');
    const result = checkOption(each, from ? from.value : undefined);
    if ('problem' in result) problems.push(`${result.problem} (It comes from ${from?.place ?? 'the defaults'}.)`);
    else place(tree, each.key, result.value);
  }
  if (problems.length > 0) throw new ConfigError(problems);

  const config = tree as PhosorConfig;
  config.dataDir = config.dataDir ? resolve(cwd, config.dataDir) : defaultDataDir(env, input.packageRoot ?? null);
  config.audit.dir = config.audit.dir ? resolve(cwd, config.audit.dir) : join(config.dataDir, 'audit');
  config.files.roots = config.files.roots.map((root) => resolve(cwd, root));
  config.files.watch = config.files.watch.map((entry) => ({ ...entry, path: resolve(cwd, entry.path) }));
  for (const entry of config.files.watch) {
    if (config.files.roots.some((root) => entry.path.startsWith(root.endsWith('/') ? root : `${root}/`))) continue;
    problems.push(
      `files.watch names "${entry.path}", which lies outside files.roots (${config.files.roots.join(', ')}). Add its folder to files.roots or PHOSOR_FILE_ROOTS.`,
    );
  }
  if (config.auth.secretKey && config.auth.secretKey.length < 32) {
    warnings.push(
      'The signing key (SECRET_KEY) is shorter than 32 characters and could be guessed. Use a longer random one.',
    );
  }
  if (problems.length > 0) throw new ConfigError(problems);
  return { config, origins, warnings, file };
}

/** Every option at its default; `dataDir` is `''`. */
export function defaultConfig(): PhosorConfig {
  const tree: Record<string, unknown> = {};
  for (const each of options) place(tree, each.key, each.schema.parse(undefined));
  return tree as PhosorConfig;
}

/** Checks one value. Sizes may be text (`450MB`). `undefined` means the default. */
export function checkOption(option: ConfigOption, value: unknown): { value: unknown } | { problem: string } {
  const sized = option.bytes && typeof value === 'string' ? (parseBytes(value) ?? value) : value;
  const result = option.schema.safeParse(sized);
  if (result.success) return { value: result.data };
  const shown = option.secret ? 'set to a value that is not shown' : JSON.stringify(value);
  const issue = result.error.issues[0];
  const inner = issue && issue.path.length > 0 ? ` At ${option.key}[${issue.path.join('.')}]: ${issue.message}.` : '';
  return { problem: `${option.key} is ${shown}, but must be ${expected(option.json)}.${inner}` };
}

/** `450MB` → 450000000, `1GiB` → 1073741824, `1000` → 1000; null where it is no size. */
export function parseBytes(text: string): number | null {
  const found = /^\s*(\d+(?:\.\d+)?)\s*([kmgt]?)(i?)b?\s*$/i.exec(text);
  if (!found) return null;
  const power = ' kmgt'.indexOf((found[2] ?? '').toLowerCase() || ' ');
  return Math.round(Number(found[1]) * (found[3] ? 1024 : 1000) ** power);
}

/** Of sizes, a name that ends in the unit states it: `LOG_RETENTION_MAX_MB=450`. */
const withUnit = (option: ConfigOption, name: string, text: string) =>
  option.bytes && name.endsWith('_MB') && /^\d+$/.test(text) ? `${text}MB` : text;

/** An environment variable or flag is text: read it as what the option wants. What cannot be read stays text and is refused by the schema. */
function fromText(option: ConfigOption, texts: readonly string[]): unknown {
  const types = typesOf(option);
  const text = texts.at(-1) ?? '';
  if (types.includes('null') && text === 'null') return null;
  if (types.includes('array')) return listFromText(option, texts);
  if (types.includes('boolean')) {
    if (/^(1|true|yes|on)$/i.test(text)) return true;
    if (/^(0|false|no|off)$/i.test(text)) return false;
    return text;
  }
  if (types.includes('integer') || types.includes('number')) {
    if (option.bytes) return parseBytes(text) ?? text;
    return /^\s*-?\d+(\.\d+)?\s*$/.test(text) ? Number(text) : text;
  }
  return text;
}

/** A JSON array, or a list with the option's separator. */
function listFromText(option: ConfigOption, texts: readonly string[]): unknown {
  const items: unknown[] = [];
  for (const text of texts) {
    if (/^\s*\[/.test(text)) {
      try {
        items.push(...(JSON.parse(text) as unknown[]));
        continue;
      } catch {
        return text;
      }
    }
    items.push(
      ...text
        .split(option.separator)
        .map((part) => part.trim())
        .filter(Boolean),
    );
  }
  return items;
}

function findFile(asked: string | null, cwd: string, problems: string[]): string | null {
  if (asked) {
    const path = resolve(cwd, asked);
    if (existsSync(path)) return path;
    problems.push(`The configuration file "${path}" does not exist. Create it or leave --config (PHOSOR_CONFIG) away.`);
    return null;
  }
  const found = ['phosor.config.json', 'phosor.config.yaml', 'phosor.config.yml'].filter((name) =>
    existsSync(join(cwd, name)),
  );
  if (found.length > 1) problems.push(`Both ${found.join(' and ')} are in ${cwd}. Keep one of them.`);
  return found[0] ? join(cwd, found[0]) : null;
}

function readFile(path: string, given: Map<string, Given>, problems: string[]): void {
  let tree: unknown;
  try {
    // JSON is YAML, and the YAML reader says line and column.
    const document = parseDocument(readFileSync(path, 'utf8'), { uniqueKeys: true });
    const first = document.errors[0];
    if (first) {
      const at = first.linePos?.[0];
      problems.push(`${path}${at ? `:${at.line}:${at.col}` : ''} cannot be read: ${first.message.split('\n')[0]}`);
      return;
    }
    tree = document.toJS();
  } catch (error) {
    problems.push(
      `The configuration file "${path}" cannot be read: ${error instanceof Error ? error.message : error}.`,
    );
    return;
  }
  if (tree === null || tree === undefined) return;
  if (typeof tree !== 'object' || Array.isArray(tree)) {
    problems.push(`The configuration file "${path}" must hold an object like { "http": { "port": 8000 } }.`);
    return;
  }
  for (const [name, part] of Object.entries(tree)) {
    if (name === '$schema') continue;
    if (optionByKey.has(name)) {
      given.set(name, { value: part, origin: 'file', place: path });
      continue;
    }
    if (!(name in schema.shape)) {
      const near = didYouMean(name, Object.keys(schema.shape));
      problems.push(`${path} has an unknown key "${name}".${near ? ` Did you mean "${near}"?` : knownKeys()}`);
      continue;
    }
    if (typeof part !== 'object' || part === null || Array.isArray(part)) {
      problems.push(`${path} has ${name} = ${JSON.stringify(part)}, but it must be an object with options.`);
      continue;
    }
    for (const [leaf, value] of Object.entries(part)) {
      const key = `${name}.${leaf}`;
      if (optionByKey.has(key)) {
        given.set(key, { value, origin: 'file', place: path });
        continue;
      }
      const near = didYouMean(key, optionByKey.keys());
      problems.push(
        `${path} has an unknown key "${key}".${near ? ` Did you mean "${near}"?` : ' See docs/configuration.md for the keys.'}`,
      );
    }
  }
}

const knownKeys = () => ` The keys are ${Object.keys(schema.shape).join(', ')}.`;

/** The environment belongs to others too, so an unknown name is only a warning, and only where it is meant for us. */
function warnAboutUnknownNames(env: Readonly<Record<string, string | undefined>>, warnings: string[]): void {
  const known = new Set([...options.flatMap((each) => each.env), ...laterEnvironment, 'PHOSOR_CONFIG']);
  for (const name of Object.keys(env)) {
    if (!name.startsWith('PHOSOR_') || known.has(name)) continue;
    const near = didYouMean(name, known);
    if (near) warnings.push(`The environment variable ${name} means nothing to Phosor. Did you mean ${near}?`);
  }
}

/** Sets `a.b` in a tree of two levels. */
function place(tree: Record<string, unknown>, key: string, value: unknown): void {
  const [section = '', leaf] = key.split('.');
  if (leaf === undefined) tree[section] = value;
  else tree[section] = { ...(tree[section] as object | undefined), [leaf]: value };
}

/** `./data` of a checkout, else the user's data folder (XDG base directory specification; Application Support on macOS). */
function defaultDataDir(env: Readonly<Record<string, string | undefined>>, packageRoot: string | null): string {
  if (packageRoot) return join(packageRoot, 'data');
  if (process.platform === 'darwin') return join(homedir(), 'Library', 'Application Support', 'phosor');
  return join(env.XDG_DATA_HOME || join(homedir(), '.local', 'share'), 'phosor');
}
