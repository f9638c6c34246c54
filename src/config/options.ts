import { z } from 'zod';
import { schema } from './schema.ts';

/** One leaf of the schema, flattened. */
export interface ConfigOption {
  /** `http.port` */
  key: string;
  title: string;
  description: string;
  /** Environment variables; the first that is set wins. */
  env: readonly string[];
  /** `--http-port`: the name of the environment variable, and where that differs, the key. The first is documented. */
  flags: readonly [string, ...string[]];
  secret: boolean;
  runtime: boolean;
  separator: string;
  bytes: boolean;
  default: unknown;
  /** JSON Schema of the value. */
  json: JsonSchema;
  schema: z.ZodType;
}

export interface JsonSchema {
  type?: string | string[];
  minimum?: number;
  maximum?: number;
  minLength?: number;
  items?: JsonSchema;
  anyOf?: JsonSchema[];
  enum?: unknown[];
}

const words = (key: string) =>
  key
    .replace(/([a-z0-9])([A-Z])/g, '$1.$2')
    .toLowerCase()
    .split('.');

function option(key: string, leaf: z.ZodType): ConfigOption {
  const meta = leaf.meta() ?? {};
  const {
    title,
    description,
    env,
    secret,
    runtime,
    separator,
    bytes,
    default: value,
    ...json
  } = z.toJSONSchema(leaf, {
    io: 'input',
  }) as Record<string, unknown>;
  delete json.$schema;
  const names = (env as string[] | undefined) ?? [`PHOSOR_${words(key).join('_').toUpperCase()}`];
  const fromName = names
    .filter((name) => name.startsWith('PHOSOR_'))
    .slice(0, 1)
    .map((name) => `--${name.slice('PHOSOR_'.length).toLowerCase().replaceAll('_', '-')}`);
  return {
    key,
    title: String(title ?? key),
    description: String(description ?? ''),
    env: names,
    flags: [...new Set([...fromName, `--${words(key).join('-')}`])] as [string, ...string[]],
    secret: meta.secret === true,
    runtime: meta.runtime === true,
    separator: String(separator ?? ','),
    bytes: meta.bytes === true,
    default: value,
    json: json as JsonSchema,
    schema: leaf,
  };
}

/** Every option, in the order of the schema. */
export const options: readonly ConfigOption[] = Object.entries(schema.shape).flatMap(([name, part]) =>
  part instanceof z.ZodObject
    ? Object.entries(part.shape).map(([leaf, leafSchema]) => option(`${name}.${leaf}`, leafSchema as z.ZodType))
    : [option(name, part)],
);

export const optionByKey: ReadonlyMap<string, ConfigOption> = new Map(options.map((each) => [each.key, each]));

/** Names that the stable surface promises for features that are not built yet: ignored without a warning. */
export const laterEnvironment: readonly string[] = ['ML_ENABLED'];

/** Words for what an option accepts: "a whole number from 0 to 65535". */
export function expected(json: JsonSchema): string {
  if (json.enum) return `one of ${json.enum.map((value) => JSON.stringify(value)).join(', ')}`;
  if (json.anyOf) return json.anyOf.map(expected).join(', or ');
  const types = [json.type ?? 'anything'].flat();
  const texts = types.map((type) => {
    switch (type) {
      case 'integer':
      case 'number': {
        const what = type === 'integer' ? 'a whole number' : 'a number';
        const maximum = json.maximum === Number.MAX_SAFE_INTEGER ? undefined : json.maximum;
        if (json.minimum !== undefined && maximum !== undefined) return `${what} from ${json.minimum} to ${maximum}`;
        return json.minimum !== undefined ? `${what}, at least ${json.minimum}` : what;
      }
      case 'boolean':
        return 'true or false';
      case 'string':
        return (json.minLength ?? 0) > 1 ? `text of at least ${json.minLength} characters` : 'text that is not empty';
      case 'array':
        return `a list, each ${json.items ? expected(json.items) : 'anything'}`;
      case 'object':
        return 'an object';
      case 'null':
        return 'nothing (null)';
      default:
        return type;
    }
  });
  return texts.join(', or ');
}
