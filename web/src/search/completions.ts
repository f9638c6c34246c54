import {
  type CompletionPlace,
  fieldInfo,
  operatorsOf,
  printQuery,
  queryFields,
  writtenField,
} from '../../../src/model/query/index.ts';
import { group } from '../ui/format.ts';
import type { FacetValue, SearchField } from './api.ts';

/** One thing that could stand where the cursor is. */
export interface Completion {
  /** What is shown. Text of a value is hostile. */
  label: string;
  detail: string;
  /** Replaces the place's text. */
  insert: string;
  /** A next choice follows at once: a value behind a field. */
  goesOn: boolean;
}

const most = 12;

/** What fits a place, best first. @param values of the place's field, as events have them */
export function completionsAt(
  place: CompletionPlace,
  fields: readonly SearchField[],
  values: readonly FacetValue[],
): Completion[] {
  switch (place.kind) {
    case 'none':
      return [];
    case 'operator':
      return operatorsOf(place.fieldKind).map(({ sign, meaning }) => ({
        label: `${writtenField(place.field)}${sign}`,
        detail: meaning,
        insert: sign === ':*' ? ':* ' : sign,
        goesOn: sign !== ':*',
      }));
    case 'next':
      return ['AND', 'OR', 'NOT'].map((word) => ({
        label: word,
        detail:
          { AND: 'both must hold; a blank says the same', OR: 'one of both', NOT: 'leaves out; a minus says the same' }[
            word
          ] ?? '',
        insert: `${word} `,
        goesOn: true,
      }));
    case 'field':
      return fieldCompletions(place.prefix, fields);
    case 'value':
      return valueCompletions(place, values);
  }
}

function fieldCompletions(prefix: string, fields: readonly SearchField[]): Completion[] {
  const wanted = prefix.toLowerCase();
  const known = queryFields.map(({ name, aliases, description }) => ({ name, aliases, description }));
  const more = fields
    .filter(({ name }) => fieldInfo(name) === undefined)
    .map(({ name, description }) => ({
      name: writtenField(name),
      aliases: [] as readonly string[],
      description: description ?? 'of some events',
    }));
  const rank = ({ name, aliases }: { name: string; aliases: readonly string[] }): number => {
    if (name.toLowerCase().startsWith(wanted)) return 0;
    if (aliases.some((alias) => alias.startsWith(wanted))) return 1;
    return name.toLowerCase().includes(wanted) ? 2 : 3;
  };
  return [...known, ...more]
    .map((field) => ({ field, rank: rank(field) }))
    .filter((each) => each.rank < 3)
    .sort((a, b) => a.rank - b.rank)
    .slice(0, most)
    .map(({ field, rank: found }) => {
      // Whoever writes another of its names goes on with that.
      const alias = found === 1 ? field.aliases.find((each) => each.startsWith(wanted)) : undefined;
      const written = alias ?? field.name;
      const detail = alias === undefined ? field.description : `${field.description} (${field.name})`;
      return { label: written, detail, insert: `${written}:`, goesOn: true };
    });
}

function valueCompletions(place: CompletionPlace & { kind: 'value' }, values: readonly FacetValue[]): Completion[] {
  const wanted = place.prefix.replace(/\*$/, '').toLowerCase();
  const counted = new Map(
    values.filter(({ value }) => value !== null && value !== '').map(({ value, count }) => [String(value), count]),
  );
  const fixed = fieldInfo(place.field)?.values ?? [];
  const all = [...counted.keys(), ...fixed.filter((value) => !counted.has(value))];
  const fits = all.filter((value) => value.toLowerCase().includes(wanted));
  const starts = fits.filter((value) => value.toLowerCase().startsWith(wanted));
  return [...starts, ...fits.filter((value) => !starts.includes(value))].slice(0, most).map((value) => {
    const count = counted.get(value);
    return {
      label: value,
      detail: count === undefined ? '' : group(count),
      insert: `${writtenValue(place.field, value)} `,
      goesOn: false,
    };
  });
}

/** A value as it stands behind `field:`. */
function writtenValue(field: string, value: string): string {
  const text = printQuery({ type: 'field', field, op: 'is', value, at: { from: 0, to: 0 } });
  return text.slice(writtenField(field).length + 1);
}

/** The text with a completion taken, and where the cursor stands then. */
export function completed(
  text: string,
  place: { from: number; to: number },
  { insert }: Completion,
): { text: string; cursor: number } {
  const rest = text.slice(place.to);
  // One blank behind it, not two.
  const added = insert.endsWith(' ') && rest.startsWith(' ') ? insert.slice(0, -1) : insert;
  const cursor = place.from + added.length + (added === insert ? 0 : 1);
  return { text: text.slice(0, place.from) + added + rest, cursor };
}
