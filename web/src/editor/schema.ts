import type { JsonSchema } from '../api/trial.ts';

type Schema = JsonSchema | boolean | undefined;

/** What a schema says at one place: several parts where it leaves a choice. References are followed, choices opened. */
function opened(root: JsonSchema, schema: Schema, depth = 0): JsonSchema[] {
  if (typeof schema !== 'object' || depth > 12) return [];
  const parts: JsonSchema[] = [schema];
  if (schema.$ref) parts.push(...opened(root, target(root, schema.$ref), depth + 1));
  for (const choice of [schema.anyOf, schema.oneOf, schema.allOf].flatMap((list) => list ?? []))
    parts.push(...opened(root, choice, depth + 1));
  for (const branch of [schema.then, schema.else]) parts.push(...opened(root, branch, depth + 1));
  return parts;
}

function target(root: JsonSchema, reference: string): Schema {
  if (!reference.startsWith('#')) return undefined;
  let at: unknown = root;
  for (const step of reference.slice(1).split('/').filter(Boolean)) {
    const name = decodeURIComponent(step).replaceAll('~1', '/').replaceAll('~0', '~');
    at = typeof at === 'object' && at !== null ? (at as Record<string, unknown>)[name] : undefined;
  }
  return typeof at === 'object' || typeof at === 'boolean' ? (at as Schema) : undefined;
}

function matches(pattern: string, name: string): boolean {
  try {
    return new RegExp(pattern, 'u').test(name);
  } catch {
    return false;
  }
}

function child(part: JsonSchema, name: string): Schema[] {
  if (name === '-') return [part.items];
  const own = part.properties?.[name];
  if (own !== undefined) return [own];
  const patterned = Object.entries(part.patternProperties ?? {}).filter(([pattern]) => matches(pattern, name));
  return patterned.length > 0 ? patterned.map(([, schema]) => schema) : [part.additionalProperties];
}

/** The parts of the schema that hold at a path; a step `-` goes into a list. */
export function schemaAt(root: JsonSchema | null, path: readonly string[]): JsonSchema[] {
  if (!root) return [];
  let parts = opened(root, root);
  for (const name of path) parts = parts.flatMap((part) => child(part, name)).flatMap((found) => opened(root, found));
  return parts;
}

/** Names that a map may have, with what each means. */
export function keysAt(root: JsonSchema | null, path: readonly string[]): Map<string, JsonSchema> {
  const keys = new Map<string, JsonSchema>();
  for (const part of schemaAt(root, path)) {
    for (const [name, schema] of Object.entries(part.properties ?? {})) {
      if (typeof schema === 'object' && schema.deprecated) continue;
      const known = keys.get(name);
      // The same key in several kinds of document: the one that says something is shown.
      if (!known || (!describe(root, known) && typeof schema === 'object'))
        keys.set(name, typeof schema === 'object' ? schema : {});
    }
  }
  return keys;
}

/** Values that the schema names: enumerations, constants, true and false, examples. */
export function valuesAt(root: JsonSchema | null, path: readonly string[]): { value: string; note: string }[] {
  const values = new Map<string, string>();
  for (const part of schemaAt(root, path)) {
    const note = part.description ?? '';
    for (const value of [...(part.enum ?? []), ...(part.const === undefined ? [] : [part.const])])
      if (value !== null && typeof value !== 'object' && !values.has(String(value))) values.set(String(value), note);
    if (part.type === 'boolean') for (const value of ['true', 'false']) values.set(value, note);
    for (const value of part.examples ?? [])
      if (value !== null && typeof value !== 'object' && !values.has(String(value))) values.set(String(value), note);
  }
  return [...values].map(([value, note]) => ({ value, note }));
}

/** What a schema says about itself, in words. */
export function describe(root: JsonSchema | null, schema: JsonSchema): string {
  if (!root) return schema.description ?? '';
  return opened(root, schema).find((part) => part.description)?.description ?? '';
}

/** What is asked for in the place of a value: `list`, `map`, or a scalar. */
export function shapeOf(root: JsonSchema | null, schema: JsonSchema): 'map' | 'list' | 'scalar' {
  const parts = root ? opened(root, schema) : [schema];
  const has = (type: string) =>
    parts.some((part) => part.type === type || (Array.isArray(part.type) && part.type.includes(type)));
  if (parts.some((part) => part.properties) || (has('object') && !has('string'))) return 'map';
  return has('array') && !has('string') ? 'list' : 'scalar';
}
