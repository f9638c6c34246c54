import type { FieldInfo, JsonSchema } from '../api/trial.ts';
import { visiblePieces } from '../ui/visible-text.ts';
import { type Place, placeAt, ruleNames, selectionNames, siblingKeys } from './place.ts';
import { describe, keysAt, schemaAt, shapeOf, valuesAt } from './schema.ts';
import { conditionWords, modifiers, ownValues } from './words.ts';

/** What completion knows: the schema of a rule and the fields of the events that came lately. */
export interface Knowledge {
  schema: JsonSchema | null;
  fields: readonly FieldInfo[];
  /** Values of some places that no schema knows, by path: `trigger.rules`. */
  values?: Readonly<Record<string, readonly KnownValue[]>>;
}

/** `insert` is what is put in where the label is. */
export interface KnownValue {
  label: string;
  insert: string;
  note: string;
}

export interface Offer {
  label: string;
  /** What is put in. */
  insert: string;
  kind: 'key' | 'field' | 'modifier' | 'value' | 'name' | 'word';
  /** Beside the label. */
  detail: string;
  /** Below it, in words. */
  note: string;
}

export interface Offers {
  /** Offset at which what is put in begins. */
  from: number;
  offers: Offer[];
}

/** Log text on one line, hidden characters as symbols. */
export const visible = (text: string): string =>
  visiblePieces(text)
    .map((piece) => piece.text)
    .join('');

/** A value from an event as YAML that matches just that value: Sigma's wildcards escaped, quoted where YAML would misread it. */
export function yamlValue(value: string): string {
  const escaped = value.replaceAll(/\\(?=[*?\\])|[*?]/g, '\\$&');
  if (/[\u0000-\u001f\u007f-\u009f\u2028\u2029\ufeff]/.test(escaped)) return JSON.stringify(escaped);
  const isPlain =
    /^[A-Za-z_./][\w./@+-]*( [\w./@+(-][\w./@+()-]*)*$/.test(escaped) &&
    !/^(true|false|null|yes|no|on|off|y|n|~)$/i.test(escaped);
  const isNumber = /^(0|[1-9]\d{0,14})$/.test(escaped);
  return isPlain || isNumber ? escaped : `'${escaped.replaceAll("'", "''")}'`;
}

const offer = (kind: Offer['kind'], label: string, more: Partial<Offer> = {}): Offer => ({
  label,
  insert: label,
  kind,
  detail: '',
  note: '',
  ...more,
});

const withoutItems = (path: readonly string[]): string[] => path.filter((step) => step !== '-');

/** Whether the keys at this path are names of fields: inside a selection. */
function isSelection(path: readonly string[]): boolean {
  const [top, name, ...more] = withoutItems(path);
  return top === 'detection' && name !== undefined && name !== 'condition' && more.length === 0;
}

/** Places whose values are names of fields. */
function takesFields(path: readonly string[]): boolean {
  const place = withoutItems(path).join('.');
  return (
    ['fields', 'correlation.group-by', 'correlation.condition.field', 'phosor.group_by'].includes(place) ||
    /^correlation\.aliases\.[^.]+\.[^.]+$/.test(place)
  );
}

function fieldOffers(fields: readonly FieldInfo[], after: string): Offer[] {
  return fields.map(({ name, type, examples }) =>
    offer('field', visible(name), {
      insert: `${/^[\w.-]+$/.test(name) ? name : yamlValue(name)}${after}`,
      detail: type,
      note: examples.length > 0 ? `Seen lately: ${examples.slice(0, 5).map(visible).join(' · ')}` : '',
    }),
  );
}

function keyOffers(knowledge: Knowledge, path: readonly string[], taken: readonly string[], indent: string): Offer[] {
  return [...keysAt(knowledge.schema, path)]
    .filter(([name]) => !taken.includes(name))
    .map(([name, schema]) => {
      const shape = shapeOf(knowledge.schema, schema);
      const after = shape === 'map' ? `:\n${indent}  ` : shape === 'list' ? `:\n${indent}  - ` : ': ';
      return offer('key', name, {
        insert: name + after,
        detail: shape === 'scalar' ? '' : shape,
        note: describe(knowledge.schema, schema),
      });
    });
}

function modifierOffers(place: Place): Offers {
  const [, ...earlier] = place.typed.split('|');
  const open = earlier.at(-1) ?? '';
  const used = earlier.slice(0, -1);
  return {
    from: place.from + place.typed.length - open.length,
    offers: Object.entries(modifiers)
      .filter(([name]) => !used.includes(name))
      .filter(([name]) => !['i', 'm', 's'].includes(name) || used.includes('re'))
      .map(([name, note]) => offer('modifier', name, { note })),
  };
}

/** Values for a field: those that Phosor gives, and those that were seen. */
function fieldValues(key: string, knowledge: Knowledge): Offer[] {
  const [field = '', ...used] = key.split('|');
  if (used.includes('exists')) return ['true', 'false'].map((word) => offer('value', word));
  if (used.includes('fieldref')) return fieldOffers(knowledge.fields, '');
  const own = (ownValues[field] ?? []).map(([value, note]) => offer('value', value, { note }));
  const known = new Set(own.map(({ label }) => label));
  const info = knowledge.fields.find(({ name }) => name === field || name === `fields.${field}`);
  const seen = (info?.examples ?? [])
    .filter((value) => value !== '' && value.length <= 300 && !known.has(value))
    .map((value) => offer('value', visible(value), { insert: yamlValue(value), detail: 'seen' }));
  return [...own, ...seen];
}

function conditionOffers(text: string, place: Place): Offers {
  const open = /[\w*]*$/.exec(place.typed)?.[0] ?? '';
  const names = selectionNames(text, place.from);
  return {
    from: place.from + place.typed.length - open.length,
    offers: [
      ...names.map((name) => offer('name', name, { detail: 'selection' })),
      ...conditionWords.map(([word, note]) => offer('word', word, { note })),
    ],
  };
}

function valueOffers(text: string, place: Place, knowledge: Knowledge): Offers {
  const path = withoutItems(place.path);
  const key = path.at(-1) ?? '';
  const from = place.from;
  if (path.join('.') === 'detection.condition') return conditionOffers(text, place);
  if (path[0] === 'detection' && path.length >= 3) return { from, offers: fieldValues(key, knowledge) };
  if (takesFields(place.path)) return { from, offers: fieldOffers(knowledge.fields, '') };
  const named = ['correlation.rules', 'filter.rules'].includes(path.join('.'))
    ? ruleNames(text).map((name) => offer('name', name, { insert: yamlValue(name), detail: 'in this file' }))
    : [];
  for (const { label, insert, note } of knowledge.values?.[path.join('.')] ?? [])
    named.push(offer('name', visible(label), { insert, note }));
  const seen = new Set<string>();
  const known = [...valuesAt(knowledge.schema, place.path), ...valuesAt(knowledge.schema, path)].filter(
    ({ value }) => !seen.has(value) && seen.add(value),
  );
  return { from, offers: [...named, ...known.map(({ value, note }) => offer('value', value, { note }))] };
}

/** What fits where the cursor stands. */
export function offersAt(text: string, offset: number, knowledge: Knowledge): Offers | null {
  const place = placeAt(text, offset);
  if (!place) return null;
  if (place.kind === 'value') return valueOffers(text, place, knowledge);
  const indent = ' '.repeat(place.from - (text.lastIndexOf('\n', offset - 1) + 1));
  const isItem = place.path.at(-1) === '-';
  if (isSelection(place.path)) {
    if (place.typed.includes('|')) return modifierOffers(place);
    const taken = siblingKeys(text, offset);
    const free = knowledge.fields.filter(({ name }) => !taken.includes(name));
    return { from: place.from, offers: fieldOffers(free, ': ') };
  }
  // The items of a list of words: `tags:`, `rules:`, a field's values.
  const items = isItem ? valueOffers(text, place, knowledge).offers : [];
  const keys = keyOffers(knowledge, place.path, siblingKeys(text, offset), place.flow ? '' : indent);
  const inline = place.flow ? keys.map((each) => ({ ...each, insert: `${each.label}: ` })) : keys;
  return { from: place.from, offers: [...items, ...inline, ...selections(text, place)] };
}

/** Under `detection:` itself: the condition, and names that selections usually have. */
function selections(text: string, place: Place): Offer[] {
  if (place.path.join('.') !== 'detection') return [];
  const taken = [...selectionNames(text, place.from), ...siblingKeys(text, place.from)];
  const names: [string, string][] = [
    ['selection', 'What to look for: field: value, all of which must hold.'],
    ['filter', 'What to leave out; the condition says `and not filter`.'],
    ['keywords', 'Texts to look for anywhere in the event.'],
  ];
  return names
    .filter(([name]) => !taken.includes(name))
    .map(([name, note]) => offer('key', name, { insert: `${name}:\n    `, note }));
}

/** What the word under the pointer means: a key, a field with its examples, or a modifier. */
export function helpAt(
  text: string,
  offset: number,
  knowledge: Knowledge,
): { from: number; to: number; title: string; note: string; examples: string[] } | null {
  const lineEnd = text.indexOf('\n', offset);
  const end = lineEnd < 0 ? text.length : lineEnd;
  const rest = /^[^\s:,|[\]{}'"]*/.exec(text.slice(offset, end))?.[0] ?? '';
  const to = offset + rest.length;
  const before = /[^\s:,|[\]{}'"]*$/.exec(text.slice(text.lastIndexOf('\n', offset - 1) + 1, offset))?.[0] ?? '';
  const from = offset - before.length;
  const word = text.slice(from, to);
  const place = placeAt(text, to);
  if (!word || !place) return null;
  const help = (title: string, note: string, examples: string[] = []) => ({ from, to, title, note, examples });
  if (isSelection(place.path) && place.kind === 'key') {
    if (place.typed.includes('|')) return modifiers[word] ? help(`|${word}`, modifiers[word]) : null;
    const info = knowledge.fields.find(({ name }) => name === word || name === `fields.${word}`);
    return info ? help(info.name, info.type, info.examples) : null;
  }
  if (place.kind === 'key') {
    const schema = keysAt(knowledge.schema, place.path).get(word);
    const note = schema && describe(knowledge.schema, schema);
    if (note) return help(word, note);
  }
  const key = withoutItems(place.path).at(-1)?.split('|')[0] ?? '';
  const own = ownValues[key]?.find(([value]) => value === word);
  if (own?.[1]) return help(word, own[1]);
  const info = takesFields(place.path) ? knowledge.fields.find(({ name }) => name === word) : undefined;
  if (info) return help(info.name, info.type, info.examples);
  const parts = place.kind === 'value' ? schemaAt(knowledge.schema, place.path) : [];
  const note = parts.find((part) => part.description)?.description;
  return note ? help(withoutItems(place.path).at(-1) ?? word, note) : null;
}
