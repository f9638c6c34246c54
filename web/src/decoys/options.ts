import { fieldKind } from '../notifications/form.ts';
import type { PropertySchema } from '../notifications/queries.ts';

/* A form from the JSON Schema of a decoy's options. Text in the fields, values in what is sent. */

export type DecoyForm = Record<string, string | boolean | readonly string[]>;
type Properties = Record<string, PropertySchema>;

/** Words of choices that do not say by themselves what they mean. */
export const choiceNames: Record<string, string> = {
  never: 'Nobody gets in',
  list: 'Only the accounts below',
  'after-tries': 'Whoever tries often enough',
};

/** What the chosen one does, in place of a description of all of them. */
export const choiceHints: Record<string, string> = {
  never: 'All logins are refused. What is tried is kept.',
  list: 'Everything else is refused. What is tried is kept.',
  'after-tries':
    'An address gets in with whatever it tries after that many failures, and afterwards with the same account again. The accounts below get in at once.',
};

/** Several of a few words. */
export const isChoices = (schema: PropertySchema): boolean => schema.items?.enum !== undefined;

/** Whether it matters, with what is chosen now. */
export function isAsked(name: string, form: DecoyForm): boolean {
  if (name === 'tries') return form.accept === undefined || form.accept === 'after-tries';
  if (name === 'accounts') return form.accept !== 'never';
  return true;
}

/** What the fields show. */
export const formOf = (properties: Properties, options: Record<string, unknown>): DecoyForm =>
  Object.fromEntries(
    Object.entries(properties).map(([name, schema]) => {
      const value = options[name] ?? schema.default;
      if (isChoices(schema)) return [name, Array.isArray(value) ? value.map(String) : []];
      if (fieldKind(schema) === 'switch') return [name, value === true];
      if (Array.isArray(value)) return [name, value.map(String).join('\n')];
      return [name, value === undefined || value === null ? '' : String(value)];
    }),
  );

/** What is sent. One entry a line: a comma may be part of a password. An empty number is the default again. */
export function optionsOf(properties: Properties, form: DecoyForm): Record<string, unknown> {
  const options: Record<string, unknown> = {};
  for (const [name, schema] of Object.entries(properties)) {
    const value = form[name] ?? '';
    const kind = fieldKind(schema);
    if (isChoices(schema) || typeof value === 'boolean') options[name] = value;
    else if (kind === 'list')
      options[name] = String(value)
        .split('\n')
        .map((line) => line.trim())
        .filter((line) => line !== '');
    else if (kind === 'number') {
      if (String(value).trim() !== '') options[name] = Number(value);
    } else options[name] = String(value);
  }
  return options;
}
