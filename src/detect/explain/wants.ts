import type { FieldValue } from '../../model/index.ts';
import type { Test } from '../form.ts';
import { textOf } from '../index/field.ts';
import { expectedOf } from './clauses.ts';

/** Longest value that a sentence quotes, in UTF-16 units. */
const quotedLength = 120;

/** A value or literal in a sentence: quoted, cut, and on one line; numbers stand bare. Texts of logs are hostile. */
export function quoted(text: string): string {
  if (/^-?\d{1,15}(?:\.\d{1,15})?$/.test(text)) return text;
  const cut = text.length > quotedLength ? `${text.slice(0, quotedLength).toWellFormed()}…` : text.toWellFormed();
  return `“${cut.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, (c) => `\\u{${(c.codePointAt(0) as number).toString(16)}}`)}”`;
}

/** What a field held, in a sentence: `403`, `“root”`, `“a”, “b” and 3 more`. */
export function valueWords(value: FieldValue | undefined): string {
  if (Array.isArray(value)) return value.length === 0 ? 'an empty list' : listed(value.map(valueWords), 'and', 5);
  return quoted(textOf(value) ?? JSON.stringify(value ?? null));
}

/** `a`, `a or b`, `a, b or c`, `a, b, c or one of 4 more`. */
export function listed(items: readonly string[], word: 'and' | 'or', most: number): string {
  const shown = items.slice(0, most);
  const left = items.length - shown.length;
  if (left > 0) shown.push(word === 'or' ? `one of ${left} more` : `${left} more`);
  const last = shown.pop() as string;
  return shown.length === 0 ? last : `${shown.join(', ')} ${word} ${last}`;
}

/** How a wish begins and what it is about: wishes with the same beginning are listed behind one of it. */
interface Wish {
  verb: string;
  object: string;
}

const verbs = {
  equals: ['', 'anything but '],
  contains: ['to contain ', 'not to contain '],
  startswith: ['to start with ', 'not to start with '],
  endswith: ['to end with ', 'not to end with '],
} as const;

const compared = { lt: 'less than', lte: 'at most', gt: 'more than', gte: 'at least' } as const;
const inverse = { lt: 'gte', lte: 'gt', gt: 'lte', gte: 'lt' } as const;

function wishOf(test: Test, wanted: boolean): Wish {
  const place = wanted ? 0 : 1;
  switch (test.op) {
    case 'equals':
    case 'contains':
    case 'startswith':
    case 'endswith':
      return { verb: verbs[test.op][place], object: quoted(test.value) + (test.cased ? ' in exactly this case' : '') };
    case 'glob':
      return { verb: wanted ? 'to fit ' : 'not to fit ', object: quoted(expectedOf(test)) };
    case 'regex':
      return { verb: wanted ? 'to match ' : 'not to match ', object: quoted(expectedOf(test)) };
    case 'compare':
      return { verb: `${compared[wanted ? test.relation : inverse[test.relation]]} `, object: String(test.value) };
    case 'cidr':
      return { verb: wanted ? 'an address in ' : 'an address outside ', object: test.network };
    case 'exists':
      return { verb: '', object: test.value === wanted ? 'a value' : 'no value' };
    case 'null':
      return { verb: '', object: wanted ? 'no value' : 'a value' };
    case 'fieldref': {
      const { relation } = test;
      return { verb: verbs[relation][place], object: `the value of ${test.other.path}` };
    }
    default:
      return { verb: wanted ? 'to be ' : 'not to be ', object: expectedOf(test) };
  }
}

/**
 * What a rule asks of one field, in words: `500 to 599`, `“root” or “admin”`, `it to contain “a” and “b”`.
 *
 * @param join whether all of the tests must come out as wanted, or one of them.
 * @param subject what is to contain, start with or match: `it`, `the line`
 */
export function wantWords(tests: readonly Test[], wanted: boolean, join: 'and' | 'or', subject: string): string {
  const range = join === 'and' && wanted ? rangeWords(tests) : null;
  if (range !== null) return range;
  const byVerb = new Map<string, Set<string>>();
  for (const test of tests) {
    const { verb, object } = wishOf(test, wanted);
    const objects = byVerb.get(verb);
    if (objects === undefined) byVerb.set(verb, new Set([object]));
    else objects.add(object);
  }
  const between = join === 'and' && !wanted ? 'or' : join;
  return [...byVerb]
    .map(
      ([verb, objects]) =>
        `${/^(?:not )?to /.test(verb) ? `${subject} ` : ''}${verb}${listed([...objects], between, 5)}`,
    )
    .join(` ${join} `);
}

/** `500 to 599`, where the tests are the two ends of a range. */
function rangeWords(tests: readonly Test[]): string | null {
  const [a, b] = tests;
  if (tests.length !== 2 || a?.op !== 'compare' || b?.op !== 'compare') return null;
  const [low, high] = a.relation.startsWith('g') ? [a, b] : [b, a];
  if (low.relation !== 'gte' || high.relation !== 'lte') return null;
  return `${low.value} to ${high.value}`;
}
