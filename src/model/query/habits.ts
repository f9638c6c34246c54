import { fieldInfo, fieldName, readField } from './fields.ts';
import { parseQuery } from './parse.ts';
import type { Query, Span } from './types.ts';

/** A word that compares or joins in the language of another tool, and is looked for as text here. */
export interface Habit {
  /** Where it stands. */
  at: Span;
  written: string;
  /** What says here what it would say there; null: there is no such thing, or it can be left out. */
  instead: string | null;
}

const compared = /^(!?)([A-Za-z_][\w.]*)(==?|!=|!:|:)(.+)$/s;
const joining: Readonly<Record<string, string | null>> = { '||': 'OR', '&&': null };

/** Words of a query that look like those of another tool. Nothing is changed by itself: a log may well say `user=root`. */
export function habitsIn(query: Query): Habit[] {
  switch (query.type) {
    case 'field':
      return [];
    case 'not':
      return habitsIn(query.of);
    case 'text': {
      if (query.phrase) return [];
      const { value: written, at } = query;
      if (Object.hasOwn(joining, written)) return [{ at, written, instead: joining[written] ?? null }];
      const instead = comparison(written);
      return instead === null ? [] : [{ at, written, instead }];
    }
    default:
      return query.of.flatMap(habitsIn);
  }
}

function comparison(written: string): string | null {
  const [, bang, name = '', sign = '', value = ''] = compared.exec(written) ?? [];
  const { field } = readField(name);
  // Of what is no column, a name with an equals sign is far more often text of a line.
  if (!fieldName.test(name) || fieldInfo(field) === undefined) return null;
  const isNegated = (bang === '!') !== sign.startsWith('!');
  const instead = `${isNegated ? '-' : ''}${name}:${value}`;
  return parseQuery(instead).ok ? instead : null;
}
