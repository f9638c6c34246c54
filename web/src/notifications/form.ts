import type { Channel, ChannelType, PropertySchema } from './queries.ts';

/* A form from the JSON Schema of a channel's configuration. Text in the fields, values in what is sent. */

export type FormValues = Record<string, string | boolean>;

export type FieldKind = 'switch' | 'choice' | 'number' | 'list' | 'secret' | 'multiline' | 'text';

export function fieldKind(schema: PropertySchema): FieldKind {
  const types = [schema, ...(schema.anyOf ?? [])].flatMap((each) => each.type ?? []);
  if (schema.secret) return 'secret';
  if (schema.enum) return 'choice';
  if (types.includes('boolean')) return 'switch';
  if (types.includes('array')) return 'list';
  if (types.includes('integer') || types.includes('number')) return 'number';
  return schema.multiline ? 'multiline' : 'text';
}

/** What the fields show: what is stored, else the default. Secrets are empty: they are never read. */
export function initialValues(type: ChannelType, channel: Channel | null): FormValues {
  return Object.fromEntries(
    Object.entries(type.schema.properties).map(([name, schema]): [string, string | boolean] => {
      const kind = fieldKind(schema);
      const value = channel?.config[name] ?? schema.default;
      if (kind === 'switch') return [name, value === true];
      if (kind === 'secret') return [name, ''];
      if (Array.isArray(value)) return [name, value.map(String).join('\n')];
      return [name, value === undefined || value === null ? '' : String(value)];
    }),
  );
}

/** What is sent. A secret that is left empty stays as it is; what `removed` names is taken away. */
export function configOf(type: ChannelType, values: FormValues, removed: ReadonlySet<string>): Record<string, unknown> {
  const config: Record<string, unknown> = {};
  for (const [name, schema] of Object.entries(type.schema.properties)) {
    const kind = fieldKind(schema);
    const value = values[name];
    if (kind === 'switch') config[name] = value === true;
    else if (kind === 'secret') {
      if (removed.has(name)) config[name] = '';
      else if (value !== '') config[name] = String(value).trim();
    } else if (kind === 'list') config[name] = lines(String(value ?? ''));
    else if (kind === 'number') config[name] = String(value ?? '').trim() === '' ? null : Number(value);
    else config[name] = String(value ?? '');
    if (config[name] === null) delete config[name];
  }
  return config;
}

/** One entry per line or comma. */
export const lines = (text: string): string[] =>
  text
    .split(/[\n,]/)
    .map((line) => line.trim())
    .filter((line) => line !== '');
